using System.Text;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public sealed class CatalogSizeSpecs : IDisposable
{
    private const int FileCount = 100_000;
    private const int EntriesOfBlock = 256;
    private const int BytesOfBlock = 17_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_takes_at_most_80_bytes_and_next_to_nothing_where_nothing_changed()
    {
        var empty = SizeAfter(_ => { });

        var first = SizeAfter(store => Record(store, "request-1"));
        var second = SizeAfter(store => Record(store, "request-2"));
        var third = SizeAfter(store =>
        {
            for (var i = 0; i < 10; i++) Share(store, $"incremental-{i}");
        });

        Assert.InRange((double)(first - empty) / FileCount, BytesOfBlock / (double)EntriesOfBlock, 80);
        Assert.InRange((double)(second - first) / FileCount, 0, 2);
        Assert.InRange((third - second) / 10.0, 0, 0.002 * (first - empty));
    }

    private static void Share(CatalogStore store, string request)
    {
        Assert.True(store.Images.List(new ImageFilter(), 1).Is(out var newest, out _));
        var (_, image) = store.OpenImage(request);
        var fragment = Fragment(image, 0);
        var run = new StagedRun(0, FileCount / EntriesOfBlock, newest[0].Opened.Image, 0);
        Assert.Null(store.Manifests.Stage(fragment.Key, [], [run]).Failure);
        Assert.Null(store.Images.CloseFragment(new FragmentClosing(fragment, run.Blocks, []), ByFirst).Failure);
        Assert.Null(store.Images.Seal(image, Seal(1), ByFirst).Failure);
    }

    private static void Record(CatalogStore store, string request)
    {
        var (_, image) = store.OpenImage(request);
        var fragment = Fragment(image, 0) with { ChunkTable = new byte[8 * 1024] }; // 1 GiB in chunks of 1 MiB
        var blocks = Enumerable.Range(0, FileCount / EntriesOfBlock).Select(i => new StagedBlock(
            i, Encoding.UTF8.GetBytes($"srv\0data\0project-{i:D6}\0some-directory\0a-file-name.txt"), EntriesOfBlock,
                Noise(i)));
        foreach (var batch in blocks.Chunk(16)) Assert.Null(store.Manifests.Stage(fragment.Key, batch).Failure);
        Assert.Null(
            store.Images.CloseFragment(new FragmentClosing(fragment, FileCount / EntriesOfBlock, []), ByFirst).Failure);
        Assert.Null(store.Images.Seal(image, Seal(1), ByFirst).Failure);
    }

    /// <summary>Bytes of the file when it is closed after some work.</summary>
    private long SizeAfter(Action<CatalogStore> work)
    {
        using (var store = SqliteCatalog.Open(_folder.Path, TimeProvider.System).Value) work(store);
        Assert.False(File.Exists(_folder.File(SqliteCatalog.FileName + "-wal")));
        return new FileInfo(_folder.File(SqliteCatalog.FileName)).Length;
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[BytesOfBlock];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
