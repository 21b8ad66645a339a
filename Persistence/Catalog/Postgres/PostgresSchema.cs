using Dapper;
using Npgsql;

namespace Backup.Persistence.Catalog.Postgres;

/// <summary>
/// The schema in the database: whether it is ours, which version it has, and the numbered migrations that bring it up
/// to date, under a lock that excludes other starting nodes.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>
    /// A schema of its own, so that a catalog that is dropped and rebuilt does not take the journal of the same
    /// database with it.
    /// </summary>
    public const string Name = "backup";

    /// <summary>"bcat": the advisory lock of migrations.</summary>
    private const int MigrationLock = 0x62636174;

    /// <summary>Columns and indexes of all tables, one a line.</summary>
    private const string Structure =
        """
        SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = to_regnamespace('backup') AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT 'index ' || i.relname || CASE WHEN x.indisunique THEN ' unique' ELSE '' END || ' on '
            || t.relname || ' (' || (SELECT string_agg(pg_get_indexdef(x.indexrelid, k, true), ', ' ORDER BY k)
                FROM generate_series(1, x.indnkeyatts) k) || ')'
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        WHERE t.relnamespace = to_regnamespace('backup') AND t.relkind = 'r' AND x.indisvalid
        ORDER BY 1
        """;

    /// <summary>Of a large catalog each index takes minutes, and other nodes wait for it.</summary>
    private const int MigrationSeconds = 3600;

    private static readonly IReadOnlyList<string> Migrations = Catalog.Migrations.Of(typeof(PostgresSchema));

    /// <summary>The version that this program writes.</summary>
    public static int Newest => Migrations.Count;

    /// <summary>The refusal of a schema that may not be used; null when it may, and is up to date.</summary>
    public static CatalogFailure? Open(NpgsqlConnection connection, string place, bool mayWrite)
    {
        if (RefuseServer(connection, place) is { } unfit) return unfit;
        if (!mayWrite) return Identify(connection, place, out _);
        using var transaction = connection.BeginTransaction();
        connection.Execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0");
        connection.Execute(
            "SELECT pg_advisory_xact_lock(@Key)", new { Key = (long)MigrationLock }, commandTimeout: MigrationSeconds);
        var refused = Identify(connection, place, out var version);
        if (refused is not (null or CatalogFailure.Absent or CatalogFailure.OlderSchema)) return refused;
        if (refused is null) return null;
        Migrate(connection, version);
        transaction.Commit();
        return null;
    }

    /// <summary>Reads all of the database: the first damage, or null.</summary>
    public static CatalogFailure? Check(NpgsqlConnection connection, string place)
    {
        if (Identify(connection, place, out _) is { } refused) return refused;
        using var transaction = connection.BeginTransaction();
        connection.Execute("SET LOCAL statement_timeout = 0");
        foreach (var table in connection.Query<string>(
            "SELECT relname FROM pg_class WHERE relnamespace = @Name::regnamespace AND relkind = 'r' ORDER BY 1",
            new { Name }))
        {
            // Turned into text, every value is read, also where it lies beside its row.
            connection.Execute($"SELECT COUNT(t::text) FROM \"{table}\" t", commandTimeout: 0);
        }
        var damaged = connection.ExecuteScalar<byte[]?>(
            "SELECT digest FROM manifest_block WHERE sha256(data) <> digest LIMIT 1", commandTimeout: 0);
        return damaged is null
            ? null
            : new CatalogFailure.Corrupt(place, $"block {Convert.ToHexStringLower(damaged)} is not what was written");
    }

    private static CatalogFailure.Unavailable? RefuseServer(NpgsqlConnection connection, string place)
    {
        if (connection.PostgreSqlVersion.Major < PostgresCatalog.OldestServer)
            return new CatalogFailure.Unavailable(
                place, $"its server has version {connection.PostgreSqlVersion}, "
                    + $"at least {PostgresCatalog.OldestServer} is needed");
        var encoding = connection.ExecuteScalar<string>("SHOW server_encoding");
        return encoding == "UTF8"
            ? null
            : new CatalogFailure.Unavailable(
                place, $"its encoding is {encoding}; make the database with ENCODING 'UTF8'");
    }

    private static CatalogFailure? Identify(NpgsqlConnection connection, string place, out int version)
    {
        version = 0;
        var found = connection.Query<string>(Structure).ToHashSet();
        if (found.Count == 0) return new CatalogFailure.Absent(place);
        if (!found.Contains("column schema_version.structure text not null")) return new CatalogFailure.Foreign(place);
        version = connection.ExecuteScalar<int>("SELECT COALESCE(MAX(version), 0) FROM schema_version");
        if (version > Newest) return new CatalogFailure.NewerSchema(place, version, Newest);
        if (version < Newest) return new CatalogFailure.OlderSchema(place, version, Newest);
        var made = connection.ExecuteScalar<string>(
            "SELECT structure FROM schema_version WHERE version = @Newest", new { Newest })!;
        return Array.Find(made.Split('\n'), line => !found.Contains(line)) is { } missing
            ? new CatalogFailure.Corrupt(place, $"its {missing} is missing or changed")
            : null;
    }

    /// <summary>
    /// All that is missing, in one transaction. The structure is remembered as the server itself writes it.
    /// </summary>
    private static void Migrate(NpgsqlConnection connection, int from)
    {
        if (from == 0)
        {
            // Even where it exists, CREATE SCHEMA IF NOT EXISTS needs the right to make one.
            if (connection.ExecuteScalar<bool>("SELECT to_regnamespace(@Name) IS NULL", new { Name }))
                connection.Execute($"CREATE SCHEMA {Name}");
            connection.Execute(
                "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, structure TEXT NOT NULL)");
        }
        for (var version = from + 1; version <= Newest; version++)
        {
            connection.Execute(Migrations[version - 1], commandTimeout: MigrationSeconds);
            connection.Execute(
                "INSERT INTO schema_version (version, structure) VALUES (@version, @structure)",
                new { version, structure = string.Join('\n', connection.Query<string>(Structure)) });
        }
    }
}
