using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Tests.Postgres;

namespace Backup.Tests.Unit.Persistence;

/// <summary>A database of its own on the server of the test run.</summary>
public sealed class PostgresFixture : ICatalogFixture
{
    private readonly string _name = PostgresServer.OfThisRun.Create();

    public PostgresFixture() => Store = Open();

    public PostgresPlace Place => PlaceOf(PostgresServer.OfThisRun, _name);

    public CatalogStore Store { get; }

    public ManualClock Clock { get; } = new();

    public static PostgresPlace PlaceOf(PostgresServer server, string database) =>
        new(server.Host, PostgresServer.Port, database, PostgresServer.User);

    /// <summary>One more process that writes the same catalog.</summary>
    public CatalogStore Open() => PostgresCatalog.Open(Place, Clock).Value;

    public object? Execute(string sql) => PostgresServer.OfThisRun.Execute(_name, sql);

    public void Run(string sql) => Execute($"SET search_path TO {PostgresSchema.Name}; {sql}");

    public void Dispose()
    {
        Store.Dispose();
        PostgresServer.OfThisRun.Drop(_name);
    }
}
