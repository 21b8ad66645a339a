using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Journal;

/// <summary>What may happen to a verify job.</summary>
public static class VerifyEvents
{
    /// <summary>The job exists.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Request">The request that made it.</param>
    /// <param name="Image">The image.</param>
    /// <param name="Client">The client whose disk is compared; of a verify of the medium, the client of the image.</param>
    /// <param name="Against">What it is compared with.</param>
    /// <param name="AttemptsMax">Attempts before the job fails, 1 or more.</param>
    /// <param name="At">When.</param>
    public sealed record Created(
        JobId Job, RequestId Request, ImageId Image, ClientName Client, VerifyAgainst Against, int AttemptsMax, DateTimeOffset At)
        : IJobEvent;

    /// <summary>An attempt has its epoch.</summary>
    /// <param name="Epoch">Taken from the catalog.</param>
    /// <param name="Attempt">Counts from 1.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptStarted(Epoch Epoch, int Attempt, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt may use a drive.</summary>
    /// <param name="Drive">The drive; null for a verify of the disk.</param>
    /// <param name="At">When.</param>
    public sealed record ResourcesGranted(DriveId? Drive, DateTimeOffset At) : IJobEvent;

    /// <summary>Data is read and compared.</summary>
    /// <param name="At">When.</param>
    public sealed record ComparisonStarted(DateTimeOffset At) : IJobEvent;

    /// <summary>A fragment was read and compared; the next attempt starts behind it.</summary>
    /// <param name="Fragment">Counts from 0.</param>
    /// <param name="Counts">Of this fragment alone.</param>
    /// <param name="At">When.</param>
    public sealed record FragmentVerified(int Fragment, JobCounts Counts, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt cannot go on; another may.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptLost(JobFailure Failure, DateTimeOffset At) : IJobEvent;

    /// <summary>Somebody wants the job stopped.</summary>
    /// <param name="By">Who.</param>
    /// <param name="At">When.</param>
    public sealed record CancelRequested(string By, DateTimeOffset At) : IJobEvent;

    /// <summary>The job is over.</summary>
    /// <param name="Outcome">How; differences are exceptions, named in the catalog.</param>
    /// <param name="Counts">Over all attempts.</param>
    /// <param name="At">When.</param>
    /// <param name="Failure">Why not better; null where nothing failed.</param>
    public sealed record Ended(JobOutcome Outcome, JobCounts Counts, DateTimeOffset At, JobFailure? Failure = null) : IJobEvent;
}
