using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>Restores files of an image.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Image">As in <see cref="ListFiles"/>.</param>
/// <param name="Paths">Paths as lists show them, directories with all below; empty: everything.</param>
/// <param name="Target">Absolute directory on the client; made when missing. Paths are kept below it.</param>
/// <param name="Replace">What happens to an item that exists at the target.</param>
/// <param name="Client">Client to restore on; null: the image's own.</param>
/// <param name="DryRun">Only say what would be done.</param>
/// <param name="Devices">Also make device nodes (needs root).</param>
/// <param name="SetId">Also set the set-user-id, set-group-id and sticky bits.</param>
/// <param name="Source">With `latest`: the newest image of this client only.</param>
/// <param name="FileSet">With `latest`: of this file set only.</param>
/// <param name="AsOf">With `latest`: the newest image that does not begin after this moment.</param>
/// <param name="Strip">Components that each path loses at its beginning, 0 to 1,000.</param>
/// <param name="Prefix">A relative path put before each path, below the target; null: none.</param>
/// <param name="Rename">Changes of paths, before anything is stripped, as `s/pattern/replacement/` (flags g and i);
/// null: none.</param>
/// <param name="Suffix">Put behind the name of each item but directories; null: nothing.</param>
/// <param name="Delete">What becomes of items below the restored directories that the image does not have.</param>
public sealed record RestoreFiles(
    RequestId Request,
    string Image,
    IReadOnlyList<string> Paths,
    string Target,
    ReplaceRule Replace = ReplaceRule.Never,
    ClientName? Client = null,
    bool DryRun = false,
    bool Devices = false,
    bool SetId = false,
    ClientName? Source = null,
    FileSetName? FileSet = null,
    DateTimeOffset? AsOf = null,
    int Strip = 0,
    string? Prefix = null,
    IReadOnlyList<string>? Rename = null,
    string? Suffix = null,
    DeleteRule Delete = DeleteRule.None) : ICommandRequest;

/// <summary>What of the target a restore removes when all else is done and nothing failed.</summary>
public enum DeleteRule
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>What the image does not have, unless that is more than half of what is there.</summary>
    Extra,

    /// <summary>What the image does not have.</summary>
    All,
}

/// <summary>What a restore would do (answer to a dry run).</summary>
/// <param name="Image">The image.</param>
/// <param name="Files">Items selected, by kind.</param>
/// <param name="Bytes">Bytes of content to write.</param>
/// <param name="ReadBytes">Bytes to read from the medium.</param>
/// <param name="Existing">Items that exist at the target; null where the client is on another node than the one that
/// answers.</param>
/// <param name="WouldReplace">Of these, those that the replace rule would replace; null likewise.</param>
/// <param name="Volumes">Volumes needed, in the order in which they are read.</param>
/// <param name="Target">Where the items would be.</param>
/// <param name="Deletes">What it would remove at the target; null: nothing, or the client is on another node.</param>
public sealed record RestorePlan(
    ImageId Image,
    IReadOnlyDictionary<string, long> Files,
    long Bytes,
    long ReadBytes,
    long? Existing,
    long? WouldReplace,
    IReadOnlyList<VolumeName> Volumes,
    string Target,
    PlannedDeletion? Deletes = null) : IReply;

/// <summary>What a restore would remove at its target.</summary>
/// <param name="Items">How many items.</param>
/// <param name="Kept">Others that the image does not have and that stay.</param>
/// <param name="First">The first of them, ten at most, as absolute paths for people.</param>
/// <param name="IsMost">It is more than half of what would be there: <see cref="DeleteRule.Extra"/> does not remove
/// that.</param>
public sealed record PlannedDeletion(long Items, long Kept, IReadOnlyList<string> First, bool IsMost);

/// <summary>What happens to an item that exists at the target (Bacula's Replace).</summary>
public enum ReplaceRule
{
    /// <summary>It stays; the restored one is left out and named.</summary>
    Never,

    /// <summary>It is replaced.</summary>
    Always,

    /// <summary>It is replaced when the image's is newer by modification time.</summary>
    Newer,

    /// <summary>It is replaced when size or modification time differ.</summary>
    Changed,

    /// <summary>It is replaced when the image's is older by modification time.</summary>
    Older,
}

