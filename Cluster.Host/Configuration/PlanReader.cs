using Backup.Actors.Planning;
using Backup.Actors.Scheduling;
using Backup.Messages.Operations;

namespace Backup.Host.Configuration;

/// <summary>How levels are planned: <c>backup.plans.NAME</c> (docs/planner.md).</summary>
/// <param name="CapacityBytes">What the media of one run take; 0: as <paramref name="RunVolumes"/> says.</param>
/// <param name="RunVolumes">How many volumes one run takes; 0: no limit.</param>
/// <param name="BumpPercent">0: the size counts.</param>
/// <param name="SkipFullOn">Days without fulls; null: none.</param>
/// <param name="SkipIncrementalOn">Days without incrementals; null: none.</param>
/// <param name="Estimate">How sizes are known before a run that a schedule starts.</param>
/// <param name="EstimateTimeout">How long such a run waits for what is measured.</param>
/// <param name="DumpOrder">Letters, as Amanda's; empty: by importance.</param>
public sealed record PlanSettings(
    string Name,
    int CycleDays,
    int RunsPerCycle,
    long CapacityBytes,
    int RunVolumes,
    long BumpSizeBytes,
    double BumpPercent,
    double BumpMultiplier,
    int BumpDays,
    int LevelMax,
    int PromoteDaysMax,
    PlanStrategy Strategy,
    IReadOnlyList<string>? SkipFullOn,
    IReadOnlyList<string>? SkipIncrementalOn,
    PlanEstimate Estimate,
    TimeSpan EstimateTimeout,
    string DumpOrder)
{
    /// <summary>The same, as it is asked for.</summary>
    public PlanTerms Terms => new(
        Name, CycleDays, RunsPerCycle, CapacityBytes, BumpSizeBytes, BumpPercent, BumpMultiplier, BumpDays, LevelMax,
        PromoteDaysMax, Strategy, SkipFullOn, SkipIncrementalOn, Estimate, EstimateTimeout,
        DumpOrder.Length == 0 ? null : DumpOrder, RunVolumes: RunVolumes);
}

/// <summary>Reads <c>backup.plans.NAME</c>.</summary>
internal static class PlanReader
{
    private const int DaysMax = 3650;

    public static PlanSettings Read(string name, SettingsSection section)
    {
        var settings = new PlanSettings(
            name,
            section.Number("cycle-days", 1, DaysMax),
            section.Number("runs-per-cycle", 1, 100_000),
            section.Bytes("capacity", 0, long.MaxValue),
            section.Number("run-volumes", 0, 1000),
            section.Bytes("bump-size", 0, long.MaxValue),
            section.Decimal("bump-percent", 0, 100),
            section.Decimal("bump-multiplier", 1, 100),
            section.Number("bump-days", 1, DaysMax),
            section.Number("level-max", 1, 9),
            section.Number("promote-days-max", 0, DaysMax),
            section.Choice("strategy", Strategies),
            Days(section, "skip-full-on"),
            Days(section, "skip-incremental-on"),
            section.Choice("estimate", Estimates),
            section.Duration("estimate-timeout", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            OrderOf(section));
        if (settings is { CapacityBytes: > 0, RunVolumes: > 0 })
            section.Refuse("run-volumes", "found it beside capacity", "one of the two: each says what a run takes");
        section.RefuseOtherKeys();
        return settings;
    }

    /// <summary>The strategy of one policy; null: its plan's.</summary>
    public static PlanStrategy? OwnStrategy(SettingsSection policy) => policy.Choice<PlanStrategy?>(
        "strategy", [("plan", null), .. Strategies.Select(each => (each.Word, (PlanStrategy?)each.Strategy))]);

    /// <summary>How the sizes of one policy are known; null: as its plan says.</summary>
    public static PlanEstimate? OwnEstimate(SettingsSection policy) => policy.Choice<PlanEstimate?>(
        "estimate", [("plan", null), .. Estimates.Select(each => (each.Word, (PlanEstimate?)each.Estimate))]);

    private static string OrderOf(SettingsSection section)
    {
        const string allowed = "letters of s, S, t, T, b and B, or none for the order of importance";
        var letters = section.OptionalText("dump-order", allowed) ?? "";
        if (letters == "none") return "";
        if (letters.Length <= 100 && letters.All(letter => DumpOrder.Letters.Contains(letter))) return letters;
        section.Refuse("dump-order", $"found \"{letters}\"", allowed);
        return "";
    }

    private static IReadOnlyList<string>? Days(SettingsSection section, string key)
    {
        var texts = section.Texts(key, $"a list such as [{ScheduleText.DayForms}]");
        foreach (var (text, place) in texts)
            if (!ScheduleText.TryDays(text, out _, out var problem))
                section.Refuse(place, key, problem, ScheduleText.DayForms);
        return texts.Count == 0 ? null : [.. texts.Select(each => each.Text)];
    }

    private static readonly (string Word, PlanEstimate Estimate)[] Estimates =
        [("history", PlanEstimate.History), ("walk", PlanEstimate.Walk), ("both", PlanEstimate.Both)];

    private static readonly (string Word, PlanStrategy Strategy)[] Strategies =
    [
        ("standard", PlanStrategy.Standard), ("no-full", PlanStrategy.NoFull),
        ("no-incremental", PlanStrategy.NoIncremental), ("incremental-only", PlanStrategy.IncrementalOnly),
        ("skip", PlanStrategy.Skip),
    ];
}
