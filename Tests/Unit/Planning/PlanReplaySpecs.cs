using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>Days that have passed, planned again beside what really ran (NW-23).</summary>
public sealed class PlanReplaySpecs : IDisposable
{
    private const int Days = 16;
    private static readonly PlanMember Nightly = Pasts.Member("nightly", "web", "db", "new");
    private static readonly PlanMember Hourly = Pasts.Member("other", "mail");
    private readonly SqliteFixture _fixture = new();
    private int _jobs;

    public PlanReplaySpecs()
    {
        foreach (var name in (string[])["D0001", "D0002"])
            _fixture.Store.Volumes.Record(CatalogSamples.Volume(name, VolumeState.Full));
    }

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void An_unchanged_policy_gives_what_really_ran()
    {
        var really = Live();
        // What came later was not known then: a full that was merged, a walk, an order.
        Record("web", 0, Pasts.At("2026-11-12T20:00Z"), Pasts.At("2026-11-22T09:00Z"), "as asked for");
        _fixture.Store.PlanOrders.Put(
            new PlanOrderRecord(Nightly.Policy, new ClientName("db"), PlanOrder.ForceFull, Pasts.Clock.Now),
            new RequestId("order"));

        var replayed = Shown(new ShowPlan(Replay: Days));

        Assert.Equal(Days, replayed.Runs.Count);
        Assert.Equal(Pasts.At("2026-11-06T00:00Z"), replayed.Runs[0].Day);
        Assert.Equal(
            really,
            replayed.Runs.SelectMany(run => run.Sets.Select(set => $"{run.Day:MM-dd} {set.Client} {set.Level}"))
                .Order(StringComparer.Ordinal));
        Assert.All(replayed.Runs.SelectMany(run => run.Sets),
            set => Assert.Equal((set.Level, true), (set.Ran!.Single().Level, set.Ran!.Single().IsPlanned)));
        Assert.Contains(replayed.Runs.SelectMany(run => run.Sets), set => set.Level > 1);
    }

    [Fact]
    public void Another_policy_differs_from_what_ran_only_by_its_rules()
    {
        Live();
        var short3 = Nightly with { Terms = Pasts.Terms with { CycleDays = 3, RunsPerCycle = 3 } };
        var calendar = new CalendarTexts(["mon,thu at 21:00"], "UTC", [], []);

        var sets = Shown(new ShowPlan(WhatIf: [short3], Replay: 7)).Runs.SelectMany(run => run.Sets).ToList();
        var rare = Shown(new ShowPlan(WhatIf: [Nightly with { Policy = new PolicyName("rare"), Calendar = calendar }],
            Replay: 7)).Runs;

        Assert.Equal(21, sets.Count);
        Assert.Contains(sets, set => set.Level != set.Ran!.Single().Level);
        Assert.Equal(["11-16", "11-19"], rare.Select(run => $"{run.Day:MM-dd}"));
        Assert.All(rare.SelectMany(run => run.Sets), set => Assert.Empty(set.Ran!));
    }

