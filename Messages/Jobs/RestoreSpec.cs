using System.Text.Json.Serialization;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Messages.Jobs;

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
/// <param name="Chain">All images that hold content of it, oldest first, itself last; pinned like the image. Null:
/// itself alone.</param>
/// <param name="Strip">Components that each path loses at its beginning; what has no more is left out.</param>
/// <param name="Prefix">Put before each path, behind the target (bytes, `/` between components); null: nothing.</param>
/// <param name="Since">The moment of the image, for the log; null from an earlier version.</param>
/// <param name="Drives">Drives that it may use at once, where the content lies on several volumes; 0: one.</param>
/// <param name="Rename">Changes of paths, before anything is stripped, as `s/pattern/replacement/`, in order; null:
/// none.</param>
/// <param name="Suffix">Put behind the name of each item but directories (bytes, without `/`); null: nothing.</param>
/// <param name="Delete">What of the target goes when all is restored; null: nothing.</param>
/// <param name="Others">Further libraries in which all of it lies too, the best first: one of them is read where the
/// first cannot be, or lacks a volume. Null: none.</param>
public sealed record RestoreSpec(
    ImageId Image,
    IReadOnlyList<byte[]> Paths,
    string Target,
    ReplaceRule Replace,
    ClientName Client,
    LibraryName Library,
    bool Devices,
    bool SetId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ImageId>? Chain = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Strip = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? Prefix = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Since = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Drives = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Rename = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? Suffix = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DeleteExtras? Delete = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<LibraryName>? Others = null)
    : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Restore;
}

/// <summary>Below the restored directories, what the image does not have is removed.</summary>
/// <param name="FileSet">With which the image was made: what it leaves out stays.</param>
/// <param name="Keep">Paths that stay too: what could not be read when the image was made (bytes, `/` between
/// components).</param>
/// <param name="All">Also when it is more than half of what is there.</param>
public sealed record DeleteExtras(FileSet FileSet, IReadOnlyList<byte[]> Keep, bool All);
