using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What crosses on the way, and allocators, nodes and turns that come and go.</summary>
public sealed class AllocatorChangeSpecs : AllocatorKit
{
    [Fact]
    public void A_new_allocator_hears_of_all_drives_of_a_job()
    {
        Alone.Tell(
            new AllocatorProtocol.Hold(new JobId(1), Number(1), Client, 1, More: [Number(0)]), TestActor);
        Reserve(2);
        ExpectNothing();

        Release(1);

        Assert.Equal((new JobId(2), Number(0)), Answer());
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
}
