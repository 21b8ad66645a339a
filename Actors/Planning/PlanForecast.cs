using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>A file set of a client in a plan.</summary>
/// <param name="Member">Its policy.</param>
/// <param name="Client">The client.</param>
/// <param name="Calendar">When its policy runs by itself; null, or where a rule counts from the last backup: it counts
/// as if it ran each day.</param>
/// <param name="Past">What is known of it.</param>
/// <param name="Done">The same after what it did today already; null: nothing yet.</param>
/// <param name="Order">What an operator ordered for its next run.</param>
public sealed record PlannedMember(
    PlanMember Member, ClientName Client, PolicyCalendar? Calendar, SetPast Past, SetPast? Done = null,
    PlanOrder Order = PlanOrder.None)
{
    /// <summary>What it is called in the plan.</summary>
    public string Name => $"{Member.Policy}/{Client}";
}

/// <summary>
/// One plan's runs, day by day: the first by what is known, each further one as if all before had been done, with the
/// full as it is and as much changed a day as before.
/// </summary>
public static class PlanForecast
{
    /// <summary>The runs.</summary>
    /// <param name="members">All that the plan decides about, of one plan.</param>
    /// <param name="days">How many days, 1 or more.</param>
    /// <param name="clock">The moment of the question.</param>
    /// <param name="room">What there is room for in the first run; null: not known. Of further runs nobody
    /// knows.</param>
    public static IEnumerable<PlannedRun> Of(
        IReadOnlyList<PlannedMember> members, int days, PlanClock clock, long? room = null)
    {
        var pasts = members.ToDictionary(member => member.Name, member => member.Past);
        var done = members.ToDictionary(member => member.Name, member => member.Done);
        for (var at = 0; at < days; at++)
        {
            var day = clock.Today.AddDays(at);
            var running = members.Where(member => RunsOn(member, day, clock))
                .Select(member => member with { Past = pasts[member.Name] }).ToList();
            var run = RunOf(running, members[0].Member.Terms, day, clock, at == 0 ? room : null);
            if (running.Count > 0) yield return run;
            // An order is for one run
            members = [.. members.Select(member => running.Exists(ran => ran.Name == member.Name)
                ? member with { Order = PlanOrder.None } : member)];
            var levels = run.Sets.ToDictionary(set => $"{set.Policy}/{set.Client}", set => set.Level);
            foreach (var (name, past) in pasts.ToList())
                pasts[name] = at == 0 && done.GetValueOrDefault(name) is { } really ? really
                    : levels.GetValueOrDefault(name) is { } level ? past.After(level, day)
                    : past.DayLater();
        }
    }

    /// <summary>One run.</summary>
    /// <param name="members">All that run.</param>
    /// <param name="terms">The plan.</param>
    /// <param name="day">The day of the run.</param>
    /// <param name="clock">Whose days are meant.</param>
    /// <param name="room">What there is room for; null: not known.</param>
    public static PlannedRun RunOf(
        IReadOnlyList<PlannedMember> members, PlanTerms terms, DateOnly day, PlanClock clock, long? room = null)
    {
        var capacity = terms.CapacityBytes > 0 ? terms.CapacityBytes : long.MaxValue;
        var inputs = members.Select(member => InputOf(member, day)).ToList();
        var rules = new PlanRules(terms.CycleDays, terms.RunsPerCycle, capacity, room ?? long.MaxValue);
        var plan = Planner.Of(inputs, rules, day);
        var byName = members.ToDictionary(member => member.Name);
        var places = PlacesOf(plan, byName, terms.DumpOrder, day);
        return new PlannedRun(
            terms.Name, clock.BeginningOf(day), terms.CapacityBytes, plan.BalancedBytes, plan.FullBytes,
            plan.TotalBytes, [.. plan.Dumps.Select(dump => SetOf(dump, byName[dump.Set], day) with
            {
                Place = places.GetValueOrDefault(dump.Set),
            })], room);
    }