    [Fact]
    public void What_was_left_out_or_failed_or_asked_for_by_hand_is_told_apart()
    {
        Record("web", 0, Pasts.At("2026-11-20T20:00Z"), Pasts.At("2026-11-20T20:05Z"), "as asked for");
        Create("db", Pasts.At("2026-11-20T20:01Z"), "the plan says so: it has no full yet");

        var run = Assert.Single(Shown(new ShowPlan(Replay: 2)).Runs, run => run.Day.Day == 20);

        Assert.Equal(
            ["db 0: none True", "mail 0:", "new 0:", "web 0: 0 False"],
            run.Sets.Select(set => $"{set.Client} {set.Level}:" + string.Concat(
                set.Ran!.Select(ran => $" {ran.Level?.ToString() ?? "none"} {ran.IsPlanned}")))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_replay_of_no_days_is_refused() => Assert.Equal(
        "Expected a number of days from 1 to 400, found 0.",
        Assert.IsType<Refused>(Queries(Pasts.Clock).Show(new ShowPlan(Replay: 0))).Sentence);

    [Fact]
    public void What_if_has_the_calendars_of_the_other_configuration()
    {
        var texts = new CalendarTexts(["mon,thu at 20:00"], "UTC", [], ["2026-11-26"]);
        var changed = Nightly with { Calendar = texts };
        var added = Nightly with { Policy = new PolicyName("added"), Calendar = texts };

        Assert.Equal(["11-23", "11-30", "12-03"],
            Shown(new ShowPlan(14, WhatIf: [changed])).Runs.Select(run => $"{run.Day:MM-dd}"));
        Assert.Equal(["11-23", "11-30", "12-03"],
            Shown(new ShowPlan(14, WhatIf: [added])).Runs.Select(run => $"{run.Day:MM-dd}"));
        Assert.Equal(14, Shown(new ShowPlan(14, WhatIf: [Nightly])).Runs.Count);
        Assert.Equal(
            "The schedule of policy nightly cannot be read: \"Nowhere\" is no time zone of this machine.",
            Assert.IsType<Refused>(Queries(Pasts.Clock).Show(new ShowPlan(
                WhatIf: [Nightly with { Calendar = texts with { Zone = "Nowhere" } }]))).Sentence);
    }

    /// <summary>Runs day by day, each as its plan says at that moment.</summary>
    private List<string> Live()
    {
        var really = new List<string>();
        for (var day = Pasts.Clock.Today.AddDays(-Days); day < Pasts.Clock.Today; day = day.AddDays(1))
        {
            var at = new DateTimeOffset(day.ToDateTime(new TimeOnly(20, 0)), TimeSpan.Zero);
            foreach (var (policy, minute) in new[] { (0, 0), (1, 30) })
            {
                var clock = Pasts.Clock with { Now = at.AddMinutes(minute) };
                foreach (var set in Queries(clock).Tonight(Policies()[policy]).Value)
                {
                    really.Add($"{day:MM-dd} {set.Client} {set.Level}");
                    if (set.Level is { } level)
                        Record(set.Client.Value, level, clock.Now, clock.Now.AddMinutes(5),
                            $"the plan says so: {set.Why}");
                }
            }
        }
        return [.. really.Order(StringComparer.Ordinal)];
    }

    private PlanShown Shown(ShowPlan show) => Assert.IsType<PlanShown>(Queries(Pasts.Clock).Show(show));

    private PlanQueries Queries(PlanClock clock) => new(_fixture.Store, Policies(), clock);

    private static IReadOnlyList<PolicyDefinition> Policies() =>
    [
        .. new[] { Nightly, Hourly }.Select(member => member with { Terms = Pasts.Terms with { BumpSizeBytes = 0 } })
            .Select(member => new PolicyDefinition(
                member.Policy, member.Clients, _ => throw new InvalidOperationException())
            {
                FileSet = member.FileSet,
                Plan = member,
                Calendar = Calendars.Of("daily at 20:00"),
            }),
    ];

    private JobId Create(string client, DateTimeOffset at, string reason)
    {
        var job = CatalogSamples.Job($"request-{++_jobs}", client) with
        {
            At = at,
            Policy = client == "mail" ? Hourly.Policy : Nightly.Policy,
            FileSet = Nightly.FileSet,
            Parameters = JobSpecs.Write(JobSamples.Save() with { LevelReason = reason }),
        };
        return _fixture.Store.Jobs.Create(job).Value.Job;
    }

    private void Record(string client, int level, DateTimeOffset since, DateTimeOffset sealedAt, string reason)
    {
        var store = _fixture.Store;
        var job = Create(client, sealedAt < since.AddHours(1) ? since : sealedAt, reason);
        Assert.Equal(CatalogSamples.First, store.Jobs.TakeEpoch(job, default).Value);
        var image = CatalogSamples.Image(job) with
        {
            Client = new ClientName(client),
            FileSet = Nightly.FileSet,
            Level = level,
            Since = since,
        };
        Assert.Equal(Recorded.Now, store.Images.Open(image, CatalogSamples.First).Value);
        Assert.Equal(Recorded.Now, store.StageAndClose(image.Image, 0).Value);
        var seal = CatalogSamples.Seal(1) with { Counts = new JobCounts(10, 1000, 500, 0), At = sealedAt };
        Assert.Equal(Recorded.Now, store.Images.Seal(image.Image, seal, CatalogSamples.ByFirst).Value);
    }
}
