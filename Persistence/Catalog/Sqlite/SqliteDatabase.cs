using Dapper;
using Microsoft.Data.Sqlite;

namespace Backup.Persistence.Catalog.Sqlite;

/// <summary>
/// A SQLite file in WAL mode. All writing and checkpointing is done by one connection, under a lock; readers have
/// read-only connections of their own, and never wait for the writer.
/// </summary>
/// <remarks>
/// One writing connection, since SQLite 3.7.0 to 3.51.2 can corrupt a WAL database when two connections write and
/// checkpoint at the
/// same moment ("WAL-reset bug", fixed in 3.51.3), and the library of the package is 3.50.4. A read-only connection
/// never checkpoints.
/// <c>synchronous=FULL</c>, since NORMAL may lose the last commits of a WAL database when power is lost.
/// </remarks>
internal sealed class SqliteDatabase : CatalogDatabase
{
    private const int BusySeconds = 5;

    private static readonly CatalogDialect Dialect = new(Hold: "");

    private readonly Lock _gate = new();
    private readonly string _readers;
    private readonly SqliteConnection? _writer;
    private readonly WriterLock? _held;
    private bool _disposed;

    private SqliteDatabase(string place, SqliteConnection? writer, WriterLock? held)
    {
        (Place, _writer, _held) = (place, writer, held);
        _readers = ConnectionString(place, SqliteOpenMode.ReadOnly, pooled: true);
    }

    public override string Place { get; }

    public static CatalogAnswer<SqliteDatabase> OpenWriting(string place, WriterLock held)
    {
        var connection = new SqliteConnection(ConnectionString(place, SqliteOpenMode.ReadWriteCreate, pooled: false));
        try
        {
            connection.Open();
            if (SqliteSchema.Identify(connection, place, mayChange: true) is { } refused)
            {
                connection.Dispose();
                return refused;
            }
            connection.Execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA "
                + "cell_size_check = ON");
            var failure = SqliteSchema.OlderVersion(connection) is { } older
                ? SchemaCopies.Keep(place, older, file => Copy(connection, file)) : null;
            failure ??= SqliteSchema.Migrate(connection, place);
            if (failure is null)
                return new SqliteDatabase(place, connection, held);
            connection.Dispose();
            return failure;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    public static CatalogAnswer<SqliteDatabase> OpenReading(string place)
    {
        var database = new SqliteDatabase(place, null, null);
        using var connection = database.OpenReader();
        return SqliteSchema.Identify(connection, place, mayChange: false) is { } refused ? refused : database;
    }

    public override CatalogAnswer<T> Write<T>(Func<CatalogTransaction, CatalogAnswer<T>> work)
    {
        if (_writer is null) return new CatalogFailure.ReadOnly(Place);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return SqliteFailures.Guard(Place, () =>
            {
                using var transaction = _writer.BeginTransaction(deferred: false);
                var answer = work(new CatalogTransaction(_writer, transaction, Dialect));
                if (answer.Failure is null) transaction.Commit();
                return answer;
            });
        }
    }

    public override CatalogAnswer<T> Read<T>(Func<CatalogTransaction, CatalogAnswer<T>> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return SqliteFailures.Guard(Place, () =>
        {
            using var connection = OpenReader();
            using var transaction = connection.BeginTransaction(deferred: true);
            return work(new CatalogTransaction(connection, transaction, Dialect));
        });
    }

    public override CatalogAnswer<long> SizeBytes() => SqliteFailures.Guard<long>(Place, () =>
        new[] { Place, Place + "-wal" }
            .Select(name => new FileInfo(name))
            .Where(file => file.Exists)
            .Sum(file => file.Length));

    public override CatalogAnswer<Recorded> Check() => SqliteFailures.Guard<Recorded>(Place, () =>
    {
        using var connection = OpenReader();
        var found = connection.ExecuteScalar<string>("PRAGMA integrity_check(1)");
        return found == "ok" ? Recorded.Before : new CatalogFailure.Corrupt(Place, found ?? "the check gave no answer");
    });

    /// <summary>By SQLite's own online backup, in one step: a reader like any other.</summary>
    public override CatalogAnswer<Recorded> CopyTo(string file) => SqliteFailures.Guard<Recorded>(Place, () =>
    {
        using var connection = OpenReader();
        Copy(connection, file);
        return Recorded.Now;
    });

    /// <summary>Copies what the WAL holds into the file, so that a closed catalog is one file.</summary>
    public override void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            using (var reader = new SqliteConnection(_readers)) SqliteConnection.ClearPool(reader);
            using (_held)
            using (_writer)
            {
                if (_writer is null) return;
                // A failure here loses nothing: the WAL is durable, and the next opening goes on with it.
                SqliteFailures.Guard<Recorded>(Place, () =>
                {
                    _writer.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
                    return Recorded.Now;
                });
            }
        }
    }

    private static void Copy(SqliteConnection from, string file)
    {
        using var copy = new SqliteConnection(ConnectionString(file, SqliteOpenMode.ReadWriteCreate, pooled: false));
        copy.Open();
        from.BackupDatabase(copy);
        copy.Execute("PRAGMA journal_mode = DELETE"); // one file, without the -wal that the original has beside it
    }

    private SqliteConnection OpenReader()
    {
        var connection = new SqliteConnection(_readers);
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    private static string ConnectionString(string place, SqliteOpenMode mode, bool pooled) =>
        new SqliteConnectionStringBuilder
        {
            DataSource = place,
            Mode = mode,
            Pooling = pooled,
            DefaultTimeout = BusySeconds,
        }.ToString();
}
