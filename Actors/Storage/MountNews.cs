using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>Says in a job's log that it begins to wait for a volume, and that it has it: each once.</summary>
internal sealed class MountNews
{
    private MountRequest? _said;

    /// <summary>The line to be said; null: nothing has changed.</summary>
    /// <param name="job">The session's job.</param>
    /// <param name="epoch">Its attempt.</param>
    /// <param name="awaited">What is waited for now.</param>
    public StorageProtocol.Said? Of(JobId job, Epoch epoch, MountRequest? awaited)
    {
        if (awaited == _said) return null;
        _said = awaited;
        return awaited is null
            ? new StorageProtocol.Said(
                job, epoch, LogSeverity.Info, "volume-came", "It waits for no volume any more.")
            : new StorageProtocol.Said(
                job, epoch, LogSeverity.Warning, "volume-awaited",
                $"Now {WaitText.Sentence(new WaitReason.VolumeAwaited(awaited))}.");
    }
}
