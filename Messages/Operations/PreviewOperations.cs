using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>
/// Asks what a run of a policy would do. Nothing is recorded, no volume is touched and no job is made. Without
/// <paramref name="Walk"/>: which clients, level and volumes. With it: what the walk of one client finds, page by page.
/// </summary>
/// <param name="Policy">A configured policy.</param>
/// <param name="Client">One client of the policy only; null: all.</param>
/// <param name="Level">As in <see cref="RunPolicy"/>.</param>
/// <param name="Only">As in <see cref="RunPolicy"/>.</param>
/// <param name="AllowEmpty">As in <see cref="RunPolicy"/>.</param>
/// <param name="Walk">A name for the walk, chosen by who asks: letters, digits and dashes, 64 at most. Null: nothing is
/// walked.</param>
/// <param name="Page">Of a walk: 0 begins it, each further page is the number of the one before and one more. The same
/// page asked for again is answered alike. A walk of which no page was asked for a minute is given up.</param>
/// <param name="Limit">Of a walk: most items in a page, 0 to 1,000. With 0 in the first page items are only
/// counted.</param>
/// <param name="ToPool">As in <see cref="RunPolicy"/>.</param>
/// <param name="SelectBy">As in <see cref="RunPolicy"/>.</param>
/// <param name="CopyTo">As in <see cref="RunPolicy"/>.</param>
public sealed record PreviewRun(
    PolicyName Policy,
    ClientName? Client = null,
    string? Level = null,
    IReadOnlyList<string>? Only = null,
    bool AllowEmpty = false,
    string? Walk = null,
    int Page = 0,
    int Limit = 0,
    PoolName? ToPool = null,
    SelectBy? SelectBy = null,
    IReadOnlyList<PoolName>? CopyTo = null) : IRequest;

/// <summary>What a run would do.</summary>
/// <param name="Jobs">A job for each client that is meant; none in a page of a walk.</param>
/// <param name="Page">The page that was asked for; null without a walk.</param>
public sealed record RunPreview(IReadOnlyList<PreviewedJob> Jobs, PreviewPage? Page = null) : IReply;

/// <summary>A job that a run would make.</summary>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Level">The level that it would have now; null: it would be left out.</param>
/// <param name="Why">Why, a sentence.</param>
/// <param name="Base">The image that it would build on; null: none.</param>
/// <param name="Since">The moment that the base protects from; null: none.</param>
/// <param name="Pool">Whose volumes would take it.</param>
/// <param name="Library">Where these are.</param>
/// <param name="Volumes">Volumes of the pool there that take data, in the order in which they are used, ten at most;
/// empty: a new one would be.</param>
/// <param name="Notes">What becomes of it because of backups that have not ended, a sentence each.</param>
public sealed record PreviewedJob(
    ClientName Client,
    FileSetName FileSet,
    int? Level,
    string Why,
    ImageId? Base,
    DateTimeOffset? Since,
    PoolName Pool,
    LibraryName Library,
    IReadOnlyList<VolumeName> Volumes,
    IReadOnlyList<string> Notes);

/// <summary>How far the walk of a preview is, and what it found since the page before.</summary>
/// <param name="Number">The number of the page.</param>
/// <param name="Items">In walk order; what is gone stands where it was, or behind.</param>
/// <param name="Files">Items that would be saved so far.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="ArchiveBytes">Bytes of the archive of them, before compression.</param>
/// <param name="Deleted">Items of the base that are gone, each with all below counted once.</param>
/// <param name="Exceptions">Items that could not be looked at.</param>
/// <param name="Done">The walk is over, and this is the last page.</param>
/// <param name="Failure">Why a backup would make no image, one sentence; null: it would, or that is not known
/// yet.</param>
public sealed record PreviewPage(
    int Number,
    IReadOnlyList<PreviewedItem> Items,
    long Files,
    long Bytes,
    long ArchiveBytes,
    long Deleted,
    long Exceptions,
    bool Done,
    string? Failure);

/// <summary>An item that a backup would save, or note as gone.</summary>
/// <param name="Path">Absolute, safe to print.</param>
/// <param name="Kind">`regular`, `directory`, `symlink` …; empty where it is not known.</param>
/// <param name="Bytes">Bytes of content.</param>
/// <param name="Why">Why it is named.</param>
/// <param name="Detail">Of an exception: what happened; else null.</param>
public sealed record PreviewedItem(string Path, string Kind, long Bytes, PreviewReason Why, string? Detail = null);

/// <summary>Why an item is named in a preview.</summary>
public enum PreviewReason
{
    /// <summary>The base does not have it, or there is no base.</summary>
    New,

    /// <summary>The base has it in another state.</summary>
    Changed,

    /// <summary>The base has it, and it is gone.</summary>
    Deleted,

    /// <summary>It could not be looked at.</summary>
    Exception,
}
