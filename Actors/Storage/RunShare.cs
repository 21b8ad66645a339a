using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>The run of a plan to which a backup belongs, where its plan says how many volumes one writes.</summary>
/// <param name="Run">The run.</param>
/// <param name="VolumesMax">Volumes that it writes in one library at most, 1 or more.</param>
internal sealed record RunShare(string Run, int VolumesMax)
{
    /// <summary>That of a job; null: it writes as many as it needs.</summary>
    public static RunShare? Of(BackupSpec spec) =>
        spec.Queue is { Run: { } run, RunVolumes: > 0 and var most } ? new RunShare(run, most) : null;
}
