namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// The right to write the catalog of a data directory, as a lock of the operating system (flock): it goes with the
/// process, however that ends.
/// </summary>
internal sealed class WriterLock : IDisposable
{
    private const int Eagain = 11;
    private const int EagainOfMac = 35;
    private const int SharingViolationOfWindows = unchecked((int)0x80070020);

    private readonly FileStream _file;

    private WriterLock(FileStream file) => _file = file;

    public static CatalogAnswer<WriterLock> Take(string directory)
    {
        var place = Path.Combine(directory, SqliteCatalog.LockName);
        try
        {
            return new WriterLock(new FileStream(place, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when (error.HResult is Eagain or EagainOfMac or SharingViolationOfWindows)
        {
            return new CatalogFailure.InUse(directory);
        }
        catch (IOException error)
        {
            return new CatalogFailure.Unavailable(place, error.Message);
        }
        catch (UnauthorizedAccessException)
        {
            return new CatalogFailure.ReadOnly(place);
        }
    }

    public void Dispose() => _file.Dispose();
}
