using Backup.Messages.Jobs;

namespace Backup.Messages.Operations;

/// <summary>Starts a job for each client of a policy that measures by a walk what backups would hold.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Policy">A configured policy.</param>
/// <param name="Client">One client of the policy only; null: all.</param>
/// <param name="Levels">Levels, 0 to 9; empty: those that a planner needs. One that has nothing to build on is left
/// out.</param>
public sealed record EstimatePolicy(
    RequestId Request, PolicyName Policy, ClientName? Client = null, IReadOnlyList<int>? Levels = null)
    : ICommandRequest;

/// <summary>Asks what backups of a policy would hold, as far as it is known without a walk.</summary>
/// <param name="Policy">A configured policy.</param>
/// <param name="Client">One client of the policy only; null: all.</param>
public sealed record ShowEstimate(PolicyName Policy, ClientName? Client = null) : IRequest;

/// <summary>What backups of a policy would hold.</summary>
/// <param name="Sizes">By client, then by level: the levels that a planner asks for, and those that were
/// measured.</param>
public sealed record EstimateShown(IReadOnlyList<EstimatedSize> Sizes) : IReply;

/// <summary>The size of a backup that was not made.</summary>
/// <param name="Client">Whose data.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="Level">0 to 9.</param>
/// <param name="Bytes">Bytes of its archive, before compression; null: nothing is known.</param>
/// <param name="StoredBytes">What of the media it takes, as earlier backups were compressed; null: not known.</param>
/// <param name="From">`walk`: it was measured; `history`: as earlier backups were; `guess`: two hundredths of the full
/// for each day; `nothing`.</param>
/// <param name="Since">When its base was made; null for a full.</param>
/// <param name="MeasuredAt">When a walk measured it; null where none did.</param>
/// <param name="HistoryBytes">What earlier backups say, whatever a walk does; null: nothing.</param>
/// <param name="HistoryFrom">`history` or `guess`; null with <paramref name="HistoryBytes"/>.</param>
public sealed record EstimatedSize(
    ClientName Client,
    FileSetName FileSet,
    int Level,
    long? Bytes,
    long? StoredBytes,
    string From,
    DateTimeOffset? Since,
    DateTimeOffset? MeasuredAt,
    long? HistoryBytes = null,
    string? HistoryFrom = null);

/// <summary>
/// Orders what the next backup of a planned policy does, for each of its clients. It stands until a backup has done it;
/// a newer one takes its place.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Policy">A configured policy with a plan.</param>
/// <param name="Order">What it does; <see cref="PlanOrder.None"/> takes an order back.</param>
/// <param name="Client">One client of the policy only; null: all.</param>
public sealed record OrderPlan(
    RequestId Request, PolicyName Policy, PlanOrder Order, ClientName? Client = null) : ICommandRequest;

/// <summary>The orders that stand for a policy now.</summary>
/// <param name="Orders">By client.</param>
public sealed record PlanOrdered(IReadOnlyList<StandingOrder> Orders) : IReply;

/// <summary>An order that no backup has done yet.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Client">The client.</param>
/// <param name="Order">What the next backup does.</param>
/// <param name="At">When it was ordered.</param>
public sealed record StandingOrder(PolicyName Policy, ClientName Client, PlanOrder Order, DateTimeOffset At);

/// <summary>What may be ordered of the planner, once.</summary>
public enum PlanOrder
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A full, whenever one is due; put off only where it does not fit.</summary>
    ForceFull,

    /// <summary>Level 1, even where a full is due.</summary>
    ForceLevelOne,

    /// <summary>The next level, whatever it saves.</summary>
    ForceBump,

    /// <summary>The same level again, whatever the next one would save.</summary>
    ForbidBump,
}

/// <summary>Asks what the planner does in the next run, and in those of further days.</summary>
/// <param name="Days">How many days, 1 to 400; what is known is of today, so what comes later is a forecast.</param>
/// <param name="Plan">One plan only.</param>
/// <param name="WhatIf">Policies to be planned in place of those that are configured; null: these.</param>
/// <param name="Replay">In place of the days to come so many that have passed, 1 to 400: each planned by what was known
/// then, beside what really ran. Null: none.</param>
public sealed record ShowPlan(
    int Days = 1, string? Plan = null, IReadOnlyList<PlanMember>? WhatIf = null, int? Replay = null) : IRequest;

/// <summary>Runs as the planner would have them.</summary>
/// <param name="Runs">By day, then by plan.</param>
public sealed record PlanShown(IReadOnlyList<PlannedRun> Runs) : IReply;

/// <summary>What one run of a plan does.</summary>
/// <param name="Plan">The plan's name.</param>
/// <param name="Day">The beginning of the day.</param>
/// <param name="CapacityBytes">What its media take; 0: no limit.</param>
/// <param name="BalancedBytes">What fulls would take in each run, were they spread evenly.</param>
/// <param name="FullBytes">What fulls take in this one.</param>
/// <param name="TotalBytes">What everything takes.</param>
/// <param name="Sets">The most important first.</param>
/// <param name="RoomBytes">What its pools still take; null: not known, or another day than the present one.</param>
public sealed record PlannedRun(
    string Plan,
    DateTimeOffset Day,
    long CapacityBytes,
    long BalancedBytes,
    long FullBytes,
    long TotalBytes,
    IReadOnlyList<PlannedSet> Sets,
    long? RoomBytes = null);

