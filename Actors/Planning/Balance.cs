using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>
/// Spreads fulls evenly: where a run has fewer than its share, fulls come before their time. None is put off for that.
/// </summary>
internal static class Balance
{
    /// <summary>Applies it.</summary>
    /// <param name="drafts">The most important first.</param>
    /// <param name="balanced">The share of a run.</param>
    /// <param name="tolerance">By how much it may be missed.</param>
    /// <param name="rules">Of the whole plan.</param>
    public static void Apply(IReadOnlyList<Draft> drafts, double balanced, double tolerance, PlanRules rules)
    {
        while (balanced - Fulls(drafts) > tolerance)
        {
            if (Best(drafts, balanced, tolerance, rules) is not { } best) break;
            best.Become(0, $"the full comes {PlannedLevel.Days(best.DaysToFull)} early: fulls of this run have "
                + $"{PlannedLevel.Size(Fulls(drafts))}, their share is {PlannedLevel.Size(balanced)}");
        }
        if (drafts.All(draft => draft.Level != 0)) CutHill(drafts, rules);
    }

    /// <summary>
    /// Who is due soon, and with many others of its client, is worth most; but not who makes the run too large, unless
    /// there is no full at all.
    /// </summary>
    private static Draft? Best(IReadOnlyList<Draft> drafts, double balanced, double tolerance, PlanRules rules)
    {
        var (total, fulls) = (drafts.Sum(draft => draft.Bytes), Fulls(drafts));
        var waiting = drafts.Where(draft => draft.Level != 0 && HasFulls(draft)).ToList();
        var ofDay = waiting.CountBy(draft => draft.DaysToFull).ToDictionary();
        var ofHostAndDay = waiting.CountBy(draft => (draft.Host, draft.DaysToFull)).ToDictionary();
        var today = drafts.Where(draft => draft.Level == 0).CountBy(draft => draft.Host).ToDictionary();
        return Candidates(drafts, total, rules)
            .Where(draft => today.Count == 0
                ? ofDay[draft.DaysToFull] > 1
                : fulls + draft.FullBytes <= balanced + tolerance)
            .OrderByDescending(draft => ofHostAndDay[(draft.Host, draft.DaysToFull)]
                - today.GetValueOrDefault(draft.Host)
                + rules.DumpCycleDays - draft.DaysToFull)
            .ThenBy(draft => Fit(fulls + draft.FullBytes!.Value - balanced, tolerance))
            .FirstOrDefault();
    }

    /// <summary>
    /// Among equals: who meets the share, else who leaves the search open, else who is above it. What ended a little
    /// below on each day would come together on the last of the cycle.
    /// </summary>
    private static (int Rank, double Bytes) Fit(double excess, double tolerance) =>
        Math.Abs(excess) <= tolerance / 5 ? (0, Math.Abs(excess))
        : excess < -tolerance ? (1, -excess)
        : excess > 0 ? (2, excess)
        : (3, -excess);

    /// <summary>Without any full today, one is taken from the day on which most come together.</summary>
    private static void CutHill(IReadOnlyList<Draft> drafts, PlanRules rules)
    {
        var total = drafts.Sum(draft => draft.Bytes);
        var hills = drafts.Where(draft => HasFulls(draft) && draft.DaysToFull > 0).GroupBy(draft => draft.DaysToFull)
            .Where(day => day.Count() > 1).OrderByDescending(day => day.Sum(draft => draft.FullBytes ?? 0))
            .ThenBy(day => day.Key);
        foreach (var hill in hills)
        {
            if (Candidates([.. hill], total, rules).MaxBy(draft => draft.FullBytes) is not { } top) continue;
            top.Become(0, $"the full comes {PlannedLevel.Days(top.DaysToFull)} early: {hill.Count()} are due on that "
                + "day, and none today");
            return;
        }
    }

    private static IEnumerable<Draft> Candidates(IReadOnlyList<Draft> drafts, long total, PlanRules rules) =>
        drafts.Where(draft => HasFulls(draft) && draft is { Level: > 0, FullBytes: > 0, DaysToFull: > 0 }
            && draft.DaysToFull <= draft.Input.Set.PromoteDaysMax
            && total - draft.Bytes + draft.FullBytes <= Math.Min(rules.CapacityBytes, rules.RoomBytes));

    private static bool HasFulls(Draft draft) => draft.Input.Set.Strategy == PlanStrategy.Standard;

    private static double Fulls(IEnumerable<Draft> drafts) =>
        drafts.Where(draft => draft.Level == 0).Sum(draft => (double)draft.Bytes);
}
