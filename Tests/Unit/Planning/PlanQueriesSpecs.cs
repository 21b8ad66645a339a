using Backup.Actors.Gateway;
using Backup.Actors.Planning;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>Plans of a catalog, as an operator asks for them.</summary>
public sealed class PlanQueriesSpecs : IDisposable
{
    private const string Daily = "daily at 20:00";
    private readonly SqliteFixture _fixture = new();
    private int _jobs;
    private RetentionRules _retention = RetentionRules.Everything;
    private PlanTerms _terms = Pasts.Terms;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Each_choice_has_its_reason_and_the_source_of_its_size()
    {
        Image("web", 0, "2026-11-15T20:00Z");
        Image("db", 0, "2026-11-21T20:00Z");

        var run = Assert.Single(Show(new ShowPlan()).Runs);

        Assert.Equal(
            [
                "web 0 history: its full is due",
                "db 1 guess: its full is due in 6 days; level 1 follows a full",
                "new 0 nothing: it has no full yet",
            ],
            run.Sets.OrderBy(set => set.DaysToFull == 0 ? set.Client.Value == "web" ? 0 : 2 : 1)
                .Select(set => $"{set.Client} {set.Level} {set.From}: {set.Why}"));
        Assert.Equal(Pasts.At("2026-11-22T00:00Z"), run.Day);
        // Half of it is on media.
        Assert.Equal(500, run.FullBytes);
    }

    [Fact]
    public void A_forecast_gives_each_set_a_full_in_each_cycle_and_spreads_them()
    {
        foreach (var client in (string[])["web", "db", "new"]) Image(client, 0, "2026-11-21T20:00Z");

        var runs = Show(new ShowPlan(28)).Runs;

        Assert.Equal(28, runs.Count);
        foreach (var client in (string[])["web", "db", "new"])
        {
            var fulls = runs.Where(run => run.Sets.Any(set => set.Client.Value == client && set.Level == 0))
                .Select(run => (int)(run.Day - Pasts.At("2026-11-21T00:00Z")).TotalDays).Prepend(0).ToList();
            Assert.All(fulls.Zip(fulls.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, 7));
        }
        Assert.All(runs.Skip(7), run => Assert.InRange(run.Sets.Count(set => set.Level == 0), 0, 1));
    }

    [Fact]
    public void Days_on_which_a_policy_does_not_run_are_left_out()
    {
        var runs = Show(new ShowPlan(14), "mon,thu at 20:00").Runs;

        Assert.Equal(
            ["11-23 Monday", "11-26 Thursday", "11-30 Monday", "12-03 Thursday"],
            runs.Select(run => $"{run.Day:MM-dd} {run.Day.DayOfWeek}"));
    }

    [Fact]
    public void What_if_other_policies_were_planned()
    {
        Image("web", 0, "2026-11-19T20:00Z");
        var member = Pasts.Member("nightly", "web") with { Terms = Pasts.Terms with { CycleDays = 3 } };

        Assert.Equal(0, Assert.Single(Show(new ShowPlan(WhatIf: [member])).Runs[0].Sets).Level);
        Assert.Equal("Plan office has a value out of its range.", Refusal(new ShowPlan(
            WhatIf: [member with { Terms = Pasts.Terms with { BumpMultiplier = 0.5 } }])));
        Assert.Equal("Plan office has a value out of its range.", Refusal(new ShowPlan(
            WhatIf: [member with { Terms = Pasts.Terms with { DumpOrder = "tx" } }])));
    }

    [Fact]
    public void What_ran_today_leaves_the_plan_of_others_as_it_was_and_runs_again_behind_itself()
    {
        Image("web", 0, "2026-11-15T20:00Z");
        var before = Show(new ShowPlan()).Runs[0];
        Image("web", 0, "2026-11-22T17:00Z");

        Assert.Equal(before.Sets, Show(new ShowPlan()).Runs[0].Sets.Select(set =>
            set with { Why = set.Why.Replace("; it ran today, at level 0", "", StringComparison.Ordinal) }));
        var again = Queries().Tonight(Policies(Daily)[0]).Value;
        Assert.Equal(1, again.Single(set => set.Client.Value == "web").Level);
    }

