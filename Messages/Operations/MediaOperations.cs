using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>A command that the storage node which owns a library carries out.</summary>
public interface IMediaRequest : ICommandRequest;

/// <summary>
/// Labels a volume for a pool, in a library of the pool. Refused for a medium that holds anything but, with
/// <paramref name="Overwrite"/>, a label of this library with no sealed data behind it, or, with
/// <paramref name="EraseForeign"/>, what another program wrote.
/// </summary>
/// <param name="Request">Idempotency key: repeated, also after a restart of the node, no second volume is
/// labelled.</param>
/// <param name="Pool">A configured pool.</param>
/// <param name="Volume">The volume's name; null: a blank one, or a new one in an empty slot.</param>
/// <param name="Overwrite">Also label a volume that has a label.</param>
/// <param name="Library">One of the pool's libraries; null: where the catalog knows the volume, else where a job waits
/// for one of the pool, else the pool's first.</param>
/// <param name="EraseForeign">Also label the volume that is named where another program wrote to it: all that is on
/// it is gone.</param>
public sealed record LabelVolume(
    RequestId Request, PoolName Pool, VolumeName? Volume = null, bool Overwrite = false, LibraryName? Library = null,
    bool EraseForeign = false)
    : IMediaRequest;

/// <summary>The label is on the medium; the volume takes data.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="Library">The library in which it is.</param>
/// <param name="Answers">Jobs that waited for such a volume, lowest first.</param>
public sealed record VolumeLabelled(
    VolumeName Volume, PoolName Pool, LibraryName Library, IReadOnlyList<JobId> Answers) : IReply;

/// <summary>
/// Puts a volume into a drive: that of a job which waits for it, or one that is idle. Looks first which volumes are in
/// the library now.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Volume">The volume.</param>
/// <param name="Drive">The drive; null: chosen by the library.</param>
/// <param name="Library">The library; null: that of the drive, or in which the catalog knows the volume.</param>
public sealed record MountVolume(
    RequestId Request, VolumeName Volume, DriveId? Drive = null, LibraryName? Library = null) : IMediaRequest;

/// <summary>The volume is in a drive, and its label is the expected one.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="Drive">The drive.</param>
/// <param name="Answers">Jobs that waited for it, lowest first.</param>
public sealed record VolumeMounted(VolumeName Volume, DriveId Drive, IReadOnlyList<JobId> Answers) : IReply;

/// <summary>Takes the volume out of a drive that no job uses.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Drive">The drive.</param>
public sealed record UnmountDrive(RequestId Request, DriveId Drive) : IMediaRequest;

/// <summary>The drive is empty.</summary>
/// <param name="Drive">The drive.</param>
/// <param name="Volume">What was in it; null when it was empty before.</param>
public sealed record DriveUnmounted(DriveId Drive, VolumeName? Volume) : IReply;

/// <summary>
/// Says what a volume may be used for. Refused while a job uses it, and for what the state does not allow
/// (docs/media.md).
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Volume">The volume; it need not be in the library now.</param>
/// <param name="State">Append, Full, Used, ReadOnly, Disabled, Archive or Cleaning.</param>
/// <param name="Reason">Why, for whoever reads the list; null: not said.</param>
/// <param name="Library">Its library; null: in which the catalog knows it.</param>
public sealed record UpdateVolume(
    RequestId Request, VolumeName Volume, VolumeState State, string? Reason = null, LibraryName? Library = null)
    : IMediaRequest;

/// <summary>The volume is in that state.</summary>
/// <param name="Volume">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="Before">The state that it had.</param>
public sealed record VolumeUpdated(VolumeName Volume, VolumeState State, VolumeState Before) : IReply;
