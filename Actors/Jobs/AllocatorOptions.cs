using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>What an allocator is told when it starts.</summary>
/// <param name="Drives">Drives that are there for good: those of a node that is alone.</param>
/// <param name="Clients">Clients that are there for good.</param>
/// <param name="Limits">How many jobs may work at a time.</param>
/// <param name="Lease">How long a job holds what it was granted, or its place in the queue, without saying so
/// again.</param>
/// <param name="QuietAtStart">Nothing is granted for this long after the start; zero where no job can hold anything
/// from before.</param>
/// <param name="NodesComeAndGo">False: what is not there now never will be, and who asks for it is refused.</param>
public sealed record AllocatorOptions(
    IReadOnlyList<DriveId> Drives,
    IReadOnlyList<ClientName> Clients,
    JobLimits Limits,
    TimeSpan Lease,
    TimeSpan QuietAtStart,
    bool NodesComeAndGo)
{
    /// <summary>
    /// Asked each time where they may change while the allocator runs, and gives the same object until they do; null:
    /// they do not.
    /// </summary>
    public Func<JobLimits>? LimitsNow { get; init; }

    /// <summary>How many jobs may work now. Jobs that hold more keep it.</summary>
    public JobLimits LimitsInForce => LimitsNow?.Invoke() ?? Limits;

    /// <summary>The node that has <see cref="Drives"/>.</summary>
    public NodeName Node { get; init; } = new("");

    /// <summary>How many jobs its drives take; null: as many as there are.</summary>
    public StorageLimits? Storage { get; init; }

    /// <summary>Times of asking again after which what nobody renews ends.</summary>
    private const int LeaseInAsks = 4;

    /// <summary>
    /// Every living saga says what it holds once in each; one may be lost, and another late because its saga moved.
    /// </summary>
    private const int QuietInAsks = 3;

    /// <summary>For a node that is alone: it has what it has, and no job holds anything when it starts.</summary>
    /// <param name="drives">Its drives.</param>
    /// <param name="client">The client that it is.</param>
    /// <param name="slotsPerClient">Jobs that may work on one client at a time, 1 or more.</param>
    /// <param name="askAgainAfter">How often jobs say what they hold (<see cref="JobOptions.AskAgainAfter"/>).</param>
    public static AllocatorOptions OfOneNode(
        IReadOnlyList<DriveId> drives, ClientName client, int slotsPerClient, TimeSpan askAgainAfter) =>
        new(drives, [client], new JobLimits(slotsPerClient), askAgainAfter * LeaseInAsks, TimeSpan.Zero,
            NodesComeAndGo: false);

    /// <summary>
    /// For the one allocator of a cluster: all that there is is offered by nodes, and jobs hold what an allocator on
    /// another node granted them.
    /// </summary>
    /// <param name="slotsPerClient">Jobs that may work on one client at a time, 1 or more.</param>
    /// <param name="askAgainAfter">How often jobs say what they hold (<see cref="JobOptions.AskAgainAfter"/>); the same
    /// on all directors.</param>
    public static AllocatorOptions OfCluster(int slotsPerClient, TimeSpan askAgainAfter) =>
        new([], [], new JobLimits(slotsPerClient), askAgainAfter * LeaseInAsks, askAgainAfter * QuietInAsks,
            NodesComeAndGo: true);
}
