using Backup.Actors.Planning;
using Xunit;

namespace Backup.Tests.Unit.Planning;

/// <summary>Thirty days of a made-up site, after a warm-up of two cycles.</summary>
public sealed class PlanSimulationSpecs
{
    private const int Cycle = 7;
    private const int WarmUp = 2 * Cycle;
    private const int Days = 30;
    private static readonly DateOnly First = new(2026, 11, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_volume_of_each_day_stays_within_fifteen_percent_of_the_mean(int seed)
    {
        var days = Simulation(seed).Planned(WarmUp + Days).Skip(WarmUp).ToList();

        Assert.InRange(Spread(days, day => day.FullBytes), 0, 0.15);
        Assert.InRange(Spread(days, day => day.TotalBytes), 0, 0.15);
    }

    [Fact]
    public void A_fixed_weekday_has_several_times_the_mean_on_one_day()
    {
        var days = Simulation(1).ByWeekday(WarmUp + Days, DayOfWeek.Sunday).Skip(WarmUp).ToList();

        Assert.InRange(Spread(days, day => day.TotalBytes), 2, double.MaxValue);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public void No_set_is_ever_longer_without_a_full_than_its_cycle(int seed)
    {
        var last = new Dictionary<string, DateOnly>();
        foreach (var day in Simulation(seed).Planned(WarmUp + Days))
        {
            foreach (var dump in day.Dumps.Where(dump => dump.Level == 0)) last[dump.Set] = day.Day;
            Assert.All(day.Dumps, dump => Assert.InRange(day.Day.DayNumber - last[dump.Set].DayNumber, 0, Cycle));
        }
    }

    [Fact]
    public void Levels_rise_to_three_and_more_where_that_saves_enough()
    {
        var simulation = new PlanSimulation(
            PlanSimulation.Site(2, 10, 1), new PlanRules(30, 30, long.MaxValue), First);

        Assert.Contains(simulation.Planned(60).SelectMany(day => day.Dumps), dump => dump.Level >= 3);
    }

    [Fact]
    public void A_policy_may_have_fulls_and_level_one_alone()
    {
        var sets = PlanSimulation.Site(2, 10, 1)
            .Select(each => each with { Set = each.Set with { LevelMax = 1 } }).ToList();

        var levels = new PlanSimulation(sets, new PlanRules(30, 30, long.MaxValue), First).Planned(60)
            .SelectMany(day => day.Dumps).Select(dump => dump.Level).Distinct().Order();

        Assert.Equal(new int?[] { 0, 1 }, levels);
    }

    private static PlanSimulation Simulation(int seed) => new(
        PlanSimulation.Site(20, 10, seed), new PlanRules(Cycle, Cycle, long.MaxValue), First);

    /// <summary>The greatest difference from the mean, as a part of it.</summary>
    private static double Spread(IReadOnlyList<SimulatedDay> days, Func<SimulatedDay, long> bytes)
    {
        var mean = days.Average(bytes);
        return days.Max(day => Math.Abs(bytes(day) - mean)) / mean;
    }
}
