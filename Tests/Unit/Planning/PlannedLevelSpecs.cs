using Backup.Actors.Planning;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>The level of one file set (semantics of Amanda's planner, each rule by itself).</summary>
public sealed class PlannedLevelSpecs
{
    private const long MiB = 1 << 20;
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly PlanRules Rules = new(7, 7, long.MaxValue);
    private static readonly PlanSet Set = new("web/etc", "web", BumpRules.Usual);

    [Fact]
    public void A_set_without_a_full_gets_one() =>
        Assert.Equal("0: it has no full yet", Said(Set, PlanHistory.None));

    [Theory]
    [InlineData(6, "1: its full is due in 1 day; level 1 follows a full")]
    [InlineData(7, "0: its full is due")]
    [InlineData(9, "0: its full is overdue by 2 days")]
    public void A_full_is_due_when_the_cycle_is_over(int days, string said) =>
        Assert.Equal(said, Said(Set, Last(0, 1, days)));

    [Theory]
    [InlineData(1, 2, 100, 85, "2: its full is due in 4 days; level 2 saves 15.0 MiB of 100.0 MiB, at least 10.0 MiB")]
    [InlineData(1, 2, 100, 90, "2: its full is due in 4 days; level 2 saves 10.0 MiB of 100.0 MiB, at least 10.0 MiB")]
    [InlineData(1, 2, 100, 91,
        "1: its full is due in 4 days; level 2 would save 9.0 MiB of 100.0 MiB, less than 10.0 MiB")]
    [InlineData(1, 2, 10, 0,
        "1: its full is due in 4 days; level 1 has 10.0 MiB, no more than the 10.0 MiB to save")]
    [InlineData(1, 1, 100, 0, "1: its full is due in 4 days; level 1 stays for 2 runs, and this is number 2")]
    [InlineData(2, 2, 100, 86,
        "2: its full is due in 4 days; level 3 would save 14.0 MiB of 100.0 MiB, less than 15.0 MiB")]
    [InlineData(2, 2, 100, 85, "3: its full is due in 4 days; level 3 saves 15.0 MiB of 100.0 MiB, at least 15.0 MiB")]
    [InlineData(3, 2, 100, 78,
        "3: its full is due in 4 days; level 4 would save 22.0 MiB of 100.0 MiB, less than 22.5 MiB")]
    [InlineData(9, 5, 100, 0, "9: its full is due in 4 days; level 9 is the highest allowed")]
    public void The_level_rises_when_that_saves_enough(int level, int runs, long here, long next, string said) =>
        Assert.Equal(said, Said(Set, Last(level, runs, 3), (0, 5000), (level, here), (level + 1, next)));

    [Theory]
    [InlineData(PlanOrder.ForceFull, 3, "0: an operator ordered a full")]
    [InlineData(PlanOrder.ForceFull, 8, "0: an operator ordered a full")]
    [InlineData(PlanOrder.ForceLevelOne, 8, "1: an operator ordered level 1")]
    [InlineData(PlanOrder.ForceBump, 3, "3: its full is due in 4 days; an operator ordered more than level 2")]
    [InlineData(PlanOrder.ForceBump, 8, "0: its full is overdue by 1 day")]
    [InlineData(PlanOrder.ForbidBump, 3, "2: its full is due in 4 days; an operator ordered level 2 again")]
    public void An_order_takes_the_place_of_what_would_be_chosen(PlanOrder order, int days, string said) =>
        Assert.Equal(said, Said(Set with { Order = order }, Last(2, 5, days), (0, 5000), (2, 100), (3, 1)));

    [Fact]
    public void Only_a_first_full_an_empty_strategy_or_fulls_alone_stand_before_an_order()
    {
        var ordered = Set with { Order = PlanOrder.ForceLevelOne };
        Assert.Equal("0: it has no full yet", Said(ordered, PlanHistory.None));
        Assert.StartsWith("0: an operator", Said(
            Set with { Order = PlanOrder.ForceFull, Strategy = PlanStrategy.NoFull }, Last(2, 5, 3)));
        Assert.Equal([0, 1], PlannedLevel.ToEstimate(ordered, Last(2, 5, 3)));
        Assert.Equal([0, 3], PlannedLevel.ToEstimate(Set with { Order = PlanOrder.ForceBump }, Last(2, 1, 3)));
        Assert.Equal([0, 2], PlannedLevel.ToEstimate(Set with { Order = PlanOrder.ForbidBump }, Last(2, 5, 3)));
    }

    [Theory]
    [InlineData(PlanOrder.None, 3, "1: its full is due in 4 days; level 1 anew, since the last one is gone")]
    [InlineData(PlanOrder.ForceBump, 3, "1: its full is due in 4 days; level 1 anew, since the last one is gone")]
    [InlineData(PlanOrder.None, 8, "0: its full is overdue by 1 day")]
    public void Where_nothing_can_be_built_on_the_last_level_1_another_is_made(PlanOrder order, int days, string said)
    {
        var (set, lost) = (Set with { Order = order }, Last(2, 5, days) with { LevelOneLost = "is gone" });

        Assert.Equal(said, Said(set, lost, (0, 5000), (1, 200)));
        Assert.Equal([0, 1], PlannedLevel.ToEstimate(set, lost));
        Assert.Null(lost.After(1, Today).LevelOneLost);
        Assert.NotNull(lost.After(2, Today).LevelOneLost);
    }

    [Fact]
    public void Days_without_fulls_or_incrementals_have_none()
    {
        var noFull = Set with { SkipsFull = true };
        Assert.Equal("1: its full is due; today has no fulls", Said(noFull, Last(0, 1, 7)));
        Assert.Equal("1: its full is due in 1 day; level 1 follows a full", Said(noFull, Last(0, 1, 6)));
        var noIncremental = Set with { SkipsIncremental = true };
        Assert.Equal("0: its full is due", Said(noIncremental, Last(0, 1, 7)));
        Assert.StartsWith("-: its full is due in 1 day", Said(noIncremental, Last(0, 1, 6)));
        Assert.Equal("-: it has no full yet; today has no fulls", Said(noFull, PlanHistory.None));
        Assert.StartsWith("-:", Said(noFull with { SkipsIncremental = true }, Last(0, 1, 7)));
    }

    [Fact]
    public void What_must_be_saved_may_be_a_part_of_the_full()
    {
        var set = Set with { Bump = BumpRules.Usual with { Percent = 2 } };

        Assert.Equal("1: its full is due in 4 days; level 2 would save 91.0 MiB of 101.0 MiB, less than 100.0 MiB",
            Said(set, Last(1, 2, 3), (0, 5000), (1, 101), (2, 10)));
        // Of a tiny full a part means nothing.
        Assert.Equal(10 * MiB, set.Bump.Threshold(1, MiB));
    }

    [Fact]
    public void A_level_whose_next_is_not_known_stays() =>
        Assert.Equal("1: its full is due in 4 days; the size of level 2 is not known",
            Said(Set, Last(1, 2, 3), (0, 5000), (1, 100)));

    [Fact]
    public void What_a_level_saves_is_compared_raw_however_well_it_was_compressed() => Assert.Equal(
        "2: its full is due in 4 days; level 2 saves 15.0 MiB of 100.0 MiB, at least 10.0 MiB",
        Said(Set, Last(1, 2, 3) with { FullRatio = 0.1, IncrementalRatio = 0.1 }, (0, 5000), (1, 100), (2, 85)));

    [Theory]
    [InlineData(PlanStrategy.Standard,
        "3: its full is due in 4 days; level 3 saves 90.0 MiB of 100.0 MiB, at least 15.0 MiB")]
    [InlineData(PlanStrategy.NoFull, "1: its strategy has no fulls; always level 1")]
    [InlineData(PlanStrategy.NoIncremental, "0: its strategy has fulls alone")]
    [InlineData(PlanStrategy.IncrementalOnly,
        "3: its strategy has no fulls; level 3 saves 90.0 MiB of 100.0 MiB, at least 15.0 MiB")]
    [InlineData(PlanStrategy.Skip, "-: its strategy is to skip it")]
    public void Strategies_are_followed(PlanStrategy strategy, string said) => Assert.Equal(
        said, Said(Set with { Strategy = strategy }, Last(2, 2, 3), (0, 5000), (2, 100), (3, 10)));

    [Fact]
    public void At_most_three_sizes_are_asked_for_and_only_those_that_count()
    {
        Assert.Equal([0], PlannedLevel.ToEstimate(Set, PlanHistory.None));
        Assert.Equal([0, 1], PlannedLevel.ToEstimate(Set, Last(0, 1, 3)));
        Assert.Equal([0, 1], PlannedLevel.ToEstimate(Set, Last(1, 1, 3)));
        Assert.Equal([0, 1, 2], PlannedLevel.ToEstimate(Set, Last(1, 2, 3)));
        Assert.Equal([0, 9], PlannedLevel.ToEstimate(Set, Last(9, 2, 3)));
        Assert.Equal([0, 1], PlannedLevel.ToEstimate(Set with { Strategy = PlanStrategy.NoFull }, Last(3, 2, 3)));
        Assert.Empty(PlannedLevel.ToEstimate(Set with { Strategy = PlanStrategy.Skip }, Last(3, 2, 3)));
    }

    [Fact]
    public void A_level_builds_on_the_newest_dump_of_any_lower_level()
    {
        var history = PlanHistory.None.After(0, Today.AddDays(-9)).After(1, Today.AddDays(-5))
            .After(2, Today.AddDays(-2));

        Assert.Equal(Today.AddDays(-9), history.BaseOf(1));
        Assert.Equal(Today.AddDays(-2), history.BaseOf(3));
        Assert.Equal(Today.AddDays(-1), history.After(1, Today.AddDays(-1)).BaseOf(3));
        Assert.Null(PlanHistory.None.BaseOf(1));
    }

    private static string Said(PlanSet set, PlanHistory history, params (int Level, long MiB)[] sizes)
    {
        var choice = PlannedLevel.Of(
            new PlanInput(set, history, sizes.ToDictionary(size => size.Level, size => size.MiB * MiB)), Rules, Today);
        return $"{choice.Level?.ToString() ?? "-"}: {string.Join("; ", choice.Reasons)}";
    }

    private static PlanHistory Last(int level, int runs, int daysSinceFull) => new(
        new Dictionary<int, DateOnly> { [0] = Today.AddDays(-daysSinceFull) }, level, runs);
}
