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
public sealed class ConsolidatorSpecs : TestKit
{
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _gateway;

    public ConsolidatorSpecs() : base(
        """
        akka.loglevel = OFF
        akka.stdout-loglevel = OFF
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """) => _gateway = CreateTestProbe();

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

    private IActorRef Start()
    {
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
        var policy = new MergedPolicy(
            new PolicyName("daily"), new FileSetName("etc"), [new ClientName("web1")],
            new MergeRule(1, TimeSpan.Zero));
        return Sys.ActorOf(Consolidator.Props(
            catalog, _gateway.Ref, () => [policy], Consolidator.LookEvery, TimeSpan.FromSeconds(30)));
    }

    private ImageRecord Sealed(ImageRecord? below)
    {
        var job = _fixture.Store.Jobs.Create(CatalogSamples.Job($"request-{below?.Opened.Job}")).Value.Job;
        _ = _fixture.Store.Jobs.TakeEpoch(job, default).Value;
        var image = CatalogSamples.Image(job) with
        {
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
