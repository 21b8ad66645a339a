using System.Text.Json.Serialization;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Messages.Jobs;

/// <summary>
/// All that defines a job, fixed when it is accepted: a later change of the configuration does not touch it.
/// </summary>
[JsonDerivedType(typeof(BackupSpec), "backup")]
[JsonDerivedType(typeof(RestoreSpec), "restore")]
[JsonDerivedType(typeof(VerifySpec), "verify")]
[JsonDerivedType(typeof(ScanSpec), "scan")]
[JsonDerivedType(typeof(EstimateSpec), "estimate")]
[JsonDerivedType(typeof(MergeSpec), "merge")]
[JsonDerivedType(typeof(AdminSpec), "admin")]
[JsonDerivedType(typeof(CopySpec), "copy")]
[JsonDerivedType(typeof(ScrubSpec), "scrub")]
public abstract record JobSpec
{
    /// <summary>What the job does.</summary>
    [JsonIgnore]
    public abstract JobKind Kind { get; }
}

/// <summary>A backup of one client.</summary>
/// <param name="Policy">The policy that asked for it.</param>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Pool">Volumes of this pool take it.</param>
/// <param name="Library">The library that holds the pool.</param>
/// <param name="Level">0 to 9.</param>
/// <param name="LevelReason">Why this level, one sentence.</param>
/// <param name="Image">The image that it makes.</param>
/// <param name="FragmentBytes">Archive bytes after which a fragment ends at the next member.</param>
/// <param name="FragmentMembersMax">Members after which a fragment ends.</param>
/// <param name="RereadLimit">How often a file that changed while it was read is read again.</param>
/// <param name="Retry">Attempts and pauses.</param>
/// <param name="Rule">By which the level is chosen when the first attempt begins; null: the level stands.</param>
/// <param name="Base">What an incremental builds on; null for a full.</param>
/// <param name="NoRecord">True: the image is never a base (Amanda's record, off).</param>
/// <param name="AllowEmpty">Also record a root as empty below which the base has items.</param>
/// <param name="SelectBy">How an incremental knows what changed.</param>
/// <param name="ExpectsItems">The newest image had items below its roots; for a client of an earlier version.</param>
/// <param name="OtherLibraries">Others that hold the pool, in order of preference: one of them takes the image when
/// <paramref name="Library"/> cannot. Null: none.</param>
/// <param name="HadItems">Of a full: the roots below which the newest image has items; when one has none now, something
/// is wrong. Null from an earlier version.</param>
/// <param name="Queue">Where it stands among jobs that wait, and how long it waits; null: at <see
/// cref="JobClaim.PriorityUsual"/>, for ever.</param>
/// <param name="Frame">Scripts around it, and how long it may run; null: none, and for ever.</param>
/// <param name="SkipUnchanged">An incremental of what has not changed is not made.</param>
/// <param name="Uncompared">What does not count when an item is compared with the base's manifest.</param>
/// <param name="Instead">Of a full that a plan chose: the level that is made in its place when its pool has no volume
/// for it. Null: none, and the full waits or fails.</param>
/// <param name="Run">What the run that made it said besides its policy; null: nothing.</param>
/// <param name="PoolsByLevel">Other pools of the same library for some levels; null: none.</param>
/// <param name="Clones">Jobs that begin when its first attempt does; null: none.</param>
/// <param name="CloneOf">The job that began this one; null: none did.</param>
/// <param name="Reference">The policy on whose newest image of the client a full builds, so that it holds only what is
/// other there; null: it is whole by itself.</param>
/// <param name="Also">What else counts when an item is compared with the base's manifest.</param>
/// <param name="Spool">Whether it goes to the spool of its library first.</param>
/// <param name="CopyTo">Pools in which a copy of the image is promised: it is made when the image is sealed, and again
/// whenever there is none. Null: none is promised.</param>
/// <param name="CopiesDuring">One of these copies is written with the image, where a second drive is free.</param>
public sealed record BackupSpec(
    PolicyName Policy,
    ClientName Client,
    FileSet FileSet,
    PoolName Pool,
    LibraryName Library,
    int Level,
    string LevelReason,
    ImageId Image,
    long FragmentBytes,
    int FragmentMembersMax,
    int RereadLimit,
    RetryRule Retry,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LevelRule? Rule = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobBase? Base = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool NoRecord = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool AllowEmpty = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    SelectBy SelectBy = SelectBy.Manifest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ExpectsItems = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<LibraryName>? OtherLibraries = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<string>? HadItems = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QueueRule? Queue = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobFrame? Frame = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool SkipUnchanged = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    ComparedAttributes Uncompared = ComparedAttributes.None,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Instead = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RunWords? Run = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LevelPools? PoolsByLevel = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<CloneSpec>? Clones = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JobId? CloneOf = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PolicyName? Reference = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    ExtraComparison Also = ExtraComparison.None,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] SpoolUse Spool = SpoolUse.None,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PoolName>? CopyTo = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool CopiesDuring = false)
    : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Backup;
}

