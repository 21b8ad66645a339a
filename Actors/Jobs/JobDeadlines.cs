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
        (DateTimeOffset At, string Rule)? run = state.FirstBegunAt is { } begun
            && JobScripts.FrameOf(state.Spec)?.RunTimeMax is { } max
            ? (begun + max, $"a rule: it ran for {Length(max)}, which its policy's run-time-max allows")
            : null;
        (DateTimeOffset At, string Rule)? life = lifeMax > TimeSpan.Zero
            ? (state.AskedAt + lifeMax, $"a rule: it was accepted {Length(lifeMax)} ago, which job.life-max allows")
            : null;
        return run is null || (life is { } other && other.At < run.Value.At) ? life : run;
    }

    /// <summary>The rule by which a job is to be cancelled now; null: it may go on.</summary>
    /// <param name="state">Any state.</param>
    /// <param name="lifeMax">From its acceptance; zero: no limit.</param>
    /// <param name="now">The moment.</param>
    public static string? Reached(JobState state, TimeSpan lifeMax, DateTimeOffset now) =>
        Next(state, lifeMax) is { } limit && limit.At <= now ? limit.Rule : null;

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
