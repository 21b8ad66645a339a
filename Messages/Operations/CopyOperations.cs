using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>
/// Starts a job for each image that is chosen, which writes it once more to another pool. Images of which a whole copy
/// lies in that pool, or is being made, are left out; one that was named is refused then.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="ToPool">A configured pool.</param>
/// <param name="Image">As in <see cref="ListFiles"/>; null: all that the rest of the request chooses.</param>
/// <param name="Policy">Only of this policy.</param>
/// <param name="Client">Only of this client.</param>
/// <param name="FromPool">Only what lies in this pool.</param>
/// <param name="OlderDays">Only what was sealed so many days ago or more.</param>
/// <param name="Uncopied">Only what has no second copy anywhere.</param>
/// <param name="Match">Only where this regular expression matches the policy, the client, the file set or a
/// volume.</param>
/// <param name="Limit">Most jobs, 1 to 10,000; the oldest images come first.</param>
public sealed record CopyImages(
    RequestId Request,
    PoolName ToPool,
    string? Image = null,
    PolicyName? Policy = null,
    ClientName? Client = null,
    PoolName? FromPool = null,
    int OlderDays = 0,
    bool Uncopied = false,
    string? Match = null,
    int Limit = 1000) : ICommandRequest;

/// <summary>As <see cref="CopyImages"/>; when a copy is whole and recorded, what lies in the pool where the image was
/// is taken out of use.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="ToPool">A configured pool.</param>
/// <param name="Image">As in <see cref="ListFiles"/>; null: all that the rest of the request chooses.</param>
/// <param name="Policy">Only of this policy.</param>
/// <param name="Client">Only of this client.</param>
/// <param name="FromPool">The pool that is to be freed; needed unless one image is named.</param>
/// <param name="OlderDays">Only what was sealed so many days ago or more.</param>
/// <param name="Uncopied">Only what has no second copy anywhere.</param>
/// <param name="Match">As in <see cref="CopyImages"/>.</param>
/// <param name="By">What of that is taken.</param>
/// <param name="HighBytes">By occupancy: only when the pool holds more.</param>
/// <param name="LowBytes">By occupancy: until it holds no more than this.</param>
/// <param name="Limit">Most jobs, 1 to 10,000; the oldest images come first.</param>
public sealed record MigrateImages(
    RequestId Request,
    PoolName ToPool,
    string? Image = null,
    PolicyName? Policy = null,
    ClientName? Client = null,
    PoolName? FromPool = null,
    int OlderDays = 0,
    bool Uncopied = false,
    string? Match = null,
    MigrationRule By = MigrationRule.All,
    long HighBytes = 0,
    long LowBytes = 0,
    int Limit = 1000) : ICommandRequest;

/// <summary>What a migration takes of a pool.</summary>
public enum MigrationRule
{
    /// <summary>All that is chosen.</summary>
    All,

    /// <summary>The oldest, until the pool is no fuller than it should be.</summary>
    Occupancy,

    /// <summary>What lies on the volume with the least on it.</summary>
    SmallestVolume,

    /// <summary>What lies on the volume that was written first.</summary>
    OldestVolume,
}

/// <summary>
/// Starts a job for each library concerned, which reads volumes again and compares each block with its digest, without
/// keys. What is damaged is marked; where another copy has it, it is healed by a record of its own.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">Only in this library.</param>
/// <param name="Pool">Only of this pool.</param>
/// <param name="Volume">Only this volume.</param>
public sealed record ScrubMedia(
    RequestId Request, LibraryName? Library = null, PoolName? Pool = null, VolumeName? Volume = null)
    : ICommandRequest;

/// <summary>
/// Starts jobs that write fragments of which a copy is damaged once more, from their other copies, to the pool of the
/// damaged one. What is damaged stays, and is read after all others.
/// </summary>
/// <param name="Request">Idempotency key; beyond that, the same damage is healed once.</param>
/// <param name="Image">As in <see cref="ListFiles"/>; null: all.</param>
public sealed record HealCopies(RequestId Request, string? Image = null) : ICommandRequest;

/// <summary>
/// Starts jobs that take what waits on the spool of a library to the volumes of its pools, in the order that the
/// spool's configuration says.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Library">Of this library; null: of all that have a spool.</param>
/// <param name="Due">Only where it is time for it by the spool's configuration.</param>
public sealed record FlushSpool(RequestId Request, LibraryName? Library = null, bool Due = false) : ICommandRequest;

/// <summary>
/// Says that volumes were taken to another place, or are back in their library. What is elsewhere is not loaded, and is
/// asked for by name and place where nothing else has what it holds.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Volumes">One or more.</param>
/// <param name="Place">Where they are; null: back in their library.</param>
/// <param name="By">Who took them; null: nobody said.</param>
/// <param name="Note">What else is to be remembered, up to 500 characters.</param>
public sealed record VaultVolumes(
    RequestId Request, IReadOnlyList<string> Volumes, string? Place = null, string? By = null, string? Note = null)
    : IMediaRequest;

/// <summary>It is recorded, and the libraries know it.</summary>
/// <param name="Volumes">The volumes, in the order of the request.</param>
/// <param name="Place">Where they are; null: in their libraries.</param>
public sealed record VolumesVaulted(IReadOnlyList<VolumeName> Volumes, string? Place) : IReply;

/// <summary>Asks where volumes are, and where they were.</summary>
/// <param name="Volume">Only this one.</param>
/// <param name="Pool">Only of this pool.</param>
/// <param name="Limit">Most lines of the log, 1 to 10,000; the newest first.</param>
public sealed record ShowVault(VolumeName? Volume = null, PoolName? Pool = null, int Limit = 100) : IRequest;

/// <summary>Where volumes are.</summary>
/// <param name="Away">Those that are not in their library, by place and name.</param>
/// <param name="Export">Those in their library that are full and hold the second copy of something, none of which is
/// elsewhere: what is to be taken out next, by name.</param>
/// <param name="Log">What was moved, newest first.</param>
public sealed record VaultShown(
    IReadOnlyList<VolumeMove> Away, IReadOnlyList<VolumeName> Export, IReadOnlyList<VolumeMove> Log) : IReply;

/// <summary>A move of a volume.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="At">When it was said.</param>
/// <param name="Place">Where to; null: back into its library.</param>
/// <param name="By">Who did it.</param>
/// <param name="Note">What else was said; null: nothing.</param>
public sealed record VolumeMove(VolumeName Volume, DateTimeOffset At, string? Place, string By, string? Note);
