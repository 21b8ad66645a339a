using Backup.Messages;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Persistence.CatalogSamples;

namespace Backup.Tests.Unit.Persistence;

/// <summary>Manifests that share blocks with others.</summary>
public abstract class ManifestRunsContract(ICatalogFixture fixture) : IDisposable
{
    private readonly CatalogStore _store = fixture.Store;
    private int _images;

    public void Dispose()
    {
        fixture.Dispose();
        GC.SuppressFinalize(this);
    }

    [ContractFact]
    public void What_is_shared_reads_as_its_own()
    {
        var (_, first) = Add(Own("a"), Own("c"), Own("e"), Own("g"));

        var (staged, second) = Add(Shared(first, 0, 1), Own("b"), Shared(first, 1, 2), Own("f"), Shared(first, 3, 1));
        var (_, third) = Add(Shared(second, 1, 4), Own("h"));

        Assert.Null(staged);
        Assert.Equal("a b c e f g", Text(second));
        Assert.Equal("b c e f h", Text(third));
        var block = _store.Manifests.ReadFrom(third, CatalogPath("d"), 1).Value[0];
        Assert.Equal((1, Block(0, "c").Entries), (block.Ordinal, block.Entries));
        Assert.Equal(Block(0, "c").Data, block.Data);
        Assert.Equal(6 * 5, _store.Images.Get(second).Value.Entries);
    }

    [ContractFact]
    public void Random_histories_read_as_lists_of_their_blocks_whatever_was_shared()
    {
        var random = new Random(4711);
        var known = new List<(ImageId Image, List<int> Blocks)>();
        for (var round = 0; round < 12; round++)
        {
            var pieces = new List<object>();
            var blocks = new List<int>();
            var (from, theirs) = known.Count == 0 ? (default, []) : known[random.Next(known.Count)];
            for (var i = 0; i < theirs.Count || (theirs.Count == 0 && blocks.Count < 40);)
            {
                var limit = i < theirs.Count ? theirs[i] : int.MaxValue;
                var next = blocks.Count == 0 ? random.Next(5) : blocks[^1] + 1 + random.Next(50);
                if (next < limit && random.Next(4) == 0)
                {
                    pieces.Add(Own(Name(next)));
                    blocks.Add(next);
                }
                if (i >= theirs.Count) continue;
                var count = Math.Min(1 + random.Next(9), theirs.Count - i);
                if (random.Next(5) > 0 && (blocks.Count == 0 || theirs[i] > blocks[^1]))
                {
                    pieces.Add(Shared(from, i, count));
                    blocks.AddRange(theirs.GetRange(i, count));
                }
                i += count;
            }
            var (refused, image) = Add([.. pieces]);
            Assert.Null(refused);
            known.Add((image, blocks));
        }

        foreach (var (image, blocks) in known)
        {
            Assert.Equal(string.Join(' ', blocks.Select(Name)), Text(image));
            for (var at = 0; at <= blocks.Count; at++)
            {
                var page = _store.Manifests.References(image, at - 1, 3).Value;
                Assert.Equal(blocks.Skip(at).Take(3).Select(Name), page.Select(each => Name(each.FirstPath)));
                Assert.Equal(page.Select((_, i) => (long)at + i), page.Select(each => each.Ordinal));
                if (at == blocks.Count) continue;
                Assert.Equal(at, _store.Manifests.Find(image, CatalogPath(Name(blocks[at]))).Value);
                Assert.Equal(at, _store.Manifests.Find(image, CatalogPath(Name(blocks[at]) + "/x")).Value);
            }
        }
    }

