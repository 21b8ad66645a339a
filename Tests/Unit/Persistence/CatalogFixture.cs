using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;

namespace Backup.Tests.Unit.Persistence;

/// <summary>
/// What a contract of the catalog needs of an implementation: a new, empty catalog, gone with the fixture.
/// </summary>
public interface ICatalogFixture : IDisposable
{
    CatalogStore Store { get; }

    ManualClock Clock { get; }

    /// <summary>Runs SQL beside the store.</summary>
    void Run(string sql);
}

public sealed class SqliteFixture : ICatalogFixture
{
    public SqliteFixture() => Store = SqliteCatalog.Open(Folder.Path, Clock).Value;

    public TemporaryFolder Folder { get; } = new();

    public CatalogStore Store { get; }

    public ManualClock Clock { get; } = new();

    public void Run(string sql) => Run(Folder.File(SqliteCatalog.FileName), sql);

    public static void Run(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Store.Dispose();
        Folder.Dispose();
    }
}

public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("catalog-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

public sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