    /// <summary>Which of the run's backups each is, from 1.</summary>
    private static Dictionary<string, int> PlacesOf(
        Plan plan, IReadOnlyDictionary<string, PlannedMember> members, string? letters, DateOnly day) =>
        DumpOrder.Of(
            [.. plan.Dumps.Where(dump => dump.Level is not null).Select(dump => new OrderedDump(
                dump.Set, dump.Priority, dump.Bytes, SecondsOf(members[dump.Set].Past, dump.Level!.Value, day)))],
            letters)
        .Select((name, at) => (name, at)).ToDictionary(each => each.name, each => each.at + 1);

    private static double SecondsOf(SetPast past, int level, DateOnly day) =>
        (past.SizeOf(level, day)?.Bytes ?? 0) / (past.BytesPerSecond ?? DumpOrder.BytesPerSecondGuess);

    /// <summary>How a set is planned.</summary>
    /// <param name="member">The policy that says so.</param>
    /// <param name="client">The client.</param>
    public static PlanSet SetOf(PlanMember member, ClientName client)
    {
        var terms = member.Terms;
        return new PlanSet(
            $"{member.Policy}/{client}", client.Value,
            new BumpRules(terms.BumpSizeBytes, terms.BumpPercent, terms.BumpMultiplier, terms.BumpDays),
            member.Priority, terms.LevelMax, PromoteDaysMax: terms.PromoteDaysMax, Strategy: terms.Strategy);
    }

    /// <summary>The same on one day, with what an operator ordered: no full comes early where he wants none.</summary>
    private static PlanSet SetOf(PlannedMember member, DateOnly day)
    {
        var (set, terms) = (SetOf(member.Member, member.Client), member.Member.Terms);
        var skipsFull = Holds(terms.SkipFullOn, day);
        var promotes = member.Order is PlanOrder.None or PlanOrder.ForceFull && !skipsFull;
        return set with
        {
            Order = member.Order,
            SkipsFull = skipsFull,
            SkipsIncremental = Holds(terms.SkipIncrementalOn, day),
            PromoteDaysMax = promotes ? set.PromoteDaysMax : 0,
        };
    }

    private static bool Holds(IReadOnlyList<string>? texts, DateOnly day) =>
        texts?.Any(text => ScheduleText.TryDays(text, out var days, out _) && days.Holds(day)) == true;

    /// <summary>Whether a set has a run on a day.</summary>
    internal static bool RunsOn(PlannedMember member, DateOnly day, PlanClock clock) => member.Calendar is null
        || member.Calendar.SinceLast.Any()
        || member.Calendar.Between(
            clock.BeginningOf(day).AddTicks(-1), clock.BeginningOf(day.AddDays(1)).AddTicks(-1)).Any();

    private static PlanInput InputOf(PlannedMember member, DateOnly day)
    {
        var set = SetOf(member, day);
        var sizes = new Dictionary<int, long>();
        // A first backup whose size nobody knows is made all the same, and counts as nothing.
        foreach (var level in PlannedLevel.ToEstimate(set, member.Past.History))
            if ((member.Past.SizeOf(level, day)?.Bytes ?? (level == 0 ? 0 : null)) is { } bytes) sizes[level] = bytes;
        return new PlanInput(set, member.Past.History, sizes);
    }

    private static PlannedSet SetOf(PlannedDump dump, PlannedMember member, DateOnly day)
    {
        var size = dump.Level is { } level ? member.Past.SizeOf(level, day) : null;
        var why = dump.Why;
        if (member.Done is not null && member.Done.NewestOn == day)
            why += $"; it ran today, at level {member.Done.History.LastLevel}";
        else if (size?.From != "walk" && member.Member.Terms.Estimate != PlanEstimate.History
            && member.Past.Unmeasured is { } unmeasured)
            why += $"; {unmeasured}: it is planned as earlier backups were";
        else if (size?.From == "walk" && member.Member.Terms.Estimate == PlanEstimate.Both
            && member.Past.HistoryOf(dump.Level!.Value, day) is { } before)
            why += $"; it has {PlannedLevel.Size(size.Bytes)} by its walk and {PlannedLevel.Size(before.Bytes)} by its "
                + "history";
        return new PlannedSet(
            member.Member.Policy, member.Client, dump.Level, dump.Bytes, size?.From ?? "nothing", dump.DaysToFull, why,
            Instead: dump.Instead);
    }
}
