namespace Backup.Actors.Retention;

/// <summary>
/// What is kept of the images of a policy. A rule that counts periods keeps the newest image of each of the newest
/// periods that have one; a period without an image does not count. An image is kept when any rule keeps it.
/// </summary>
public sealed record RetentionRules
{
    /// <summary>Keeps everything: no rule is given, and nothing expires.</summary>
    public static readonly RetentionRules Everything = new();

    /// <summary>The newest so many.</summary>
    public int Last { get; init; }

    /// <summary>Hours.</summary>
    public int Hourly { get; init; }

    /// <summary>Days, by the clock of the zone.</summary>
    public int Daily { get; init; }

    /// <summary>ISO weeks.</summary>
    public int Weekly { get; init; }

    /// <summary>Months.</summary>
    public int Monthly { get; init; }

    /// <summary>Years.</summary>
    public int Yearly { get; init; }

    /// <summary>
    /// All that are not older than the newest of them by more than this: a client that is away for long keeps what it
    /// has. Zero: no such rule.
    /// </summary>
    public TimeSpan Within { get; init; }

    /// <summary>All that were sealed within this time before now. Zero: no such rule.</summary>
    public TimeSpan For { get; init; }

    /// <summary>The newest so many of those that a verification has found whole, whatever their age.</summary>
    public int Verified { get; init; }

    /// <summary>
    /// All that were sealed within this time before now, and the newest of those before: each moment of this time can
    /// be restored. Zero: no such rule.
    /// </summary>
    public TimeSpan Window { get; init; }

    /// <summary>All that have one of these tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>True when nothing is ever to expire.</summary>
    public bool IsEverything => Tags.Count == 0 && this with { Tags = Everything.Tags } == Everything;
}

/// <summary>An image as retention sees it.</summary>
/// <param name="Image">Its id.</param>
/// <param name="Set">Client and file set: what restores what.</param>
/// <param name="Policy">Whose rules decide.</param>
/// <param name="SealedAt">When it was sealed, by the directors' clock; the client's clock decides nothing.</param>
/// <param name="Level">0 to 9.</param>
/// <param name="Base">What it builds on; null for a full.</param>
/// <param name="IsVerified">Whether its newest verification found it whole.</param>
/// <param name="UsedBy">A job that reads it or builds on it now, as `job 12`; null: none does.</param>
public sealed record RetainedImage(
    Messages.ImageId Image,
    ImageSet Set,
    Messages.PolicyName Policy,
    DateTimeOffset SealedAt,
    int Level,
    Messages.ImageId? Base,
    bool IsVerified,
    string? UsedBy)
{
    /// <summary>Who wants it kept, as `held: audit`; null: nobody.</summary>
    public string? Hold { get; init; }

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Whether something of it lies on a volume in error: it counts as kept, and not as what can be
    /// restored.</summary>
    public bool IsDoubtful { get; init; }

    /// <summary>False for one that was given up before its seal.</summary>
    public bool IsSealed { get; init; } = true;

    /// <summary>Since when nothing keeps it; null: it is not condemned.</summary>
    public DateTimeOffset? CondemnedAt { get; init; }

    /// <summary>What it takes of the media.</summary>
    public long Bytes { get; init; }

    /// <summary>What there is of it in pools, by pool; empty where no pool has rules of its own.</summary>
    public IReadOnlyList<RetainedCopy> Copies { get; init; } = [];
}

/// <summary>All that an image has in a pool.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Libraries">Where it is whole there, undamaged and on volumes that are well; empty: nowhere.</param>
/// <param name="CondemnedAt">Since when nothing keeps it there; null: it is not condemned.</param>
public sealed record RetainedCopy(
    Messages.PoolName Pool, IReadOnlyList<Messages.LibraryName> Libraries, DateTimeOffset? CondemnedAt = null);

/// <summary>Client and file set.</summary>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
public readonly record struct ImageSet(Messages.ClientName Client, Messages.FileSetName FileSet);

/// <summary>What becomes of an image.</summary>
/// <param name="Image">The image.</param>
/// <param name="IsKept">False: it expires.</param>
/// <param name="Reasons">Why, each a few words as `weekly 3 of 4 (2026-W47)` or `base of 5f1c09b2e8aa`; never
/// empty.</param>
public sealed record RetentionVerdict(RetainedImage Image, bool IsKept, IReadOnlyList<string> Reasons)
{
    /// <summary>What becomes of its copies, by pool: of an image that is kept, where a pool has rules of its
    /// own.</summary>
    public IReadOnlyList<CopyVerdict> Copies { get; init; } = [];
}

/// <summary>What becomes of what an image has in a pool.</summary>
/// <param name="Copy">Which.</param>
/// <param name="IsKept">False: it expires, and the image stays elsewhere.</param>
/// <param name="Reasons">Why, as of images; never empty.</param>
public sealed record CopyVerdict(RetainedCopy Copy, bool IsKept, IReadOnlyList<string> Reasons);
