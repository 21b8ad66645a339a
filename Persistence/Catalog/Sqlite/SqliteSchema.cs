using Dapper;
using Microsoft.Data.Sqlite;

namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// The schema of the file: whose it is, which version it has, and the numbered migrations that bring it up to date.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>"bcat", in the header of the file (sqlite.org/fileformat2.html, offset 68).</summary>
    private const long ApplicationId = 0x62636174;

    private static readonly Version OldestLibrary = new(3, 37, 0); // STRICT tables

    private static readonly IReadOnlyList<string> Migrations = Catalog.Migrations.Of(typeof(SqliteSchema));

    /// <summary>The version that this program writes.</summary>
    public static int Newest => Migrations.Count;

    /// <summary>
    /// The refusal of a file that is not a catalog of a version known here; null when it may be used (or made, where it
    /// may change).
    /// </summary>
    public static CatalogFailure? Identify(SqliteConnection connection, string place, bool mayChange)
    {
        var library = Version.Parse(connection.ServerVersion);
        if (library < OldestLibrary)
            return new CatalogFailure.Unavailable(place,
                $"the SQLite library is {library}, at least {OldestLibrary} is needed");
        var isEmpty = Number(connection, "SELECT COUNT(*) FROM sqlite_master") == 0;
        var application = Number(connection, "PRAGMA application_id");
        if (isEmpty && application is 0 or ApplicationId && Number(connection, "PRAGMA page_count") <= 1)
            return mayChange ? null : new CatalogFailure.Absent(place);
        if (application != ApplicationId) return new CatalogFailure.Foreign(place);
        if (!HasVersionTable(connection)) return new CatalogFailure.Corrupt(place, "its schema version is missing");
        var version = VersionOf(connection);
        if (version > Newest) return new CatalogFailure.NewerSchema(place, version, Newest);
        if (version < Newest) return mayChange ? null : new CatalogFailure.OlderSchema(place, version, Newest);
        return Compare(connection, place);
    }

    /// <summary>
    /// The version of a catalog that <see cref="Migrate"/> would change; null: a new or a current one.
    /// </summary>
    public static int? OlderVersion(SqliteConnection connection) =>
        HasVersionTable(connection) && VersionOf(connection) is > 0 and var version && version < Newest
            ? version : null;

    /// <summary>
    /// Runs the migrations that are missing, each in a transaction of its own that takes the write lock first.
    /// </summary>
    public static CatalogFailure? Migrate(SqliteConnection connection, string place)
    {
        for (var applied = false; ; applied = true)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            var version = HasVersionTable(connection) ? VersionOf(connection) : 0;
            if (version >= Newest) return applied ? Compare(connection, place) : null;
            Apply(connection, version + 1);
            transaction.Commit();
        }
    }

    private static void Apply(SqliteConnection connection, int version)
    {
        if (version == 1)
        {
            connection.Execute(
                $"PRAGMA application_id = {ApplicationId}; "
                + "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT");
        }
        connection.Execute(Migrations[version - 1]);
        connection.Execute("INSERT INTO schema_version (version) VALUES (@Version)", new { Version = version });
    }

    /// <summary>Compares tables and indexes with those of a new catalog.</summary>
    private static CatalogFailure? Compare(SqliteConnection connection, string place)
    {
        using var fresh = new SqliteConnection("Data Source=:memory:;Pooling=False");
        fresh.Open();
        for (var version = 1; version <= Newest; version++) Apply(fresh, version);
        var expected = Statements(fresh);
        var found = Statements(connection).ToHashSet();
        return expected.Find(one => !found.Contains(one)) is { Name: not null } missing
            ? new CatalogFailure.Corrupt(place, $"its {missing.Type} {missing.Name} is missing or changed")
            : null;
    }

    private static List<(string Type, string Name, string Sql)> Statements(SqliteConnection connection) =>
        connection.Query<(string Type, string Name, string Sql)>(
            "SELECT type, name, COALESCE(sql, '') FROM sqlite_master ORDER BY name").AsList();

    private static bool HasVersionTable(SqliteConnection connection) =>
        Number(connection, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'") == 1;

    private static int VersionOf(SqliteConnection connection) =>
        (int)Number(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_version");

    private static long Number(SqliteConnection connection, string sql) => connection.ExecuteScalar<long>(sql);
}
