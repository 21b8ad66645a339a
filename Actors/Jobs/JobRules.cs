using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Jobs;

/// <summary>Which parties a kind of job needs, and when its work is done.</summary>
/// <param name="Storage">A storage session with a drive.</param>
/// <param name="Client">A client session.</param>
public sealed record JobParts(bool Storage, bool Client)
{
    /// <summary>The parties of a job.</summary>
    /// <param name="spec">The job.</param>
    public static JobParts Of(JobSpec spec) => spec switch
    {
        BackupSpec or RestoreSpec => new JobParts(Storage: true, Client: true),
        // The node that owns the other library gives, as a client does
        CopySpec copy when copy.From != copy.Library => new JobParts(Storage: true, Client: true),
        VerifySpec { Against: VerifyTarget.Disk } or EstimateSpec or AdminSpec =>
            new JobParts(Storage: false, Client: true),
        _ => new JobParts(Storage: true, Client: false),
    };

    /// <summary>
    /// True when nothing is left to do: where an image is written, when its seal is closed, or there is nothing to
    /// write; of a job that runs scripts
    /// alone, when those before its work have ended; any other job, when each of its parties has reported.
    /// </summary>
    /// <param name="state">The job's state.</param>
    public bool IsDone(JobState state) => WritesImage(state.Spec)
        ? state.Closed.Sealed || state.Lost is JobFailure.NothingChanged
        : state.Spec is AdminSpec ? state.IsPrepared
        : (!Storage || state.Storage is not null) && (!Client || state.Client is not null);

    /// <summary>Whether a job writes an image, fragment by fragment.</summary>
    /// <param name="spec">The job.</param>
    public static bool WritesImage(JobSpec? spec) => spec is BackupSpec or MergeSpec;

    /// <summary>Whether a job writes fragments, of a new image or of one that is there: it counts what it has
    /// closed.</summary>
    /// <param name="spec">The job.</param>
    public static bool WritesFragments(JobSpec? spec) => WritesImage(spec) || spec is CopySpec;
}

/// <summary>The rules by which attempts and outcomes are judged; the table is docs/supervision.md.</summary>
public static class JobRules
{
    /// <summary>How often a job other than a backup is tried when its node stops under it.</summary>
    private static readonly RetryRule Default = new(3, TimeSpan.FromSeconds(5));

    /// <summary>How often a job is tried.</summary>
    /// <param name="spec">The job.</param>
    public static RetryRule Retry(JobSpec spec) => spec switch
    {
        BackupSpec backup => backup.Retry,
        MergeSpec merge => merge.Retry,
        CopySpec copy => copy.Retry,
        _ => Default,
    };

    /// <summary>
    /// True when another attempt can help: what was lost may come back, or another volume may take the place.
    /// </summary>
    /// <param name="failure">Why the attempt was lost.</param>
    public static bool IsRetryable(JobFailure failure) => failure is
        JobFailure.VolumeError or JobFailure.VolumeInUse or JobFailure.LibraryError or JobFailure.StorageLost
        or JobFailure.ClientLost or JobFailure.CatalogError or JobFailure.NodeStopped or JobFailure.Fenced
        or JobFailure.NodeShort or JobFailure.Internal;

    /// <summary>
    /// True when the job was lost with its node, as often as it may be without a fragment closed in between.
    /// </summary>
    /// <param name="state">Any state.</param>
    public static bool NodeStoppedTooOften(JobState state) =>
        state.Lost is JobFailure.NodeStopped
        && state.NodeStops >= (Retry(state.Spec!).NodeStopsMax ?? RetryRule.NodeStopsUsual);

    /// <summary>
    /// How long to wait before the next attempt: not at all when another volume or a restarted node takes over.
    /// </summary>
    /// <param name="spec">The job.</param>
    /// <param name="failure">Why the attempt was lost.</param>
    /// <param name="fruitless">Attempts without progress so far, 1 or more.</param>
    public static TimeSpan Pause(JobSpec spec, JobFailure failure, int fruitless)
    {
        var waitsForRoom = failure is JobFailure.NoVolume { Pool: var pool } && SpoolPools.Is(pool)
            && spec is BackupSpec { Spool: SpoolUse.Required };
        if (!waitsForRoom && (failure is JobFailure.VolumeError or JobFailure.NoVolume or JobFailure.NodeStopped
            or JobFailure.Fenced or JobFailure.BaseNotUsable))
            return TimeSpan.Zero;
        var doubled = Retry(spec).Pause.TotalSeconds * Math.Pow(2, Math.Clamp(fruitless - 1, 0, 20));
        return TimeSpan.FromSeconds(Math.Min(doubled, 3600));
    }

    /// <summary>How the job ended, and why when it is no success.</summary>
    /// <param name="state">The state at the end.</param>
    public static (JobOutcome Outcome, JobFailure? Failure) Judge(JobState state)
    {
        if (state.WorkDone)
            return (
                Exceptions(state) + state.ScriptFailures == 0
                    ? JobOutcome.Complete : JobOutcome.CompleteWithExceptions,
                null);
        if (state.Cancelling)
            return (JobOutcome.Cancelled, new JobFailure.Cancelled(state.CancelledBy ?? "an operator"));
        var lost = state.Lost ?? new JobFailure.Internal("The job ended without a reason.");
        var failure = NodeStoppedTooOften(state) ? new JobFailure.NodeStoppedTooOften(state.NodeStops)
            : IsRetryable(lost) && state.Fruitless > 1 ? new JobFailure.TooManyAttempts(state.Attempts, lost)
            : lost;
        return (state.Closed.Count > 0 ? JobOutcome.Incomplete : JobOutcome.Failed, failure);
    }

    /// <summary>Items that could not be treated as asked.</summary>
    /// <param name="state">Any state.</param>
    public static long Exceptions(JobState state) => JobParts.WritesImage(state.Spec)
        ? state.Closed.Exceptions
        : (state.Client?.Exceptions ?? 0) + (state.Storage?.Exceptions ?? 0);
}
