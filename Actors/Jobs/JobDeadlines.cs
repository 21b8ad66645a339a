using System.Globalization;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>How long a job may take: pure functions of its state.</summary>
internal static class JobDeadlines
{
    /// <summary>When a job is cancelled by rule, and by which; null: never, as it stands.</summary>
    /// <param name="state">Any state.</param>
    /// <param name="lifeMax">From its acceptance; zero: no limit.</param>
    public static (DateTimeOffset At, string Rule)? Next(JobState state, TimeSpan lifeMax)
    {
        if (!IsUnderWay(state)) return null;
        (DateTimeOffset At, string Rule)? first = null;
        foreach (var limit in (ReadOnlySpan<(DateTimeOffset At, string Rule)?>)
            [Run(state), Due(state), Life(state, lifeMax)])
            if (limit is { } next && !(next.At >= first?.At)) first = next;
        return first;
    }

    private static (DateTimeOffset At, string Rule)? Run(JobState state) => state.FirstBegunAt is { } begun
        && RunTimeMax(state.Spec) is { Max: { } max, Key: var key }
        ? (begun + max, $"a rule: it ran for {Length(max)}, which its policy's {key} allows") : null;

    /// <summary>Bacula's Max Run Sched Time: whoever wants the night to be over in the morning says it so.</summary>
    private static (DateTimeOffset At, string Rule)? Due(JobState state)
    {
        if (JobScripts.FrameOf(state.Spec)?.FromDueMax is not { } max) return null;
        var due = (state.Spec as BackupSpec)?.Run?.DueAt;
        return ((due ?? state.AskedAt) + max,
            $"a rule: {(due is null ? "it was accepted" : "its schedule meant it")} {Length(max)} ago, which its "
                + "policy's run-time-from-schedule-max allows");
    }

    private static (DateTimeOffset At, string Rule)? Life(JobState state, TimeSpan lifeMax) => lifeMax > TimeSpan.Zero
        ? (state.AskedAt + lifeMax, $"a rule: it was accepted {Length(lifeMax)} ago, which job.life-max allows") : null;

    /// <summary>The rule by which a job is to be cancelled now; null: it may go on.</summary>
    /// <param name="state">Any state.</param>
    /// <param name="lifeMax">From its acceptance; zero: no limit.</param>
    /// <param name="now">The moment.</param>
    public static string? Reached(JobState state, TimeSpan lifeMax, DateTimeOffset now) =>
        Next(state, lifeMax) is { } limit && limit.At <= now ? limit.Rule : null;

    /// <summary>How long it may run: a backup by its level, where its policy says so.</summary>
    private static (TimeSpan? Max, string Key) RunTimeMax(JobSpec? spec)
    {
        var frame = JobScripts.FrameOf(spec);
        var (own, word) = spec is not BackupSpec backup ? (null, "")
            : backup.Level == 0 ? (frame?.ByLevel?.Full, "full")
            : backup.Level == 1 && backup.Rule?.Level != LevelWord.Incremental
                ? (frame?.ByLevel?.Differential, "differential")
            : (frame?.ByLevel?.Incremental, "incremental");
        return own is not null ? (own, $"{word}-run-time-max") : (frame?.RunTimeMax, "run-time-max");
    }

    /// <summary>What is done is not to be cancelled any more, and what follows it has limits of its own.</summary>
    private static bool IsUnderWay(JobState state) =>
        !state.Cancelling && !state.WorkDone && state.Step is not (JobStep.Idle or JobStep.Ending or JobStep.Over)
        && state.Scripts is not { When: ScriptMoment.After };

    private static string Length(TimeSpan time) => time switch
    {
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.##} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.##} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s"),
    };
}
