using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>What an image is recorded with when its job opens it: the same as in every header on its medium.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Job">The job that makes it.</param>
/// <param name="Client">Whose data it is.</param>
/// <param name="Policy">The policy of the job.</param>
/// <param name="FileSet">The file set of the policy.</param>
/// <param name="Level">0 (full) to 9.</param>
/// <param name="Since">The moment that it protects from.</param>
/// <param name="Base">The image that an incremental builds on; null for a full.</param>
/// <param name="BaseRoot">The root of the base's last fragment; null for a full.</param>
/// <param name="Recorded">False: never a base of others.</param>
/// <param name="Rules">Digest of what its file set selects; null: not known.</param>
/// <param name="MergedFrom">Of a full that was made of a chain: the newest image of the chain; null: it was made of the
/// client's files.</param>
public sealed record NewImage(
    ImageId Image,
    JobId Job,
    ClientName Client,
    PolicyName Policy,
    FileSetName FileSet,
    int Level,
    DateTimeOffset Since,
    ImageId? Base = null,
    Sha256Digest? BaseRoot = null,
    bool Recorded = true,
    Sha256Digest? Rules = null,
    ImageId? MergedFrom = null);

/// <summary>Whether an image may be used.</summary>
public enum ImageState
{
    /// <summary>Its job may still add to it.</summary>
    Open = 1,

    /// <summary>Its last fragment is closed.</summary>
    Sealed = 2,

    /// <summary>
    /// It was never sealed, and never will be. What is closed can be restored when asked for by name.
    /// </summary>
    Abandoned = 3,

    /// <summary>No rule kept it, and all that the catalog had of it is gone but this record.</summary>
    Purged = 4,

    /// <summary>
    /// Found by a scan, which did not find all of it: it may be whole with a volume that was not read. As long as that
    /// may be, nothing of it is given up.
    /// </summary>
    Lacking = 5,
}

/// <summary>How the catalog came to know an image.</summary>
public enum ImageOrigin
{
    /// <summary>From its job.</summary>
    Recorded = 1,

    /// <summary>From the medium, by a scan.</summary>
    Scanned = 2,
}

/// <summary>What the seal of an image says.</summary>
/// <param name="Outcome">How its job ended.</param>
/// <param name="Fragments">How many it has, 1 or more.</param>
/// <param name="Root">The root of the last fragment.</param>
/// <param name="Counts">Over all fragments.</param>
/// <param name="At">When the last fragment was sealed on the medium.</param>
public sealed record ImageSeal(JobOutcome Outcome, int Fragments, Sha256Digest Root, JobCounts Counts,
    DateTimeOffset At);

/// <summary>An image as it is recorded.</summary>
/// <param name="Opened">What it was opened with.</param>
/// <param name="State">Whether it may be used.</param>
/// <param name="Origin">How the catalog came to know it.</param>
/// <param name="Fragments">Fragments that are closed.</param>
/// <param name="Blocks">Blocks of its manifest so far.</param>
/// <param name="Entries">Entries of its manifest so far.</param>
/// <param name="Counts">Of the seal; before it, over the closed fragments.</param>
/// <param name="Seal">What the seal says; null unless sealed.</param>
/// <param name="Lacks">What a scan did not find of it; null unless lacking.</param>
public sealed record ImageRecord(
    NewImage Opened,
    ImageState State,
    ImageOrigin Origin,
    int Fragments,
    long Blocks,
    long Entries,
    JobCounts Counts,
    ImageSeal? Seal,
    string? Lacks = null)
{
    /// <summary>Since when no rule keeps it; null: it stays.</summary>
    public DateTimeOffset? CondemnedAt { get; init; }

    /// <summary>When it was removed; null: it was not.</summary>
    public DateTimeOffset? PurgedAt { get; init; }
}

/// <summary>Which images a list holds; null means any.</summary>
/// <param name="Client">Of this client.</param>
/// <param name="Policy">Of this policy.</param>
/// <param name="FileSet">Of this file set.</param>
/// <param name="State">In this state.</param>
/// <param name="Job">Made by this job.</param>
/// <param name="Before">Made by a job older than this one: for the next page.</param>
/// <param name="Prefix">With an id that begins with these hexadecimal digits.</param>
/// <param name="WithoutOwn">None of the catalog itself (<see cref="ImageTable.Own"/>).</param>
public sealed record ImageFilter(
    ClientName? Client = null,
    PolicyName? Policy = null,
    FileSetName? FileSet = null,
    ImageState? State = null,
    JobId? Job = null,
    JobId? Before = null,
    string? Prefix = null,
    bool WithoutOwn = false);

/// <summary>An exception of one item, as recorded.</summary>
/// <param name="Image">The image with whose fragment it came; null: it came with the job itself.</param>
/// <param name="Fragment">The fragment with which it came; -1: with none.</param>
/// <param name="Sequence">Its number there, from 0.</param>
/// <param name="Exception">What happened, to what.</param>
public sealed record RecordedException(ImageId? Image, int Fragment, long Sequence, FileException Exception);
