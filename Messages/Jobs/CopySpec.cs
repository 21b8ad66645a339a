using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>
/// An image that is written once more, as it is: no client, no keys, nothing is unpacked. Each fragment keeps its root.
/// </summary>
/// <param name="Image">The image.</param>
/// <param name="Root">The root of its last fragment, by which it is known.</param>
/// <param name="Copy">The number under which the copy is recorded: 2 or more.</param>
/// <param name="Policy">Of the image, as are client and file set.</param>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Pool">Volumes of this pool take the copy.</param>
/// <param name="Library">The library that holds the pool.</param>
/// <param name="From">The library in which the image is read.</param>
/// <param name="Retry">Attempts and pauses.</param>
/// <param name="Retires">A migration: when the copy is whole and recorded, what lies in volumes of this pool is taken
/// out of use. Null: the others stay.</param>
/// <param name="Fragments">Only these, in order: a copy that heals. Null: all.</param>
/// <param name="FromSpool">They are taken from the library's spool: besides the drive that writes none is
/// needed.</param>
public sealed record CopySpec(
    ImageId Image,
    Sha256Digest Root,
    int Copy,
    PolicyName Policy,
    ClientName Client,
    FileSetName FileSet,
    PoolName Pool,
    LibraryName Library,
    LibraryName From,
    RetryRule Retry,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PoolName? Retires = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? Fragments = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FromSpool = false)
    : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => Retires is null ? JobKind.Copy : JobKind.Migrate;
}