/// <summary>What a run does with a file set of a client.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Client">The client.</param>
/// <param name="Level">The level; null: it is left out.</param>
/// <param name="Bytes">What it takes of the media.</param>
/// <param name="From">How the size is known, as of <see cref="EstimatedSize"/>.</param>
/// <param name="DaysToFull">Days until its full is due; 0 or less: it is.</param>
/// <param name="Why">Why, a sentence without its end.</param>
/// <param name="Ran">What really ran on a day that has passed, in order; null where nobody asked.</param>
/// <param name="Instead">Of a full: the level that is made where the pool has no volume for it; null: none.</param>
/// <param name="Warning">What is at risk whatever this run does, one sentence; null: nothing known.</param>
/// <param name="Place">Which of the run's backups it is, from 1, in the order in which they are begun where not all
/// work at once; 0: it is left out, or nobody says.</param>
public sealed record PlannedSet(
    PolicyName Policy, ClientName Client, int? Level, long Bytes, string From, int DaysToFull, string Why,
    IReadOnlyList<PastRun>? Ran = null, int? Instead = null, string? Warning = null,
    int Place = 0);

/// <summary>A backup that ran on a day that has passed.</summary>
/// <param name="Job">The job.</param>
/// <param name="Level">What was saved; null: no image of it is in the catalog.</param>
/// <param name="IsPlanned">Its level was the plan's choice.</param>
public sealed record PastRun(JobId Job, int? Level, bool IsPlanned);

/// <summary>A policy that a plan decides about.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="FileSet">Its file set.</param>
/// <param name="Clients">Its clients.</param>
/// <param name="Priority">More counts more.</param>
/// <param name="Terms">The plan.</param>
/// <param name="Calendar">When it runs by itself; null: it has no schedule.</param>
public sealed record PlanMember(
    PolicyName Policy, FileSetName FileSet, IReadOnlyList<ClientName> Clients, int Priority, PlanTerms Terms,
    CalendarTexts? Calendar = null);

/// <summary>When a policy runs by itself, as it is written (docs/schedules.md).</summary>
/// <param name="Runs">Rules, as `daily at 20:00`.</param>
/// <param name="Zone">The time zone, by the name that it has on directors.</param>
/// <param name="Windows">In which parts of the days jobs may start; empty: at any time.</param>
/// <param name="Excluded">Days without a run.</param>
public sealed record CalendarTexts(
    IReadOnlyList<string> Runs, string Zone, IReadOnlyList<string> Windows, IReadOnlyList<string> Excluded);

/// <summary>The rules of a plan (docs/planner.md).</summary>
/// <param name="Name">What it is called.</param>
/// <param name="CycleDays">Within so many days each file set has a full.</param>
/// <param name="RunsPerCycle">How many runs there are in that time.</param>
/// <param name="CapacityBytes">What the media of one run take; 0: no limit.</param>
/// <param name="BumpSizeBytes">What a further level must save at least.</param>
/// <param name="BumpPercent">The same as a part of the full; 0: not used.</param>
/// <param name="BumpMultiplier">By how much it must save more at each further level.</param>
/// <param name="BumpDays">How many runs stay at a level at least.</param>
/// <param name="LevelMax">The highest level, 1 to 9.</param>
/// <param name="PromoteDaysMax">How many days before its time a full may come.</param>
/// <param name="Strategy">Which kinds of backups there are.</param>
/// <param name="SkipFullOn">Days without fulls, as in a schedule; null: none.</param>
/// <param name="SkipIncrementalOn">Days without incrementals; null: none.</param>
/// <param name="Estimate">How sizes are known before a run that a schedule starts.</param>
/// <param name="EstimateTimeout">How long such a run waits for what is measured; null: not at all.</param>
/// <param name="DumpOrder">Which of the backups of a run is begun next: letters of s, S, t, T, b, B, gone through over
/// and over; null: in the order of their importance.</param>
/// <param name="RunVolumes">Volumes that the backups of a run write in one library at most; 0: no limit.</param>
public sealed record PlanTerms(
    string Name,
    int CycleDays,
    int RunsPerCycle,
    long CapacityBytes,
    long BumpSizeBytes,
    double BumpPercent,
    double BumpMultiplier,
    int BumpDays,
    int LevelMax,
    int PromoteDaysMax,
    PlanStrategy Strategy,
    IReadOnlyList<string>? SkipFullOn = null,
    IReadOnlyList<string>? SkipIncrementalOn = null,
    PlanEstimate Estimate = PlanEstimate.History,
    TimeSpan? EstimateTimeout = null,
    string? DumpOrder = null,
    int RunVolumes = 0);

/// <summary>How a plan knows sizes before a run that a schedule starts.</summary>
public enum PlanEstimate
{
    /// <summary>As earlier backups were; what an operator measured before counts.</summary>
    History,

    /// <summary>Each client is walked first; where that fails or takes too long, as earlier backups were.</summary>
    Walk,

    /// <summary>The same, and the plan says what history would have said.</summary>
    Both,
}

/// <summary>What kinds of backups a file set has.</summary>
public enum PlanStrategy
{
    /// <summary>Fulls and incrementals.</summary>
    Standard,

    /// <summary>No fulls but by order: always level 1, as of what is archived elsewhere.</summary>
    NoFull,

    /// <summary>Fulls alone.</summary>
    NoIncremental,

    /// <summary>No fulls but by order; the level rises as it should.</summary>
    IncrementalOnly,

    /// <summary>Nothing at all.</summary>
    Skip,
}
