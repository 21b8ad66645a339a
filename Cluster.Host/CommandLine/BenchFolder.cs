using Backup.Media.Posix;

namespace Backup.Host.CommandLine;

/// <summary>
/// The folder of a virtual drive that is tried: removed afterwards, and by the next test where this process was killed.
/// A lock in it says that its process lives.
/// </summary>
internal sealed class BenchFolder : IDisposable
{
    private const string Prefix = ".tape-test-";
    private const string LockName = "lock";

    /// <summary>One without a lock is being made at this moment, or is of a version that had none.</summary>
    private static readonly TimeSpan MakingTakes = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly Descriptor _lock;

    private BenchFolder(string folder, Descriptor held) => (_folder, _lock) = (folder, held);

    /// <summary>The volume's folder.</summary>
    public string Volume => Path.Combine(_folder, "volume");

    /// <summary>Makes one in a directory, and removes those of processes that are gone.</summary>
    /// <param name="directory">The directory.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="PosixException">It cannot be locked.</exception>
    public static BenchFolder Make(string directory)
    {
        foreach (var left in Directory.GetDirectories(directory, $"{Prefix}*")) RemoveIfLeft(left);
        var folder = Path.Combine(directory, $"{Prefix}{Guid.NewGuid():n}");
        Directory.CreateDirectory(folder);
        var held = Descriptor.OpenOrCreate(Path.Combine(folder, LockName));
        held.TryLock(exclusive: true);
        var made = new BenchFolder(folder, held);
        Directory.CreateDirectory(made.Volume);
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _lock.Dispose();
    }

    private static void RemoveIfLeft(string folder)
    {
        var file = Path.Combine(folder, LockName);
        if (!File.Exists(file))
        {
            if (TimeProvider.System.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(folder) > MakingTakes)
                Directory.Delete(folder, recursive: true);
            return;
        }
        using var held = Descriptor.OpenOrCreate(file);
        if (held.TryLock(exclusive: true)) Directory.Delete(folder, recursive: true);
    }
}
