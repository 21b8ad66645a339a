using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobRegionSpecs : ActorKit
{
    private readonly SqliteFixture _catalog = new();
    private readonly TestProbe _allocator;
    private readonly TestProbe _storage;

    public JobRegionSpecs()
    {
        (_allocator, _storage) = (CreateTestProbe(), CreateTestProbe());
        _allocator.IgnoreMessages(message => message is AllocatorProtocol.Hold);
        CatalogStandIn.RecordJob(_catalog.Store, Scan);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    [Fact]
    public void Jobs_that_have_not_ended_are_taken_up()
    {
        Region();

        Assert.Equal(Job, _allocator.ExpectMsg<AllocatorProtocol.Reserve>().Job);
        _allocator.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_node_for_one_job_leaves_the_others_alone()
    {
        var region = Region(withKeeper: false);
        region.Tell(new JobProtocol.Cancel(Job), TestActor);

        Assert.Equal(JobProtocol.Refusal.NotRunning, ExpectMsg<JobProtocol.Refused>().Why);
        _allocator.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void The_saga_of_an_ended_job_is_gone()
    {
        var region = Region();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        var saga = _allocator.LastSender;
        Watch(saga);

        region.Tell(new JobProtocol.Cancel(Job), TestActor);

        ExpectMsg<JobProtocol.Accepted>();
        ExpectTerminated(saga);
        _storage.ExpectMsg<StorageProtocol.Forget>();
        region.Tell(new JobProtocol.Cancel(Job), TestActor);
        Assert.Equal(JobProtocol.Refusal.NotRunning, ExpectMsg<JobProtocol.Refused>().Why);
    }

    [Fact]
    public void A_saga_that_stops_before_its_end_is_started_again()
    {
        Region(askAgainAfter: TimeSpan.FromMilliseconds(100));
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        var saga = _allocator.LastSender;

        Sys.Stop(saga);

        _allocator.FishForMessage<AllocatorProtocol.Reserve>(_ => !_allocator.LastSender.Equals(saga));
    }

    [Fact]
    public void A_saga_that_cannot_serve_is_left_alone_for_a_while()
    {
        var region = Region();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        Watch(_allocator.LastSender);

        Sys.Stop(_allocator.LastSender);
        ExpectMsg<Terminated>();
        AwaitAssert(() =>
        {
            region.Tell(new JobProtocol.Ask(Job), TestActor);
            Assert.Equal(
                JobProtocol.Refusal.Resting, ExpectMsg<JobProtocol.Refused>(TimeSpan.FromMilliseconds(100)).Why);
        });

        _allocator.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void What_a_job_holds_is_said_for_it_while_its_saga_rests()
    {
        var patience = TimeSpan.FromMilliseconds(200);
        var region = Region(askAgainAfter: patience);
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        var saga = _allocator.LastSender;
        _allocator.IgnoreNoMessages();
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        var held = _allocator.FishForMessage<AllocatorProtocol.Hold>(_ => true);

        // Twice, so that the second rest is a longer one.
        for (var stop = 0; stop < 2; stop++)
        {
            Watch(_allocator.LastSender);
            Sys.Stop(_allocator.LastSender);
            var gone = ExpectMsg<Terminated>().ActorRef;
            _allocator.FishForMessage<AllocatorProtocol.Hold>(
                hold => hold == held && !_allocator.LastSender.Equals(gone));
            _allocator.FishForMessage<AllocatorProtocol.Hold>(
                hold => hold == held && _allocator.LastSender.Path.Name == "saga"
                    && !_allocator.LastSender.Equals(gone));
        }
    }

    [Fact]
    public void A_job_whose_definition_cannot_be_read_keeps_no_other_from_being_taken_up()
    {
        _catalog.Store.Jobs.Create(CatalogSamples.Job("bad") with { Parameters = "{\"$type\":\"teleport\"}" });
        _catalog.Store.Jobs.Create(CatalogSamples.Job("good") with { Parameters = JobSpecs.Write(Scan) });

        Region();

        Assert.Equal([7, 9], new[] { Reserved(), Reserved() }.Order());
        _allocator.ExpectNoMsg(TimeSpan.Zero);

        long Reserved() => _allocator.ExpectMsg<AllocatorProtocol.Reserve>().Job.Value;
    }

    private IActorRef Region(bool withKeeper = true, TimeSpan? askAgainAfter = null)
    {
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_catalog.Store));
        var patience = askAgainAfter ?? TimeSpan.FromMinutes(10);
        var region = Sys.ActorOf(JobRegion.Props(
            new JobNeighbours(
                _allocator.Ref, catalog, Sys.ActorOf(NodesStandIn.Props(_storage.Ref, CreateTestProbe().Ref))),
            new JobOptions(patience, TimeSpan.FromMinutes(10))));
        if (withKeeper) Sys.ActorOf(JobKeeper.Props(catalog, region, patience));
        return region;
    }
}
