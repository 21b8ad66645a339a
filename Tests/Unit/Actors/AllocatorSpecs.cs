using Akka.Actor;
using Akka.TestKit.Xunit2;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class AllocatorSpecs : TestKit
{
    private readonly IActorRef _allocator;
    private volatile int _slots = 2;

    public AllocatorSpecs()
        : base("akka.loglevel = OFF\nakka.stdout-loglevel = OFF") =>
        _allocator = Sys.ActorOf(Allocator.Props(new AllocatorOptions(
            [new DriveId(Library, 1), new DriveId(Library, 0)], [Client], () => _slots, TimeSpan.FromMinutes(1), TimeSpan.Zero,
            NodesComeAndGo: false)));

    [Fact]
    public void Free_drives_are_granted_at_once_the_lowest_number_first()
    {
        Assert.Equal(new DriveId(Library, 0), Granted(1));
        Assert.Equal(new DriveId(Library, 1), Granted(2));
    }

    [Fact]
    public void Who_waits_longest_by_job_number_is_granted_first()
    {
        Granted(1);
        Granted(2);
        Reserve(5);
        Reserve(4);

        _allocator.Tell(new AllocatorProtocol.Release(new JobId(1)), TestActor);

        Assert.Equal(new JobId(4), ExpectMsg<AllocatorProtocol.Granted>().Job);
        ExpectNothing();
    }

    [Fact]
    public void A_repeated_request_holds_one_drive_and_one_slot()
    {
        Assert.Equal(Granted(1), Granted(1));

        Granted(2);
    }

    [Fact]
    public void A_job_holds_nothing_while_it_waits_for_the_other_half()
    {
        Reserve(1, Library, null);
        ExpectMsg<AllocatorProtocol.Granted>();
        Reserve(2, null, Client);
        ExpectMsg<AllocatorProtocol.Granted>();
        Reserve(3, null, Client);
        ExpectMsg<AllocatorProtocol.Granted>();
        Reserve(4); // there is a drive and no slot

        Reserve(5, Library, null);

        Assert.Equal(new JobId(5), ExpectMsg<AllocatorProtocol.Granted>().Job);
    }

    [Fact]
    public void A_job_that_gives_up_loses_its_place()
    {
        Granted(1);
        Granted(2);
        Reserve(3);
        _allocator.Tell(new AllocatorProtocol.Release(new JobId(3)), TestActor);

        _allocator.Tell(new AllocatorProtocol.Release(new JobId(1)), TestActor);

        ExpectNothing();
    }

    [Fact]
    public void Why_a_job_waits_names_who_holds_what()
    {
        Granted(1);
        Granted(2);
        Reserve(3);
        Reserve(4);

        _allocator.Tell(new AllocatorProtocol.Why(new JobId(4)), TestActor);

        var why = string.Join("; ", ExpectMsg<AllocatorProtocol.Reasons>().Sentences);
        Assert.Contains("drive vault/0 is held by job 1", why);
        Assert.Contains("client web1 runs job 1, job 2, as many as it may (2)", why);
        Assert.Contains("1 older jobs wait before it: job 3", why);
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
        var allocator = Sys.ActorOf(Allocator.Props(ComeAndGo(TimeSpan.Zero)));
        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(1), Library, Client), TestActor);
        allocator.Tell(new AllocatorProtocol.Why(new JobId(1)), TestActor);
        var why = ExpectMsg<AllocatorProtocol.Reasons>().Sentences;
        Assert.Equal(
            [$"no node that owns library {Library} is connected",
                $"no node that is client {Client} is connected"], why);

        Offer(allocator, "store1", null, new DriveId(Library, 0));
        Offer(allocator, "web1", Client);

        Assert.Equal(new DriveId(Library, 0), ExpectMsg<AllocatorProtocol.Granted>().Drive);
        allocator.Tell(new AllocatorProtocol.Withdraw(new NodeName("store1")), TestActor);
        allocator.Tell(new AllocatorProtocol.Release(new JobId(1)), TestActor);
        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(2), Library, null), TestActor);
        ExpectNothing(allocator);
    }

    [Fact]
    public void An_allocator_made_anew_hears_what_jobs_hold_before_it_grants()
    {
        var allocator = Sys.ActorOf(Allocator.Props(ComeAndGo(TimeSpan.FromMilliseconds(300))));
        Offer(allocator, "store1", Client, new DriveId(Library, 0), new DriveId(Library, 1));
        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(2), Library, null), TestActor);
        ExpectNothing(allocator);

        allocator.Tell(new AllocatorProtocol.Hold(new JobId(1), new DriveId(Library, 0), Client), TestActor);

        Assert.Equal(new DriveId(Library, 1), ExpectMsg<AllocatorProtocol.Granted>().Drive);
    }

    [Fact]
    public void More_slots_serve_who_waits_and_fewer_take_nothing_away()
    {
        Reserve(1, null, Client);
        ExpectMsg<AllocatorProtocol.Granted>();
        Reserve(2, null, Client);
        ExpectMsg<AllocatorProtocol.Granted>();
        Reserve(3, null, Client);
        ExpectNothing();

        _slots = 3;
        Reserve(3, null, Client);
        Assert.Equal(new JobId(3), ExpectMsg<AllocatorProtocol.Granted>().Job);

        _slots = 2;
        Reserve(4, null, Client);
        _allocator.Tell(new AllocatorProtocol.Release(new JobId(1)), TestActor);
        ExpectNothing();
        _allocator.Tell(new AllocatorProtocol.Release(new JobId(2)), TestActor);
        Assert.Equal(new JobId(4), ExpectMsg<AllocatorProtocol.Granted>().Job);
    }

    private static AllocatorOptions ComeAndGo(TimeSpan quiet) =>
        new([], [], () => 2, TimeSpan.FromMinutes(1), quiet, NodesComeAndGo: true);

    private void Offer(IActorRef allocator, string node, ClientName? client, params DriveId[] drives) => allocator.Tell(
        new AllocatorProtocol.Offer(new NodeName(node), client, drives, TimeSpan.FromMinutes(1)), TestActor);

    private DriveId? Granted(long job)
    {
        Reserve(job);
        return ExpectMsg<AllocatorProtocol.Granted>().Drive;
    }

    private void Reserve(long job) => Reserve(job, Library, Client);

    private void Reserve(long job, LibraryName? library, ClientName? client) =>
        _allocator.Tell(new AllocatorProtocol.Reserve(new JobId(job), library, client), TestActor);

    /// <summary>An answer to a later question proves that nothing else was said before it.</summary>
    private void ExpectNothing(IActorRef? allocator = null)
    {
        (allocator ?? _allocator).Tell(AllocatorProtocol.List.Instance, TestActor);
        ExpectMsg<AllocatorProtocol.Holders>();
    }
}
