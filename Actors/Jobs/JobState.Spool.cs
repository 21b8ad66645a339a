using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <content>A backup that goes to the spool of its library first.</content>
public sealed partial record JobState
{
    /// <summary>There was no room on the spool for an attempt: the next ones go to a drive.</summary>
    public bool Overflowed { get; private init; }

    /// <summary>Where the next attempt goes.</summary>
    public SpoolUse SpoolUse => Spec is BackupSpec backup && !Overflowed ? backup.Spool : SpoolUse.None;

    /// <summary>Whether an attempt was lost because its spool was full.</summary>
    private bool IsOverflow(JobFailure failure) => failure is JobFailure.NoVolume { Pool: var pool }
        && SpoolPools.Is(pool) && Spec is BackupSpec { Spool: not SpoolUse.None };

    /// <summary>What an attempt that is lost says about the next one.</summary>
    private JobState Lose(JobFailure failure) =>
        IsOverflow(failure) ? Overflow() : Interrupted(failure).Leave(failure);

    /// <summary>
    /// That a spool is full is no fault of the job: it goes to a drive, from behind what it has sealed, or looks again
    /// later where it may use the spool alone.
    /// </summary>
    private JobState Overflow() => this with
    {
        Fruitless = Math.Max(0, Fruitless - 1),
        Overflowed = Spec is not BackupSpec { Spool: SpoolUse.Required },
        Moves = true,
    };
}