    [Fact]
    public void A_forecast_goes_on_from_what_was_really_done_today()
    {
        Image("web", 0, "2026-11-15T20:00Z");
        Image("web", 1, "2026-11-22T17:00Z");

        var runs = Show(new ShowPlan(2)).Runs.Select(run => run.Sets.Single(set => set.Client.Value == "web")).ToList();

        Assert.Equal("its full is due; it ran today, at level 1", runs[0].Why);
        Assert.Equal((0, "its full is overdue by 1 day"), (runs[1].Level, runs[1].Why));
    }

    [Fact]
    public void What_cannot_be_answered_is_refused()
    {
        Assert.Equal("Expected a number of days from 1 to 400, found 0.", Refusal(new ShowPlan(0)));
        Assert.Equal("No policy names a plan \"x\". Named are: office.", Refusal(new ShowPlan(1, "x")));
        Assert.Contains("plans.NAME", Refusal(new ShowPlan(WhatIf: [])), StringComparison.Ordinal);
        Assert.Equal(
            "There is no policy \"x\". Configured are: nightly.",
            Assert.IsType<Refused>(Queries().Show(new ShowEstimate(new PolicyName("x")))).Sentence);
    }

    [Fact]
    public void An_estimate_has_the_levels_that_the_planner_asks_for()
    {
        Volumes();
        Image("web", 0, "2026-11-19T20:00Z");
        Image("web", 1, "2026-11-20T20:00Z");
        Image("web", 1, "2026-11-21T20:00Z");

        var shown = Assert.IsType<EstimateShown>(
            Queries().Show(new ShowEstimate(new PolicyName("nightly"), new ClientName("web"))));

        Assert.Equal(["0 history 1000 500", "1 history 1000 500", "2 history 1000 500"],
            shown.Sizes.Select(size => $"{size.Level} {size.From} {size.Bytes} {size.StoredBytes}"));
    }

    [Fact]
    public void An_order_is_for_the_next_run_of_its_client_until_that_is_recorded()
    {
        foreach (var client in (string[])["web", "db", "new"]) Image(client, 0, "2026-11-21T20:00Z");
        _fixture.Store.PlanOrders.Put(
            new PlanOrderRecord(
                new PolicyName("nightly"), new ClientName("web"), PlanOrder.ForceFull, Pasts.At("2026-11-21T22:00Z")),
            new RequestId("a"));

        var runs = Show(new ShowPlan(2)).Runs;
        Assert.Equal(["an operator ordered a full", "its full is due in 6 days; level 1 follows a full"],
            runs.Select(run => run.Sets.Single(set => set.Client.Value == "web").Why));
        Assert.Equal([0, 1, 1], runs[0].Sets.Select(set => set.Level).Order());

        Image("web", 0, "2026-11-21T23:00Z");
        Assert.DoesNotContain(Show(new ShowPlan()).Runs[0].Sets, set => set.Why.Contains("operator"));
    }

    [Fact]
    public void A_full_counts_however_many_were_made_since()
    {
        var full = Pasts.At("2026-11-15T08:00Z");
        Image("web", 0, full);
        for (var hour = 1; hour <= 450; hour++) Image("web", 1, full.AddMinutes(10 * hour));
        Image("web", 2, Pasts.At("2026-11-22T01:00Z"));

        var past = SetPast.Read(
            _fixture.Store, new PolicyName("nightly"), new ClientName("web"), new FileSetName("sys"), Pasts.Clock)
            .Value;

        Assert.Equal(new DateOnly(2026, 11, 15), past.Before.History.LastRuns[0]);
        Assert.Equal((1, 450), (past.Before.History.LastLevel, past.Before.History.RunsAtLevel));
        Assert.Equal((2, 1), (past.Now.History.LastLevel, past.Now.History.RunsAtLevel));
        Assert.Equal("its full is due; it ran today, at level 2", Show(new ShowPlan()).Runs[0].Sets
            .Single(set => set.Client.Value == "web").Why);
    }

