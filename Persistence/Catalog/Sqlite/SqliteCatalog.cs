using Microsoft.Data.Sqlite;

namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// The catalog in a SQLite file, <c>catalog.db</c> in a data directory, with its -wal and -shm files while it is open.
/// One process writes; <c>catalog.lock</c> refuses a second one. Any number of processes read.
/// </summary>
public static class SqliteCatalog
{
    /// <summary>Name of the database file.</summary>
    public const string FileName = "catalog.db";

    /// <summary>
    /// With that its name goes on in the name of the file that holds what is not in it yet; a closed catalog has none.
    /// </summary>
    public const string LogEnd = "-wal";

    /// <summary>Name of the file that the writing process holds locked. It stays; only its lock counts.</summary>
    public const string LockName = "catalog.lock";

    /// <summary>Opens the catalog for writing; makes it, or brings its schema up to date, where needed.</summary>
    /// <param name="directory">The data directory; it exists.</param>
    /// <param name="clock">The clock that marks when a block was seen last.</param>
    /// <returns>The catalog; or in use, foreign, newer schema, corrupt, read only, full or unavailable.</returns>
    public static CatalogAnswer<CatalogStore> Open(string directory, TimeProvider clock)
    {
        if (!WriterLock.Take(directory).Is(out var held, out var refused)) return refused;
        var place = Path.Combine(directory, FileName);
        var opened = SqliteFailures.Guard<SqliteDatabase>(place, () => SqliteDatabase.OpenWriting(place, held));
        if (opened.Is(out var database, out var failure)) return new CatalogStore(database, clock);
        held.Dispose();
        return failure;
    }

    /// <summary>
    /// Opens the catalog for reading only, while no node runs or beside one. Every write answers read only.
    /// </summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="clock">As for <see cref="Open"/>.</param>
    /// <returns>The catalog; or absent, foreign, older or newer schema, corrupt or unavailable.</returns>
    public static CatalogAnswer<CatalogStore> OpenReadOnly(string directory, TimeProvider clock)
    {
        var place = Path.Combine(directory, FileName);
        if (!File.Exists(place)) return new CatalogFailure.Absent(place);
        var opened = SqliteFailures.Guard<SqliteDatabase>(place, () => SqliteDatabase.OpenReading(place));
        return opened.Is(out var database, out var failure)
            ? new CatalogStore(database, clock)
            : failure;
    }
}
