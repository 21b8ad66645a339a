using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>An allocator, and what jobs and nodes say to it.</summary>
public abstract class AllocatorKit : ActorKit
{
    protected static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(15);
    protected static readonly AllocatorOptions OneNode = AllocatorOptions.OfOneNode(
        [new DriveId(Library, 1), new DriveId(Library, 0)], Client, slotsPerClient: 2, AskAgain);
    protected static readonly AllocatorOptions InCluster = AllocatorOptions.OfCluster(slotsPerClient: 2, AskAgain);

    private TimeSpan _elapsed;

    protected AllocatorKit()
        : base(TestScheduled) =>
        Alone = Started(OneNode);

    /// <summary>That of one node.</summary>
    protected IActorRef Alone { get; }

    protected static DriveId Number(int number) => new(Library, number);

    protected IActorRef Started(AllocatorOptions options, IActorRef? catalog = null)
    {
        var allocator = Sys.ActorOf(Allocator.Props(options, catalog, () => _elapsed));
        ExpectNothing(allocator);
        return allocator;
    }

    /// <summary>What was said before is heard before the time moves.</summary>
    protected void Advance(TimeSpan time, IActorRef? allocator = null)
    {
        ExpectNothing(allocator);
        _elapsed += time;
        ((TestScheduler)Sys.Scheduler).Advance(time);
    }

    protected void Offer(
        IActorRef allocator, string node, ClientName? client, params DriveId[] drives) => allocator.Tell(
        new AllocatorProtocol.Offer(new NodeName(node), client, drives, TimeSpan.FromMinutes(1)), TestActor);

    protected DriveId? Granted(long job, int turn = 1)
    {
        Reserve(job, Library, Client, turn);
        return ExpectMsg<AllocatorProtocol.Granted>().Drive;
    }

    protected (JobId Job, DriveId? Drive) Answer()
    {
        var granted = ExpectMsg<AllocatorProtocol.Granted>();
        return (granted.Job, granted.Drive);
    }

    protected void Reserve(long job) => Reserve(job, Library, Client);

    protected void Reserve(long job, LibraryName? library, ClientName? client, int turn = 1, IActorRef? to = null) =>
        (to ?? Alone).Tell(new AllocatorProtocol.Reserve(new JobId(job), library, client, turn), TestActor);

    protected void Hold(long job, int number = 0, int turn = 1, IActorRef? to = null) => (to ?? Alone).Tell(
        new AllocatorProtocol.Hold(new JobId(job), new DriveId(Library, number), Client, turn), TestActor);

    protected void Release(long job, int turn = 1, IActorRef? to = null) =>
        (to ?? Alone).Tell(new AllocatorProtocol.Release(new JobId(job), turn), TestActor);

    protected IReadOnlyList<WaitReason> Why(long job, IActorRef? allocator = null)
    {
        (allocator ?? Alone).Tell(new AllocatorProtocol.Why(new JobId(job)), TestActor);
        return ExpectMsg<AllocatorProtocol.Reasons>().Chain!;
    }

    /// <summary>An answer to a later question proves that nothing else was said before it.</summary>
    protected void ExpectNothing(IActorRef? allocator = null) => Holders(allocator);

    protected IReadOnlyList<(DriveId Drive, JobId? Job)> Holders(IActorRef? allocator = null)
    {
        (allocator ?? Alone).Tell(AllocatorProtocol.List.Instance, TestActor);
        return ExpectMsg<AllocatorProtocol.Holders>().Drives;
    }
}
