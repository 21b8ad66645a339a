using System.Text;
using Backup.Messages;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Postgres;
using Backup.Persistence.Catalog.Sqlite;
using Backup.Tests.Postgres;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>A catalog from before manifests were runs is read, and built on, as if it had always had them.</summary>
public sealed class RunsMigrationSpecs
{
    private const int Before = 3;
    private static readonly ImageId Full = new(7);
    private static readonly ImageId Next = new(8);

    [Fact]
    public void A_catalog_in_SQLite_keeps_its_manifests()
    {
        using var folder = new TemporaryFolder();
        var made = string.Join(";\n", Migrations.Of(typeof(SqliteSchema)).Take(Before));
        SqliteFixture.Run(folder.File(SqliteCatalog.FileName),
            "PRAGMA application_id = 1650680180; "
            + "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY) STRICT; "
            + $"INSERT INTO schema_version (version) VALUES (1), (2), (3);\n{made};\n{Content("X'", "'")}");

        using var store = SqliteCatalog.Open(folder.Path, TimeProvider.System).Value;

        Check(store);
    }

    [PostgresFact]
    public void A_catalog_in_PostgreSQL_keeps_its_manifests()
    {
        var server = PostgresServer.OfThisRun;
        var name = server.Create();
        try
        {
            var made = string.Join(";\n", Migrations.Of(typeof(PostgresSchema)).Take(Before));
            server.Execute(name,
                "CREATE SCHEMA backup; SET search_path TO backup; "
                + "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY, structure TEXT NOT NULL); "
                + $"INSERT INTO schema_version VALUES (1, ''), (2, ''), (3, '');\n{made};\n{Content("'\\x", "'")}");

            using var store = PostgresCatalog.Open(
                PostgresFixture.PlaceOf(server, name), TimeProvider.System).Value;

            Check(store);
        }
        finally
        {
            server.Drop(name);
        }
    }

    private static void Check(CatalogStore store)
    {
        foreach (var image in (ImageId[])[Full, Next])
        {
            var blocks = store.Manifests.Read(image, -1, 9).Value;
            Assert.Equal(["a", "b", "c"], blocks.Select(block => Encoding.ASCII.GetString(block.FirstPath)));
            Assert.All(blocks, block => Assert.Equal(Block(0, "a").Entries, block.Entries));
            Assert.Equal(1, store.Manifests.Find(image, CatalogPath("b/x")).Value);
        }
        Assert.Equal(0, store.Manifests.Sweep(DateTimeOffset.UnixEpoch.AddYears(100)).Value);
        var (_, added) = store.OpenImage();
        Assert.Equal(Recorded.Now, store.Manifests.Stage(
            Fragment(added, 0).Key, [Block(2, "d")], [new StagedRun(0, 2, Next, 1)]).Value);
        Assert.Equal(Recorded.Now,
            store.Images.CloseFragment(new FragmentClosing(Fragment(added, 0), 3, []), ByFirst).Value);
        Assert.Equal(["b", "c", "d"],
            store.Manifests.Read(added, -1, 9).Value.Select(block => Encoding.ASCII.GetString(block.FirstPath)));
        Assert.Equal(Recorded.Before, store.Check().Value);
    }

    /// <summary>A full and an incremental that shares its blocks, and something that was staged, as version 3 had
    /// them.</summary>
    private static string Content(string open, string close)
    {
        var sql = new StringBuilder(
            "INSERT INTO job (id, request, kind, client, level, phase, created_at, epoch, attempts, parameters, files, "
            + "bytes_read, bytes_stored, exceptions) VALUES (99, 'r', 1, 'web1', 0, 6, 0, 1, 1, '{}', 0, 0, 0, 0);\n");
        string[] paths = ["a", "b", "c"];
        foreach (var path in paths)
        {
            var data = Block(0, path).Data;
            sql.Append("INSERT INTO manifest_block (digest, entries, last_seen, data) VALUES "
                + $"({Bytes(Sha256Digest.Of(data).ToArray())}, 5, 0, {Bytes(data)});\n");
        }
        foreach (var image in (ImageId[])[Full, Next])
        {
            sql.Append("INSERT INTO image (id, job, client, policy, file_set, level, since, state, origin, outcome, "
                + "fragments, blocks, entries, files, bytes_read, bytes_stored, exceptions, root, sealed_at) VALUES ("
                + $"{Bytes(Columns.Of(image))}, 99, 'web1', 'daily', 'etc', 0, 0, 2, 1, 1, 1, 3, 15, 10, 1000, 400, 0, "
                + $"{Bytes(Root(0).ToArray())}, 0);\n");
            for (var ordinal = 0; ordinal < paths.Length; ordinal++)
                sql.Append("INSERT INTO manifest (image, ordinal, first_path, block) VALUES ("
                    + $"{Bytes(Columns.Of(image))}, {ordinal}, {Bytes(CatalogPath(paths[ordinal]))}, "
                    + $"{Bytes(Sha256Digest.Of(Block(0, paths[ordinal]).Data).ToArray())});\n");
        }
        sql.Append("INSERT INTO staged_block (image, fragment, epoch, number, first_path, block) VALUES ("
            + $"{Bytes(Columns.Of(Next))}, 1, 1, 0, {Bytes([1])}, {Bytes(new byte[32])});\n");
        return sql.ToString();

        string Bytes(byte[] value) => open + Convert.ToHexString(value) + close;
    }
}
