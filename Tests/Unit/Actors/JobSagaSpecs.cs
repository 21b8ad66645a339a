using Akka.Actor;
using Akka.TestKit;
using Akka.Persistence.TestKit;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobSagaSpecs : JobSagaKit
{
    [Fact]
    public void A_saga_asks_again_after_a_restart_in_every_step()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        saga = Restarted(saga);
        Assert.Equal(
            new AllocatorProtocol.Reserve(Job, Library, Client, Turn: 1, Claim: JobOrders.ClaimOf(Save())),
            Allocator.ExpectMsg<AllocatorProtocol.Reserve>());
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        Assert.Equal(new Epoch(1), Storage.ExpectMsg<StorageProtocol.OpenWrite>().Epoch);

        saga = Restarted(saga);
        Assert.Equal(new Epoch(1), Storage.ExpectMsg<StorageProtocol.Query>().Epoch);
        saga.Tell(Ready(1));
        Assert.Equal("token", Node.ExpectMsg<ClientProtocol.Save>().Storage.Token);

        saga = Restarted(saga);
        Assert.Equal(new Epoch(1), Node.ExpectMsg<ClientProtocol.Query>().Epoch);
        Storage.ExpectMsg<StorageProtocol.Query>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        Storage.ExpectMsg<StorageProtocol.Stop>();
        Node.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(StorageStopped(1));
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>(); // what was told before is done

        saga = Restarted(saga);
        Node.ExpectMsg<ClientProtocol.Stop>();
        Storage.ExpectNoMsg(TimeSpan.Zero);
        saga.Tell(ClientStopped(1));
        Allocator.ExpectMsg<AllocatorProtocol.Release>();

        saga = Restarted(saga);
        Allocator.ExpectMsg<AllocatorProtocol.Release>();
        Settled(saga);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
    }

    [Fact]
    public void A_job_that_waits_for_a_volume_says_so_and_its_drive_says_it_to_others()
    {
        Allocator.IgnoreNoMessages();
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        var request = new MountRequest(Job, Drive, null, new PoolName("main"), At);

        saga.Tell(Waits(1, request));
        saga.Tell(Waits(1, request)); // as every second
        saga.Tell(new JobProtocol.Ask(Job), TestActor);

        var status = ExpectMsg<JobProtocol.Status>();
        Assert.Equal(("waiting", request), (status.State, status.Progress!.Awaits));
        Assert.Equal([WaitText.Sentence(new WaitReason.VolumeAwaited(request))], status.WaitsFor);
        Assert.Equal(request, Allocator.FishForMessage<AllocatorProtocol.Hold>(hold => hold.Awaits is not null).Awaits);
        saga.Tell(Waits(1, null));
        Assert.Null(Allocator.ExpectMsg<AllocatorProtocol.Hold>().Awaits);
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        Assert.Equal("running", ExpectMsg<JobProtocol.Status>().State);

        static StorageProtocol.Advanced Waits(long epoch, MountRequest? request) => new(Job, new Epoch(epoch),
            new JobProgress("transferring", 0, 0, 0, 0, 0, null, Drive, null, null, At, request));
    }

    [Fact]
    public void A_node_of_which_a_new_director_has_not_heard_yet_is_waited_for_before_its_part_counts_as_stopped()
    {
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        Storage.ExpectMsg<StorageProtocol.Stop>();
        saga.Tell(ClientStopped(1));

        saga.Tell(Absent(Options.AskAgainAfter));
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>(); // what was told before is done
        Time.Advance(Options.AskAgainAfter);
        Storage.ExpectMsg<StorageProtocol.Stop>();
        Allocator.ExpectNoMsg(TimeSpan.Zero);

        saga.Tell(Absent((2 * Options.AskAgainAfter) + TimeSpan.FromSeconds(1)));
        Allocator.ExpectMsg<AllocatorProtocol.Release>();

        NodeProtocol.Absent Absent(TimeSpan silent) => new(Job, new Epoch(1), null, Library, silent);
    }

    [Fact]
    public void A_second_attempt_has_a_newer_epoch_and_while_nothing_is_closed_a_newer_moment()
    {
        var saga = Started();
        var first = Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        saga.Tell(StorageFailed(1, VolumeBroke));
        Storage.ExpectMsg<StorageProtocol.Stop>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));
        Allocator.ExpectMsg<AllocatorProtocol.Release>();
        AllocatorProtocol.Reserve? again = null;
        for (var tries = 0; again is null && tries < 300; tries++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(1)); // the pause may begin behind what the allocator was told
            again = Allocator.ReceiveOne(TimeSpan.FromMilliseconds(50)) as AllocatorProtocol.Reserve;
        }
        var turn = again!.Turn;

        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, turn - 1)); // it came late; the drive was given back
        saga.Tell(new AllocatorProtocol.Granted(Job, new DriveId(Library, 1), turn));

        var second = Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        Assert.Equal(new Epoch(2), second.Epoch);
        Assert.True(second.Since > first.Since);
        Assert.Equal((2, new DriveId(Library, 1)), (turn, second.Drive));
    }

    [Fact]
    public void A_job_without_an_answer_asks_again()
    {
        var saga = Started();
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        Settled(saga);

        Time.Advance(Options.AskAgainAfter);

        Storage.ExpectMsg<StorageProtocol.Query>(); // not the order again: only a new attempt may write
    }

    [Fact]
    public void What_is_held_is_said_when_it_is_granted_in_every_step_after_it_and_again()
    {
        Allocator.IgnoreNoMessages();
        var saga = Started();
        var hold = new AllocatorProtocol.Hold(Job, Drive, Client, Turn: 1, Claim: JobOrders.ClaimOf(Save()));

        Assert.Equal(hold, Allocator.ExpectMsg<AllocatorProtocol.Hold>()); // takes its epoch
        Assert.Equal(hold, Allocator.ExpectMsg<AllocatorProtocol.Hold>()); // opens
        saga.Tell(Ready(1));
        Assert.Equal(hold, Allocator.ExpectMsg<AllocatorProtocol.Hold>()); // transfers
        Settled(saga);
        Time.Advance(Options.AskAgainAfter);
        Assert.Equal(hold, Allocator.ExpectMsg<AllocatorProtocol.Hold>());
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
        Allocator.ExpectNoMsg(TimeSpan.Zero);
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
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();

        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        Allocator.ExpectMsg<AllocatorProtocol.Why>();
        Allocator.Reply(new AllocatorProtocol.Reasons(
            Job, ["drive vault/0 is held by job 3"], Chain: null));

        var status = ExpectMsg<JobProtocol.Status>();
        Assert.Equal("waiting", status.State);
        Assert.Equal(["drive vault/0 is held by job 3"], status.WaitsFor);
    }

    /// <summary>As when another director has taken the job over, and no node has announced itself to it yet.</summary>
    [Fact]
    public void An_order_that_reached_nobody_is_given_again_and_costs_no_attempt()
    {
        Nodes = CreateTestProbe();
        var nodes = (TestProbe)Nodes;
        var saga = Started();
        Assert.IsType<StorageProtocol.OpenWrite>(nodes.ExpectMsg<NodeProtocol.ForStorage>().Command);

        saga.Tell(new NodeProtocol.Absent(Job, new Epoch(1), null, Library, TimeSpan.FromSeconds(1)));
        Heard(saga);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<StorageProtocol.OpenWrite>(nodes.ExpectMsg<NodeProtocol.ForStorage>().Command);
        saga.Tell(Ready(1));
        Assert.IsType<ClientProtocol.Save>(nodes.ExpectMsg<NodeProtocol.ForClient>().Command);
        saga.Tell(new NodeProtocol.Absent(Job, new Epoch(1), Client, null, TimeSpan.FromSeconds(1)));
        Heard(saga);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.IsType<ClientProtocol.Save>(nodes.ExpectMsg<NodeProtocol.ForClient>().Command);
    }

    [Fact]
    public void An_order_that_may_have_reached_somebody_is_never_given_again()
    {
        Nodes = CreateTestProbe();
        var nodes = (TestProbe)Nodes;
        var saga = Started();
        Assert.IsType<StorageProtocol.OpenWrite>(nodes.ExpectMsg<NodeProtocol.ForStorage>().Command);
        Heard(saga);
        Time.Advance(Options.AskAgainAfter);
        Assert.IsType<StorageProtocol.Query>(nodes.ExpectMsg<NodeProtocol.ForStorage>().Command);

        saga.Tell(new NodeProtocol.Absent(Job, new Epoch(1), null, Library, TimeSpan.FromSeconds(1)));
        Heard(saga);
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.IsType<StorageProtocol.Query>(nodes.ExpectMsg<NodeProtocol.ForStorage>().Command);
    }
}
