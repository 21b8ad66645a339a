using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <content>A planned full whose pool has no volume for it.</content>
public sealed partial record JobState
{
    /// <summary>
    /// A planned full for which no library of its pool has a volume becomes what was planned in its place, once, while
    /// nothing of it is on a volume.
    /// </summary>
    private bool Degrades => !Moves && Lost is JobFailure.NoVolume && Closed.Count == 0
        && Spec is BackupSpec { Level: 0, Instead: not null, Rule: not null };

    /// <summary>What was planned in place of a full is made.</summary>
    internal bool IsDegraded => Asked is BackupSpec { Instead: not null } && Spec is BackupSpec { Instead: null };

    private JobState Degraded() => Degrades && Spec is BackupSpec { Instead: { } level, Rule: { } rule } full
        ? this with
        {
            Spec = full with
            {
                Image = ((BackupSpec)Asked!).Image.Successor(Turn + 1),
                // In the library that has its base, and no full again for its age
                Rule = rule with { Level = new LevelWord($"{level}"), RerunFailed = false, FullAgeMax = null },
                Instead = null,
            },
            Moved = true,
            Left = [],
            Fruitless = 0,
        }
        : this;
}
