using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Actors.Retention;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What the planner says: the same for a running node and for a command that opens the catalog without one. All calls
/// block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured.</param>
/// <param name="clock">The moment of the question, and whose days are meant.</param>
public sealed class PlanQueries(CatalogStore store, IReadOnlyList<PolicyDefinition> policies, PlanClock clock)
{
    private const int DaysMax = 400;
    private const int LevelMax = 9;

    /// <summary>What was found of last fulls before; null: nothing is remembered.</summary>
    internal LastFulls.Memo? Memo { get; init; }

    /// <summary>So far is looked for what retention does.</summary>
    private const int DaysAhead = 7;

    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    public IReply Show(ShowPlan show)
    {
        if (show.Days is < 1 or > DaysMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a number of days from 1 to {DaysMax}, found {show.Days}.");
        var planned = show.WhatIf ?? [.. policies.Select(policy => policy.Plan).OfType<PlanMember>()];
        if (planned.Count == 0)
            return new Refused(RefusalCode.BadRequest,
                "No policy names a plan. Write plans.NAME { } in the configuration, and plan = NAME in policies.");
        if (show.Replay is < 1 or > DaysMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a number of days from 1 to {DaysMax}, found {show.Replay}.");
        if (planned.FirstOrDefault(member => Impossible(member.Terms)) is { } wrong)
            return new Refused(RefusalCode.BadRequest, $"Plan {wrong.Terms.Name} has a value out of its range.");
        if (show.Plan is { } name && !planned.Any(member => member.Terms.Name == name))
            return new Refused(RefusalCode.BadRequest, $"No policy names a plan \"{name}\". Named are: "
                + $"{string.Join(", ", planned.Select(member => member.Terms.Name).Distinct().Order())}.");
        if (CalendarsOf(planned, isRunning: show.WhatIf is null, out var mistake) is not { } calendars)
            return new Refused(RefusalCode.BadRequest, mistake);
        var runs = new List<PlannedRun>();
        foreach (var plan in planned.GroupBy(member => member.Terms.Name)
            .Where(plan => show.Plan is null || plan.Key == show.Plan).Select(plan => plan.ToList()))
        {
            if (show.Replay is { } back)
            {
                if (!new PlanReplay(store, this, plan, calendars, clock).Of(back).Is(out var past, out var unread))
                    return CatalogQueries.Unavailable(unread);
                runs.AddRange(past);
                continue;
            }
            if (!MembersOf(plan, calendars, again: null).Is(out var members, out var failure))
                return CatalogQueries.Unavailable(failure);
            if (!RoomOf(plan).Is(out var room, out failure)) return CatalogQueries.Unavailable(failure);
            var ahead = PlanForecast.Of(members, Math.Max(show.Days, DaysAhead), clock, room).ToList();
            if (ahead is [var first, ..] && first.Day == clock.BeginningOf(clock.Today))
            {
                if (!PlanWarnings.On(store, ahead, members, Rules, clock, Memo).Is(out var warned, out failure))
                    return CatalogQueries.Unavailable(failure);
                ahead[0] = warned;
            }
            runs.AddRange(ahead.Where(run => run.Day < clock.BeginningOf(clock.Today.AddDays(show.Days))));
        }
        return new PlanShown([.. runs.OrderBy(run => run.Day).ThenBy(run => run.Plan, StringComparer.Ordinal)]);
    }

    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    public IReply Show(ShowEstimate show)
    {
        if (policies.FirstOrDefault(policy => policy.Name == show.Policy) is not { } policy)
            return NoPolicy(show.Policy);
        var sizes = new List<EstimatedSize>();
        foreach (var client in policy.Clients.Where(client => show.Client is null || client == show.Client))
        {
            var member = MemberOf(policy);
            if (!SetPast.Read(store, policy.Name, client, member.FileSet, clock).Is(out var pasts, out var failure))
                return CatalogQueries.Unavailable(failure);
            var past = pasts.Now;
            var levels = PlannedLevel.ToEstimate(PlanForecast.SetOf(member, client), past.History)
                .Union(past.Walked.Keys).Order();
            sizes.AddRange(levels.Select(level => SizeOf(client, member.FileSet, past, level)));
        }
        return new EstimateShown(sizes);
    }

    /// <summary>The levels of a client's file set that a walk is to measure, with what each builds on.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="spec">The job that a backup would be.</param>
    /// <param name="asked">The levels; empty: those that a planner needs.</param>
    internal CatalogAnswer<IReadOnlyList<EstimatedLevel>> LevelsOf(
        PolicyDefinition policy, BackupSpec spec, IReadOnlyList<int> asked)
    {
        if (!SetPast.Read(store, policy.Name, spec.Client, spec.FileSet.Name, clock).Is(out var past, out var failure))
            return failure;
        var wanted = asked.Count > 0 ? asked
            : PlannedLevel.ToEstimate(PlanForecast.SetOf(MemberOf(policy), spec.Client), past.Now.History);
        var levels = new List<EstimatedLevel>();
        foreach (var level in wanted.Distinct().Order())
        {
            var rule = (spec.Rule ?? new LevelRule(LevelWord.Full)) with { Level = new LevelWord($"{level}") };
            if (!LevelChoice.Of(spec with { Rule = rule }, store, clock.Now).Is(out var chosen, out failure))
                return failure;
            if (chosen.Level == level) levels.Add(new EstimatedLevel(level, chosen.Base?.Image, chosen.Base?.Since));
        }
        return CatalogAnswer<IReadOnlyList<EstimatedLevel>>.Of(levels);
    }

    /// <summary>
    /// What the plan decides about the clients of a policy that is run today. What other policies did today changes
    /// nothing about it; where this one ran already, it runs once more behind that.
    /// </summary>
    /// <param name="policy">A policy with a plan.</param>
    internal CatalogAnswer<IReadOnlyList<PlannedSet>> Tonight(PolicyDefinition policy) =>
        RunOf(policy.Name, OfPlan(policy), Calendars).Is(out var run, out var failure)
            ? CatalogAnswer<IReadOnlyList<PlannedSet>>.Of(run.Sets) : failure;

    /// <summary>
    /// The sets that are measured before a policy is run today: those of its plan that run today, whose clients are to
    /// be walked, and that nobody has walked today since their newest backup.
    /// </summary>
    /// <param name="policy">A policy with a plan.</param>
    internal CatalogAnswer<IReadOnlyList<PlannedMember>> ToMeasure(PolicyDefinition policy)
    {
        var walked = OfPlan(policy).Where(member => member.Terms.Estimate != PlanEstimate.History
            && member.Terms.Strategy != PlanStrategy.Skip).ToList();
        return MembersOf(walked, Calendars, policy.Name).Is(out var members, out var failure)
            ? CatalogAnswer<IReadOnlyList<PlannedMember>>.Of([.. members.Where(member =>
                (member.Member.Policy == policy.Name
                    || (member.Done is null && PlanForecast.RunsOn(member, clock.Today, clock)))
                && !member.Past.Walked.Values.Any(size =>
                    size.MeasuredAt is { } at && clock.DayOf(at) == clock.Today))])
            : failure;
    }

    private Dictionary<PolicyName, PolicyCalendar?> Calendars =>
        policies.ToDictionary(policy => policy.Name, policy => policy.Calendar);

    private List<PlanMember> OfPlan(PolicyDefinition policy) =>
        [.. policies.Select(other => other.Plan).OfType<PlanMember>()
            .Where(other => other.Terms.Name == policy.Plan!.Terms.Name)];

    /// <summary>What the pools of a plan take now; of a moment that has passed nobody knows.</summary>
    private CatalogAnswer<long?> RoomOf(IReadOnlyList<PlanMember> planned)
    {
        var shelves = policies.Where(policy => planned.Any(member => member.Policy == policy.Name))
            .Select(policy => policy.Shelf).ToList();
        return clock.Known is not null || shelves.Count == 0 || shelves.Contains(null)
            ? CatalogAnswer<long?>.Of(null)
            : PoolRoom.Of(store, shelves.OfType<PoolShelf>());
    }

    /// <summary>The same catalog and policies at another moment.</summary>
    /// <param name="then">The moment.</param>
    internal PlanQueries AsOf(PlanClock then) => new(store, policies, then);

    /// <summary>What a plan decides about one policy that is run on the day of the question.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="planned">All of its plan.</param>
    /// <param name="calendars">When each runs by itself.</param>
    internal CatalogAnswer<PlannedRun> RunOf(PolicyName policy, IReadOnlyList<PlanMember> planned,
        IReadOnlyDictionary<PolicyName, PolicyCalendar?> calendars)
    {
        if (!MembersOf(planned, calendars, policy).Is(out var members, out var failure)) return failure;
        if (!RoomOf(planned).Is(out var room, out failure)) return failure;
        // Whoever asks for the policy makes it run today, whatever its calendar says.
        var run = PlanForecast.Of(
            [.. members.Select(each => each.Member.Policy == policy ? each with { Calendar = null } : each)],
            1, clock, room).Single();
        run = run with { Sets = [.. run.Sets.Where(set => set.Policy == policy)] };
        if (clock.Known is not null) return run;
        var ahead = PlanForecast.Of(members, DaysAhead, clock).Where(later => later.Day > run.Day);
        return PlanWarnings.On(store, [run, .. ahead], members, Rules, clock, Memo);
    }

    private Dictionary<PolicyName, RetentionRules> Rules =>
        policies.ToDictionary(policy => policy.Name, policy => policy.Retention);

    /// <summary>When each policy runs by itself: as it is configured, or as another configuration has it.</summary>
    private IReadOnlyDictionary<PolicyName, PolicyCalendar?>? CalendarsOf(
        IReadOnlyList<PlanMember> planned, bool isRunning, out string mistake)
    {
        mistake = "";
        if (isRunning) return Calendars;
        var calendars = new Dictionary<PolicyName, PolicyCalendar?>();
        foreach (var member in planned)
        {
            var (calendar, problem) = ((PolicyCalendar?)null, "");
            if (member.Calendar is { } texts)
                calendar = PolicyCalendar.Read(texts, member.Policy.Value, out problem);
            if (problem.Length > 0) mistake = $"The schedule of policy {member.Policy} cannot be read: {problem}.";
            calendars[member.Policy] = calendar;
        }
        return mistake.Length == 0 ? calendars : null;
    }

    private CatalogAnswer<IReadOnlyList<PlannedMember>> MembersOf(IReadOnlyList<PlanMember> planned,
        IReadOnlyDictionary<PolicyName, PolicyCalendar?> calendars, PolicyName? again)
    {
        var members = new List<PlannedMember>();
        foreach (var member in planned)
        {
            var calendar = calendars.GetValueOrDefault(member.Policy);
            if (!OrdersOf(member).Is(out var orders, out var unread)) return unread;
            foreach (var client in member.Clients)
            {
                var order = orders.FirstOrDefault(each => each.Client == client)?.Order ?? PlanOrder.None;
                if (!SetPast.Read(store, member.Policy, client, member.FileSet, clock)
                    .Is(out var past, out var failure)) return failure;
                var done = past.Now.NewestOn == clock.Today ? past.Now : null;
                members.Add(member.Policy == again
                    ? new PlannedMember(member, client, calendar, past.Now, Order: order)
                    : new PlannedMember(member, client, calendar, past.Before, done, order));
            }
        }
        return CatalogAnswer<IReadOnlyList<PlannedMember>>.Of(members);
    }

    /// <summary>The orders of a policy that no backup has done yet.</summary>
    internal CatalogAnswer<IReadOnlyList<StandingOrder>> OrdersOf(PlanMember member)
    {
        if (!store.PlanOrders.Of(member.Policy).Is(out var ordered, out var failure)) return failure;
        var standing = new List<StandingOrder>();
        foreach (var order in ordered.Where(order => clock.Known is not { } known || order.At <= known))
        {
            var made = new ImageFilter(order.Client, FileSet: member.FileSet, State: ImageState.Sealed);
            if (!store.Images.List(made, PlanOrders.ImagesMax).Is(out var images, out failure)) return failure;
            var what = PlanOrders.Standing(
                order, images.Where(image => clock.Known is not { } known || image.Seal!.At <= known));
            if (what != PlanOrder.None) standing.Add(new StandingOrder(order.Policy, order.Client, what, order.At));
        }
        return CatalogAnswer<IReadOnlyList<StandingOrder>>.Of(standing);
    }

    private EstimatedSize SizeOf(ClientName client, FileSetName fileSet, SetPast past, int level)
    {
        var size = past.SizeOf(level, clock.Today);
        var before = past.HistoryOf(level, clock.Today);
        var ratio = level == 0 ? past.History.FullRatio : past.History.IncrementalRatio;
        return new EstimatedSize(
            client, fileSet, level, size?.Bytes, size is null || ratio is null ? null : (long)(size.Bytes * ratio),
            size?.From ?? "nothing", past.History.BaseOf(level) is { } day ? clock.BeginningOf(day) : null,
            size?.MeasuredAt, before?.Bytes, before?.From);
    }

    /// <summary>A policy without a plan is estimated as one would be by a plan that says nothing.</summary>
    private static PlanMember MemberOf(PolicyDefinition policy) => policy.Plan ?? new PlanMember(
        policy.Name, policy.FileSet, policy.Clients, 1,
        new PlanTerms("", 7, 7, 0, BumpRules.Usual.Bytes, 0, BumpRules.Usual.Multiplier, BumpRules.Usual.Days,
            LevelMax, 0, PlanStrategy.Standard));

    internal static bool Impossible(PlanTerms terms) => terms is not
    {
        CycleDays: >= 1, RunsPerCycle: >= 1, CapacityBytes: >= 0, BumpSizeBytes: >= 0, BumpPercent: >= 0,
        BumpMultiplier: >= 1, BumpDays: >= 1, LevelMax: >= 1 and <= LevelMax, PromoteDaysMax: >= 0,
    } || terms.DumpOrder?.Any(letter => !DumpOrder.Letters.Contains(letter)) == true;

    private Refused NoPolicy(PolicyName asked) => new(
        RefusalCode.BadRequest, $"There is no policy \"{asked}\". Configured are: "
            + $"{string.Join(", ", policies.Select(policy => policy.Name.Value).Order(StringComparer.Ordinal))}.");
}
