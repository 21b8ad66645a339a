using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.TestKit;
using Akka.TestKit;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobSagaSpecs : PersistenceTestKit
{
    private static readonly JobOptions Options = new(
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
    private static readonly JobFailure VolumeBroke = new JobFailure.VolumeError(Volume, "write", "EIO.");

    private readonly SqliteFixture _catalog = new();
    private readonly TestProbe _allocator;
    private readonly TestProbe _storage;
    private readonly TestProbe _client;
    private IActorRef _catalogActor;

    public JobSagaSpecs()
        : base(ConfigurationFactory.ParseString(
            """
            akka.loglevel = OFF
            akka.test.single-expect-default = 15s
            akka.stdout-loglevel = OFF
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            """))
    {
        (_allocator, _storage, _client) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _allocator.IgnoreMessages(message => message is AllocatorProtocol.Hold);
        _catalogActor = Sys.ActorOf(CatalogStandIn.Props(_catalog.Store));
        CatalogStandIn.RecordJob(_catalog.Store, Save());
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    [Fact]
    public void A_saga_asks_again_after_a_restart_in_every_step()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        saga = Restarted(saga);
        Assert.Equal(
            new AllocatorProtocol.Reserve(Job, Library, Client, Turn: 1, Claim: JobOrders.ClaimOf(Save())),
            _allocator.ExpectMsg<AllocatorProtocol.Reserve>());
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        Assert.Equal(new Epoch(1), _storage.ExpectMsg<StorageProtocol.OpenWrite>().Epoch);

        saga = Restarted(saga);
        Assert.Equal(new Epoch(1), _storage.ExpectMsg<StorageProtocol.Query>().Epoch);
        saga.Tell(Ready(1));
        Assert.Equal("token", _client.ExpectMsg<ClientProtocol.Save>().Storage.Token);

        saga = Restarted(saga);
        Assert.Equal(new Epoch(1), _client.ExpectMsg<ClientProtocol.Query>().Epoch);
        _storage.ExpectMsg<StorageProtocol.Query>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        _storage.ExpectMsg<StorageProtocol.Stop>();
        _client.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(StorageStopped(1));
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>(); // what was told before is done

        saga = Restarted(saga);
        _client.ExpectMsg<ClientProtocol.Stop>();
        _storage.ExpectNoMsg(TimeSpan.Zero);
        saga.Tell(ClientStopped(1));
        _allocator.ExpectMsg<AllocatorProtocol.Release>();

        saga = Restarted(saga);
        _allocator.ExpectMsg<AllocatorProtocol.Release>();
        Time.Advance(TimeSpan.FromMilliseconds(1));
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
    }

    [Fact]
    public void A_job_that_waits_for_a_volume_says_so_and_its_drive_says_it_to_others()
    {
        _allocator.IgnoreNoMessages();
        var saga = Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        var request = new MountRequest(Job, Drive, null, new PoolName("main"), At);

        saga.Tell(Waits(1, request));
        saga.Tell(Waits(1, request)); // as every second
        saga.Tell(new JobProtocol.Ask(Job), TestActor);

        var status = ExpectMsg<JobProtocol.Status>();
        Assert.Equal(("waiting", request), (status.State, status.Progress!.Awaits));
        Assert.Equal([WaitText.Sentence(new WaitReason.VolumeAwaited(request))], status.WaitsFor);
        Assert.Equal(request, _allocator.FishForMessage<AllocatorProtocol.Hold>(hold => hold.Awaits is not null).Awaits);
        saga.Tell(Waits(1, null));
        Assert.Null(_allocator.ExpectMsg<AllocatorProtocol.Hold>().Awaits);
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        Assert.Equal("running", ExpectMsg<JobProtocol.Status>().State);

        static StorageProtocol.Advanced Waits(long epoch, MountRequest? request) => new(Job, new Epoch(epoch),
            new JobProgress("transferring", 0, 0, 0, 0, 0, null, Drive, null, null, At, request));
    }

    [Fact]
    public void A_node_of_which_a_new_director_has_not_heard_yet_is_waited_for_before_its_part_counts_as_stopped()
    {
        var saga = Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        _storage.ExpectMsg<StorageProtocol.Stop>();
        saga.Tell(ClientStopped(1));

        saga.Tell(Absent(Options.AskAgainAfter));
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>(); // what was told before is done
        Time.Advance(Options.AskAgainAfter);
        _storage.ExpectMsg<StorageProtocol.Stop>();
        _allocator.ExpectNoMsg(TimeSpan.Zero);

        saga.Tell(Absent((2 * Options.AskAgainAfter) + TimeSpan.FromSeconds(1)));
        _allocator.ExpectMsg<AllocatorProtocol.Release>();

        NodeProtocol.Absent Absent(TimeSpan silent) => new(Job, new Epoch(1), null, Library, silent);
    }

    [Fact]
    public void A_second_attempt_has_a_newer_epoch_and_while_nothing_is_closed_a_newer_moment()
    {
        var saga = Started();
        var first = _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        _storage.ExpectMsg<StorageProtocol.Stop>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        _allocator.ExpectMsg<AllocatorProtocol.Release>();
        AllocatorProtocol.Reserve? again = null;
        for (var tries = 0; again is null && tries < 300; tries++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(1)); // the pause may begin behind what the allocator was told
            again = _allocator.ReceiveOne(TimeSpan.FromMilliseconds(50)) as AllocatorProtocol.Reserve;
        }
        var turn = again!.Turn;

        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, turn - 1)); // it came late; the drive was given back
        saga.Tell(new AllocatorProtocol.Granted(Job, new DriveId(Library, 1), turn));

        var second = _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        Assert.Equal(new Epoch(2), second.Epoch);
        Assert.True(second.Since > first.Since);
        Assert.Equal((2, new DriveId(Library, 1)), (turn, second.Drive));
    }

    [Fact]
    public void A_job_that_kills_its_node_every_time_ends_failed_with_the_reason()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save(nodeStopsMax: 2)), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
            saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: attempt));
            _storage.ExpectMsg<StorageProtocol.OpenWrite>();

            saga = Restarted(saga); // the node died, and its storage knows nothing of the attempt
            _storage.ExpectMsg<StorageProtocol.Query>();
            saga.Tell(StorageUnknown(attempt));
            _storage.ExpectMsg<StorageProtocol.Stop>();
            saga.Tell(StorageStopped(attempt));
            saga.Tell(ClientStopped(attempt));
            _allocator.ExpectMsg<AllocatorProtocol.Release>();
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        _storage.ExpectMsg<StorageProtocol.Forget>();
        var ended = _catalog.Store.Jobs.Get(Job).Value;
        Assert.Equal(JobOutcome.Failed, ended.Outcome);
        Assert.Contains("stopped 2 times in a row", ended.ErrorText);
    }

    [Fact]
    public void A_job_without_an_answer_asks_again()
    {
        Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();

        Time.Advance(Options.AskAgainAfter);

        _storage.ExpectMsg<StorageProtocol.Query>(); // not the order again: only a new attempt may write
    }

    [Fact]
    public void The_end_is_in_the_catalog_before_storage_forgets()
    {
        var saga = Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        saga.Tell(ClientDone(1));
        saga.Tell(StorageDone(1));
        saga.Tell(Closed(1, 0, seal: true), TestActor);
        ExpectMsg<StorageProtocol.Noted>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));

        _storage.FishForMessage(message => message is StorageProtocol.Forget);

        var row = _catalog.Store.Jobs.Get(Job).Value;
        Assert.Equal((JobPhase.Ended, JobOutcome.Complete, 1), (row.Phase, row.Outcome, row.Attempts));
        Assert.Equal(Root(0).ToString(), JobSpecs.ReadReport(row.Report)!.Root);
    }

    /// <summary>Orders that were on their way for longer than the job lasted.</summary>
    [Fact]
    public void Who_takes_up_an_order_after_the_end_is_stopped()
    {
        var saga = Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        _client.ExpectMsg<ClientProtocol.Save>();
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        _storage.FishForMessage(message => message is StorageProtocol.Forget);
        _client.FishForMessage(message => message is ClientProtocol.Stop);

        saga.Tell(Ready(1));
        saga.Tell(new ClientProtocol.Begun(Job, new Epoch(1)));
        Assert.Equal(new Epoch(1), _storage.ExpectMsg<StorageProtocol.Stop>().Epoch);
        Assert.Equal(new Epoch(1), _client.ExpectMsg<ClientProtocol.Stop>().Epoch);
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        saga.Tell(StorageUnknown(1));

        Heard(saga);
        _storage.ExpectNoMsg(TimeSpan.Zero);
        _client.ExpectNoMsg(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("twice")]
    [InlineData("late")]
    [InlineData("never")]
    public void A_refusal_that_comes_twice_late_or_never_ends_the_job_once(string comes)
    {
        var refused = new AllocatorProtocol.Refused(Job, new JobFailure.NoDrive(Library));
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        if (comes == "twice") saga.Tell(refused);
        else
        {
            Time.Advance(Options.AskAgainAfter);
            _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        }
        saga.Tell(refused);
        _storage.FishForMessage(message => message is StorageProtocol.Forget);
        if (comes == "late") saga.Tell(refused);

        Heard(saga);
        _storage.ExpectNoMsg(TimeSpan.Zero);
        var row = _catalog.Store.Jobs.Get(Job).Value;
        Assert.Equal((JobPhase.Ended, JobOutcome.Failed), (row.Phase, row.Outcome));
    }

    [Fact]
    public void A_report_after_a_restart_names_the_volumes_from_before_it()
    {
        var saga = Started();
        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        saga.Tell(Closed(1, 0), TestActor);
        ExpectMsg<StorageProtocol.Noted>();

        saga = Restarted(saga);
        saga.Tell(ClientDone(1));
        saga.Tell(StorageDone(1));
        saga.Tell(Closed(1, 1, seal: true));
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));

        _storage.FishForMessage(message => message is StorageProtocol.Forget);

        Assert.Equal([Volume], JobSpecs.ReadReport(_catalog.Store.Jobs.Get(Job).Value.Report)!.Volumes);
    }

    [Fact]
    public void A_cancel_while_an_epoch_is_being_taken_ends_the_job()
    {
        var catalog = CreateTestProbe();
        _catalogActor = catalog;
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();

        while (_catalog.Store.Jobs.Get(Job).Value.Phase != JobPhase.Ended)
            catalog.ExpectMsg<CatalogWork>().Run(_catalog.Store);

        var row = _catalog.Store.Jobs.Get(Job).Value;
        Assert.Equal((JobOutcome.Cancelled, new Epoch(1)), (row.Outcome, row.Epoch));
        _storage.ExpectMsg<StorageProtocol.Forget>();
    }

    [Fact]
    public void A_mistake_in_the_catalog_does_not_keep_a_job_waiting_for_ever()
    {
        var (_, catalog) = StartedWith(CreateTestProbe());
        catalog.ExpectMsg<CatalogWork>().Run(null!);

        // The failure has reached the saga when the saga has answered what was sent behind it; so ask until it asks
        // again.
        AwaitAssert(() =>
        {
            Time.Advance(Options.AskAgainAfter);
            catalog.ExpectMsg<CatalogWork>(TimeSpan.FromMilliseconds(100)).Run(_catalog.Store);
        });

        _storage.ExpectMsg<StorageProtocol.OpenWrite>();
    }

    [Fact]
    public void An_epoch_whose_answer_is_lost_is_asked_for_again_and_taken_once()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        var lost = catalog.ExpectMsg<CatalogWork>();
        Heard(saga);

        Time.Advance(Options.AskAgainAfter);
        var again = catalog.ExpectMsg<CatalogWork>();
        again.Run(_catalog.Store);
        lost.Run(_catalog.Store); // it was only late

        Assert.Equal(new Epoch(1), _storage.ExpectMsg<StorageProtocol.OpenWrite>().Epoch);
        saga.Tell(Ready(1));
        _client.ExpectMsg<ClientProtocol.Save>();
        Assert.Equal(new Epoch(1), _catalog.Store.Jobs.Get(Job).Value.Epoch);
    }

    [Fact]
    public void A_catalog_that_does_not_answer_is_asked_less_and_less_often()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        catalog.ExpectMsg<CatalogWork>();
        var asked = 0;

        for (var i = 0; i < 100; i++)
        {
            Heard(saga);
            Time.Advance(Options.AskAgainAfter);
            Heard(saga);
            while (catalog.HasMessages) asked += catalog.ReceiveOne(TimeSpan.Zero) is CatalogWork ? 1 : 0;
        }

        Assert.InRange(asked, 6, 9); // after 1, 3, 7, 15, 31, 63 and 95 times
    }

    [Fact]
    public void An_end_whose_answer_is_lost_is_recorded_all_the_same()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        while (catalog.HasMessages) catalog.ExpectMsg<CatalogWork>(); // the epoch, the news and the end: all lost

        AwaitAssert(() =>
        {
            Time.Advance(Options.AskAgainAfter);
            catalog.ExpectMsg<CatalogWork>(TimeSpan.FromMilliseconds(100)).Run(_catalog.Store);
            Assert.Equal(JobPhase.Ended, _catalog.Store.Jobs.Get(Job).Value.Phase);
        });

        _storage.ExpectMsg<StorageProtocol.Forget>();
    }

    [Fact]
    public void A_job_that_waits_for_too_long_asks_why_and_ends_with_that()
    {
        var patience = TimeSpan.FromSeconds(3);
        var saga = Saga();
        saga.Tell(
            new JobProtocol.Start(Job, Save() with { Queue = new QueueRule(WaitMax: patience) }), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        saga.Tell(new Identify(null)); // it has set its timers
        ExpectMsg<ActorIdentity>();

        Time.Advance(patience); // it does not wait until it asks again
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        _allocator.ExpectMsg<AllocatorProtocol.Why>();
        _allocator.Reply(new AllocatorProtocol.Reasons(Job, ["drive vault/0 is held by job 3"], []));

        _allocator.ExpectMsg<AllocatorProtocol.Release>();
        AwaitAssert(() => Assert.Equal(JobPhase.Ended, _catalog.Store.Jobs.Get(Job).Value.Phase));
        var ended = _catalog.Store.Jobs.Get(Job).Value;
        Assert.Equal((JobOutcome.Failed, "waited-too-long"), (ended.Outcome, ended.ErrorCode));
        Assert.Contains("because drive vault/0 is held by job 3.", ended.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_held_is_said_when_it_is_granted_in_every_step_after_it_and_again()
    {
        _allocator.IgnoreNoMessages();
        var saga = Started();
        var hold = new AllocatorProtocol.Hold(Job, Drive, Client, Turn: 1, Claim: JobOrders.ClaimOf(Save()));

        Assert.Equal(hold, _allocator.ExpectMsg<AllocatorProtocol.Hold>()); // takes its epoch
        Assert.Equal(hold, _allocator.ExpectMsg<AllocatorProtocol.Hold>()); // opens
        saga.Tell(Ready(1));
        Assert.Equal(hold, _allocator.ExpectMsg<AllocatorProtocol.Hold>()); // transfers
        Time.Advance(Options.AskAgainAfter);
        Assert.Equal(hold, _allocator.ExpectMsg<AllocatorProtocol.Hold>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_happens_when_the_journal_does_not_take_the_event(bool rejected)
    {
        var saga = Saga();
        Watch(saga);

        await WithJournalWrite(journal => rejected ? journal.Reject() : journal.Fail(), () =>
        {
            saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
            ExpectTerminated(saga);
            return Task.CompletedTask;
        });

        ExpectNoMsg(TimeSpan.Zero);
        _allocator.ExpectNoMsg(TimeSpan.Zero);
        var again = Saga();
        again.Tell(new JobProtocol.Cancel(Job), TestActor);
        Assert.Equal(JobProtocol.Refusal.NotRunning, ExpectMsg<JobProtocol.Refused>().Why);
    }

    [Fact]
    public void A_waiting_job_says_what_it_waits_for()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        _allocator.ExpectMsg<AllocatorProtocol.Why>();
        _allocator.Reply(new AllocatorProtocol.Reasons(
            Job, ["drive vault/0 is held by job 3"], Chain: null));

        var status = ExpectMsg<JobProtocol.Status>();
        Assert.Equal("waiting", status.State);
        Assert.Equal(["drive vault/0 is held by job 3"], status.WaitsFor);
    }

    private IActorRef Started()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        return saga;
    }

    /// <summary>A job whose next question to the catalog is for an epoch; the news before it are recorded.</summary>
    private (IActorRef Saga, TestProbe Catalog) StartedWith(TestProbe catalog)
    {
        _catalogActor = catalog;
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        catalog.ExpectMsg<CatalogWork>().Run(_catalog.Store);
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        catalog.ExpectMsg<CatalogWork>().Run(_catalog.Store);
        return (saga, catalog);
    }

    /// <summary>What it was told before is done, and its timer runs.</summary>
    private void Heard(IActorRef saga)
    {
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>();
    }

    private IActorRef Restarted(IActorRef saga)
    {
        Watch(saga);
        Sys.Stop(saga);
        ExpectTerminated(saga);
        return Saga();
    }

    private IActorRef Saga() =>
        Sys.ActorOf(JobSaga.Props(
            Job, new JobNeighbours(
                _allocator.Ref, _catalogActor, Sys.ActorOf(NodesStandIn.Props(_storage.Ref, _client.Ref))), Options));
}
