using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>A policy with its calendar.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Calendar">When it runs.</param>
public sealed record ScheduledPolicy(PolicyName Policy, PolicyCalendar Calendar);

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
    /// <returns>Null when there is nothing to decide.</returns>
    public static ScheduleTurn? Of(ScheduledPolicy scheduled, ScheduleMark? mark, DateTimeOffset now)
    {
        var (policy, calendar) = scheduled;
        var after = new ScheduleMark(policy, calendar.Text, now);
        // Another schedule would have meant other moments: it begins when it is first seen.
        if (mark is null || mark.Text != calendar.Text || mark.DecidedUntil > now + ClockBackMax)
            return new ScheduleTurn(mark, after, []);
        var catchUp = Longer(calendar.CatchUp, Punctual);
        var named = now - Longer(catchUp, NamedFor);
        var runs = calendar.Between(mark.DecidedUntil > named ? mark.DecidedUntil : named, now).ToList();
        if (runs.Count == 0) return null;
        var chosen = runs.Where(run => now - run.At <= catchUp)
            .OrderBy(run => RunLevel.Rank(run.Level)).ThenByDescending(run => run.At).FirstOrDefault();
        return new ScheduleTurn(mark, after, [.. runs
            .Where((run, at) => run == chosen || at >= runs.Count - NamedMax)
            .Select(run => run == chosen
                ? Started(policy, calendar, run, now) : LeftOut(policy, run, chosen, now, catchUp))]);
    }

    private static FiringRecord Started(
        PolicyName policy, PolicyCalendar calendar, ScheduledTime run, DateTimeOffset now)
    {
        var starts = calendar.MayStart(now);
        if (starts is null || starts - run.At > Longer(calendar.CatchUp, Punctual))
            return Record(policy, run, now, FiringState.Skipped, now,
                "missed: no window for starts opens in time");
        var note = starts - run.At > Punctual ? $"{Words(starts.Value - run.At)} late: it was missed" : null;
        return Record(policy, run, now, FiringState.Open, starts.Value, note);
    }

    private static FiringRecord LeftOut(
        PolicyName policy, ScheduledTime run, ScheduledTime? chosen, DateTimeOffset now, TimeSpan catchUp) =>
        Record(policy, run, now, FiringState.Skipped, now, now - run.At > catchUp
            ? $"missed: {Words(now - run.At)} late, and {Words(catchUp)} is the most"
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