/// <summary>Whether a backup goes to the spool of its library first (Amanda: holdingdisk).</summary>
public enum SpoolUse
{
    /// <summary>There is none, or it goes to a drive.</summary>
    None,

    /// <summary>To the spool; where there is no room, to a drive.</summary>
    Auto,

    /// <summary>To a drive if one is free when it begins; else as <see cref="Auto"/>.</summary>
    Direct,

    /// <summary>To the spool alone: where there is no room, it waits.</summary>
    Required,
}

/// <summary>Which pool takes which level; null: the policy's.</summary>
/// <param name="Full">Level 0.</param>
/// <param name="Differential">Level 1; null: as incrementals.</param>
/// <param name="Incremental">Levels 1 to 9.</param>
public sealed record LevelPools(PoolName? Full = null, PoolName? Differential = null, PoolName? Incremental = null)
{
    /// <summary>The pool of a level; null: the policy's.</summary>
    /// <param name="level">0 to 9.</param>
    public PoolName? Of(int level) => level switch
    {
        0 => Full,
        1 => Differential ?? Incremental,
        _ => Incremental,
    };
}

/// <summary>A backup that another one begins.</summary>
/// <param name="Backup">What it is; it begins no others.</param>
/// <param name="SameBase">It builds on the image on which the other one builds, and has its level: it saves what that
/// saves.</param>
/// <param name="SameLevel">It is asked for the level that the other one was asked for.</param>
public sealed record CloneSpec(BackupSpec Backup, bool SameBase, bool SameLevel = false);
/// <summary>What the run of a policy said besides the policy: whoever does the job again says the same.</summary>
/// <param name="Pool">The pool that it asked for; null: the policy's.</param>
/// <param name="Priority">The priority that it asked for; null: the policy's.</param>
/// <param name="Scheduled">A schedule started it.</param>
/// <param name="Warning">What its plan warned of; null: nothing.</param>
/// <param name="DueAt">The moment for which its schedule meant it; null: none did.</param>
/// <param name="SelectBy">How the run wants to know what changed; null: as the policy says.</param>
/// <param name="Messages">The messages that it asked for; null: the policy's.</param>
/// <param name="Spool">The use of the spool that it asked for; null: the pool's.</param>
/// <param name="CopyTo">The pools that it asked for copies in; null: the policy's.</param>
public sealed record RunWords(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PoolName? Pool = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Priority = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Scheduled = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Warning = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? DueAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SelectBy? SelectBy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Messages = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SpoolUse? Spool = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PoolName>? CopyTo = null);

/// <summary>Where a backup stands among jobs that wait, and how long it waits.</summary>
/// <param name="Priority">0 to 1000: the greater goes before.</param>
/// <param name="Mixes">False: it does not work beside backups of another priority.</param>
/// <param name="StartDelayMax">It ends when its first attempt has not begun so long after it was accepted; null: it
/// may.</param>
/// <param name="WaitMax">It ends when it waits so long in a row for drives, slots and limits; null: it may.</param>
/// <param name="Run">The run of a plan of which it is one of several backups; null: none.</param>
/// <param name="Place">Which of these it is, from 1: of equal priority they begin in this order.</param>
/// <param name="NotBefore">It asks for nothing before this moment; null: it does at once.</param>
/// <param name="Network">The network of whose budget it takes a part while it works; null: of none.</param>
/// <param name="BytesPerSecond">What it takes of that, as fast as earlier backups were; 0: nobody knows.</param>
/// <param name="RunVolumes">Volumes that the backups of its <paramref name="Run"/> write in one library at most; 0: as
/// many as they need.</param>
public sealed record QueueRule(
    int Priority = JobClaim.PriorityUsual,
    bool Mixes = true,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? StartDelayMax = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? WaitMax = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Run = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Place = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? NotBefore = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Network = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long BytesPerSecond = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int RunVolumes = 0);

/// <summary>How often a job is tried.</summary>
/// <param name="AttemptsMax">Attempts that make no progress (no fragment sealed) before it fails, 1 or more.</param>
/// <param name="Pause">Pause before the second such attempt; doubled each time, an hour at most.</param>
/// <param name="NodeStopsMax">How often in a row the node may stop under the job, with no fragment sealed in between,
/// before it fails, 1 or
/// more; null: <see cref="NodeStopsUsual"/>.</param>
public sealed record RetryRule(
    int AttemptsMax,
    TimeSpan Pause,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? NodeStopsMax = null)
{
    /// <summary>
    /// Where nothing is said: more than an unlucky machine needs, and an end for a job that stops its node each time.
    /// </summary>
    public const int NodeStopsUsual = 10;
}

/// <summary>How a backup's level is chosen.</summary>
/// <param name="Level">What is asked for.</param>
/// <param name="FullAgeMax">A full that is older is made anew; null: none is too old.</param>
/// <param name="IgnoreFileSetChange">Build on an image of a file set that selected by other rules.</param>
/// <param name="RerunFailed">Have the level of an earlier backup that failed, where that is lower.</param>
/// <param name="DifferentialAgeMax">When neither differential nor full is younger, an incremental is a differential;
/// null: never.</param>
public sealed record LevelRule(
    LevelWord Level,
    TimeSpan? FullAgeMax = null,
    bool IgnoreFileSetChange = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool RerunFailed = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] TimeSpan? DifferentialAgeMax = null);