    [Theory]
    [InlineData(null, "which nobody knows any more: what builds on it may not be restorable")]
    [InlineData(VolumeState.Error, "lies on volume D0002, which is in error")]
    [InlineData(VolumeState.Full, null)]
    public void A_last_full_that_cannot_be_read_is_warned_of(VolumeState? state, string? warning)
    {
        Image("web", 0, "2026-11-21T20:00Z");
        if (state is { } known)
        {
            _fixture.Store.Volumes.Record(CatalogSamples.Volume("D0001", VolumeState.Full));
            _fixture.Store.Volumes.Record(CatalogSamples.Volume("D0002", known));
        }

        var shown = Show(new ShowPlan(2)).Runs[0].Sets.Single(set => set.Client.Value == "web").Warning;
        var tonight = Queries().Tonight(Policies(Daily)[0]).Value.Single(set => set.Client.Value == "web").Warning;

        Assert.Equal(shown, tonight);
        if (warning is null) Assert.Null(shown);
        else Assert.Contains(warning, shown, StringComparison.Ordinal);
    }

    /// <summary>PL-05, rule 5 of Amanda's choice of levels.</summary>
    [Theory]
    [InlineData(null, 1, "level 1 anew, since the last one needs volume D0002, which the catalog does not know")]
    [InlineData(VolumeState.Disabled, 1, "level 1 anew, since the last one needs volume D0002, which is disabled")]
    [InlineData(VolumeState.Full, 2, "level 2")]
    public void Where_a_volume_of_the_last_level_1_cannot_be_read_that_is_made_anew(
        VolumeState? state, int level, string why)
    {
        Image("web", 0, "2026-11-18T20:00Z");
        Image("web", 1, "2026-11-19T20:00Z");
        Image("web", 2, "2026-11-20T20:00Z");
        Image("web", 2, "2026-11-21T20:00Z");
        _fixture.Store.Volumes.Record(CatalogSamples.Volume("D0001", VolumeState.Full));
        if (state is { } known) _fixture.Store.Volumes.Record(CatalogSamples.Volume("D0002", known));

        var set = Queries().Tonight(Policies(Daily)[0]).Value.Single(each => each.Client.Value == "web");

        Assert.Equal(level, set.Level);
        Assert.Contains(why, set.Why, StringComparison.Ordinal);
    }

    /// <summary>PL-13: the full of 5 days ago is due in 2 days, which is the third run.</summary>
    [Theory]
    [InlineData(1, 0, "goes in 3 runs: another is made then, and `retention` of the policy keeps no second one")]
    [InlineData(2, 0, null)]
    [InlineData(0, 2, null)]
    [InlineData(0, 0, null)]
    public void A_last_full_that_goes_with_the_run_that_makes_the_next_is_warned_of(int last, int weekly, string? warning)
    {
        Volumes();
        Image("web", 0, "2026-11-17T20:00Z");
        Image("web", 1, "2026-11-21T20:00Z");
        _retention = new RetentionRules { Last = last, Weekly = weekly };
        var first = Show(new ShowPlan(3)).Runs;

        var shown = first[0].Sets.Single(set => set.Client.Value == "web");

        Assert.Equal([1, 1, 0], first.Select(run => run.Sets.Single(set => set.Client.Value == "web").Level));
        if (warning is null) Assert.Null(shown.Warning);
        else Assert.Contains(warning, shown.Warning, StringComparison.Ordinal);
        Assert.Equal(shown.Warning, Queries().Tonight(Policies(Daily)[0]).Value
            .Single(set => set.Client.Value == "web").Warning);
    }

