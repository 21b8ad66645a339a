using System.Data.Common;
using Akka.Configuration;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Akka.Persistence.Sql;

/// <summary>A kind of database, by the names that linq2db gives them.</summary>
internal abstract class SqlProvider(string connectionString)
{
    public static SqlProvider Of(Config config)
    {
        var connectionString = config.GetString("connection-string") ?? "";
        if (connectionString.Length == 0) throw new ConfigurationException("connection-string is missing.");
        var provider = config.GetString("provider-name") ?? "";
        if (provider == "SQLite.MS") return new Sqlite(connectionString);
        if (provider.StartsWith("PostgreSQL", StringComparison.Ordinal)) return new Postgres(connectionString);
        throw new ConfigurationException(
            $"provider-name is '{provider}': the stand-in for Akka.Persistence.Sql knows SQLite.MS and PostgreSQL only.");
    }

    protected string ConnectionString { get; } = connectionString;

    public abstract DbConnection Connection();

    public virtual void Prepare(DbConnection connection) { }

    /// <summary>Whether a statement failed because of a rule of the tables, such as a unique key.</summary>
    public abstract bool IsBrokenRule(DbException cause);

    /// <summary>Statements that make tables, in SQLite's words, in this database's.</summary>
    public abstract string InItsWords(string schema);

    private sealed class Sqlite(string connectionString) : SqlProvider(connectionString)
    {
        public override DbConnection Connection() => new SqliteConnection(ConnectionString);

        public override void Prepare(DbConnection connection) =>
            connection.Execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = EXTRA");

        public override bool IsBrokenRule(DbException cause) =>
            cause is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };

        /// <summary>One transaction: each commit waits for the disk, and the first recovery for them all.</summary>
        public override string InItsWords(string schema) => $"BEGIN IMMEDIATE;{schema};COMMIT";
    }

    private sealed class Postgres(string connectionString) : SqlProvider(connectionString)
    {
        /// <summary>
        /// Held while tables are made: of two that make the same one at the same moment, one would fail.
        /// </summary>
        private const string Alone = "SELECT pg_advisory_xact_lock(1097558881);\n";

        /// <summary>Without a pool: there is one connection, and one that broke must not be met again.</summary>
        public override DbConnection Connection() =>
            new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ToString());

        public override bool IsBrokenRule(DbException cause) =>
            cause is PostgresException { SqlState: { } state } && state.StartsWith("23", StringComparison.Ordinal);

        public override string InItsWords(string schema) => Alone + schema
            .Replace("ordering INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "ordering BIGSERIAL NOT NULL PRIMARY KEY")
            .Replace("NVARCHAR", "VARCHAR")
            .Replace("VARBINARY", "BYTEA")
            .Replace(" BIT ", " BOOLEAN ");
    }
}
