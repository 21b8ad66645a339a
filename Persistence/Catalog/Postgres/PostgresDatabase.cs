using System.Data;
using Backup.Persistence.Catalog.Sqlite;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Backup.Persistence.Catalog.Postgres;

/// <summary>
/// A schema of a PostgreSQL database, which any number of processes write at the same time, each call on a connection
/// of its own from a bounded pool.
/// </summary>
/// <remarks>
/// Writers run at READ COMMITTED and hold the row that they are about from its first reading on (<see
/// cref="CatalogTransaction.Hold"/>): all that follows from it (epoch, state, number of fragments) stays true until
/// they commit, so that they go one after another where they touch the same job, image or volume, and nowhere else.
/// SERIALIZABLE would promise the same without the holding, but ends a loser with an error instead of letting it wait:
/// many clients on a few hot rows (the counter of jobs, blocks that images share) would mostly repeat. What two insert
/// at the same moment is caught by the unique keys. Order of holding: image before job, blocks by their digests; a
/// deadlock that is left is repeated. Readers run at REPEATABLE READ: all queries of one see one state, and none of
/// them waits. A connection that is lost while it commits leaves the outcome unknown. Every work is idempotent, so it
/// is run again.
/// </remarks>
internal sealed class PostgresDatabase : CatalogDatabase
{
    private const int RunsMax = 8;
    private const int LossesMax = 2;
    private const int PauseMillisecondsMax = 50;

    private static readonly CatalogDialect Writing = new(" FOR NO KEY UPDATE");
    private static readonly CatalogDialect Reading = new("");

    private readonly NpgsqlDataSource _source;
    private readonly bool _mayWrite;
    private readonly CancellationTokenSource _closing = new();

    public PostgresDatabase(PostgresPlace place, bool mayWrite)
    {
        var builder = place.Builder("backup catalog", place.ConnectionsMax);
        builder.SearchPath = PostgresSchema.Name;
        builder.MaxAutoPrepare = 60;
        if (!mayWrite) builder.Options += " -c default_transaction_read_only=on";
        (Place, _mayWrite, _source) = (place.ToString(), mayWrite, NpgsqlDataSource.Create(builder));
    }

    public override string Place { get; }

    /// <summary>
    /// Looks whether the schema is ours and of a known version; makes it and brings it up to date where it may.
    /// </summary>
    public CatalogAnswer<Recorded> Open() => Run<Recorded>(connection =>
        PostgresSchema.Open(connection, Place, _mayWrite) is { } refused ? refused : Recorded.Before);

    public override CatalogAnswer<T> Write<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) => _mayWrite
        ? Run(connection => InTransaction(connection, IsolationLevel.ReadCommitted, Writing, work))
        : new CatalogFailure.ReadOnly(Place);

    public override CatalogAnswer<T> WriteLong<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) =>
        Write(WithoutLimit(work));

    public override CatalogAnswer<T> Read<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) =>
        Run(connection => InTransaction(connection, IsolationLevel.RepeatableRead, Reading, work));

    public override CatalogAnswer<T> ReadLong<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) =>
        Read(WithoutLimit(work));

    public override CatalogAnswer<long> SizeBytes() => Run<long>(connection => connection.ExecuteScalar<long>(
        "SELECT COALESCE(SUM(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
        + "WHERE c.relnamespace = @Schema::regnamespace AND c.relkind = 'r'", new { Schema = PostgresSchema.Name }));

    public override CatalogAnswer<Recorded> Check() => Run<Recorded>(connection =>
        PostgresSchema.Check(connection, Place) is { } damage ? damage : Recorded.Before);

    public override CatalogAnswer<Recorded> CopyTo(string file) => SqliteFailures.Guard(file, () =>
    {
        using var copy = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        copy.Open();
        if (SqliteSchema.Migrate(copy, file) is { } refused) return refused;
        return ReadLong<Recorded>(transaction =>
        {
            CatalogTransfer.Fill(copy, transaction);
            return Recorded.Now;
        });
    });

    public override void Dispose()
    {
        if (_closing.IsCancellationRequested) return;
        _closing.Cancel();
        _source.Dispose();
    }

    private static Func<CatalogTransaction, CatalogAnswer<T>> WithoutLimit<T>(
        Func<CatalogTransaction, CatalogAnswer<T>> work) => transaction =>
    {
        transaction.Execute("SET LOCAL statement_timeout = 0");
        return work(transaction.WithoutLimit());
    };

    private CatalogAnswer<T> Run<T>(Func<NpgsqlConnection, CatalogAnswer<T>> work)
    {
        ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
        for (int run = 1, losses = 0; ; run++)
        {
            var connected = false;
            var answer = PostgresFailures.Guard(Place, run == RunsMax, () =>
            {
                using var connection = _source.OpenConnection();
                connected = true;
                return work(connection);
            }, out var trouble);
            if (trouble == Trouble.None || run == RunsMax) return answer;
            if (trouble == Trouble.Lost)
            {
                // A server that could not be reached at all is not asked again at once. One that was restarted has left
                // dead connections in the pool.
                if (!connected || ++losses > LossesMax) return answer;
                _source.Clear();
            }
            // Of different lengths, so that those who met do not meet again.
            if (_closing.Token.WaitHandle.WaitOne(Random.Shared.Next(PauseMillisecondsMax * run))) return answer;
        }
    }

    private static CatalogAnswer<T> InTransaction<T>(
        NpgsqlConnection connection, IsolationLevel level, CatalogDialect dialect,
        Func<CatalogTransaction, CatalogAnswer<T>> work)
    {
        using var transaction = connection.BeginTransaction(level);
        var answer = work(new CatalogTransaction(connection, transaction, dialect));
        if (answer.Failure is null) transaction.Commit();
        return answer;
    }
}
