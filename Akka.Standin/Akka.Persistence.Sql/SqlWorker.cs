using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using Akka.Configuration;

namespace Akka.Persistence.Sql;

/// <summary>
/// One connection and the thread that alone uses it, so that no dispatcher thread waits for the disk. Work is done in
/// the order in which it was given; writes that wait together share one transaction, as each commit costs a flush.
/// What awaits the work goes on in this thread, so that an answer never waits for a free thread of the pool.
/// The file stays in rollback-journal mode, SQLite's default. synchronous is EXTRA: with FULL the directory is not
/// synced after the rollback journal's removal, and a loss of power can bring it back and undo the last commit.
/// </summary>
internal sealed class SqlWorker : IDisposable
{
    private const int WritesPerTransactionMax = 400;

    private readonly BlockingCollection<Work> _queue = [];
    private readonly SqlProvider _provider;
    private readonly string _schema;
    private readonly Thread _thread;
    private DbConnection? _connection;

    /// <summary>Succeeded is called once the work is durable.</summary>
    private sealed record Work(Action<DbConnection> Do, Action Succeeded, Action<Exception> Failed, bool IsWrite);

    public SqlWorker(Config config, Func<SqlProvider, string> schema, string name)
    {
        _provider = SqlProvider.Of(config);
        _schema = config.GetBoolean("auto-initialize") ? schema(_provider) : "";
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Work that is no part of a shared transaction.</summary>
    public Task<T> Run<T>(Func<DbConnection, T> work) => Enqueue(work, isWrite: false);

    /// <summary>Changes that may share a transaction with others; when they break a rule of the tables, they fail
    /// alone.</summary>
    public Task Write(Action<DbConnection> work) => Enqueue(connection =>
    {
        work(connection);
        return true;
    }, isWrite: true);

    /// <summary>Ends what was given before, then closes the file.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private Task<T> Enqueue<T>(Func<DbConnection, T> work, bool isWrite)
    {
        var done = new TaskCompletionSource<T>();
        var result = default(T)!;
        _queue.Add(new Work(
            connection => result = work(connection), () => done.SetResult(result), done.SetException, isWrite));
        return done.Task;
    }

    private void Run()
    {
        Work? next = null;
        while (next is not null || _queue.TryTake(out next, Timeout.Infinite))
        {
            var batch = new List<Work> { next };
            next = null;
            while (batch[0].IsWrite && batch.Count < WritesPerTransactionMax && _queue.TryTake(out next)
                && next.IsWrite)
            {
                batch.Add(next);
                next = null;
            }
            Do(batch);
        }
        _connection?.Dispose();
    }

    private void Do(List<Work> batch)
    {
        try
        {
            var connection = _connection ??= Open();
            if (!batch[0].IsWrite) batch[0].Do(connection);
            else batch = InTransaction(connection, batch);
        }
        catch (Exception cause) // whatever it is: each asker is told
        {
            if (_connection is { State: not ConnectionState.Open })
            {
                _connection.Dispose();
                _connection = null;
            }
            batch.ForEach(work => work.Failed(cause));
            return;
        }
        batch.ForEach(work => work.Succeeded());
    }

    private List<Work> InTransaction(DbConnection connection, List<Work> batch)
    {
        var written = new List<Work>();
        var refused = new List<(Work Work, DbException Cause)>();
        using (var transaction = connection.BeginTransaction())
        {
            foreach (var work in batch)
            {
                connection.Execute("SAVEPOINT one");
                try
                {
                    work.Do(connection);
                    written.Add(work);
                }
                catch (DbException cause) when (_provider.IsBrokenRule(cause))
                {
                    connection.Execute("ROLLBACK TO one");
                    refused.Add((work, cause));
                }
                connection.Execute("RELEASE one");
            }
            transaction.Commit();
        }
        refused.ForEach(pair => pair.Work.Failed(pair.Cause));
        return written;
    }

    private DbConnection Open()
    {
        var connection = _provider.Connection();
        try
        {
            connection.Open();
            _provider.Prepare(connection);
            if (_schema.Length > 0) connection.Execute(_schema);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

internal static class SqlExtensions
{
    public static DbCommand Command(
        this DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    public static int Execute(
        this DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public static long? Number(
        this DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar() is long number ? number : null;
    }
}
