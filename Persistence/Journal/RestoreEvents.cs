using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Journal;

/// <summary>What may happen to a restore job.</summary>
public static class RestoreEvents
{
    /// <summary>The job exists.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Request">The request that made it.</param>
    /// <param name="Orders">What to restore, where to and how.</param>
    /// <param name="AttemptsMax">Attempts before the job fails, 1 or more.</param>
    /// <param name="At">When.</param>
    public sealed record Created(
        JobId Job, RequestId Request, RestoreOrders Orders, int AttemptsMax, DateTimeOffset At) : IJobEvent;

    /// <summary>An attempt has its epoch.</summary>
    /// <param name="Epoch">Taken from the catalog.</param>
    /// <param name="Attempt">Counts from 1.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptStarted(Epoch Epoch, int Attempt, DateTimeOffset At) : IJobEvent;

    /// <summary>The images that it reads are pinned, and the attempt may use a drive.</summary>
    /// <param name="Drive">The drive.</param>
    /// <param name="At">When.</param>
    public sealed record ResourcesGranted(DriveId Drive, DateTimeOffset At) : IJobEvent;

    /// <summary>Data moves.</summary>
    /// <param name="At">When.</param>
    public sealed record TransferStarted(DateTimeOffset At) : IJobEvent;

    /// <summary>All items of a fragment that were asked for are in place; the next attempt starts behind it.</summary>
    /// <param name="Image">The image in which the fragment is.</param>
    /// <param name="Fragment">Counts from 0.</param>
    /// <param name="Counts">Of this fragment alone.</param>
    /// <param name="At">When.</param>
    public sealed record FragmentRestored(ImageId Image, int Fragment, JobCounts Counts, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt cannot go on; another may.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptLost(JobFailure Failure, DateTimeOffset At) : IJobEvent;

    /// <summary>Somebody wants the job stopped.</summary>
    /// <param name="By">Who.</param>
    /// <param name="At">When.</param>
    public sealed record CancelRequested(string By, DateTimeOffset At) : IJobEvent;

    /// <summary>The job is over.</summary>
    /// <param name="Outcome">How.</param>
    /// <param name="Counts">Over all attempts.</param>
    /// <param name="At">When.</param>
    /// <param name="Failure">Why not better; null where nothing failed.</param>
    public sealed record Ended(JobOutcome Outcome, JobCounts Counts, DateTimeOffset At, JobFailure? Failure = null) : IJobEvent;
}

/// <summary>What a restore job restores, where to and how.</summary>
/// <param name="Image">The image whose state of the tree is restored.</param>
/// <param name="Client">The client to which it is restored.</param>
/// <param name="Target">The directory below which everything is written; absolute, as text (`\xNN` for a byte that is not UTF-8).</param>
/// <param name="Selected">Paths in the image, bytes with `/`; an item and all below it. Empty: all.</param>
/// <param name="Replace">What becomes of what is there already.</param>
/// <param name="DryRun">Only say what would be done.</param>
public sealed record RestoreOrders(
    ImageId Image, ClientName Client, string Target, IReadOnlyList<byte[]> Selected, ReplaceRule Replace, bool DryRun = false);
