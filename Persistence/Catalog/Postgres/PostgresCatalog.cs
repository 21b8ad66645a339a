namespace Backup.Persistence.Catalog.Postgres;

/// <summary>
/// The catalog in a PostgreSQL database, in the schema <c>backup</c>. Any number of processes read and write it.
/// </summary>
public static class PostgresCatalog
{
    /// <summary>The oldest server that will do.</summary>
    public const int OldestServer = 13;

    /// <summary>Opens the catalog for writing; makes it, or brings its schema up to date, where needed.</summary>
    /// <param name="place">The database, which exists; the role may make a schema in it, or owns the schema.</param>
    /// <param name="clock">The clock that marks when a block was seen last.</param>
    /// <returns>The catalog; or foreign, newer schema, corrupt, full, busy or unavailable.</returns>
    public static CatalogAnswer<CatalogStore> Open(PostgresPlace place, TimeProvider clock) =>
        Open(place, clock, mayWrite: true);

    /// <summary>
    /// Opens the catalog for reading only. Every write answers read only.
    /// </summary>
    /// <param name="place">As for <see cref="Open(PostgresPlace, TimeProvider)"/>.</param>
    /// <param name="clock">As for <see cref="Open(PostgresPlace, TimeProvider)"/>.</param>
    /// <returns>The catalog; or absent, foreign, older or newer schema, corrupt or unavailable.</returns>
    public static CatalogAnswer<CatalogStore> OpenReadOnly(PostgresPlace place, TimeProvider clock) =>
        Open(place, clock, mayWrite: false);

    private static CatalogAnswer<CatalogStore> Open(PostgresPlace place, TimeProvider clock, bool mayWrite)
    {
        if (PasswordFileProblem(place) is { } problem) return new CatalogFailure.Unavailable(place.ToString(), problem);
        var database = new PostgresDatabase(place, mayWrite);
        if (database.Open().Failure is not { } failure) return new CatalogStore(database, clock);
        database.Dispose();
        return failure;
    }

    private static string? PasswordFileProblem(PostgresPlace place)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (place.PasswordFile is not { } file || OperatingSystem.IsWindows()) return null;
        if (!File.Exists(file)) return $"its password file {file} is missing or cannot be read";
        return (File.GetUnixFileMode(file) & Others) == 0
            ? null
            : $"its password file {file} can be read by others; chmod 600 it";
    }
}
