using System.Globalization;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// A lower level than was asked for, for what earlier backups did not do: one that failed, or a differential that is
/// too old. That a backup becomes a full because it has nothing to build on is <see cref="LevelChoice"/>'s.
/// </summary>
internal static class LevelUpgrade
{
    /// <summary>Failed jobs that are looked at: what is older than these is not made up for.</summary>
    public const int JobsMax = 100;

    /// <summary>Above every level: `incremental`.</summary>
    private const int Any = 10;

    /// <summary>The rule by which the level is chosen, and why it is another one; null: it is not.</summary>
    /// <param name="rule">What is asked for.</param>
    /// <param name="recorded">Sealed images of the client and file set that may be bases, newest first.</param>
    /// <param name="ended">Ended backups of the client and file set.</param>
    /// <param name="now">The moment.</param>
    public static (LevelRule Rule, string? Why) Of(
        LevelRule rule, IReadOnlyList<ImageRecord> recorded, IReadOnlyList<JobRecord> ended, DateTimeOffset now)
    {
        var asked = rule.Level.Number ?? Any;
        if (rule.RerunFailed && Failed(asked, recorded, ended) is { } failed)
            return Changed(rule, failed.Level,
                $"job {failed.Job}, which was to have that level, failed, and nothing was saved at it since.");
        if (asked != Any || rule.DifferentialAgeMax is not { } ageMax) return (rule, null);
        var newest = recorded.FirstOrDefault(image => image.Opened.Level <= 1);
        return newest is not null && now - newest.Opened.Since > ageMax
            ? Changed(rule, 1, string.Create(
                CultureInfo.InvariantCulture,
                $"image {newest.Opened.Image}, the newest of level 0 or 1, is older than "
                    + $"{ageMax.TotalDays:0.##} days."))
            : (rule, null);
    }

    private static JobRecord? Failed(
        int asked, IReadOnlyList<ImageRecord> recorded, IReadOnlyList<JobRecord> ended) => ended
        .Where(job => job is { Outcome: JobOutcome.Failed or JobOutcome.Incomplete, Attempts: > 0 }
            && job.Level < asked
            && !recorded.Any(image => image.Opened.Level <= job.Level && image.Opened.Since > job.CreatedAt)
            && JobSpecs.Read(job.Parameters) is BackupSpec { NoRecord: false })
        .OrderBy(job => job.Level).ThenByDescending(job => job.Job.Value).FirstOrDefault();

    private static (LevelRule, string) Changed(LevelRule rule, int level, string why) => (
        rule with { Level = new LevelWord(level == 0 ? "full" : $"{level}") },
        $"Level {rule.Level} was asked for; this backup is {(level == 0 ? "a full one" : $"one of level {level}")}: "
            + why);
}
