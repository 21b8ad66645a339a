namespace Backup.Actors.Planning;

/// <summary>A file set whose size and changes are made up.</summary>
/// <param name="Set">How it is planned.</param>
/// <param name="Bytes">Its size on the first day.</param>
/// <param name="GrowthPerDay">By which part of itself it grows.</param>
/// <param name="ChangePerDay">Which part of it changes; what changes twice counts once.</param>
public sealed record SimulatedSet(PlanSet Set, long Bytes, double GrowthPerDay, double ChangePerDay)
{
    /// <summary>The raw size of a dump.</summary>
    /// <param name="day">The days since the first.</param>
    /// <param name="daysSinceBase">The days since the dump that it builds on; null: it is a full.</param>
    public long BytesOf(int day, int? daysSinceBase)
    {
        var full = Bytes * Math.Pow(1 + GrowthPerDay, day);
        return (long)(daysSinceBase is { } since ? full * (1 - Math.Exp(-ChangePerDay * since)) : full);
    }
}

/// <summary>A day of a simulation.</summary>
/// <param name="Day">The day.</param>
/// <param name="Dumps">What was done, by set.</param>
public sealed record SimulatedDay(DateOnly Day, IReadOnlyList<PlannedDump> Dumps)
{
    /// <summary>All bytes.</summary>
    public long TotalBytes => Dumps.Sum(dump => dump.Bytes);

    /// <summary>Bytes of fulls.</summary>
    public long FullBytes => Dumps.Where(dump => dump.Level == 0).Sum(dump => dump.Bytes);
}

/// <summary>
/// What plans do over many days, without any data: a site is made up, and each day is planned and done.
/// </summary>
/// <param name="sets">The file sets.</param>
/// <param name="rules">The rules of the plans.</param>
/// <param name="first">The first day; nothing was dumped before.</param>
public sealed class PlanSimulation(IReadOnlyList<SimulatedSet> sets, PlanRules rules, DateOnly first)
{
    /// <summary>A site by chance: sizes of some GiB that differ much; each day a few hundredths change.</summary>
    /// <param name="hosts">How many clients.</param>
    /// <param name="setsEach">How many file sets of each.</param>
    /// <param name="seed">The same gives the same site.</param>
    public static IReadOnlyList<SimulatedSet> Site(int hosts, int setsEach, int seed)
    {
        var random = new Random(seed);
        return [.. from host in Enumerable.Range(1, hosts)
            from number in Enumerable.Range(1, setsEach)
            select new SimulatedSet(
                new PlanSet($"host{host:00}/set{number}", $"host{host:00}", BumpRules.Usual),
                (long)(8e9 * Math.Exp(0.7 * Normal(random))),
                0.004 * random.NextDouble(),
                0.005 + (0.02 * random.NextDouble()))];
    }

    /// <summary>Each day as the planner plans it.</summary>
    /// <param name="days">How many days.</param>
    public IEnumerable<SimulatedDay> Planned(int days)
    {
        var histories = sets.ToDictionary(set => set.Set.Name, _ => PlanHistory.None);
        for (var day = 0; day < days; day++)
        {
            var today = first.AddDays(day);
            var plan = Planner.Of(
                [.. sets.Select(set => Input(set, histories[set.Set.Name], day, today))], rules, today);
            foreach (var dump in plan.Dumps)
                if (dump.Level is { } level) histories[dump.Set] = histories[dump.Set].After(level, today);
            yield return new SimulatedDay(today, plan.Dumps);
        }
    }

    /// <summary>Each day as a calendar has it: all fulls on one day of the week, level 1 on the others.</summary>
    /// <param name="days">How many days.</param>
    /// <param name="fullOn">The day of the fulls; the first day has fulls too.</param>
    public IEnumerable<SimulatedDay> ByWeekday(int days, DayOfWeek fullOn)
    {
        var full = 0;
        for (var day = 0; day < days; day++)
        {
            var today = first.AddDays(day);
            if (today.DayOfWeek == fullOn) full = day;
            var (level, since) = (day == full ? 0 : 1, day == full ? (int?)null : day - full);
            yield return new SimulatedDay(today, [.. sets.Select(set => new PlannedDump(
                set.Set.Name, level, set.BytesOf(day, since), set.Set.Priority, 0, ["by the calendar"]))]);
        }
    }

    private PlanInput Input(SimulatedSet set, PlanHistory history, int day, DateOnly today)
    {
        var estimates = new Dictionary<int, long>();
        foreach (var level in PlannedLevel.ToEstimate(set.Set, history))
        {
            if (level == 0) estimates[0] = set.BytesOf(day, null);
            else if (history.BaseOf(level) is { } built)
                estimates[level] = set.BytesOf(day, today.DayNumber - built.DayNumber);
        }
        return new PlanInput(set.Set, history, estimates);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
