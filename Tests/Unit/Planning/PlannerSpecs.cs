using Backup.Actors.Planning;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>What a run does with many file sets.</summary>
public sealed class PlannerSpecs
{
    private const long GiB = 1L << 30;
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Fact]
    public void What_is_larger_than_all_media_of_a_run_is_not_even_tried()
    {
        var plan = Of(50, Due("a", 60, 8, 2), Due("b", 10, 8, 1), Quiet("c", 10, 3, 55));

        Assert.Equal("a1 b0 c-", Levels(plan));
        Assert.Contains("60.0 GiB are more than the media of a run take (50.0 GiB)", Why(plan, "a"));
        Assert.Contains("55.0 GiB are more", Why(plan, "c"));
    }

    [Fact]
    public void Fulls_are_put_off_the_most_recent_first_and_the_oldest_never()
    {
        var plan = Of(60, Due("new", 30, 7, 1), Due("old", 30, 12, 1), Due("middle", 25, 9, 1));

        Assert.Equal("middle0 new1 old0", Levels(plan));
        Assert.Contains("its full is due; the full is put off: the run has 85.0 GiB, and 60.0 GiB fit",
            Why(plan, "new"));
    }

    [Fact]
    public void A_first_full_is_put_off_last() =>
        Assert.Equal("first0 recent1 older0",
            Levels(Of(61, New("first", 30), Due("older", 30, 12, 1), Due("recent", 30, 11, 1)),
                "first", "recent", "older"));

    [Theory]
    [InlineData(30, 91, "third0 ordered0 recent1 older0")]
    [InlineData(30, 65, "third1 ordered0 recent1 older0")]
    [InlineData(30, 35, "third1 ordered1 recent1 older0")]
    public void An_ordered_full_is_put_off_last_of_all_and_becomes_its_incremental(
        long ordered, long capacity, string expected)
    {
        var order = Due("ordered", ordered, 2, 1);
        order = order with { Set = order.Set with { Order = PlanOrder.ForceFull } };

        var plan = Of(capacity, Due("third", 29, 11, 1), order, Due("recent", 30, 10, 1), Due("older", 30, 12, 1));

        Assert.Equal(expected, Levels(plan, "third", "ordered", "recent", "older"));
    }

    [Fact]
    public void Then_incrementals_are_left_out_the_least_important_first()
    {
        var plan = Of(30, Due("full", 25, 8, 5), Quiet("low", 10, 3, 4, priority: 0), Quiet("mid", 10, 3, 4),
            Quiet("high", 10, 3, 4, priority: 2));

        Assert.Equal("full0 high1 low- mid-", Levels(plan));
    }

    [Fact]
    public void What_fits_in_the_end_comes_back()
    {
        // Without the 20 the 5 would not have been needed.
        var plan = Of(40, Due("kept", 30, 20, 1), Due("small", 5, 8, 1), Due("large", 20, 9, 1));

        Assert.Equal("kept0 large1 small0", Levels(plan));
        Assert.Contains("level 0 fits again", Why(plan, "small"));
    }

    [Fact]
    public void A_full_comes_early_where_a_run_has_less_than_its_share()
    {
        // The share is 4 sets of 10 GiB in 7 runs.
        var plan = Of(100, Quiet("a", 10, 6, 1), Quiet("b", 10, 6, 1), Quiet("c", 10, 2, 1), Quiet("d", 10, 2, 1));

        Assert.Equal("a0 b1 c1 d1", Levels(plan));
        Assert.Contains("the full comes 1 day early: fulls of this run have 0.0 KiB, their share is 5.7 GiB",
            Why(plan, "a"));
    }

    [Fact]
    public void No_full_comes_earlier_than_a_set_allows()
    {
        PlanInput[] sets = [Quiet("a", 10, 2, 1), Quiet("b", 10, 2, 1)];

        Assert.Contains("0", Levels(Of(100, sets)));
        Assert.DoesNotContain("0", Levels(Of(100,
            [.. sets.Select(each => each with { Set = each.Set with { PromoteDaysMax = 4 } })])));
    }

    [Fact]
    public void The_same_input_in_any_order_gives_the_same_plan()
    {
        var random = new Random(5);
        var sets = Enumerable.Range(0, 60).Select(number => Any(random, number)).ToList();
        var first = Written(Of(400, [.. sets]));

        for (var round = 0; round < 20; round++)
            Assert.Equal(first, Written(Of(400, [.. sets.OrderBy(_ => random.Next())])));
    }

    [Fact]
    public void Whatever_the_sets_are_a_plan_fits_names_each_once_and_says_why()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var sets = Enumerable.Range(0, random.Next(1, 25)).Select(number => Any(random, number)).ToArray();
            var capacity = random.Next(4) == 0 ? random.Next(40) : random.Next(1000);

            var plan = Of(capacity, sets);

            Assert.True(plan.TotalBytes <= plan.CapacityBytes);
            Assert.Equal(sets.Select(set => set.Set.Name).Order(), plan.Dumps.Select(dump => dump.Set).Order());
            Assert.All(plan.Dumps, dump =>
            {
                var input = sets.Single(set => set.Set.Name == dump.Set);
                Assert.NotEmpty(dump.Reasons);
                Assert.Equal(dump.Level is { } level ? input.BytesOf(level) : 0, dump.Bytes);
                // Nothing is built on what is not there.
                Assert.True(dump.Level is null or 0 || input.History.BaseOf(dump.Level.Value) is not null);
            });
            // Who is due and fits alone is not forgotten for ever: the one that matters most is done.
            var most = plan.Dumps.FirstOrDefault(dump =>
                IsDue(sets.Single(set => set.Set.Name == dump.Set), dump, plan.CapacityBytes));
            if (most is not null && plan.Dumps[0] == most) Assert.Equal(0, most.Level);
        }
    }

    [Fact]
    public void Impossible_rules_and_names_said_twice_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Planner.Of([], new PlanRules(0, 1, 1), Today));
        Assert.Throws<ArgumentException>(() => Planner.Of([], new PlanRules(1, 0, 1), Today));
        Assert.Throws<ArgumentException>(() => Of(10, New("a", 1), New("a", 1)));
    }

    [Fact]
    public void Sizes_are_raw_and_the_learned_ratio_is_applied()
    {
        var input = Due("a", 40, 8, 10);
        input = input with { History = input.History with { FullRatio = 0.5, IncrementalRatio = 0.25 } };

        Assert.Equal((20 * GiB, (long)(2.5 * GiB)), (input.BytesOf(0), input.BytesOf(1)));
        Assert.Equal(20 * GiB, Of(100, input).TotalBytes);
    }

    private static bool IsDue(PlanInput input, PlannedDump dump, long capacity) => dump.DaysToFull <= 0
        && input.Set.Strategy == PlanStrategy.Standard
        && input.BytesOf(0) <= capacity;

    private static PlanInput Any(Random random, int number)
    {
        var full = random.Next(1, 60);
        var set = new PlanSet(
            $"set{number:00}", $"host{number % 5}", BumpRules.Usual, random.Next(3), random.Next(1, 10))
        {
            Strategy = random.Next(6) == 0 ? (PlanStrategy)random.Next(5) : PlanStrategy.Standard,
        };
        if (random.Next(8) == 0) return New(set.Name, full);
        var since = random.Next(1, 12);
        var level = Math.Min(random.Next(4), set.LevelMax);
        var runs = Enumerable.Range(0, level + 1).ToDictionary(each => each, each => Today.AddDays(-since + each));
        var sizes = new Dictionary<int, long>();
        var history = new PlanHistory(runs, level, random.Next(1, 4));
        foreach (var each in PlannedLevel.ToEstimate(set, history))
            if (random.Next(15) > 0) sizes[each] = full * GiB / (each + 1 + (each == 0 ? 0 : random.Next(4)));
        return new PlanInput(set, history, sizes);
    }

    private static Plan Of(long gib, params PlanInput[] inputs) =>
        Planner.Of(inputs, new PlanRules(7, 7, gib * GiB), Today);

    private static PlanInput New(string name, long full) => new(
        new PlanSet(name, name, BumpRules.Usual), PlanHistory.None, new Dictionary<int, long> { [0] = full * GiB });

    private static PlanInput Due(string name, long full, int daysSinceFull, long incremental) =>
        Quiet(name, full, daysSinceFull, incremental);

    private static PlanInput Quiet(
        string name, long full, int daysSinceFull, long incremental, int priority = 1) => new(
        new PlanSet(name, name, BumpRules.Usual, priority),
        new PlanHistory(new Dictionary<int, DateOnly> { [0] = Today.AddDays(-daysSinceFull) }, 0, 1),
        new Dictionary<int, long> { [0] = full * GiB, [1] = incremental * GiB });

    private static string Levels(Plan plan, params string[] order) => string.Join(' ',
        (order.Length == 0 ? plan.Dumps.Select(dump => dump.Set).Order() : order.AsEnumerable())
            .Select(set => $"{set}{plan.Dumps.Single(dump => dump.Set == set).Level?.ToString() ?? "-"}"));

    private static string Why(Plan plan, string set) => plan.Dumps.Single(dump => dump.Set == set).Why;

    private static string Written(Plan plan) => string.Join('\n', plan.Dumps.Select(dump =>
        $"{dump.Set} {dump.Level} {dump.Bytes} {dump.Priority} {dump.Why}"));
}
