using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>The actor, on a real catalog, by a clock that the test moves.</summary>
public sealed class ConsolidatorSpecs : ActorKit
{
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _gateway;

    public ConsolidatorSpecs() : base(TestScheduled) => _gateway = CreateTestProbe();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_chain_is_merged_once_by_whoever_looks_and_asked_for_again_until_it_is_accepted()
    {
        var full = Sealed(null);
        var incremental = Sealed(full);
        var request = Consolidator.RequestOf(incremental.Opened.Image);

        var first = Start();
        Assert.Equal(request, _gateway.ExpectMsg<MergeImage>().Request);
        _gateway.Sender.Tell(new Refused(RefusalCode.Unavailable, "Not now."), _gateway.Ref);
        Assert.Equal(request, Next().Request);
        _gateway.Sender.Tell(new JobsStarted([new JobId(7)]), _gateway.Ref);
        for (var look = 0; look < 3; look++) Time.Advance(Consolidator.LookEvery);
        _gateway.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        Watch(first);
        Sys.Stop(first);
        ExpectTerminated(first);

        Start();

        Assert.Equal(request, _gateway.ExpectMsg<MergeImage>().Request);
    }

    [Fact]
    public void No_more_merges_begin_at_one_look_than_are_allowed_and_the_others_at_the_next_ones()
    {
        string[] clients = ["web2", "web3"];
        var due = clients.Append("web1").Select(client => Sealed(Sealed(null, client), client).Opened.Image)
            .Select(Consolidator.RequestOf).ToHashSet();

        Start(mergesMax: 1, clients);

        for (var look = 0; look < 3; look++)
        {
            // One look at a time: a second would begin another while the first one's lists are still on their way
            if (look > 0) Time.Advance(Consolidator.LookEvery);
            Assert.True(due.Remove(_gateway.ExpectMsg<MergeImage>(TimeSpan.FromMinutes(2)).Request));
            _gateway.Sender.Tell(new JobsStarted([new JobId(7)]), _gateway.Ref);
            _gateway.ExpectNoMsg(TimeSpan.FromMilliseconds(200));
        }
        Assert.Empty(due);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    private MergeImage Next()
    {
        AwaitAssert(() =>
        {
            if (!_gateway.HasMessages) Time.Advance(Consolidator.LookEvery);
            Assert.True(_gateway.HasMessages);
        }, TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(10));
        return _gateway.ExpectMsg<MergeImage>();
    }

    private IActorRef Start(int mergesMax = 0, params string[] clients)
    {
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
        var policy = new MergedPolicy(
            new PolicyName("daily"), new FileSetName("etc"), [.. clients.Append("web1").Select(name => new ClientName(name))],
            new MergeRule(1, TimeSpan.Zero));
        return Sys.ActorOf(Consolidator.Props(
            catalog, _gateway.Ref, () => [policy], () => mergesMax, Consolidator.LookEvery, TimeSpan.FromSeconds(30)));
    }

    private ImageRecord Sealed(ImageRecord? below, string client = "web1")
    {
        var job = _fixture.Store.Jobs.Create(
            CatalogSamples.Job($"request-{client}-{below?.Opened.Job}")).Value.Job;
        _ = _fixture.Store.Jobs.TakeEpoch(job, default).Value;
        var image = CatalogSamples.Image(job) with
        {
            Client = new ClientName(client),
            Level = below is null ? 0 : 1,
            Since = CatalogSamples.At.AddHours(job.Value),
            Base = below?.Opened.Image,
            BaseRoot = below?.Seal!.Root,
        };
        Assert.Equal(Recorded.Now, _fixture.Store.Images.Open(image, CatalogSamples.First).Value);
        Assert.Null(_fixture.Store.StageAndClose(image.Image, 0).Failure);
        Assert.Null(_fixture.Store.Images.Seal(image.Image, CatalogSamples.Seal(1), CatalogSamples.ByFirst).Failure);
        return _fixture.Store.Images.Get(image.Image).Value;
    }
}