/// <summary>Verifies an image.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Image">As in <see cref="ListFiles"/>.</param>
/// <param name="Against">Medium or data: storage alone re-reads it. Disk: client and catalog alone compare.</param>
/// <param name="Content">Disk only: also read each file and compare its digest.</param>
public sealed record VerifyImage(RequestId Request, string Image, VerifyTarget Against, bool Content = true)
    : ICommandRequest;

/// <summary>
/// Verifies the catalog against the disks of a policy's clients: each is compared with the newest image of it and of
/// the policy's file set. Client and director alone take part.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Policy">A configured policy.</param>
/// <param name="Client">One of its clients; null: all.</param>
/// <param name="Content">Also read each file and compare its digest.</param>
/// <param name="State">Record or compare a state of the disks in place of the newest images.</param>
public sealed record VerifyPolicy(
    RequestId Request, PolicyName Policy, ClientName? Client = null, bool Content = true,
    StateUse State = StateUse.None) : ICommandRequest;

/// <summary>What a verification does with a recorded state of a client's disk (docs/levels.md).</summary>
public enum StateUse
{
    /// <summary>Nothing: it compares with an image.</summary>
    None,

    /// <summary>Records it, in place of the one before.</summary>
    Record,

    /// <summary>Compares the disk with it.</summary>
    Compare,
}

/// <summary>What the catalog is verified against.</summary>
public enum VerifyTarget
{
    /// <summary>The volumes.</summary>
    Media,

    /// <summary>The client's disk.</summary>
    Disk,

    /// <summary>The volumes, of the image and of those that it builds on: all that a restore of it reads.</summary>
    Data,
}

/// <summary>Makes a full image of an incremental and all that it builds on, without the client.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Image">As in <see cref="ListFiles"/>.</param>
public sealed record MergeImage(RequestId Request, string Image) : ICommandRequest;

/// <summary>
/// Rebuilds the catalog's images, fragments, volumes and manifests from the index files on a library's volumes, or adds
/// what it lacks of them. What it has stays.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">A configured library.</param>
/// <param name="Volumes">Only these volumes, in this order; a person is asked for one that is not there. Null or empty:
/// all that are in the library.</param>
/// <param name="FromOldest">In the order in which the volumes were labelled, not by their names.</param>
public sealed record ScanLibrary(
    RequestId Request, LibraryName Library, IReadOnlyList<VolumeName>? Volumes = null, bool FromOldest = false)
    : ICommandRequest;

/// <summary>Asks how the node that answers, and the system of which it is a part, are.</summary>
public sealed record ShowStatus : IRequest;

/// <summary>How the node that answered, and the system of which it is a part, are.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="Started">Since when it runs.</param>
/// <param name="RunningJobs">Jobs that have not ended.</param>
/// <param name="Drives">Drives, as `library/0: job 12` or `library/0: idle`.</param>
/// <param name="Nodes">The nodes of the system, by name; null from a node that knows of none.</param>
/// <param name="Jobs">The jobs that have not ended, oldest first, at most 25, with what they wait for; null from a
/// node that does not say.</param>
/// <param name="Warnings">What somebody should look at; null: nothing.</param>
/// <param name="Spools">The spools of its libraries, by library; null: none has one.</param>
public sealed record NodeStatus(
    string Node,
    string Version,
    DateTimeOffset Started,
    int RunningJobs,
    IReadOnlyList<string> Drives,
    IReadOnlyList<NodeSummary>? Nodes = null,
    IReadOnlyList<JobSummary>? Jobs = null,
    IReadOnlyList<string>? Warnings = null,
    IReadOnlyList<SpoolState>? Spools = null) : IReply;

/// <summary>One node of a system.</summary>
/// <param name="Node">Its name; empty while it has not said it.</param>
/// <param name="Address">Where it is in the cluster; empty for a node that is alone.</param>
/// <param name="Roles">`director`, `storage`, `client`.</param>
/// <param name="State">`up`, `joining`, `leaving`, `unreachable`, or `gone`: a node that was heard of and is no member
/// now.</param>
/// <param name="Libraries">Libraries that it owns.</param>
/// <param name="SilentFor">How long ago it was heard last; null when never.</param>
public sealed record NodeSummary(
    string Node,
    string Address,
    IReadOnlyList<string> Roles,
    string State,
    IReadOnlyList<LibraryName> Libraries,
    TimeSpan? SilentFor);
