namespace Backup.Messages.Volumes;

/// <summary>
/// What a job asks of a person: a volume that is not in its library. It lasts as long as the job waits, and its storage
/// node says it again and again, so that it outlives every node.
/// </summary>
/// <param name="Job">The job that waits.</param>
/// <param name="Drive">The drive that it holds, empty.</param>
/// <param name="Volume">The volume to be read; null when any of a pool will do.</param>
/// <param name="Pool">The pool of which a volume that takes data is needed; null for one to be read.</param>
/// <param name="Since">Since when it waits, by the storage node's clock.</param>
/// <param name="AssignedTo">Who was asked for it, as the job knows; null: nobody.</param>
/// <param name="Place">Where the volume was taken to; null: nobody said that it was.</param>
public sealed record MountRequest(
    JobId Job, DriveId Drive, VolumeName? Volume, PoolName? Pool, DateTimeOffset Since,
    Assignment? AssignedTo = null, string? Place = null);
