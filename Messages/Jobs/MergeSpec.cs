using System.Text.Json.Serialization;

namespace Backup.Messages.Jobs;

/// <summary>
/// A full image that is made of a chain without the client: what the newest image's complete manifest names, as it was
/// at that image's moment. Reads and writes in one library.
/// </summary>
/// <param name="Image">The image that it makes.</param>
/// <param name="Chain">The images that it is made of, oldest first, each with its root: two or more. The last one gives
/// manifest and moment.</param>
/// <param name="Policy">Of the chain's last image, as are client, file set and whether it is recorded.</param>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Recorded">False: beside the chain, and never a base.</param>
/// <param name="Pool">Volumes of this pool take it.</param>
/// <param name="Library">The library that holds chain and pool.</param>
/// <param name="CompressionLevel">Of chunks that are made anew: 1 to 19; 0 stores.</param>
/// <param name="FragmentBytes">Archive bytes after which a fragment ends at the next member.</param>
/// <param name="FragmentMembersMax">Members after which a fragment ends.</param>
/// <param name="Retry">Attempts and pauses.</param>
/// <param name="Rules">Of the chain's last image: digest of what the file set selects; null: not known.</param>
public sealed record MergeSpec(
    ImageId Image,
    IReadOnlyList<JobBase> Chain,
    PolicyName Policy,
    ClientName Client,
    FileSetName FileSet,
    bool Recorded,
    PoolName Pool,
    LibraryName Library,
    int CompressionLevel,
    long FragmentBytes,
    int FragmentMembersMax,
    RetryRule Retry,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Sha256Digest? Rules = null) : JobSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override JobKind Kind => JobKind.Merge;

    /// <summary>The newest image of the chain.</summary>
    public JobBase Newest() => Chain[^1];
}
