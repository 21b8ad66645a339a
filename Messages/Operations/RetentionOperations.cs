using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>Asks which images the rules of their policies keep, and which not, at a moment.</summary>
/// <param name="AsOf">The moment; null: now. One to come says what will go if nothing else is made until then.</param>
/// <param name="Policy">Only the images of this policy.</param>
/// <param name="After">Goes on behind this image, as <see cref="RetentionShown.Next"/> said.</param>
/// <param name="Limit">Most images in the answer, 1 to 10,000.</param>
public sealed record ShowRetention(
    DateTimeOffset? AsOf = null, PolicyName? Policy = null, ImageId? After = null, int Limit = 1000) : IRequest;

/// <summary>What becomes of images.</summary>
/// <param name="AsOf">The moment that is meant.</param>
/// <param name="Images">Newest first.</param>
/// <param name="Next">Pass as After for the rest, with the same moment; null at the end.</param>
public sealed record RetentionShown(
    DateTimeOffset AsOf, IReadOnlyList<RetentionLine> Images, ImageId? Next) : IReply;

/// <summary>What becomes of one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Job">The job that made it.</param>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Policy">Whose rules decide.</param>
/// <param name="Level">0 to 9.</param>
/// <param name="SealedAt">When it was sealed; ages are measured from there.</param>
/// <param name="StoredBytes">What it takes of the media.</param>
/// <param name="Kept">Whether anything keeps it.</param>
/// <param name="Reasons">Why, each a few words; never empty.</param>
/// <param name="GoesAt">When it is removed, where a run of retention has condemned it; null: it is not.</param>
/// <param name="Copies">What becomes of its copies, by pool, where pools have rules of their own and the image stays;
/// null: they go and stay with it.</param>
public sealed record RetentionLine(
    ImageId Image,
    JobId Job,
    ClientName Client,
    FileSetName FileSet,
    PolicyName Policy,
    int Level,
    DateTimeOffset SealedAt,
    long StoredBytes,
    bool Kept,
    IReadOnlyList<string> Reasons,
    DateTimeOffset? GoesAt = null,
    IReadOnlyList<RetainedCopyLine>? Copies = null);

/// <summary>What becomes of what an image has in a pool.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Kept">Whether anything keeps it there.</param>
/// <param name="Reasons">Why, each a few words; never empty.</param>
/// <param name="GoesAt">When it is taken out of use, where a run of retention has condemned it; null: it is
/// not.</param>
public sealed record RetainedCopyLine(
    PoolName Pool, bool Kept, IReadOnlyList<string> Reasons, DateTimeOffset? GoesAt = null);

/// <summary>
/// Runs retention now: condemns what no rule keeps, removes what was condemned for the grace time, gives space back and
/// lets volumes go that hold nothing.
/// </summary>
/// <param name="Request">Idempotency key: a run that is repeated finds nothing more to do.</param>
/// <param name="Policy">Condemns images of this policy only; null: of all.</param>
/// <param name="Agreed">How many images and copies may be condemned although they are much of what there is: their
/// number in all; null: guards hold.</param>
/// <param name="AcceptClock">The clock is right although it is far ahead of what is known.</param>
public sealed record RunRetention(
    RequestId Request, PolicyName? Policy = null, int? Agreed = null, bool AcceptClock = false) : ICommandRequest;

/// <summary>What a run of retention did.</summary>
/// <param name="At">When it began.</param>
/// <param name="Condemned">Images that go after the grace time.</param>
/// <param name="Reprieved">Images that were to go, and stay.</param>
/// <param name="Purged">Images that were removed.</param>
/// <param name="BytesFreed">Bytes that went back to disks.</param>
/// <param name="VolumesFreed">Volumes that may be used again.</param>
/// <param name="Notes">What was not done, and why, a sentence each.</param>
/// <param name="CopiesCondemned">Copies of images that stay, which go after the grace time: nothing keeps them in their
/// pools.</param>
/// <param name="CopiesExpired">Copies of images that stay, which were taken out of use.</param>
public sealed record RetentionDone(
    DateTimeOffset At,
    int Condemned,
    int Reprieved,
    int Purged,
    long BytesFreed,
    IReadOnlyList<VolumeName> VolumesFreed,
    IReadOnlyList<string> Notes,
    int CopiesCondemned = 0,
    int CopiesExpired = 0) : IReply;

/// <summary>What somebody says of an image.</summary>
public enum ImageChange
{
    /// <summary>It is kept until somebody releases it.</summary>
    Hold = 1,

    /// <summary>The same; who is restricted to some rights cannot release it.</summary>
    LegalHold = 2,

    /// <summary>A hold is taken back.</summary>
    Release = 3,

    /// <summary>A legal hold is taken back.</summary>
    ReleaseLegal = 4,

    /// <summary>It has a tag, by which a rule may keep it.</summary>
    Tag = 5,

    /// <summary>It has the tag no more.</summary>
    Untag = 6,

    /// <summary>It is not condemned any more; if nothing keeps it, its grace time begins anew.</summary>
    Undo = 7,
}

/// <summary>Holds, tags or reprieves an image.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Image">As in <see cref="ListFiles"/>; `all` with <see cref="ImageChange.Undo"/>.</param>
/// <param name="Change">What is said.</param>
/// <param name="Text">The tag, 1 to 200 characters; or why it is held.</param>
public sealed record MarkImage(RequestId Request, string Image, ImageChange Change, string? Text = null)
    : ICommandRequest;

/// <summary>It is so.</summary>
/// <param name="Images">The images.</param>
/// <param name="Change">What was said.</param>
public sealed record ImageMarked(IReadOnlyList<ImageId> Images, ImageChange Change) : IReply;
