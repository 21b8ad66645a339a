using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>The level of one file set, before anything is known of the others.</summary>
/// <param name="Level">Null: nothing is done.</param>
/// <param name="Incremental">The level that comes in place of a full that is put off; null: there is none.</param>
/// <param name="DaysToFull">Days until a full is due; 0 or less: it is.</param>
/// <param name="IsFirst">It is the set's first full.</param>
/// <param name="Reasons">Why, each a clause.</param>
public sealed record PlannedLevel(
    int? Level, int? Incremental, int DaysToFull, bool IsFirst, IReadOnlyList<string> Reasons)
{
    /// <summary>The levels whose sizes the planner needs: the full, the present level, and the next where it could be
    /// chosen.</summary>
    /// <param name="set">The set.</param>
    /// <param name="history">Its past.</param>
    public static IReadOnlyList<int> ToEstimate(PlanSet set, PlanHistory history)
    {
        if (set.Strategy == PlanStrategy.Skip) return [];
        if (history.LastLevel is not { } last || !history.LastRuns.ContainsKey(0)
            || set.Strategy == PlanStrategy.NoIncremental) return [0];
        var level = Math.Clamp(last, 1, set.LevelMax);
        if (set.Strategy == PlanStrategy.NoFull || set.Order == PlanOrder.ForceLevelOne
            || history.LevelOneLost is not null) return [0, 1];
        if (set.Order == PlanOrder.ForbidBump) return [0, level];
        if (set.Order == PlanOrder.ForceBump) return last > 0 && level < set.LevelMax ? [0, level + 1] : [0, level];
        return last > 0 && level < set.LevelMax && history.RunsAtLevel >= set.Bump.Days
            ? [0, level, level + 1] : [0, level];
    }

    /// <summary>Chooses.</summary>
    /// <param name="input">The set.</param>
    /// <param name="rules">Of the whole plan.</param>
    /// <param name="today">The day of the run.</param>
    public static PlannedLevel Of(PlanInput input, PlanRules rules, DateOnly today)
    {
        var chosen = Chosen(input, rules, today);
        return chosen.Level switch
        {
            0 when input.Set.SkipsFull => chosen with
            {
                Level = input.Set.SkipsIncremental ? null : chosen.Incremental,
                Incremental = null,
                Reasons = [.. chosen.Reasons, "today has no fulls"],
            },
            > 0 when input.Set.SkipsIncremental =>
                chosen with { Level = null, Reasons = [.. chosen.Reasons, "today has no incrementals"] },
            0 when input.Set.SkipsIncremental => chosen with { Incremental = null },
            _ => chosen,
        };
    }

    private static PlannedLevel Chosen(PlanInput input, PlanRules rules, DateOnly today)
    {
        var (set, history) = (input.Set, input.History);
        if (set.Strategy == PlanStrategy.Skip)
            return new PlannedLevel(null, null, rules.DumpCycleDays, false, ["its strategy is to skip it"]);
        if (!history.LastRuns.TryGetValue(0, out var lastFull))
            return new PlannedLevel(0, null, 0, true, ["it has no full yet"]);
        var days = rules.DumpCycleDays - (today.DayNumber - lastFull.DayNumber);
        if (set.Strategy == PlanStrategy.NoIncremental)
            return new PlannedLevel(0, null, days, false, ["its strategy has fulls alone"]);
        var (level, why) = IncrementalOf(input);
        if (set.Order == PlanOrder.ForceFull)
            return new PlannedLevel(0, level, days, false, ["an operator ordered a full"]);
        if (set.Order == PlanOrder.ForceLevelOne)
            return new PlannedLevel(1, null, days, false, ["an operator ordered level 1"]);
        if (set.Strategy != PlanStrategy.Standard)
            return new PlannedLevel(level, null, days, false, ["its strategy has no fulls", why]);
        return days > 0
            ? new PlannedLevel(level, null, days, false, [$"its full is due in {Days(days)}", why])
            : new PlannedLevel(
                0, level, days, false, [days < 0 ? $"its full is overdue by {Days(-days)}" : "its full is due"]);
    }

    /// <summary>The incremental level: whether to stay at the last one or to go on to the next.</summary>
    private static (int Level, string Why) IncrementalOf(PlanInput input)
    {
        var (set, history) = (input.Set, input.History);
        if (set.Strategy == PlanStrategy.NoFull) return (1, "always level 1");
        if (history.LastLevel is not > 0) return (1, "level 1 follows a full");
        if (history.LevelOneLost is { } lost) return (1, $"level 1 anew, since the last one {lost}");
        var level = Math.Min(history.LastLevel.Value, set.LevelMax);
        if (level == set.LevelMax) return (level, $"level {level} is the highest allowed");
        if (set.Order == PlanOrder.ForceBump) return (level + 1, $"an operator ordered more than level {level}");
        if (set.Order == PlanOrder.ForbidBump) return (level, $"an operator ordered level {level} again");
        if (history.RunsAtLevel < set.Bump.Days)
            return (level,
                $"level {level} stays for {set.Bump.Days} runs, and this is number {history.RunsAtLevel + 1}");
        // Raw, as what must be saved is: what compresses well would else never rise.
        var threshold = set.Bump.Threshold(level, input.Estimates.GetValueOrDefault(0));
        if (!input.Estimates.TryGetValue(level, out var here))
            return (level, $"the size of level {level} is not known");
        if (here <= threshold)
            return (level, $"level {level} has {Size(here)}, no more than the {Size(threshold)} to save");
        if (!input.Estimates.TryGetValue(level + 1, out var next))
            return (level, $"the size of level {level + 1} is not known");
        return here - next < threshold
            ? (level, $"level {level + 1} would save {Size(here - next)} of {Size(here)}, less than {Size(threshold)}")
            : (level + 1, $"level {level + 1} saves {Size(here - next)} of {Size(here)}, at least {Size(threshold)}");
    }

    internal static string Days(int days) => days == 1 ? "1 day" : $"{days} days";

    internal static string Size(double bytes) => bytes switch
    {
        >= 1L << 40 => FormattableString.Invariant($"{bytes / (1L << 40):0.0} TiB"),
        >= 1L << 30 => FormattableString.Invariant($"{bytes / (1L << 30):0.0} GiB"),
        >= 1L << 20 => FormattableString.Invariant($"{bytes / (1L << 20):0.0} MiB"),
        _ => FormattableString.Invariant($"{bytes / (1L << 10):0.0} KiB"),
    };
}
