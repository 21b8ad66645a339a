namespace Backup.Host.Node;

/// <summary>
/// Holds a data directory for one process: its socket, sessions and journal are for one alone. The file stays; only its
/// lock counts, which ends with the process.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _held;

    private DataDirectoryLock(FileStream held) => _held = held;

    /// <exception cref="NodeStartException">Another process has it, or it cannot be written.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        var file = Path.Combine(directory, "node.lock");
        try
        {
            return new DataDirectoryLock(
                new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException(
                $"The data directory {directory} is in use by another process, or cannot be written: {refused.Message} "
                    + "One node has it at a time; choose another (`backup.node.data-directory`) for a second one.", 1);
        }
    }

    public void Dispose() => _held.Dispose();
}
