using Backup.Messages.Operations;

namespace Backup.Actors.Planning;

/// <summary>What holds for a whole plan.</summary>
/// <param name="DumpCycleDays">Within so many days each file set has a full; 1 or more.</param>
/// <param name="RunsPerCycle">How many runs there are in that time; 1 or more.</param>
/// <param name="CapacityBytes">What the media of one run take.</param>
/// <param name="RoomBytes">What there is room for on volumes now: fulls that do not fit wait, incrementals do
/// not.</param>
public sealed record PlanRules(
    int DumpCycleDays, int RunsPerCycle, long CapacityBytes, long RoomBytes = long.MaxValue);

/// <summary>When the level is raised that saves ever more of the same again.</summary>
/// <param name="Bytes">Raw bytes that another level must save at least, where <paramref name="Percent"/> does not
/// say.</param>
/// <param name="Percent">The same as a part of the full, of one that is larger than 1 MiB; 0: not used.</param>
/// <param name="Multiplier">By how much it must save more at each further level; 1 or more.</param>
/// <param name="Days">How many runs stay at a level at least; 1 or more.</param>
public sealed record BumpRules(long Bytes, double Percent, double Multiplier, int Days)
{
    /// <summary>What Amanda has: 10 MiB, half as much again a level, two runs.</summary>
    public static readonly BumpRules Usual = new(10L << 20, 0, 1.5, 2);

    /// <summary>What another level than this one must save, raw.</summary>
    /// <param name="level">1 or more.</param>
    /// <param name="fullBytes">The raw size of a full.</param>
    public double Threshold(int level, long fullBytes) =>
        (Percent > 0 && fullBytes > 1 << 20 ? fullBytes * Percent / 100 : Bytes) * Math.Pow(Multiplier, level - 1);
}

/// <summary>How one file set is planned.</summary>
/// <param name="Name">What it is called in the plan; unique.</param>
/// <param name="Host">The client; sets of one client are spread over the days.</param>
/// <param name="Bump">When the level is raised.</param>
/// <param name="Priority">More counts more.</param>
/// <param name="LevelMax">The highest level, 1 to 9.</param>
/// <param name="PromoteDaysMax">How many days before its time a full may come; 0: never.</param>
/// <param name="Strategy">What kinds of dumps it has.</param>
/// <param name="Order">What an operator ordered for this run.</param>
/// <param name="SkipsFull">Today has no fulls.</param>
/// <param name="SkipsIncremental">Today has no incrementals.</param>
public sealed record PlanSet(
    string Name,
    string Host,
    BumpRules Bump,
    int Priority = 1,
    int LevelMax = 9,
    int PromoteDaysMax = 10_000,
    PlanStrategy Strategy = PlanStrategy.Standard,
    PlanOrder Order = PlanOrder.None,
    bool SkipsFull = false,
    bool SkipsIncremental = false);

/// <summary>What a file set's past is for the planner.</summary>
/// <param name="LastRuns">The day of the newest recorded dump of each level that there is.</param>
/// <param name="LastLevel">The level of the newest of all; null: there is none.</param>
/// <param name="RunsAtLevel">How many runs in a row were at this level.</param>
/// <param name="FullRatio">Stored bytes by raw bytes of fulls so far; null: not known.</param>
/// <param name="IncrementalRatio">The same of other levels.</param>
/// <param name="LevelOneLost">Why nothing can be built on the newest level 1, a clause; null: it can, as far as is
/// known.</param>
public sealed record PlanHistory(
    IReadOnlyDictionary<int, DateOnly> LastRuns,
    int? LastLevel,
    int RunsAtLevel,
    double? FullRatio = null,
    double? IncrementalRatio = null,
    string? LevelOneLost = null)
{
    /// <summary>Of a set that was never dumped.</summary>
    public static readonly PlanHistory None = new(new Dictionary<int, DateOnly>(), null, 0);

    /// <summary>The day of the dump that a level builds on: the newest of any lower level.</summary>
    /// <param name="level">1 or more.</param>
    /// <returns>Null when there is none: such a dump is not possible.</returns>
    public DateOnly? BaseOf(int level) =>
        LastRuns.Where(run => run.Key < level).Select(run => (DateOnly?)run.Value).Max();

    /// <summary>The past after one more dump.</summary>
    /// <param name="level">Its level.</param>
    /// <param name="day">Its day.</param>
    public PlanHistory After(int level, DateOnly day) => this with
    {
        // What builds on an older dump is no base any more: a level is measured from the newest lower one.
        LastRuns = LastRuns.Where(run => run.Key < level).Append(KeyValuePair.Create(level, day)).ToDictionary(),
        LastLevel = level,
        RunsAtLevel = LastLevel == level ? RunsAtLevel + 1 : 1,
        LevelOneLost = level <= 1 ? null : LevelOneLost,
    };
}

/// <summary>A file set with all that is known of it.</summary>
/// <param name="Set">How it is planned.</param>
/// <param name="History">Its past.</param>
/// <param name="Estimates">Raw bytes, before compression, by level; of the levels of <see
/// cref="PlannedLevel.ToEstimate"/>. One that is missing could not be had.</param>
public sealed record PlanInput(PlanSet Set, PlanHistory History, IReadOnlyDictionary<int, long> Estimates)
{
    /// <summary>What a dump of a level takes of the media; null: not known.</summary>
    /// <param name="level">0 or more.</param>
    public long? BytesOf(int level) => Estimates.TryGetValue(level, out var raw)
        ? (long)(raw * ((level == 0 ? History.FullRatio : History.IncrementalRatio) ?? 1)) : null;
}
