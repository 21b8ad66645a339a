using Backup.Actors.Catalog;
using Backup.Actors.Gateway;
using Backup.Actors.Storage;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Levels;

/// <summary>An incremental is never taken for what changed since another image than its base (S2-37).</summary>
public sealed class BaseIdentitySpecs : IDisposable
{
    private const int Pairs = 10_000;
    private const int Fulls = 8;
    private readonly SqliteFixture _catalog = new();
    private readonly TemporaryFolder _folder = new();
    private int _jobs;

    public void Dispose()
    {
        _catalog.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Every_wrong_pair_is_refused_before_anything_is_recorded()
    {
        var random = new Random(7);
        var fulls = Enumerable.Range(0, Fulls).Select(_ => Recorded(null)).ToList();
        var open = Image(null);
        Assert.Null(_catalog.Store.Images.Open(
            new NewImage(open.Image, open.Job, open.Client, open.Policy, open.FileSet, 0, open.Since),
            SealedSamples.Epoch).Failure);
        var incremental = Written(new BaseImage(fulls[0].Image, fulls[0].Root));
        var before = Dump();

        for (var pair = 0; pair < Pairs; pair++)
        {
            var named = Wrong(random, fulls, open.Image);
            var index = incremental.Index with { Image = incremental.Index.Image with { Base = named } };
            var refused = Record(incremental with { Index = index });

            var why = Assert.IsType<CatalogFailure.BaseNotUsable>(refused.Failure);
            Assert.Equal((incremental.Image, named.Image), (why.Image, why.Base));
            var sentence = CatalogFailureText.Sentence(why);
            Assert.Contains(incremental.Image.ToString(), sentence, StringComparison.Ordinal);
            Assert.Contains(named.Image.ToString(), sentence, StringComparison.Ordinal);
        }

        Assert.Equal(before, Dump());
        Assert.Null(Record(incremental).Failure);
    }

    [Fact]
    public void Every_wrong_pair_is_refused_by_the_planner_of_merges_and_by_the_medium()
    {
        var random = new Random(11);
        var fulls = Enumerable.Range(0, Fulls).Select(_ => Recorded(null)).ToList();
        var open = Image(null);
        Assert.Null(_catalog.Store.Images.Open(
            new NewImage(open.Image, open.Job, open.Client, open.Policy, open.FileSet, 0, open.Since),
            SealedSamples.Epoch).Failure);
        var incremental = Recorded(new BaseImage(fulls[0].Image, fulls[0].Root));
        var known = _catalog.Store.Images.Get(incremental.Image).Value;
        var chain = MergePlanner.ChainOf(_catalog.Store, known).Value;
        Assert.Equal([fulls[0].Image, incremental.Image], chain.Select(image => image.Image));
        var spec = JobSamples.Merge with { Chain = chain };
        Assert.Null(MergeChain.Check(spec, 1, incremental.Index.Image));
        var before = Dump();

        for (var pair = 0; pair < Pairs; pair++)
        {
            var named = Wrong(random, fulls, open.Image);
            var planned = MergePlanner.ChainOf(_catalog.Store, known with
            {
                Opened = known.Opened with { Base = named.Image, BaseRoot = named.Root },
            });
            var read = MergeChain.Check(spec, 1, incremental.Index.Image with { Base = named });

            var why = Assert.IsType<CatalogFailure.BaseNotUsable>(planned.Failure);
            Assert.Equal((incremental.Image, named.Image), (why.Image, why.Base));
            var sentence = FailureText.Sentence(Assert.IsType<JobFailure.BaseNotUsable>(read));
            Assert.Contains(incremental.Image.ToString(), sentence, StringComparison.Ordinal);
            Assert.Contains(named.Image.ToString(), sentence, StringComparison.Ordinal);
        }

        Assert.Equal(before, Dump());
    }

    /// <summary>S2-37, NW-21: whole images, each with the right root, put together by whom the catalog is wrong for.</summary>
    [Fact]
    public void Each_of_ten_thousand_incrementals_on_the_full_of_another_is_refused_by_its_medium()
    {
        const int chains = 102;
        var fulls = Enumerable.Range(0, chains).Select(_ => Recorded(null)).ToList();
        var incrementals = fulls.ConvertAll(full => Recorded(new BaseImage(full.Image, full.Root)));
        var planned = incrementals.ConvertAll(incremental =>
            MergePlanner.ChainOf(_catalog.Store, _catalog.Store.Images.Get(incremental.Image).Value).Value);
        var refused = 0;

        for (var of = 0; of < chains; of++)
            for (var on = 0; on < chains; on++)
            {
                var spec = JobSamples.Merge with { Chain = [planned[on][0], planned[of][1]] };
                var why = MergeChain.Check(spec, 1, incrementals[of].Index.Image);
                if (of == on)
                {
                    Assert.Null(why);
                    continue;
                }
                var failure = Assert.IsType<JobFailure.BaseNotUsable>(why);
                Assert.Equal((incrementals[of].Image, fulls[on].Image), (failure.Image, failure.Base));
                var sentence = FailureText.Sentence(failure);
                Assert.Contains(fulls[of].Image.ToString(), sentence, StringComparison.Ordinal);
                refused++;
            }

        Assert.InRange(refused, Pairs, int.MaxValue);
    }

    /// <summary>S2-30: the right images in each of the five wrong orders.</summary>
    [Fact]
    public void A_chain_in_a_wrong_order_is_refused()
    {
        var full = Recorded(null);
        var first = Recorded(new BaseImage(full.Image, full.Root));
        var second = Recorded(new BaseImage(first.Image, first.Root));
        var images = new[] { full, first, second };
        var chain = MergePlanner.ChainOf(_catalog.Store, _catalog.Store.Images.Get(second.Image).Value).Value;

        foreach (var order in (int[][])[[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
        {
            var spec = JobSamples.Merge with { Chain = [.. order.Select(at => chain[at])] };
            var refused = Enumerable.Range(0, 3).Select(at => MergeChain.Check(spec, at, images[order[at]].Index.Image))
                .OfType<JobFailure.BaseNotUsable>().ToList();
            Assert.NotEmpty(refused);
            Assert.All(refused, why => Assert.NotEqual(why.Image, why.Base));
        }
        Assert.All(Enumerable.Range(0, 3), at => Assert.Null(
            MergeChain.Check(JobSamples.Merge with { Chain = chain }, at, images[at].Index.Image)));
    }

    [Fact]
    public void A_chain_of_two_clients_is_no_chain()
    {
        var full = Recorded(null);
        var incremental = Recorded(new BaseImage(full.Image, full.Root));
        var known = _catalog.Store.Images.Get(incremental.Image).Value;

        var planned = MergePlanner.ChainOf(
            _catalog.Store, known with { Opened = known.Opened with { Client = new ClientName("web2") } });

        Assert.Equal(full.Image, Assert.IsType<CatalogFailure.BaseNotUsable>(planned.Failure).Base);
    }

    /// <summary>
    /// Another's root, a root that nobody has, an image that nobody knows, or one that is not sealed.
    /// </summary>
    private static BaseImage Wrong(Random random, List<SealedFragment> fulls, ImageId open)
    {
        var (one, other) = (random.Next(Fulls), random.Next(Fulls - 1));
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return random.Next(4) switch
        {
            0 => new BaseImage(fulls[one].Image, fulls[other < one ? other : other + 1].Root),
            1 => new BaseImage(fulls[one].Image, Sha256Digest.Of(bytes)),
            2 => new BaseImage(new ImageId(new UInt128(BitConverter.ToUInt64(bytes), 1)), fulls[one].Root),
            _ => new BaseImage(open, fulls[one].Root),
        };
    }

    private SealedFragment Recorded(BaseImage? named)
    {
        var written = Written(named);
        Assert.Null(Record(written).Failure);
        return written;
    }

    private SealedFragment Written(BaseImage? named)
    {
        var image = Image(named);
        return SealedSamples.WriteOne(_folder.File($"image-{image.Job}"), image);
    }

    private ImageHeader Image(BaseImage? named)
    {
        var job = _catalog.Store.Jobs.Create(CatalogSamples.Job($"request-{++_jobs}")).Value.Job;
        Assert.Null(_catalog.Store.Jobs.TakeEpoch(job, default).Failure);
        return new ImageHeader(
            new ImageId((UInt128)_jobs << 64), job, new PolicyName("daily"), new FileSetName("etc"),
            new ClientName("web1"), named is null ? 0 : 1, CatalogSamples.At.AddHours(_jobs), named);
    }

    private CatalogAnswer<Recorded> Record(SealedFragment fragment) => IndexRecorder.Record(
        _catalog.Store, fragment,
        new TapeFile(fragment.IndexLocation.Volume.Name, fragment.IndexLocation.File), Authority.OfMedium);

    private IReadOnlyList<string> Dump() => _catalog.Store.Dump.Lines().Value;
}
