using Akka.Actor;
using Akka.Event;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>How a session gives its drive back at its end, once. State of one actor: not for two threads.</summary>
/// <param name="drive">The drive.</param>
/// <param name="job">The session's job, for the log.</param>
/// <param name="session">The session; hears <see cref="Returned"/>.</param>
/// <param name="log">The session's log.</param>
internal sealed class DriveReturn(DriveHandle drive, JobId job, IActorRef session, ILoggingAdapter log)
{
    private bool _begun;

    /// <summary>True when the drive has taken its volume out, or said why it cannot.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Asks the drive, behind all work that was asked for before.</summary>
    public void Begin()
    {
        if (_begun) return;
        _begun = true;
        drive.Release().PipeTo(session, success: () => new Returned(null), failure: cause => new Returned(cause));
    }

    /// <summary>A volume that could not be taken out is in the way of the next session, which says so.</summary>
    public void Note(Returned returned)
    {
        IsDone = true;
        if (returned.Trouble is { } trouble)
            log.Warning("The drive of job {0} could not be given back: {1}", job, trouble.Message);
    }

    /// <summary>For a session that is gone before the answer.</summary>
    public void Leave()
    {
        if (!IsDone) drive.Leave();
    }

    /// <summary>The drive's answer.</summary>
    /// <param name="Trouble">Why the volume could not be taken out; null when it was.</param>
    public sealed record Returned(Exception? Trouble) : INoSerializationVerificationNeeded;
}
