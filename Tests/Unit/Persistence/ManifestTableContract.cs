using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

public abstract class ManifestTableContract(ICatalogFixture fixture) : IDisposable
{
    private readonly CatalogStore _store = fixture.Store;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void Staged_blocks_are_not_seen_until_their_fragment_is_closed()
    {
        var (_, image) = _store.OpenImage();
        _store.Manifests.Stage(Fragment(image, 0).Key, [Block(0, "a"), Block(1, "b")]);

        Assert.Empty(_store.Manifests.Read(image, -1, 10).Value);
        Assert.Empty(_store.Manifests.ReadFrom(image, [], 10).Value);
        _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), 2, []), ByFirst);

        var blocks = _store.Manifests.Read(image, -1, 10).Value;
        Assert.Equal([0L, 1L], blocks.Select(block => block.Ordinal));
        Assert.Equal(Block(1, "b").Data, blocks[1].Data);
        Assert.Equal(Sha256Digest.Of(blocks[1].Data), blocks[1].Digest);
        Assert.Equal(5, blocks[1].Entries);
        Assert.Equal(CatalogPath("b"), blocks[1].FirstPath);
    }

    [ContractFact]
    public void A_fragment_that_is_written_again_takes_the_blocks_of_its_own_writing()
    {
        var (job, image) = _store.OpenImage();
        _store.Manifests.Stage(Fragment(image, 0).Key,
            [Block(0, "a", "lost"), Block(1, "b", "lost"), Block(2, "c", "lost")]);
        var second = _store.Jobs.TakeEpoch(job.Job, First).Value;

        Assert.Equal(Recorded.Now, _store.StageAndClose(image, 0, second).Value);

        Assert.Equal([CatalogPath("0/a"), CatalogPath("0/m")],
            _store.Manifests.Read(image, -1, 10).Value.Select(block => block.FirstPath));
        Assert.Equal(Recorded.Before, _store.Manifests.Unstage(Fragment(image, 0).Key).Value);
    }

    [ContractFact]
    public void Blocks_may_arrive_twice_in_any_order_and_late()
    {
        var (_, image) = _store.OpenImage();
        var key = Fragment(image, 0).Key;
        _store.Manifests.Stage(key, [Block(1, "b")]);
        _store.Manifests.Stage(key, [Block(0, "a"), Block(1, "b")]);
        _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), 2, []), ByFirst);

        Assert.Equal(Recorded.Before, _store.Manifests.Stage(key, [Block(0, "a")]).Value);

        Assert.Equal(Recorded.Before, _store.Manifests.Unstage(key).Value);
        Assert.Equal(2, _store.Manifests.Read(image, -1, 10).Value.Count);
    }

    [ContractFact]
    public void What_was_staged_goes_with_its_abandoned_fragment_or_image()
    {
        var (_, image) = _store.OpenImage();
        var (first, second) = (Fragment(image, 0).Key, Fragment(image, 1).Key);
        _store.Manifests.Stage(first, [Block(0, "a")]);
        _store.Manifests.Stage(second, [Block(0, "b")]);

        Assert.Equal(Recorded.Now, _store.Manifests.Unstage(first).Value);
        _store.Images.Abandon(image, ByFirst);

        Assert.Equal(Recorded.Before, _store.Manifests.Unstage(second).Value);
        Assert.IsType<CatalogFailure.Contradiction>(_store.Manifests.Stage(second, [Block(0, "b")]).Failure);
        Assert.Equal(2, _store.Manifests.Sweep(fixture.Clock.Now.AddTicks(1)).Value);
    }

    [ContractFact]
    public void A_sweep_leaves_blocks_that_are_held_staged_or_fresh()
    {
        var (_, image) = _store.OpenImage();
        _store.StageAndClose(image, 0);
        _store.Manifests.Stage(Fragment(image, 1).Key, [Block(0, "1/a")]);
        _store.Manifests.Stage(Fragment(image, 2).Key, [Block(0, "2/old")]);
        _store.Manifests.Unstage(Fragment(image, 2).Key);
        fixture.Clock.Now += TimeSpan.FromDays(2);
        _store.Manifests.Stage(Fragment(image, 3).Key, [Block(0, "3/fresh")]);
        _store.Manifests.Unstage(Fragment(image, 3).Key);

        Assert.Equal(1, _store.Manifests.Sweep(fixture.Clock.Now.AddDays(-1)).Value);
        Assert.Equal(0, _store.Manifests.Sweep(fixture.Clock.Now.AddDays(-1)).Value);

        Assert.Equal(2, _store.Manifests.Read(image, -1, 10).Value.Count);
        Assert.Equal(
            Recorded.Now, _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 1), 1, []), ByFirst).Value);
    }

    [ContractFact]
    public void A_block_that_comes_again_is_stored_once_and_is_fresh_again()
    {
        var (_, first) = _store.OpenImage("request-1");
        var (_, second) = _store.OpenImage("request-2");
        _store.Manifests.Stage(Fragment(first, 0).Key, [Block(0, "a")]);
        _store.Manifests.Unstage(Fragment(first, 0).Key);
        fixture.Clock.Now += TimeSpan.FromDays(2);

        _store.Manifests.Stage(Fragment(second, 0).Key, [Block(0, "a")]);
        _store.Manifests.Unstage(Fragment(second, 0).Key);

        Assert.Equal(0, _store.Manifests.Sweep(fixture.Clock.Now).Value);
        Assert.Equal(1, _store.Manifests.Sweep(fixture.Clock.Now.AddTicks(1)).Value);
    }

    [ContractFact]
    public void A_manifest_is_read_in_pages()
    {
        var image = ImageOf("a", "b", "c", "d", "e");

        var page = _store.Manifests.Read(image, -1, 2).Value;
        var rest = _store.Manifests.Read(image, page[^1].Ordinal, 9).Value;

        Assert.Equal([0L, 1L], page.Select(block => block.Ordinal));
        Assert.Equal([2L, 3L, 4L], rest.Select(block => block.Ordinal));
        Assert.Empty(_store.Manifests.Read(image, 4, 9).Value);
    }

    [ContractTheory]
    [InlineData("", "a")]
    [InlineData("0", "a")]
    [InlineData("a", "a")]
    [InlineData("a/x", "a/b")]
    [InlineData("a/b/c", "a/b")]
    [InlineData("a.txt", "a.txt")]
    [InlineData("a/zzz", "a/b")]
    [InlineData("zz", "z")]
    public void The_block_in_which_a_path_is_comes_first(string path, string firstOfBlock)
    {
        // In the order of the walk a/b comes before a.txt, since `/` is 0x00 in the catalog.
        var image = ImageOf("a", "a/b", "a.txt", "m", "z");

        var found = _store.Manifests.ReadFrom(image, CatalogPath(path), 1).Value;

        Assert.Equal(CatalogPath(firstOfBlock), Assert.Single(found).FirstPath);
    }

    [ContractFact]
    public void A_path_in_the_form_of_the_file_system_is_refused_at_once()
    {
        var (_, image) = _store.OpenImage();

        Assert.Throws<ArgumentException>(() => _store.Manifests.ReadFrom(image, "a/b"u8.ToArray(), 1));
        Assert.Throws<ArgumentException>(
            () => _store.Manifests.Stage(Fragment(image, 0).Key, [new StagedBlock(0, "a/b"u8.ToArray(), 1, [1])]));
    }

    [ContractFact]
    public void Hostile_paths_keep_every_byte()
    {
        var (_, image) = _store.OpenImage();
        byte[][] paths = [[0x01], "%_\\'; DROP TABLE manifest; --"u8.ToArray(), [0x80, 0xFF, 0x0A], [0xFF, 0x00, 0xFE]];
        _store.Manifests.Stage(Fragment(image, 0).Key,
            [.. paths.Select((path, i) => new StagedBlock(i, path, 1, [(byte)i]))]);

        Assert.True(
            _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), 4, []), ByFirst).Is(out _, out _));

        Assert.Equal(paths, _store.Manifests.Read(image, -1, 9).Value.Select(block => block.FirstPath));
        Assert.Equal(paths[2], _store.Manifests.ReadFrom(image, paths[2], 1).Value[0].FirstPath);
    }

    [ContractFact]
    public void Paths_of_many_kilobytes_are_found_by_their_last_byte()
    {
        var noise = new byte[20_000];
        new Random(7).NextBytes(noise);
        var longPath = noise.Select(one => (byte)(one | 0x80)).ToArray();
        byte[][] paths = [[1], [.. longPath, 1], [.. longPath, 2], [.. longPath, 3], [.. longPath[..1500], 0xFF, 0xFF]];
        var (_, image) = _store.OpenImage();
        _store.Manifests.Stage(
            Fragment(image, 0).Key, [.. paths.Select((path, i) => new StagedBlock(i, path, 1, [(byte)i]))]);
        Assert.Null(
            _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), paths.Length, []), ByFirst).Failure);

        long[] found = [.. ((byte[][])[[0], [2], longPath, [.. longPath, 2], [.. longPath, 2, 9], [.. longPath, 9],
            [0xFF, 0xFF]])
            .Select(path => _store.Manifests.ReadFrom(image, path, 1).Value[0].Ordinal)];

        Assert.Equal([0, 0, 0, 2, 2, 3, 4], found);
    }

    /// <summary>An image with one block for each path, over two fragments.</summary>
    private ImageId ImageOf(params string[] paths)
    {
        var (_, image) = _store.OpenImage();
        _store.Manifests.Stage(Fragment(image, 0).Key, [Block(0, paths[0]), Block(1, paths[1])]);
        Assert.Equal(Recorded.Now,
            _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), 2, []), ByFirst).Value);
        var rest = paths.Skip(2).Select((path, i) => Block(i, path)).ToList();
        _store.Manifests.Stage(Fragment(image, 1).Key, rest);
        Assert.Equal(Recorded.Now,
            _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 1), rest.Count, []), ByFirst).Value);
        return image;
    }
}
