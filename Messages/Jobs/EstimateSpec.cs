using System.Text.Json.Serialization;
using Backup.Messages.Files;

namespace Backup.Messages.Jobs;

/// <summary>An estimate by a walk on the client: what backups of some levels would hold, without moving data.</summary>
/// <param name="Policy">The policy whose backups are meant.</param>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Levels">Which levels, the lowest first; at least one.</param>
/// <param name="SelectBy">How an incremental knows what changed.</param>
/// <param name="Uncompared">What does not count when an item is compared with a base's manifest.</param>
/// <param name="Also">What else counts then.</param>
public sealed record EstimateSpec(
    PolicyName Policy,
    ClientName Client,
    FileSet FileSet,
    IReadOnlyList<EstimatedLevel> Levels,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    SelectBy SelectBy = SelectBy.Manifest,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    ComparedAttributes Uncompared = ComparedAttributes.None,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    ExtraComparison Also = ExtraComparison.None) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Estimate;
}

/// <summary>A level whose size is asked for.</summary>
/// <param name="Level">0 to 9.</param>
/// <param name="Base">The image that such a backup builds on; null for a full.</param>
/// <param name="Since">The moment that the base protects from; null for a full.</param>
public sealed record EstimatedLevel(int Level, ImageId? Base, DateTimeOffset? Since);

/// <summary>What a backup of a level would hold.</summary>
/// <param name="Level">0 to 9.</param>
/// <param name="Base">The image that it builds on; null for a full.</param>
/// <param name="Items">Members of its archive.</param>
/// <param name="Bytes">Bytes of its archive, before compression.</param>
public sealed record LevelSize(int Level, ImageId? Base, long Items, long Bytes);
