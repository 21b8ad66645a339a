using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Journal;

/// <summary>What may happen to a backup job.</summary>
public static class BackupEvents
{
    /// <summary>The job exists. Holds all that it needs, so that a change of the configuration does not change it.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Request">The request that made it.</param>
    /// <param name="Policy">A copy of the policy.</param>
    /// <param name="Level">0 (full) to 9.</param>
    /// <param name="LevelReason">Why this level, in words.</param>
    /// <param name="At">When.</param>
    public sealed record Created(
        JobId Job, RequestId Request, PolicySnapshot Policy, int Level, string LevelReason, DateTimeOffset At) : IJobEvent;

    /// <summary>An attempt has its epoch.</summary>
    /// <param name="Epoch">Taken from the catalog.</param>
    /// <param name="Attempt">Counts from 1.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptStarted(Epoch Epoch, int Attempt, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt may use a drive.</summary>
    /// <param name="Drive">The drive.</param>
    /// <param name="At">When.</param>
    public sealed record ResourcesGranted(DriveId Drive, DateTimeOffset At) : IJobEvent;

    /// <summary>Client and storage are ready, and data may move.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="ResumeAfterFragment">The last fragment that is sealed; -1: none.</param>
    /// <param name="At">When.</param>
    public sealed record TransferStarted(ImageId Image, int ResumeAfterFragment, DateTimeOffset At) : IJobEvent;

    /// <summary>A fragment is sealed on its medium and recorded in the catalog.</summary>
    /// <param name="Fragment">Counts from 0.</param>
    /// <param name="Root">The root over its index.</param>
    /// <param name="Counts">Of this fragment alone.</param>
    /// <param name="At">When.</param>
    public sealed record FragmentClosed(int Fragment, Sha256Digest Root, JobCounts Counts, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt cannot go on; another may.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptLost(JobFailure Failure, DateTimeOffset At) : IJobEvent;

    /// <summary>Somebody wants the job stopped.</summary>
    /// <param name="By">Who.</param>
    /// <param name="At">When.</param>
    public sealed record CancelRequested(string By, DateTimeOffset At) : IJobEvent;

    /// <summary>The image is sealed on its medium and in the catalog.</summary>
    /// <param name="Image">The image.</param>
    /// <param name="Outcome">As its seal says.</param>
    /// <param name="Fragments">How many it has, 1 or more.</param>
    /// <param name="Root">The root of the last fragment.</param>
    /// <param name="Counts">Of the whole image.</param>
    /// <param name="At">When.</param>
    public sealed record ImageSealed(
        ImageId Image, JobOutcome Outcome, int Fragments, Sha256Digest Root, JobCounts Counts, DateTimeOffset At) : IJobEvent;

    /// <summary>The job is over.</summary>
    /// <param name="Outcome">How.</param>
    /// <param name="Counts">Over all attempts.</param>
    /// <param name="At">When.</param>
    /// <param name="Failure">Why not better; null where nothing failed.</param>
    public sealed record Ended(JobOutcome Outcome, JobCounts Counts, DateTimeOffset At, JobFailure? Failure = null) : IJobEvent;
}

/// <summary>What of a policy a backup job needs, as it was when the job was created.</summary>
/// <param name="Policy">Its name.</param>
/// <param name="Client">The client.</param>
/// <param name="FileSet">The file set.</param>
/// <param name="Pool">Where volumes come from.</param>
/// <param name="Library">The library that writes them.</param>
/// <param name="FragmentBytes">Archive bytes of a fragment, 1 or more.</param>
/// <param name="AttemptsMax">Attempts before the job fails, 1 or more.</param>
public sealed record PolicySnapshot(
    PolicyName Policy, ClientName Client, FileSet FileSet, PoolName Pool, LibraryName Library, long FragmentBytes, int AttemptsMax);
