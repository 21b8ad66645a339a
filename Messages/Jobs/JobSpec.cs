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
/// <param name="OtherLibraries">Others that hold the pool, in order of preference: one of them takes the image when
/// <paramref name="Library"/> cannot. Null: none.</param>
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
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<LibraryName>? OtherLibraries = null) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Backup;
}

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

/// <summary>A restore of files of one image.</summary>
/// <param name="Image">The image, pinned when the job is accepted.</param>
/// <param name="Paths">Selected paths (bytes, `/` between components, no leading one), each with all below; empty:
/// everything.</param>
/// <param name="Target">Absolute directory.</param>
/// <param name="Replace">What happens to an item that exists.</param>
/// <param name="Client">Where to restore.</param>
/// <param name="Library">The library whose volumes hold the image.</param>
/// <param name="Devices">Make device nodes.</param>
/// <param name="SetId">Set set-id and sticky bits.</param>
public sealed record RestoreSpec(
    ImageId Image,
    IReadOnlyList<byte[]> Paths,
    string Target,
    ReplaceRule Replace,
    ClientName Client,
    LibraryName Library,
    bool Devices,
    bool SetId) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Restore;
}

/// <summary>A verification of one image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Against">Medium or disk.</param>
/// <param name="Client">Whose disk.</param>
/// <param name="Library">Whose volumes.</param>
/// <param name="FileSet">The file set to walk, for the disk; null when it is not configured any more: its roots are
/// then those of the manifest.</param>
/// <param name="Content">Compare digests of file contents too.</param>
public sealed record VerifySpec(
    ImageId Image,
    VerifyTarget Against,
    ClientName Client,
    LibraryName Library,
    FileSet? FileSet,
    bool Content) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Verify;
}

/// <summary>A rebuild of the catalog from a library.</summary>
/// <param name="Library">The library.</param>
public sealed record ScanSpec(LibraryName Library) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Scan;
}
