using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// What becomes of a run of a policy for a client of which a backup of the same policy has not ended. Of several rules
/// the first that fits the other job decides about it; where none fits, the new run is left out.
/// </summary>
public enum DuplicateRule
{
    /// <summary>Always: the new one is accepted, and waits until the other has ended.</summary>
    Queue,

    /// <summary>Always: the new one is left out.</summary>
    Skip,

    /// <summary>Where the new one saves more than the other: it is accepted, and waits.</summary>
    Higher,

    /// <summary>Where the new one saves more than the other: that is cancelled.</summary>
    CancelLower,

    /// <summary>Where the other has not begun: that is cancelled.</summary>
    CancelQueued,

    /// <summary>Always: the other is cancelled.</summary>
    CancelRunning,
}

/// <summary>What a run does to the jobs that it meets.</summary>
/// <param name="LeftOutBy">Those because of which it is left out, lowest first; empty: it is accepted.</param>
/// <param name="Cancels">Those that are cancelled when it is accepted, lowest first.</param>
public sealed record DuplicateVerdict(IReadOnlyList<JobId> LeftOutBy, IReadOnlyList<JobId> Cancels)
{
    /// <summary>Judges.</summary>
    /// <param name="rules">In order.</param>
    /// <param name="level">The new run's level, as it is asked for.</param>
    /// <param name="others">Backups of the same policy and client that have not ended.</param>
    public static DuplicateVerdict Of(
        IReadOnlyList<DuplicateRule> rules, LevelWord level, IReadOnlyList<JobRecord> others)
    {
        var decided = others.OrderBy(other => other.Job.Value)
            .Select(other => (other.Job, Rule: rules.Cast<DuplicateRule?>()
                .FirstOrDefault(rule => Fits(rule!.Value, RunLevel.Rank(level.Word), other)) ?? DuplicateRule.Skip))
            .ToList();
        return new DuplicateVerdict(
            [.. decided.Where(each => each.Rule == DuplicateRule.Skip).Select(each => each.Job)],
            [.. decided.Where(each => each.Rule is DuplicateRule.CancelLower or DuplicateRule.CancelQueued
                or DuplicateRule.CancelRunning).Select(each => each.Job)]);
    }

    private static bool Fits(DuplicateRule rule, int rank, JobRecord other) => rule switch
    {
        DuplicateRule.Higher or DuplicateRule.CancelLower => rank < RankOf(other),
        DuplicateRule.CancelQueued => other.StartedAt is null,
        _ => true,
    };

    /// <summary>Of one that has begun the level is known; of one that waits, what was asked for.</summary>
    private static int RankOf(JobRecord job) =>
        job.StartedAt is null && job.Parameters.Length > 2
        && JobSpecs.Read(job.Parameters) is BackupSpec { Rule: { } rule }
            ? RunLevel.Rank(rule.Level.Word)
            : job.Level;
}
