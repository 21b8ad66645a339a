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
    IReadOnlyList<string> Reasons);
