using Backup.Messages.Volumes;

namespace Backup.Messages.Jobs;

/// <summary>What jobs and the allocator of drives and client slots say to each other.</summary>
public static class AllocatorProtocol
{
    /// <summary>
    /// Asks for a drive, a client slot and a place under every limit, all at once; repeated while the job waits: a
    /// request that nobody repeats ends. Answered when they are free, and again when it is repeated all the same.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Library">A drive of this library; null: no drive is needed.</param>
    /// <param name="Client">A slot of this client; null: none is needed.</param>
    /// <param name="Turn">Which time the job asks: one more after each <see cref="Release"/>. What belongs to an older
    /// turn came late, and is passed over by both sides.</param>
    /// <param name="Others">Libraries that take the place of <paramref name="Library"/>, in order of preference, while
    /// nobody offers its drives; null: none.</param>
    /// <param name="Claim">What it is counted under and queued by; null from an earlier version: as <see
    /// cref="JobClaim.Usual"/>.</param>
    /// <param name="Drives">Drives of the library that the job can use at once: one it must have, of the others it gets
    /// what nobody else asks for at that moment. 0: one.</param>
    /// <param name="Also">A drive of this library too, granted at once with the other, as the first of the further
    /// ones; null: none.</param>
    /// <param name="Spool">Whether a drive of the library's spool is meant.</param>
    public sealed record Reserve(
        JobId Job, LibraryName? Library, ClientName? Client, int Turn, IReadOnlyList<LibraryName>? Others = null,
        JobClaim? Claim = null, int Drives = 0, LibraryName? Also = null, SpoolUse Spool = SpoolUse.None)
        : IWireMessage;

    /// <summary>They are the job's until <see cref="Release"/>, as long as it says so by <see cref="Hold"/>.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Drive">The drive; null when none was asked for.</param>
    /// <param name="Turn">The turn of the request.</param>
    /// <param name="More">Further drives; null: none.</param>
    public sealed record Granted(JobId Job, DriveId? Drive, int Turn, IReadOnlyList<DriveId>? More = null)
        : IWireMessage;

    /// <summary>They never will be: the library or client is not configured.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Failure">Why.</param>
    public sealed record Refused(JobId Job, JobFailure Failure) : IWireMessage;

    /// <summary>
    /// Gives back all that the job holds, and its place in the queue. Not answered; harmless when it holds nothing.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Turn">The turn that is over.</param>
    public sealed record Release(JobId Job, int Turn) : IWireMessage;

    /// <summary>
    /// The job still has what it was granted. Repeated: a lease that nobody renews ends. Not answered.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Drive">The drive; null when it has none.</param>
    /// <param name="Client">The client whose slot it has; null when it has none.</param>
    /// <param name="Turn">The turn in which it was granted.</param>
    /// <param name="Awaits">The volume for which the job holds the drive and waits; null when it works.</param>
    /// <param name="Claim">As in its <see cref="Reserve"/>.</param>
    /// <param name="More">Further drives that it has; what it was granted and does not name is free. Null:
    /// none.</param>
    public sealed record Hold(
        JobId Job, DriveId? Drive, ClientName? Client, int Turn, MountRequest? Awaits = null, JobClaim? Claim = null,
        IReadOnlyList<DriveId>? More = null)
        : IWireMessage;

    /// <summary>
    /// A node has these drives, and is this client. Repeated: what nobody offers any more is not granted. Not answered.
    /// </summary>
    /// <param name="Node">The node.</param>
    /// <param name="Client">The client that it is; null: none.</param>
    /// <param name="Drives">Its drives.</param>
    /// <param name="For">How long the offer stands without being repeated.</param>
    /// <param name="Limits">How many jobs it takes; null: as many as it has drives.</param>
    /// <param name="Disabled">Those of its drives that are granted to nobody; null: none.</param>
    public sealed record Offer(
        NodeName Node, ClientName? Client, IReadOnlyList<DriveId> Drives, TimeSpan For, StorageLimits? Limits = null,
        IReadOnlyList<DisabledDrive>? Disabled = null)
        : IWireMessage;

    /// <summary>A node is gone: nothing of it is granted any more. Not answered.</summary>
    /// <param name="Node">The node.</param>
    public sealed record Withdraw(NodeName Node) : IWireMessage;

    /// <summary>Asks why a job waits. Answered by <see cref="Reasons"/>.</summary>
    /// <param name="Job">The job.</param>
    public sealed record Why(JobId Job) : IWireMessage;

    /// <summary>Why a job waits, nearest reason first; empty when it does not wait here.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Sentences">The reasons, as text.</param>
    /// <param name="Chain">The same as data: what it lacks and who has that. Null from an earlier version.</param>
    public sealed record Reasons(JobId Job, IReadOnlyList<string> Sentences, IReadOnlyList<WaitReason>? Chain)
        : IWireMessage;

    /// <summary>Asks who holds what. Answered by <see cref="Holders"/>.</summary>
    public sealed record List : IWireMessage
    {
        /// <summary>The only one.</summary>
        public static readonly List Instance = new();
    }

    /// <summary>Who holds what.</summary>
    /// <param name="Drives">Every drive with the job that holds it, or null.</param>
    /// <param name="Awaited">What jobs that hold a drive ask of a person, lowest job first; null from an earlier
    /// version.</param>
    /// <param name="Disabled">The drives that are granted to nobody; null: none.</param>
    public sealed record Holders(
        IReadOnlyList<(DriveId Drive, JobId? Job)> Drives, IReadOnlyList<MountRequest>? Awaited = null,
        IReadOnlyList<DisabledDrive>? Disabled = null) : IWireMessage;
}
