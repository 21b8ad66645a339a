using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>The level of one file set, before anything is known of the others.</summary>
/// <param name="Level">Null: nothing is done.</param>
/// <param name="Incremental">The level that comes in place of a full that is put off; null: there is none.</param>
/// <param name="DaysToFull">Days until a full is due; 0 or less: it is.</param>
/// <param name="Forced">The full was ordered.</param>
/// <param name="Reasons">Why, each a clause.</param>
public sealed record PlannedLevel(
    int? Level, int? Incremental, int DaysToFull, bool Forced, IReadOnlyList<string> Reasons)
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
        var mayRise = last > 0 && level < set.LevelMax && set.Order is not (PlanOrder.NoBump or PlanOrder.LevelOne)
            && set.Strategy != PlanStrategy.NoFull
            && (history.RunsAtLevel >= set.Bump.Days || set.Order == PlanOrder.Bump);
        var levels = new SortedSet<int> { 0, level };
        if (history.LevelOneAtRisk || set.Order == PlanOrder.LevelOne || set.Strategy == PlanStrategy.NoFull)
            levels = [0, 1];
        else if (mayRise) levels.Add(level + 1);
        return [.. levels];
    }

    /// <summary>Chooses.</summary>
    /// <param name="input">The set.</param>
    /// <param name="rules">Of the whole plan.</param>
    /// <param name="today">The day of the run.</param>
    public static PlannedLevel Of(PlanInput input, PlanRules rules, DateOnly today)
    {
        var (set, history) = (input.Set, input.History);
        var cycle = set.DumpCycleDays ?? rules.DumpCycleDays;
        if (set.Strategy == PlanStrategy.Skip)
            return new PlannedLevel(null, null, cycle, false, ["its strategy is to skip it"]);
        if (!history.LastRuns.TryGetValue(0, out var lastFull))
            return new PlannedLevel(0, null, 0, true, ["it has no full yet"]);
        var days = cycle - (today.DayNumber - lastFull.DayNumber);
        if (set.Order == PlanOrder.Full) return new PlannedLevel(0, null, days, true, ["a full was ordered"]);
        if (set.Strategy == PlanStrategy.NoIncremental)
            return new PlannedLevel(0, null, days, false, ["its strategy has fulls alone"]);
        var (level, why) = IncrementalOf(input);
        var hasFulls = set.Strategy == PlanStrategy.Standard;
        if (hasFulls && days <= 0 && set.Order != PlanOrder.LevelOne)
        {
            var due = days < 0 ? $"its full is overdue by {Days(-days)}" : "its full is due";
            return set.SkipFull
                ? new PlannedLevel(null, null, days, false, [due, "fulls are skipped"])
                : new PlannedLevel(0, set.SkipIncremental ? null : level, days, false, [due]);
        }
        var left = !hasFulls ? "its strategy has no fulls" : days <= 0 ? "its full is due"
            : $"its full is due in {Days(days)}";
        return set.SkipIncremental
            ? new PlannedLevel(null, null, days, false, [left, "incrementals are skipped"])
            : new PlannedLevel(level, null, days, false, [left, why]);
    }

    /// <summary>The incremental level: whether to stay at the last one or to go on to the next.</summary>
    private static (int Level, string Why) IncrementalOf(PlanInput input)
    {
        var (set, history) = (input.Set, input.History);
        if (set.Order == PlanOrder.LevelOne) return (1, "level 1 was ordered");
        if (set.Strategy == PlanStrategy.NoFull) return (1, "always level 1");
        if (history.LevelOneAtRisk) return (1, "level 1 again: the volume with the last one is overwritten next");
        if (history.LastLevel is not > 0) return (1, "level 1 follows a full");
        var level = Math.Min(history.LastLevel.Value, set.LevelMax);
        if (level == set.LevelMax) return (level, $"level {level} is the highest allowed");
        if (set.Order == PlanOrder.Bump) return (level + 1, $"level {level + 1} was ordered");
        if (set.Order == PlanOrder.NoBump) return (level, $"level {level} was ordered to stay");
        if (history.RunsAtLevel < set.Bump.Days)
            return (level,
                $"level {level} stays for {set.Bump.Days} runs, and this is number {history.RunsAtLevel + 1}");
        var threshold = set.Bump.Threshold(level, input.Estimates.GetValueOrDefault(0));
        if (input.BytesOf(level) is not { } here) return (level, $"the size of level {level} is not known");
        if (here <= threshold)
            return (level, $"level {level} has {Size(here)}, no more than the {Size(threshold)} to save");
        if (input.BytesOf(level + 1) is not { } next) return (level, $"the size of level {level + 1} is not known");
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
