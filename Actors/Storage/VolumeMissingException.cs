using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// What a session needs is not in the library, and a person may bring it: the one failure of a mount that is worth
/// waiting for.
/// </summary>
internal sealed class VolumeMissingException(
    JobFailure failure, VolumeName? volume, PoolName? pool, string? place = null)
    : JobFailureException(failure)
{
    /// <summary>The volume to be read; null where one to be written is missing.</summary>
    public VolumeName? Volume => volume;

    /// <summary>Where it was taken to; null: nobody said that it was.</summary>
    public string? Place => place;

    /// <summary>The pool of which no volume takes data; null where one to be read is missing.</summary>
    public PoolName? Pool => pool;
}
