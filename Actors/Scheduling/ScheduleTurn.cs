using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>A policy with its calendar.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Calendar">When it runs.</param>
/// <param name="Clients">Whose data it saves; at least one.</param>
public sealed record ScheduledPolicy(PolicyName Policy, PolicyCalendar Calendar, IReadOnlyList<ClientName> Clients)
{
    /// <summary>What its jobs are.</summary>
    public JobKind Kind { get; init; } = JobKind.Backup;

    /// <summary>How long a run waits for what its plan measures before it; zero: nothing is measured.</summary>
    public TimeSpan EstimateTimeout { get; init; }
}

/// <summary>
/// What is to be decided about one schedule at one moment. Reads no clock and changes nothing: the decision holds when
/// the catalog has taken it, and it takes one only from who knew the last.
/// </summary>
/// <param name="Before">The mark on which it builds; null: there was none.</param>
/// <param name="After">The mark from now on.</param>
/// <param name="Firings">The runs that came due, in order.</param>
public sealed record ScheduleTurn(ScheduleMark? Before, ScheduleMark After, IReadOnlyList<FiringRecord> Firings)
{
    /// <summary>What starts no later than this is in time: a director may take so long to take over.</summary>
    public static readonly TimeSpan Punctual = TimeSpan.FromMinutes(1);

    /// <summary>A mark so far in the future was made by a clock that was wrong.</summary>
    private static readonly TimeSpan ClockBackMax = TimeSpan.FromMinutes(10);

    /// <summary>Runs that were missed longer ago are not even named.</summary>
    private static readonly TimeSpan NamedFor = TimeSpan.FromDays(31);

    private const int NamedMax = 100;

    /// <summary>Decides.</summary>
    /// <param name="scheduled">The policy.</param>
    /// <param name="mark">Up to when it is decided; null: never yet.</param>
    /// <param name="now">The moment.</param>
    /// <param name="lasts">What rules count from that count from the last backup; null: nobody has looked.</param>
    /// <returns>Null when there is nothing to decide.</returns>
    public static ScheduleTurn? Of(
        ScheduledPolicy scheduled, ScheduleMark? mark, DateTimeOffset now, IReadOnlyList<SinceLast>? lasts = null)
    {
        var (policy, calendar) = (scheduled.Policy, scheduled.Calendar);
        var after = new ScheduleMark(policy, calendar.Text, now);
        // Another schedule would have meant other moments: it begins when it is first seen.
        if (mark is null || mark.Text != calendar.Text || mark.DecidedUntil > now + ClockBackMax)
            return new ScheduleTurn(mark, after, []);
        var catchUp = LatestOf(calendar);
        var named = now - Longer(catchUp, NamedFor);
        var runs = calendar.Between(mark.DecidedUntil > named ? mark.DecidedUntil : named, now)
            .Concat(SinceLast.Coming(calendar, lasts, mark.DecidedUntil, now).Where(run => run.At <= now))
            .OrderBy(run => run.At).ThenBy(run => RunLevel.Rank(run.Level)).DistinctBy(run => run.At).ToList();
        if (runs.Count == 0) return null;
        var chosen = runs.Where(run => now - run.At <= catchUp)
            .OrderBy(run => RunLevel.Rank(run.Level)).ThenByDescending(run => run.At).FirstOrDefault();
        return new ScheduleTurn(mark, after, [.. runs
            .Where((run, at) => run == chosen || at >= runs.Count - NamedMax)
            .Select(run => run == chosen
                ? Started(policy, calendar, run, now) : LeftOut(policy, calendar, run, chosen, now))]);
    }

    /// <summary>How late a run may start.</summary>
    /// <param name="calendar">The policy's; null: it has none.</param>
    internal static TimeSpan LatestOf(PolicyCalendar? calendar) =>
        Longer(calendar?.CatchUp ?? TimeSpan.Zero, Punctual);

    /// <summary>When a run that is due may start: now, or when a window opens.</summary>
    /// <param name="calendar">The policy's.</param>
    /// <param name="due">When it is due.</param>
    /// <param name="now">The moment.</param>
    /// <param name="never">Why it may not at all, where there is no such moment.</param>
    /// <param name="measuring">How much later it may start, as it began to measure in time.</param>
    internal static DateTimeOffset? Starts(
        PolicyCalendar calendar, DateTimeOffset due, DateTimeOffset now, out string never,
        TimeSpan measuring = default)
    {
        never = "missed: no window for starts opens in time";
        // It was due in a window, and is in time, though that may close just now.
        if (now - due <= Punctual) return now;
        if (calendar.MayStart(now) is not { } starts)
        {
            never = "missed: its windows never open again";
            return null;
        }
        return starts - due <= LatestOf(calendar) + measuring ? starts : null;
    }

    internal static string TooLate(TimeSpan late, PolicyCalendar calendar) =>
        $"missed: {Words(late)} late, and {Words(LatestOf(calendar))} is the most";

    private static FiringRecord Started(
        PolicyName policy, PolicyCalendar calendar, ScheduledTime run, DateTimeOffset now)
    {
        if (Starts(calendar, run.At, now, out var never) is not { } starts)
            return Record(policy, run, now, FiringState.Skipped, now, never);
        var note = starts - run.At > Punctual ? $"{Words(starts - run.At)} late: it was missed" : null;
        return Record(policy, run, now, FiringState.Open, starts, note);
    }

    private static FiringRecord LeftOut(
        PolicyName policy, PolicyCalendar calendar, ScheduledTime run, ScheduledTime? chosen, DateTimeOffset now) =>
        Record(policy, run, now, FiringState.Skipped, now, now - run.At > LatestOf(calendar)
            ? TooLate(now - run.At, calendar)
            : $"missed: the run of {chosen!.At.UtcDateTime:yyyy-MM-dd HH:mm}Z is started for it");

    private static FiringRecord Record(PolicyName policy, ScheduledTime run, DateTimeOffset now, FiringState state,
        DateTimeOffset notBefore, string? note) =>
        new(policy, run.At, run.Rule, run.Level, state, notBefore, now, note, []);

    internal static string Words(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => $"{(int)time.TotalDays} d",
        { TotalHours: >= 2 } => $"{(int)time.TotalHours} h",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes} min",
        _ => $"{(int)time.TotalSeconds} s",
    };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