/// <summary>What may be asked for: a level, or Bacula's names for such.</summary>
/// <param name="Word">`full`, `differential`, `incremental`, or a digit.</param>
public readonly record struct LevelWord(string Word)
{
    /// <summary>Level 0: everything.</summary>
    public static readonly LevelWord Full = new("full");

    /// <summary>What changed since the newest image of any level.</summary>
    public static readonly LevelWord Incremental = new("incremental");

    /// <summary>What changed since the newest full: level 1.</summary>
    public static readonly LevelWord Differential = new("differential");

    /// <summary>True for a word that means a level.</summary>
    [JsonIgnore]
    public bool IsKnown => Word is "full" or "differential" or "incremental" || Word is [>= '0' and <= '9'];

    /// <summary>The level, 0 to 9; null for `incremental`, whose level follows from what there is.</summary>
    [JsonIgnore]
    public int? Number => Word switch
    {
        "full" => 0,
        "differential" => 1,
        [>= '0' and <= '9'] => Word[0] - '0',
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() => Word;
}

/// <summary>What an incremental builds on; all of it is of one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Root">The root of its last fragment.</param>
/// <param name="Since">The moment that it protects from.</param>
public sealed record JobBase(ImageId Image, Sha256Digest Root, DateTimeOffset Since);

/// <summary>The level that was chosen when a backup's first attempt began.</summary>
/// <param name="Level">0 to 9.</param>
/// <param name="Reason">Why, one sentence.</param>
/// <param name="Base">What it builds on; null for a full.</param>
/// <param name="ExpectsItems">The newest image had items below its roots.</param>
/// <param name="HadItems">Of a full: the roots below which the newest image has items. Null: it is not known.</param>
public sealed record ChosenLevel(
    int Level,
    string Reason,
    JobBase? Base,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ExpectsItems = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? HadItems = null);

/// <summary>How an incremental knows what changed.</summary>
public enum SelectBy
{
    /// <summary>By comparison with all that its base's manifest says of each item.</summary>
    Manifest,

    /// <summary>By time stamps alone (Bacula's rule): deletions, and what was moved in, are not noticed.</summary>
    TimeStamps,

    /// <summary>By the time of modification alone (Bacula's mtimeonly): what changed but that is not noticed
    /// either.</summary>
    ModificationTimes,
}

/// <summary>What is compared with a base's manifest beside type, first name and existence.</summary>
[Flags]
public enum ComparedAttributes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Time of modification.</summary>
    ModifiedTime = 1,

    /// <summary>Time of the last change of the inode.</summary>
    ChangedTime = 2,

    /// <summary>Bytes of a file's content.</summary>
    Size = 4,

    /// <summary>Number of the inode.</summary>
    Inode = 8,

    /// <summary>Permission bits.</summary>
    Mode = 16,

    /// <summary>User and group.</summary>
    Owner = 32,

    /// <summary>How many names a file has.</summary>
    Links = 64,

    /// <summary>The user alone.</summary>
    User = 128,

    /// <summary>The group alone.</summary>
    Group = 256,

    /// <summary>That a file became longer; that it became shorter counts.</summary>
    Growth = 512,
}

/// <summary>What is compared with a base's manifest only where it is asked for.</summary>
[Flags]
public enum ExtraComparison
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The content of files that are otherwise as they were, by the digest that the base has; reads
    /// them.</summary>
    Content = 1,

    /// <summary>Time of the last access; it is kept with each item then, and restored.</summary>
    AccessTime = 2,

    /// <summary>Everything that is met counts as changed.</summary>
    Everything = 4,
}

/// <summary>A verification of one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Against">Media or disk.</param>
/// <param name="Client">Whose disk.</param>
/// <param name="Library">Whose volumes.</param>
/// <param name="FileSet">The file set to walk, for the disk; null when it is not configured any more: its roots are
/// then those of the manifest.</param>
/// <param name="Content">Compare digests of file contents too.</param>
/// <param name="Chain">All images whose media are read, oldest first, itself last; null: itself alone.</param>
/// <param name="State">Of the disk: what <paramref name="Image"/> names is a recorded state and no image.</param>
public sealed record VerifySpec(
    ImageId Image,
    VerifyTarget Against,
    ClientName Client,
    LibraryName Library,
    FileSet? FileSet,
    bool Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ImageId>? Chain = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] StateUse State = StateUse.None)
    : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Verify;
}

/// <summary>A rebuild of the catalog from a library, or what it lacks of it.</summary>
/// <param name="Library">The library.</param>
/// <param name="Volumes">Only these, in this order; null: all that are in the library.</param>
/// <param name="FromOldest">In the order in which the volumes were labelled, not by their names.</param>
public sealed record ScanSpec(
    LibraryName Library,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<VolumeName>? Volumes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FromOldest = false) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Scan;
}
