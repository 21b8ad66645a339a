using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>How a job's saga ends, and that it does.</summary>
public sealed class JobSagaEndSpecs : JobSagaKit
{
    [Fact]
    public void A_job_that_kills_its_node_every_time_ends_failed_with_the_reason()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save(nodeStopsMax: 2)), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
            saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: attempt));
            Storage.ExpectMsg<StorageProtocol.OpenWrite>();

            saga = Restarted(saga); // the node died, and its storage knows nothing of the attempt
            Storage.ExpectMsg<StorageProtocol.Query>();
            saga.Tell(StorageUnknown(attempt));
            Storage.ExpectMsg<StorageProtocol.Stop>();
            saga.Tell(StorageStopped(attempt));
            saga.Tell(ClientStopped(attempt));
            Allocator.ExpectMsg<AllocatorProtocol.Release>();
            Settled(saga);
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Storage.ExpectMsg<StorageProtocol.Forget>();
        var ended = Catalog.Jobs.Get(Job).Value;
        Assert.Equal(JobOutcome.Failed, ended.Outcome);
        Assert.Contains("stopped 2 times in a row", ended.ErrorText);
    }

    [Fact]
    public void The_end_is_in_the_catalog_beforeStorage_forgets()
    {
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        saga.Tell(ClientDone(1));
        saga.Tell(StorageDone(1));
        saga.Tell(Closed(1, 0, seal: true), TestActor);
        ExpectMsg<StorageProtocol.Noted>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));

        Storage.FishForMessage(message => message is StorageProtocol.Forget);

        var row = Catalog.Jobs.Get(Job).Value;
        Assert.Equal((JobPhase.Ended, JobOutcome.Complete, 1), (row.Phase, row.Outcome, row.Attempts));
        Assert.Equal(Root(0).ToString(), JobSpecs.ReadReport(row.Report)!.Root);
    }

    /// <summary>Orders that were on their way for longer than the job lasted.</summary>
    [Fact]
    public void Who_takes_up_an_order_after_the_end_is_stopped()
    {
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        Node.ExpectMsg<ClientProtocol.Save>();
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        Storage.FishForMessage(message => message is StorageProtocol.Forget);
        Node.FishForMessage(message => message is ClientProtocol.Stop);

        saga.Tell(Ready(1));
        saga.Tell(new ClientProtocol.Begun(Job, new Epoch(1)));
        Assert.Equal(new Epoch(1), Storage.ExpectMsg<StorageProtocol.Stop>().Epoch);
        Assert.Equal(new Epoch(1), Node.ExpectMsg<ClientProtocol.Stop>().Epoch);
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        saga.Tell(StorageUnknown(1));

        Heard(saga);
        Storage.ExpectNoMsg(TimeSpan.Zero);
        Node.ExpectNoMsg(TimeSpan.Zero);
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
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        if (comes == "twice") saga.Tell(refused);
        else
        {
            Settled(saga);
            Time.Advance(Options.AskAgainAfter);
            Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        }
        saga.Tell(refused);
        Storage.FishForMessage(message => message is StorageProtocol.Forget);
        if (comes == "late") saga.Tell(refused);

        Heard(saga);
        Storage.ExpectNoMsg(TimeSpan.Zero);
        var row = Catalog.Jobs.Get(Job).Value;
        Assert.Equal((JobPhase.Ended, JobOutcome.Failed), (row.Phase, row.Outcome));
    }

    [Fact]
    public void A_report_after_a_restart_names_the_volumes_from_before_it()
    {
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(Ready(1));
        saga.Tell(Closed(1, 0), TestActor);
        ExpectMsg<StorageProtocol.Noted>();

        saga = Restarted(saga);
        saga.Tell(ClientDone(1));
        saga.Tell(StorageDone(1));
        saga.Tell(Closed(1, 1, seal: true));
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));

        Storage.FishForMessage(message => message is StorageProtocol.Forget);

        Assert.Equal([Volume], JobSpecs.ReadReport(Catalog.Jobs.Get(Job).Value.Report)!.Volumes);
    }

    [Fact]
    public void A_job_that_waits_for_too_long_asks_why_and_ends_with_that()
    {
        var patience = TimeSpan.FromSeconds(3);
        var saga = Saga();
        saga.Tell(
            new JobProtocol.Start(Job, Save() with { Queue = new QueueRule(WaitMax: patience) }), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        Settled(saga);

        Time.Advance(patience); // it does not wait until it asks again
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        Allocator.ExpectMsg<AllocatorProtocol.Why>();
        Allocator.Reply(new AllocatorProtocol.Reasons(Job, ["drive vault/0 is held by job 3"], []));

        Allocator.ExpectMsg<AllocatorProtocol.Release>();
        AwaitAssert(() => Assert.Equal(JobPhase.Ended, Catalog.Jobs.Get(Job).Value.Phase));
        var ended = Catalog.Jobs.Get(Job).Value;
        Assert.Equal((JobOutcome.Failed, "waited-too-long"), (ended.Outcome, ended.ErrorCode));
        Assert.Contains("because drive vault/0 is held by job 3.", ended.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>PL-07: also one that is taken up by another director meanwhile.</summary>
    [Fact]
    public void A_job_that_is_not_to_begin_yet_asks_for_nothing_says_so_and_begins_then()
    {
        var moment = Time.Now.AddSeconds(25);
        var saga = Saga();
        saga.Tell(
            new JobProtocol.Start(Job, Save() with { Queue = new QueueRule(NotBefore: moment) }), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga = Restarted(saga);
        Time.Advance(TimeSpan.FromSeconds(10));
        Time.Advance(TimeSpan.FromSeconds(10));

        saga.Tell(new JobProtocol.Ask(Job), TestActor);

        Assert.Equal([JobPatience.Sentence(moment)], ExpectMsg<JobProtocol.Status>().WaitsFor);
        Allocator.ExpectNoMsg(TimeSpan.Zero);
        Time.Advance(TimeSpan.FromSeconds(5));
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
    }
}
