using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>
/// Decides what a run does: the level of each file set, so that fulls come in time, are spread evenly and fit. As
/// Amanda's planner. The same input gives the same plan; each choice has its reasons.
/// </summary>
public static class Planner
{
    /// <summary>By how much fulls may differ from what would be even.</summary>
    private const double Tolerance = 0.05;

    /// <summary>Plans a run.</summary>
    /// <param name="inputs">The file sets, in any order.</param>
    /// <param name="rules">Of the whole plan.</param>
    /// <param name="today">The day of the run.</param>
    /// <exception cref="ArgumentException">Two sets have one name, or a rule is out of its range.</exception>
    public static Plan Of(IReadOnlyList<PlanInput> inputs, PlanRules rules, DateOnly today)
    {
        if (rules is not { DumpCycleDays: >= 1, RunsPerCycle: >= 1, CapacityBytes: >= 0 })
            throw new ArgumentException($"Impossible rules of a plan: {rules}.", nameof(rules));
        if (inputs.Select(input => input.Set.Name).Distinct().Count() < inputs.Count)
            throw new ArgumentException("Two file sets have the same name.", nameof(inputs));
        var drafts = inputs.Select(input => new Draft(input, PlannedLevel.Of(input, rules, today)))
            .OrderByDescending(draft => draft.Priority).ThenBy(draft => draft.LastFull)
            .ThenBy(draft => draft.Name, StringComparer.Ordinal).ToList();
        CapacityFit.Apply(drafts, rules.CapacityBytes);
        RoomFit.Apply(drafts, rules.RoomBytes);
        var balanced = Balanced(drafts, rules);
        Balance.Apply(drafts, balanced, balanced * Tolerance, rules);
        return new Plan(today, [.. drafts.Select(draft => draft.Planned)], (long)balanced, rules.CapacityBytes);
    }

    /// <summary>The fulls of a cycle, shared out over its runs.</summary>
    private static double Balanced(IEnumerable<Draft> drafts, PlanRules rules) => drafts
        .Where(draft => draft.Input.Set.Strategy is PlanStrategy.Standard or PlanStrategy.NoIncremental)
        .Sum(draft => (double)(draft.FullBytes ?? 0)
            / (draft.Input.Set.Strategy == PlanStrategy.NoIncremental ? 1 : rules.RunsPerCycle));
}

/// <summary>What is decided about one file set so far.</summary>
internal sealed class Draft
{
    private readonly PlannedLevel _choice;
    private readonly List<string> _reasons;

    public Draft(PlanInput input, PlannedLevel choice)
    {
        (Input, _choice, _reasons) = (input, choice, [.. choice.Reasons]);
        Level = choice.Level;
        if (Level is { } level && input.BytesOf(level) is null) Leave($"the size of level {level} is not known");
        // A full that nobody could measure is not lost for today where there is an incremental that was measured.
        if (Level is null && choice is { Level: 0, Incremental: { } other } && input.BytesOf(other) is not null)
            Become(other, $"level {other} instead");
    }

    public PlanInput Input { get; }

    public string Name => Input.Set.Name;

    public string Host => Input.Set.Host;

    public int? Level { get; private set; }

    public int DaysToFull => _choice.DaysToFull;

    public bool IsFirst => _choice.IsFirst;

    /// <summary>An operator ordered its full.</summary>
    public bool IsOrdered => Input.Set.Order == PlanOrder.ForceFull;

    public DateOnly LastFull => Input.History.LastRuns.GetValueOrDefault(0);

    public int Priority => Input.Set.Priority + Math.Max(0, _choice is { Level: 0, IsFirst: false } ? -DaysToFull : 0);

    public long? FullBytes => Input.BytesOf(0);

    public long Bytes => Level is { } level ? Input.BytesOf(level)!.Value : 0;

    /// <summary>What comes in place of a full; null: nothing, or it is none.</summary>
    public int? Instead => _choice is { Level: 0, Incremental: { } level } && Input.BytesOf(level) is not null ? level
        : null;

    /// <summary>
    /// What comes in place of a full that has no volume: a first one and an ordered one have nothing.
    /// </summary>
    public int? Degraded => Level != 0 || IsFirst || IsOrdered ? null
        : Instead ?? (_choice.Level is > 0 and { } level && Input.BytesOf(level) is not null ? level : null);

    public PlannedDump Planned => new(Name, Level, Bytes, Priority, DaysToFull, _reasons, Degraded);

    public void Become(int level, string why)
    {
        Level = level;
        _reasons.Add(why);
    }

    public void Leave(string why)
    {
        Level = null;
        _reasons.Add(why);
    }
}
