using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>Volumes of a library that are read again, block by block, without keys.</summary>
/// <param name="Library">The library.</param>
/// <param name="Pool">Only volumes of this pool; null: of all.</param>
/// <param name="Volumes">Only these; null: all that are in the library when the job begins.</param>
public sealed record ScrubSpec(
    LibraryName Library,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PoolName? Pool = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<VolumeName>? Volumes = null)
    : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Scrub;
}