    /// <summary>A status asks each minute: the images of a set are read again when it has a newer one.</summary>
    [Fact]
    public void What_was_found_of_last_fulls_holds_until_there_is_a_newer_image_or_another_rule()
    {
        Volumes();
        Image("web", 0, "2026-11-17T20:00Z");
        Image("web", 1, "2026-11-20T20:00Z");
        _retention = new RetentionRules { Last = 1 };
        var memo = new LastFulls.Memo();
        string? Warned() => Assert.IsType<PlanShown>(
            new PlanQueries(_fixture.Store, Policies(Daily), Pasts.Clock) { Memo = memo }.Show(new ShowPlan()))
            .Runs[0].Sets.Single(set => set.Client.Value == "web").Warning;

        var first = Warned();

        Assert.Contains("goes in", first, StringComparison.Ordinal);
        Assert.Equal((first, 1), (Warned(), memo.Misses));
        Image("web", 1, "2026-11-21T20:00Z");
        Assert.Equal((first, 2), (Warned(), memo.Misses));
        _retention = new RetentionRules { Last = 2 };
        Assert.Equal((null, 3), (Warned(), memo.Misses));
        _fixture.Run($"UPDATE image SET state = {(int)ImageState.Purged} WHERE job = (SELECT MIN(job) FROM image "
            + "WHERE level = 1 AND client = 'web')");
        Assert.Equal((null, 4), (Warned(), memo.Misses));
    }

    [Fact]
    public void Each_backup_of_a_run_has_its_place_by_the_plans_order()
    {
        Volumes();
        foreach (var client in (string[])["web", "db", "new"]) Image(client, 0, "2026-11-21T20:00Z");
        Image("db", 1, "2026-11-22T17:00Z");
        _terms = Pasts.Terms with { DumpOrder = "S", PromoteDaysMax = 0, CycleDays = 1 };

        var sets = Show(new ShowPlan()).Runs[0].Sets;

        Assert.Equal([1, 2, 3], sets.Select(set => set.Place).Order());
        Assert.Equal(
            sets.OrderByDescending(set => set.Bytes).ThenBy(set => set.Client.Value).Select(set => set.Client),
            sets.OrderBy(set => set.Place).Select(set => set.Client));
    }

    private void Volumes()
    {
        foreach (var name in (string[])["D0001", "D0002"])
            _fixture.Store.Volumes.Record(CatalogSamples.Volume(name, VolumeState.Full));
    }

    private PlanShown Show(ShowPlan show, string runs = Daily) => Assert.IsType<PlanShown>(Queries(runs).Show(show));

    private string Refusal(ShowPlan show) => Assert.IsType<Refused>(Queries().Show(show)).Sentence;

    private PlanQueries Queries(string runs = Daily) => new(_fixture.Store, Policies(runs), Pasts.Clock);

    private IReadOnlyList<PolicyDefinition> Policies(string runs)
    {
        var member = Pasts.Member("nightly", "web", "db", "new") with { Terms = _terms };
        return
        [
            new PolicyDefinition(member.Policy, member.Clients, _ => throw new InvalidOperationException())
            {
                FileSet = member.FileSet,
                Plan = member,
                Calendar = Calendars.Of(runs),
                Retention = _retention,
            },
        ];
    }

    /// <summary>A sealed image of 1000 bytes, 500 on media.</summary>
    private void Image(string client, int level, string since) => Image(client, level, Pasts.At(since));

    private void Image(string client, int level, DateTimeOffset since)
    {
        var store = _fixture.Store;
        var job = store.Jobs.Create(CatalogSamples.Job($"request-{++_jobs}", client)).Value.Job;
        Assert.Equal(CatalogSamples.First, store.Jobs.TakeEpoch(job, default).Value);
        var image = CatalogSamples.Image(job) with
        {
            Client = new ClientName(client),
            Policy = new PolicyName("nightly"),
            FileSet = new FileSetName("sys"),
            Level = level,
            Since = since,
        };
        Assert.Equal(Recorded.Now, store.Images.Open(image, CatalogSamples.First).Value);
        Assert.Equal(Recorded.Now, store.StageAndClose(image.Image, 0).Value);
        var seal = CatalogSamples.Seal(1) with { At = since, Counts = new JobCounts(10, 1000, 500, 0) };
        Assert.Equal(Recorded.Now, store.Images.Seal(image.Image, seal, CatalogSamples.ByFirst).Value);
    }
}
