using Akka.Actor;

namespace Backup.Actors.Jobs;

/// <summary>Whom a job talks to.</summary>
/// <param name="Allocator">Grants drives and client slots.</param>
/// <param name="Catalog">Records and answers.</param>
/// <param name="Nodes">Delivers to clients and storage nodes.</param>
public sealed record JobNeighbours(IActorRef Allocator, IActorRef Catalog, IActorRef Nodes);

/// <summary>Limits of a job.</summary>
/// <param name="AskAgainAfter">After this long without news the job asks again for what it waits for.</param>
/// <param name="AbsentMax">When nothing was heard of a node for longer than this, the attempt is lost.</param>
public sealed record JobOptions(TimeSpan AskAgainAfter, TimeSpan AbsentMax)
{
    /// <summary>Programs, and directories of such, that jobs may run on this director; absolute paths.</summary>
    public IReadOnlyList<string> Scripts { get; init; } = [];

    /// <summary>A job that has not ended so long after it was accepted is cancelled; zero: never.</summary>
    public TimeSpan LifeMax { get; init; }
}
