using System.Data;
using Dapper;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What a kind of database gives to the tables: transactions, and its exceptions as <see cref="CatalogFailure"/>. The
/// tables' SQL is what SQLite and PostgreSQL both understand; only migrations and this class are a database's own.
/// </summary>
internal abstract class CatalogDatabase : IDisposable
{
    /// <summary>Where the database is, for failures' sentences.</summary>
    public abstract string Place { get; }

    /// <summary>
    /// Runs the work in one writing transaction: committed when it answers a value, rolled back when a failure. The
    /// work may be run again, after other writers were in its way or when nobody knows whether its commit arrived.
    /// </summary>
    public abstract CatalogAnswer<T> Write<T>(Func<CatalogTransaction, CatalogAnswer<T>> work);

    /// <summary>As <see cref="Write"/>, of work that may take longer than any limit on statements.</summary>
    public virtual CatalogAnswer<T> WriteLong<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) => Write(work);

    /// <summary>Runs the work in one reading transaction: all its queries see the same state.</summary>
    public abstract CatalogAnswer<T> Read<T>(Func<CatalogTransaction, CatalogAnswer<T>> work);

    /// <summary>As <see cref="Read"/>, of work that may take longer than any limit on statements.</summary>
    public virtual CatalogAnswer<T> ReadLong<T>(Func<CatalogTransaction, CatalogAnswer<T>> work) => Read(work);

    /// <summary>Bytes that the database takes on disk.</summary>
    public abstract CatalogAnswer<long> SizeBytes();

    /// <summary>Reads all of the database and compares its structures.</summary>
    public abstract CatalogAnswer<Recorded> Check();

    /// <summary>Writes all of the database, as it is at one moment, to a new SQLite file.</summary>
    public abstract CatalogAnswer<Recorded> CopyTo(string file);

    public abstract void Dispose();
}

/// <summary>The words in which the databases differ.</summary>
/// <param name="Hold">See <see cref="CatalogTransaction.Hold"/>.</param>
internal sealed record CatalogDialect(string Hold);

/// <summary>A transaction: values only ever travel as parameters.</summary>
/// <param name="connection">Its connection.</param>
/// <param name="transaction">Its transaction.</param>
/// <param name="dialect">The words in which the databases differ.</param>
/// <param name="secondsMax">What a statement may take; null: the connection's limit, 0: any time.</param>
internal sealed class CatalogTransaction(
    IDbConnection connection, IDbTransaction transaction, CatalogDialect dialect, int? secondsMax = null)
{
    /// <summary>
    /// The end of a query for one row by its key on which what is written next relies: other writers of the row wait
    /// until this transaction has ended. Empty where nothing is written, and where there is one writer anyway.
    /// </summary>
    public string Hold => dialect.Hold;

    /// <summary>The same, whose statements may take any time.</summary>
    public CatalogTransaction WithoutLimit() => new(connection, transaction, dialect, secondsMax: 0);

    public List<T> Query<T>(string sql, object? parameters = null) =>
        connection.Query<T>(sql, parameters, transaction, buffered: true, commandTimeout: secondsMax).AsList();

    /// <summary>One row after another, however many there are.</summary>
    public IDataReader Reader(string sql) => connection.ExecuteReader(sql, null, transaction, commandTimeout: 0);

    public T? One<T>(string sql, object? parameters = null)
        where T : class => connection.QuerySingleOrDefault<T>(sql, parameters, transaction, secondsMax);

    public long? Number(string sql, object? parameters = null) =>
        connection.ExecuteScalar<long?>(sql, parameters, transaction, secondsMax);

    public int Execute(string sql, object? parameters = null) =>
        connection.Execute(sql, parameters, transaction, secondsMax);
}
