using Backup.Messages;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public sealed class SqliteFaultSpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Place => _folder.File(SqliteCatalog.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_disk_is_said_and_nothing_of_the_call_is_recorded()
    {
        using var database = SqliteDatabase.OpenWriting(Place, WriterLock.Take(_folder.Path).Value).Value;
        var store = new CatalogStore(database, TimeProvider.System);
        var (_, image) = store.OpenImage();
        Limit(database, "PRAGMA max_page_count = 1"); // SQLite takes the present size at least
        var large = Enumerable.Range(0, 40).Select(i => new StagedBlock(i, [1, (byte)i], 1, Noise(i))).ToList();

        var refused = store.Manifests.Stage(Fragment(image, 0).Key, large);

        Assert.Equal(new CatalogFailure.Full(Place), refused.Failure);
        Assert.True(refused.Failure!.MayPass);
        Limit(database, "PRAGMA max_page_count = 1000000");
        Assert.Equal(Recorded.Before, store.Manifests.Unstage(Fragment(image, 0).Key).Value);
        Assert.Equal(Recorded.Now, store.Manifests.Stage(Fragment(image, 0).Key, large).Value);
    }

    [Fact]
    public void An_exception_in_the_middle_leaves_nothing_behind()
    {
        using var database = SqliteDatabase.OpenWriting(Place, WriterLock.Take(_folder.Path).Value).Value;
        var store = new CatalogStore(database, TimeProvider.System);

        Assert.Throws<InvalidTimeZoneException>(() => database.Write<Recorded>(transaction =>
        {
            transaction.Execute("INSERT INTO pool (name) VALUES ('half')");
            throw new InvalidTimeZoneException();
        }));

        Assert.Empty(Pools(database));
        Assert.Equal(Recorded.Now, store.Volumes.Record(Volume("D0001")).Value);
    }

    [Fact]
    public void A_block_that_is_not_what_was_written_is_never_handed_out()
    {
        using var database = SqliteDatabase.OpenWriting(Place, WriterLock.Take(_folder.Path).Value).Value;
        var store = new CatalogStore(database, TimeProvider.System);
        var (_, image) = store.OpenImage();
        store.StageAndClose(image, 0);
        Limit(database, "UPDATE manifest_block SET data = zeroblob(3)");

        Assert.IsType<CatalogFailure.Corrupt>(store.Manifests.Read(image, -1, 9).Failure);
        Limit(database, "DELETE FROM manifest_block");

        Assert.IsType<CatalogFailure.Corrupt>(store.Manifests.Read(image, -1, 9).Failure);
    }

    [Fact]
    public void Any_damaged_page_is_a_failure_and_never_an_exception()
    {
        Fill();
        var good = File.ReadAllBytes(Place);
        var random = new Random(20260301);
        var refused = 0;

        for (var round = 0; round < 150; round++)
        {
            var bad = (byte[])good.Clone();
            var start = random.Next(bad.Length - 64);
            random.NextBytes(bad.AsSpan(start, random.Next(1, 64)));
            File.WriteAllBytes(Place, bad);
            refused += ReadAll() ? 0 : 1;
        }

        Assert.True(refused > 10, $"Only {refused} of 150 damages were seen.");
    }

    /// <summary>Opens the catalog and asks for everything; true when no answer was a failure.</summary>
    private bool ReadAll()
    {
        if (!SqliteCatalog.OpenReadOnly(_folder.Path, TimeProvider.System).Is(out var store, out _)) return false;
        using (store)
        {
            var good = store.Check().Failure is null & store.Dump.Lines().Failure is null
                & store.Jobs.Unfinished().Failure is null;
            if (!store.Images.List(new ImageFilter(), 99).Is(out var images, out _)) return false;
            foreach (var image in images)
            {
                good &= store.Manifests.Read(image.Opened.Image, -1, 99).Failure is null
                    & store.Jobs.Exceptions(image.Opened.Job, null, 99).Failure is null
                    & store.Jobs.Log(image.Opened.Job, 0, 99).Failure is null;
            }
            return good;
        }
    }

    private void Fill()
    {
        using var store = SqliteCatalog.Open(_folder.Path, TimeProvider.System).Value;
        for (var i = 0; i < 5; i++)
        {
            var (job, image) = store.OpenImage($"request-{i}");
            store.StageAndClose(image, 0);
            store.Jobs.AppendLog(job.Job, [new JobLogLine(At, Messages.Jobs.LogSeverity.Info, "code", "text")]);
            store.Volumes.Record(Volume($"D{i}"));
        }
    }

    private static void Limit(
        SqliteDatabase database, string sql) => Assert.Null(database.Write<Recorded>(transaction =>
    {
        transaction.Execute(sql);
        return Recorded.Now;
    }).Failure);

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[17000];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
