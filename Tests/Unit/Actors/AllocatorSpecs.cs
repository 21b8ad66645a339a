using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class AllocatorSpecs : TestKit
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(15);
    private static readonly AllocatorOptions OneNode = AllocatorOptions.OfOneNode(
        [new DriveId(Library, 1), new DriveId(Library, 0)], Client, slotsPerClient: 2, AskAgain);
    private static readonly AllocatorOptions InCluster = AllocatorOptions.OfCluster(slotsPerClient: 2, AskAgain);

    private readonly IActorRef _allocator;
    private TimeSpan _elapsed;

    public AllocatorSpecs()
        : base(
            """
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            """) =>
        _allocator = Started(OneNode);

    [Fact]
    public void Free_drives_are_granted_at_once_the_lowest_number_first()
    {
        Assert.Equal(new DriveId(Library, 0), Granted(1));
        Assert.Equal(new DriveId(Library, 1), Granted(2));
    }

    [Fact]
    public void Of_several_libraries_the_first_that_is_there_is_granted_and_waited_for()
    {
        var cluster = Started(InCluster with { QuietAtStart = TimeSpan.Zero });
        var cellar = new LibraryName("cellar");
        Offer(cluster, "s1", Client, new DriveId(Library, 0));
        Offer(cluster, "s2", null, new DriveId(cellar, 0));
        Ask(1, Library);
        Assert.Equal((new JobId(1), new DriveId(Library, 0)), Answer());
        Ask(2, Library);
        Assert.Equal(["drive vault/0 is held by job 1"], Why(2, cluster).Select(WaitText.Sentence));

        cluster.Tell(new AllocatorProtocol.Withdraw(new NodeName("s1")), TestActor);

        Assert.Equal((new JobId(2), new DriveId(cellar, 0)), Answer());
        Ask(3, Library);
        Assert.Equal(
            [
                "no node that owns library vault is connected",
                "no node that owns library gone is connected",
                "drive cellar/0 is held by job 2",
            ],
            Why(3, cluster).Select(WaitText.Sentence));
        Release(2, to: cluster);
        Assert.Equal((new JobId(3), new DriveId(cellar, 0)), Answer());

        void Ask(long job, LibraryName library) => cluster.Tell(
            new AllocatorProtocol.Reserve(new JobId(job), library, null, 1, [new LibraryName("gone"), cellar]),
            TestActor);
    }

    [Fact]
    public void A_restore_gets_further_drives_as_far_as_nobody_waits_for_them()
    {
        var four = Started(OneNode with { Drives = [.. Enumerable.Range(0, 4).Select(Number)], Limits = new JobLimits(9) });
        Restore(1, 3);
        Assert.Equal([0, 1, 2], Answer().Order());
        Restore(2, 3);
        Assert.Equal([3], Answer());
        Restore(3, 3);
        Reserve(4, to: four, library: Library, client: Client);
        ExpectNothing();
        Assert.Equal(
            ["drive vault/0 is held by job 1", "drive vault/1 is held by job 1", "drive vault/2 is held by job 1",
                "drive vault/3 is held by job 2"],
            Why(3, four).Select(WaitText.Sentence));

        Release(1, to: four);

        // Each that waits has one before anybody has two
        Assert.Equal([[0, 2], [1]], new[] { Answer(), Answer() });

        void Restore(long job, int drives) => four.Tell(
            new AllocatorProtocol.Reserve(new JobId(job), Library, Client, 1, Drives: drives), TestActor);

        IReadOnlyList<int> Answer()
        {
            var granted = ExpectMsg<AllocatorProtocol.Granted>();
            return [.. (granted.More ?? []).Prepend(granted.Drive!.Value).Select(drive => drive.Number)];
        }
    }

    [Fact]
    public void What_a_restore_does_not_use_is_another_s()
    {
        _allocator.Tell(new AllocatorProtocol.Reserve(new JobId(1), Library, Client, 1, Drives: 2), TestActor);
        Assert.Equal([new DriveId(Library, 1)], ExpectMsg<AllocatorProtocol.Granted>().More);
        Reserve(2);
        ExpectNothing();

        Hold(1);

        Assert.Equal((new JobId(2), Number(1)), Answer());
    }

    [Fact]
    public void A_new_allocator_hears_of_all_drives_of_a_job()
    {
        _allocator.Tell(
            new AllocatorProtocol.Hold(new JobId(1), Number(1), Client, 1, More: [Number(0)]), TestActor);
        Reserve(2);
        ExpectNothing();

        Release(1);

        Assert.Equal((new JobId(2), Number(0)), Answer());
    }

    private static DriveId Number(int number) => new(Library, number);

    [Fact]
    public void A_repeated_request_holds_one_drive_and_one_slot()
    {
        Assert.Equal(Granted(1), Granted(1));

        Granted(2);
    }

    [Fact]
    public void A_request_that_its_job_does_not_repeat_is_not_granted()
    {
        Granted(1);
        Granted(2);
        Reserve(3);
        Reserve(4);
        for (var asks = 0; asks < 5; asks++)
        {
            Advance(AskAgain);
            Hold(1);
            Hold(2, number: 1);
            Reserve(4);
        }

        Release(1);

        Assert.Equal(new JobId(4), ExpectMsg<AllocatorProtocol.Granted>().Job);
        Assert.Empty(Why(3));
    }

    [Fact]
    public void A_lease_that_its_job_does_not_renew_ends()
    {
        Granted(1);
        Granted(2);
        for (var asks = 0; asks < 5; asks++)
        {
            Advance(AskAgain);
            Hold(2, number: 1);
            Reserve(3);
        }

        Assert.Equal((new JobId(3), new DriveId(Library, 0)), Answer());
    }

    [Fact]
    public void A_hold_that_crosses_with_a_request_ends_the_request()
    {
        Granted(1);
        Granted(2);
        Reserve(3); // it was granted drive 1 by an allocator before this one, and has asked again
        Hold(3, number: 1);
        Release(2);
        Release(1);

        ExpectNothing();
        Assert.Equal([null, new JobId(3)], Holders().OrderBy(held => held.Drive.Number).Select(held => held.Job));
    }

    [Fact]
    public void A_request_that_crosses_with_its_grant_gets_the_same_again()
    {
        Granted(1);
        Assert.Equal(new DriveId(Library, 1), Granted(2));
        Release(1);

        Assert.Equal(new DriveId(Library, 1), Granted(2)); // not drive 0, which is free: it may have taken drive 1
    }

    [Fact]
    public void What_belongs_to_an_older_turn_changes_nothing()
    {
        Granted(1, turn: 2);

        Release(1, turn: 1);
        Hold(1, number: 1, turn: 1);
        Reserve(1, Library, Client, turn: 1);

        ExpectNothing();
        Assert.Equal([new JobId(1), null], Holders().OrderBy(held => held.Drive.Number).Select(held => held.Job));
        Assert.Equal(new DriveId(Library, 1), Granted(2));
    }

    [Fact]
    public void A_newer_turn_gives_back_what_the_older_one_held()
    {
        Granted(1);
        Granted(2);

        Reserve(1, null, Client, turn: 2);

        Assert.Null(ExpectMsg<AllocatorProtocol.Granted>().Drive);
        Reserve(3, Library, null);
        Assert.Equal((new JobId(3), new DriveId(Library, 0)), Answer());
    }

    [Fact]
    public void What_is_not_configured_is_refused_for_good()
    {
        Reserve(1, new LibraryName("cellar"), null);
        Assert.False(JobRules.IsRetryable(ExpectMsg<AllocatorProtocol.Refused>().Failure));
        Reserve(1, Library, new ClientName("nobody"));
        Assert.False(JobRules.IsRetryable(ExpectMsg<AllocatorProtocol.Refused>().Failure));
        ExpectNothing();
    }

    [Fact]
    public void Drives_of_nodes_that_come_and_go_are_granted_while_they_are_offered()
    {
        var allocator = Started(InCluster with { QuietAtStart = TimeSpan.Zero });
        Reserve(1, Library, Client, to: allocator);
        Assert.Equal(
            [$"no node that owns library {Library} is connected", $"no node that is client {Client} is connected"],
            Why(1, allocator).Select(WaitText.Sentence));

        Offer(allocator, "store1", null, new DriveId(Library, 0));
        Offer(allocator, "web1", Client);

        Assert.Equal((new JobId(1), new DriveId(Library, 0)), Answer());
        allocator.Tell(new AllocatorProtocol.Withdraw(new NodeName("store1")), TestActor);
        Release(1, to: allocator);
        Reserve(2, Library, null, to: allocator);
        ExpectNothing(allocator);
    }

    [Fact]
    public void An_allocator_made_anew_hears_what_jobs_hold_before_it_grants()
    {
        var allocator = Started(InCluster);
        Offer(allocator, "store1", Client, new DriveId(Library, 0), new DriveId(Library, 1));
        Reserve(2, Library, null, to: allocator);
        Assert.IsType<WaitReason.AllocatorIsNew>(Assert.Single(Why(2, allocator)));

        Advance(AskAgain * 2, allocator);
        ExpectNothing(allocator);
        Hold(1, to: allocator);
        ExpectNothing(allocator);

        Advance(AskAgain, allocator);
        Assert.Equal((new JobId(2), new DriveId(Library, 1)), Answer());
    }

    [Fact]
    public void An_allocator_that_moves_again_and_again_grants_no_drive_twice()
    {
        var holders = new Dictionary<JobId, DriveId>();
        for (var move = 1; move <= 3; move++)
        {
            var allocator = Started(InCluster);
            Offer(allocator, "store1", null, new(Library, 0), new(Library, 1), new(Library, 2));
            Reserve(move, Library, null, to: allocator);
            Advance(AskAgain, allocator);
            foreach (var (job, drive) in holders)
                allocator.Tell(new AllocatorProtocol.Hold(job, drive, null, Turn: 1), TestActor);

            Advance(AskAgain * 2, allocator);
            var (granted, free) = Answer();

            Assert.DoesNotContain(free!.Value, holders.Values);
            holders.Add(granted, free.Value);
            Sys.Stop(allocator);
        }
    }

    [Fact]
    public void An_allocator_that_has_heard_what_every_unfinished_job_holds_waits_no_longer()
    {
        using var catalog = new SqliteFixture();
        var store = catalog.Store;
        var holding = store.Jobs.Create(CatalogSamples.Job("holding")).Value.Job.Value;
        var allocator = Started(InCluster, Sys.ActorOf(CatalogStandIn.Props(store)));
        Offer(allocator, "store1", null, new DriveId(Library, 0), new DriveId(Library, 1));
        const long waiting = 99; // of later than the allocator's start
        Reserve(waiting, Library, null, to: allocator);
        AwaitAssert(() =>
            Assert.Contains(Why(waiting, allocator), reason => reason is WaitReason.AllocatorIsNew));

        allocator.Tell(
            new AllocatorProtocol.Hold(new JobId(holding), new DriveId(Library, 0), null, Turn: 1), TestActor);

        Assert.Equal((new JobId(waiting), new DriveId(Library, 1)), Answer());
    }

    private IActorRef Started(AllocatorOptions options, IActorRef? catalog = null)
    {
        var allocator = Sys.ActorOf(Allocator.Props(options, catalog, () => _elapsed));
        ExpectNothing(allocator);
        return allocator;
    }

    /// <summary>What was said before is heard before the time moves.</summary>
    private void Advance(TimeSpan time, IActorRef? allocator = null)
    {
        ExpectNothing(allocator);
        _elapsed += time;
        ((TestScheduler)Sys.Scheduler).Advance(time);
    }

    private void Offer(IActorRef allocator, string node, ClientName? client, params DriveId[] drives) => allocator.Tell(
        new AllocatorProtocol.Offer(new NodeName(node), client, drives, TimeSpan.FromMinutes(1)), TestActor);

    private DriveId? Granted(long job, int turn = 1)
    {
        Reserve(job, Library, Client, turn);
        return ExpectMsg<AllocatorProtocol.Granted>().Drive;
    }

    private (JobId Job, DriveId? Drive) Answer()
    {
        var granted = ExpectMsg<AllocatorProtocol.Granted>();
        return (granted.Job, granted.Drive);
    }

    private void Reserve(long job) => Reserve(job, Library, Client);

    private void Reserve(long job, LibraryName? library, ClientName? client, int turn = 1, IActorRef? to = null) =>
        (to ?? _allocator).Tell(new AllocatorProtocol.Reserve(new JobId(job), library, client, turn), TestActor);

    private void Hold(long job, int number = 0, int turn = 1, IActorRef? to = null) => (to ?? _allocator).Tell(
        new AllocatorProtocol.Hold(new JobId(job), new DriveId(Library, number), Client, turn), TestActor);

    private void Release(long job, int turn = 1, IActorRef? to = null) =>
        (to ?? _allocator).Tell(new AllocatorProtocol.Release(new JobId(job), turn), TestActor);

    private IReadOnlyList<WaitReason> Why(long job, IActorRef? allocator = null)
    {
        (allocator ?? _allocator).Tell(new AllocatorProtocol.Why(new JobId(job)), TestActor);
        return ExpectMsg<AllocatorProtocol.Reasons>().Chain!;
    }

    /// <summary>An answer to a later question proves that nothing else was said before it.</summary>
    private void ExpectNothing(IActorRef? allocator = null) => Holders(allocator);

    private IReadOnlyList<(DriveId Drive, JobId? Job)> Holders(IActorRef? allocator = null)
    {
        (allocator ?? _allocator).Tell(AllocatorProtocol.List.Instance, TestActor);
        return ExpectMsg<AllocatorProtocol.Holders>().Drives;
    }
}