    [ContractFact]
    public void What_a_base_does_not_have_is_not_shared()
    {
        var (_, first) = Add(Own("a"), Own("c"));
        var (job, open) = _store.OpenImage("open");
        Assert.Equal(First, new Epoch(job.Epoch.Value + 1));

        Assert.IsType<CatalogFailure.Contradiction>(Add(Shared(first, 1, 2)).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(Add(Shared(first, 2, 1)).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(Add(Shared(open, 0, 1)).Failure);
        Assert.IsType<CatalogFailure.Contradiction>(Add(Shared(ImageId.New(), 0, 1)).Failure);
    }

    [ContractFact]
    public void A_fragment_is_not_closed_over_runs_that_leave_gaps_overlap_or_descend()
    {
        var (_, first) = Add(Own("a"), Own("c"), Own("e"));
        var (_, image) = _store.OpenImage("second");
        var key = Fragment(image, 0).Key;

        _store.Manifests.Stage(key, [Block(0, "b")], [new StagedRun(2, 1, first, 2)]);
        Assert.IsType<CatalogFailure.Contradiction>(Close(image, 3).Failure);
        _store.Manifests.Stage(key, [], [new StagedRun(1, 2, first, 1)]);
        Assert.IsType<CatalogFailure.Contradiction>(Close(image, 3).Failure);
        _store.Manifests.Unstage(key);
        _store.Manifests.Stage(key, [Block(0, "d")], [new StagedRun(1, 2, first, 1)]);
        Assert.IsType<CatalogFailure.Contradiction>(Close(image, 3).Failure);
        _store.Manifests.Stage(key, [Block(0, "b")]);

        Assert.Equal(Recorded.Now, Close(image, 3).Value);
        Assert.Equal("b c e", Text(image));
    }

    [ContractFact]
    public void What_others_share_outlives_the_image_that_brought_it()
    {
        var (_, first) = Add(Own("a"), Own("c"), Own("e"));
        var (_, second) = Add(Shared(first, 1, 1), Own("x"));
        var (_, third) = _store.OpenImage("third");
        _store.Manifests.Stage(Fragment(third, 0).Key, [], [new StagedRun(0, 1, first, 2)]);
        var gone = Convert.ToHexString(Columns.Of(first));

        fixture.Run($"DELETE FROM manifest WHERE ordinal = 0 AND upper({Hex("image")}) = '{gone}'");
        var later = fixture.Clock.Now.AddTicks(1);

        Assert.Equal(1, _store.Manifests.Sweep(later).Value);
        Assert.Equal("c x", Text(second));
        Assert.Equal(Recorded.Now, Close(third, 1).Value);
        Assert.Equal("e", Text(third));
        Assert.Equal(0, _store.Manifests.Sweep(later).Value);
    }

    [ContractFact]
    public void Missing_references_are_found_and_not_taken_for_the_end()
    {
        var (_, image) = Add([.. Enumerable.Range(0, 9).Select(i => Own(Name(i)))]);

        fixture.Run("DELETE FROM manifest_reference WHERE position IN (4, 8)");

        Assert.IsType<CatalogFailure.Corrupt>(_store.Manifests.Read(image, -1, 9).Failure);
        Assert.IsType<CatalogFailure.Corrupt>(_store.Manifests.References(image, 4, 9).Failure);
        Assert.Equal(3, _store.Manifests.References(image, 4, 3).Value.Count);
        Assert.IsType<CatalogFailure.Corrupt>(_store.Manifests.Find(image, CatalogPath(Name(4))).Failure);
    }

    private string Hex(string column) =>
        fixture is SqliteFixture ? $"hex({column})" : $"encode({column}, 'hex')";

    private static string Name(int number) => $"{number:D6}";

    private static string Name(byte[] path) => System.Text.Encoding.ASCII.GetString(path);

    private static object Own(string path) => Block(0, path);

    private static object Shared(ImageId from, int ordinal, int count) => new StagedRun(0, count, from, ordinal);

    private string Text(ImageId image)
    {
        var blocks = _store.Manifests.Read(image, -1, 999).Value;
        Assert.All(blocks, block => Assert.Equal(Block(0, Name(block.FirstPath)).Data, block.Data));
        return string.Join(' ', blocks.Select(block => Name(block.FirstPath)));
    }

    private CatalogAnswer<Recorded> Close(ImageId image, int blocks) =>
        _store.Images.CloseFragment(new FragmentClosing(Fragment(image, 0), blocks, []), ByFirst);

    /// <summary>A sealed image of blocks and runs, in order.</summary>
    private (CatalogFailure? Failure, ImageId Image) Add(params object[] pieces)
    {
        var (_, image) = _store.OpenImage($"of-runs-{_images++}");
        var (blocks, runs, number) = (new List<StagedBlock>(), new List<StagedRun>(), 0);
        foreach (var piece in pieces)
        {
            if (piece is StagedRun run) runs.Add(run with { Number = number });
            else blocks.Add((StagedBlock)piece with { Number = number });
            number += (piece as StagedRun)?.Blocks ?? 1;
        }
        var refused = _store.Manifests.Stage(Fragment(image, 0).Key, blocks, runs).Failure
            ?? Close(image, number).Failure ?? _store.Images.Seal(image, Seal(1), ByFirst).Failure;
        return (refused, image);
    }
}
