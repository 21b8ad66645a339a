using System.Data;
using Dapper;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What a kind of database gives to the tables: transactions, and its exceptions as <see cref="CatalogFailure"/>. The
/// tables' SQL is
/// what SQLite and PostgreSQL both understand; only migrations and this class are a database's own.
/// </summary>
internal abstract class CatalogDatabase : IDisposable
{
    /// <summary>Where the database is, for failures' sentences.</summary>
    public abstract string Place { get; }

    /// <summary>
    /// Runs the work in one writing transaction: committed when it answers a value, rolled back when a failure.
    /// </summary>
    public abstract CatalogAnswer<T> Write<T>(Func<CatalogTransaction, CatalogAnswer<T>> work);

    /// <summary>Runs the work in one reading transaction: all its queries see the same state.</summary>
    public abstract CatalogAnswer<T> Read<T>(Func<CatalogTransaction, CatalogAnswer<T>> work);

    /// <summary>Bytes that the database takes on disk.</summary>
    public abstract CatalogAnswer<long> SizeBytes();

    /// <summary>Reads all of the database and compares its structures.</summary>
    public abstract CatalogAnswer<Recorded> Check();

    public abstract void Dispose();
}

/// <summary>A transaction: values only ever travel as parameters.</summary>
internal sealed class CatalogTransaction(IDbConnection connection, IDbTransaction transaction)
{
    public List<T> Query<T>(string sql, object? parameters = null) =>
        connection.Query<T>(sql, parameters, transaction, buffered: true).AsList();

    public T? One<T>(string sql, object? parameters = null)
        where T : class => connection.QuerySingleOrDefault<T>(sql, parameters, transaction);

    public long? Number(string sql, object? parameters = null) =>
        connection.ExecuteScalar<long?>(sql, parameters, transaction);

    public int Execute(string sql, object? parameters = null) => connection.Execute(sql, parameters, transaction);
}
