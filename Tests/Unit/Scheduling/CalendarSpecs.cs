using Backup.Actors.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>When policies run. The second of November 2026 is a Monday, in week 45.</summary>
public sealed class CalendarSpecs
{
    private const string Monday = "2026-11-02T00:00Z";

    [Theory]
    [InlineData("daily at 02:00", "11-02 02:00, 11-03 02:00, 11-04 02:00")]
    [InlineData("First Sunday at 02:00", "12-06 02:00, 01-03 02:00, 02-07 02:00")]
    [InlineData("full 1st sun at 23:05", "12-06 23:05 full, 01-03 23:05 full, 02-07 23:05 full")]
    [InlineData("differential 2nd-5th sun at 23:05",
        "11-08 23:05 differential, 11-15 23:05 differential, 11-22 23:05 differential")]
    [InlineData("incremental fri-mon at 21:00",
        "11-02 21:00 incremental, 11-06 21:00 incremental, 11-07 21:00 incremental")]
    [InlineData("first, third monday at 6:00", "11-02 06:00, 11-16 06:00, 12-07 06:00")]
    [InlineData("last friday of december at 01:00", "12-25 01:00, 12-31 01:00, 12-29 01:00")]
    [InlineData("day 1,15 at 03:00,15:00", "11-15 03:00, 11-15 15:00, 12-01 03:00")]
    [InlineData("last day of the month at 23:00", "11-30 23:00, 12-31 23:00, 01-31 23:00")]
    [InlineData("day 29 of feb at 02:00", "02-29 02:00, 02-29 02:00, 02-29 02:00")]
    [InlineData("nov-feb on day 1 at 06:00", "12-01 06:00, 01-01 06:00, 02-01 06:00")]
    [InlineData("every 2 weeks on monday from 2026-11-09 at 04:00", "11-09 04:00, 11-23 04:00, 12-07 04:00")]
    [InlineData("every 10 days from 2026-10-30 at 04:00", "11-09 04:00, 11-19 04:00, 11-29 04:00")]
    [InlineData("even weeks sat at 05:00", "11-14 05:00, 11-28 05:00, 12-12 05:00")]
    [InlineData("w10 mon at 01:00", "03-08 01:00, 03-06 01:00, 03-05 01:00")]
    [InlineData("weekdays at 12:00", "11-02 12:00, 11-03 12:00, 11-04 12:00")]
    [InlineData("every 6 hours", "11-02 06:00, 11-02 12:00, 11-02 18:00")]
    [InlineData("every 20 minutes", "11-02 00:20, 11-02 00:40, 11-02 01:00")]
    [InlineData("hourly at :30", "11-02 00:30, 11-02 01:30, 11-02 02:30")]
    [InlineData("level 3 every sunday at 00:00", "11-08 00:00 3, 11-15 00:00 3, 11-22 00:00 3")]
    [InlineData("levels 0325476 at 22:00", "11-02 22:00 3, 11-03 22:00 2, 11-04 22:00 5")]
    [InlineData("levels FIIIII- at 22:00", "11-02 22:00 incremental, 11-03 22:00 incremental, 11-04 22:00 incremental")]
    [InlineData("30 4 1 * 1", "11-02 04:30, 11-09 04:30, 11-16 04:30")]
    [InlineData("full 0 2 * * 0", "11-08 02:00 full, 11-15 02:00 full, 11-22 02:00 full")]
    [InlineData("*/30 8-9 * * *", "11-02 08:00, 11-02 08:30, 11-02 09:00")]
    public void Words_and_fields_of_cron_mean_these_times(string rule, string runs) =>
        Assert.Equal(runs, Calendars.Next(Calendars.Of(rule), Monday, 3));

    [Theory]
    [InlineData("", "there is no time in it")]
    [InlineData("sundai at 02:00", "\"sundai\" is no day: expected words such as first sunday, mon-fri, day 1,15, last "
        + "day, even weeks, w10-w20, jan-mar, 2026-12-24")]
    [InlineData("sunday", "there is no time in it: expected at HH:MM")]
    [InlineData("sunday at 25:00", "\"25:00\" is no time: expected HH:MM, 00:00 to 23:59")]
    [InlineData("sunday at 24:00", "\"24:00\" is no time: expected HH:MM, 00:00 to 23:59")]
    [InlineData("first at 02:00", "\"first\" and the like need a day of the week, as in first sunday")]
    [InlineData("sun mon at 02:00", "\"mon\" is said twice of the same kind: write a,b")]
    [InlineData("sun weekdays at 02:00", "\"weekdays\" is said twice of the same kind: write a,b")]
    [InlineData("2026-12-24 2026-12-31 at 02:00",
        "\"2026-12-31\" is a second date: write a rule for each, or 2026-12-24..2027-01-02")]
    [InlineData("day 32 at 02:00", "\"32\" are no days of a month: expected numbers such as 1,15 or 1-7")]
    [InlineData("every 7 hours",
        "every 7 hours is not possible: expected 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 minutes, "
        + "1, 2, 3, 4, 6, 8, 12 hours, or 1 to 366 days or weeks")]
    [InlineData("every 5 minutes at 02:00", "\"at\" has no meaning for every N minutes")]
    [InlineData("levels 0x at 02:00", "\"x\" in \"0x\" is no level: expected F, D, I, 0 to 9, or - for a day without")]
    [InlineData("sunday at 02:00 priority", "\"priority\" needs a number from 0 to 1000 at the end of the rule")]
    [InlineData("sunday at 02:00 priority 1001", "\"priority\" needs a number from 0 to 1000 at the end of the rule")]
    [InlineData("priority 5 sunday at 02:00", "\"priority\" needs a number from 0 to 1000 at the end of the rule")]
    [InlineData("sunday at 02:00 pool", "\"pool\" needs the name of a pool at the end of the rule")]
    [InlineData("sunday pool x at 02:00", "\"pool\" needs the name of a pool at the end of the rule")]
    [InlineData(
        "daily at 02:00 select-by clock",
        "\"select-by\" needs manifest, time-stamps, modification-times at the end of the rule")]
    [InlineData("no-record at 02:00", "\"no-record\" belongs at the end of the rule")]
    [InlineData("daily at 02:00 no-record no-record", "\"no-record\" belongs at the end of the rule")]
    [InlineData("levels FI 7 days after the last", "\"levels\" goes by days: expected one level")]
    [InlineData("sunday at 02:00 sharp", "\"sharp\" behind the time is not understood; more times: at 02:00,14:00")]
    public void What_is_no_rule_is_refused_with_what_is_wrong(string text, string problem)
    {
        Assert.False(ScheduleText.TryRule(text, "p", TimeZoneInfo.Utc, out _, out var said));
        Assert.Equal(problem, said);
    }

    [Theory]
    [InlineData("full first sunday at 02:00 priority 50", "full first sunday at 02:00", 50, null, false)]
    [InlineData("30 4 * * 1-5 Priority 0", "30 4 * * 1-5", 0, null, false)]
    [InlineData("every 6 hours", "every 6 hours", null, null, false)]
    [InlineData("last day at 02:00 pool Off-Site No-Record", "last day at 02:00", null, "Off-Site", true)]
    [InlineData("daily at 02:00,14:00 no-record priority 7 pool x", "daily at 02:00,14:00", 7, "x", true)]
    [InlineData("H H(1-4) * * * pool priority", "H H(1-4) * * *", null, "priority", false)]
    public void A_rule_may_end_with_what_its_jobs_have_and_means_the_same_times(
        string text, string without, int? priority, string? pool, bool noRecord)
    {
        Assert.Equal(new RuleWords(priority, pool, noRecord), ScheduleText.WordsOf(text));
        Assert.Equal(
            Calendars.Next(Calendars.Of(without), Monday, 5), Calendars.Next(Calendars.Of(text), Monday, 5));
    }

    [Theory]
    [InlineData("0 25 * * *")]
    [InlineData("0 2 * *")]
    [InlineData("* * * * * *")]
    public void Wrong_fields_of_cron_are_refused(string text) =>
        Assert.False(ScheduleText.TryRule(text, "p", TimeZoneInfo.Utc, out _, out _));

    [Fact]
    public void An_h_spreads_policies_over_the_time_and_is_the_same_each_time()
    {
        var times = Enumerable.Range(0, 50)
            .Select(number => Calendars.Next(Calendars.Of("H H(1-4) * * *", policy: $"policy-{number}"), Monday, 1))
            .ToList();

        Assert.True(times.Distinct().Count() > 20);
        Assert.All(times, time => Assert.InRange(time, "11-02 01:00", "11-02 04:59"));
        Assert.Equal(times[7], Calendars.Next(Calendars.Of("H H(1-4) * * *", policy: "policy-7"), Monday, 1));
    }

    [Fact]
    public void Of_two_rules_for_one_moment_the_level_counts_that_saves_most()
    {
        var calendar = Calendars.Of(
            "incremental daily at 02:00; full first sunday at 02:00; differential sun at 02:00");

        Assert.Equal("12-05 02:00 incremental, 12-06 02:00 full, 12-07 02:00 incremental",
            Calendars.Next(calendar, "2026-12-04T12:00Z", 3));
        Assert.Contains("12-13 02:00 differential", Calendars.Next(calendar, "2026-12-12T12:00Z", 1));
    }

    [Fact]
    public void Excluded_days_have_no_run()
    {
        var calendar = Calendars.Of("daily at 02:00", exclude: ["2026-12-24..2027-01-02", "first monday of january"]);

        Assert.Equal("12-23 02:00, 01-03 02:00, 01-05 02:00", Calendars.Next(calendar, "2026-12-22T12:00Z", 3));
    }

    [Fact]
    public void Outside_of_the_windows_there_is_no_run()
    {
        var calendar = Calendars.Of("every 4 hours", windows: ["mon-fri 20:00-06:00", "sat 10:00-24:00"]);

        Assert.Equal("11-06 20:00, 11-07 00:00, 11-07 04:00, 11-07 12:00, 11-07 16:00, 11-07 20:00, 11-09 20:00",
            Calendars.Next(calendar, "2026-11-06T12:00Z", 7));
    }

    [Theory]
    [InlineData("day 30 of feb at 02:00", null, null)]
    [InlineData("0 2 30 2 *", null, null)]
    [InlineData("sunday at 02:00", "sunday", null)]
    [InlineData("every 5 minutes", "jan-dec", null)]
    [InlineData("daily at 12:00", null, "20:00-06:00")]
    public void A_rule_that_never_comes_is_found(string rule, string? exclude, string? window)
    {
        var calendar = Calendars.Of($"{rule}; daily at 20:00",
            exclude: exclude is null ? [] : [exclude], windows: window is null ? [] : [window]);

        Assert.Contains(rule, calendar.Vain().Select(vain => vain.Text));
    }

    [Theory]
    [InlineData("2020-01-01 at 12:00", null, null)]
    [InlineData("daily at 20:30", null, "2026-10-01..2026-10-31 20:00-24:00")]
    [InlineData("daily at 20:30", "2026-10-20..2999-12-31", null)]
    public void A_rule_whose_time_has_passed_is_no_mistake_and_comes_no_more(
        string rule, string? exclude, string? window)
    {
        var calendar = Calendars.Of(
            rule, exclude: exclude is null ? [] : [exclude], windows: window is null ? [] : [window]);

        Assert.Empty(calendar.Vain());
        Assert.Equal([rule], calendar.Over(Calendars.At(Monday)).Select(over => over.Text));
        Assert.Null(calendar.Next(Calendars.At(Monday)));
    }

    [Fact]
    public void A_rule_that_comes_every_28_years_is_no_mistake() =>
        Assert.Empty(Calendars.Of("mon day 29 of feb at 02:00").Vain());

    [Fact]
    public void A_window_may_open_years_from_now() => Assert.Equal(
        "02-29 20:00",
        Calendars.Next(Calendars.Of("daily at 20:00", windows: ["day 29 of feb 19:00-24:00"]), Monday, 1));

    [Fact]
    public void Every_day_is_daily() =>
        Assert.Equal("11-02 21:00, 11-03 21:00", Calendars.Next(Calendars.Of("every day at 21:00"), Monday, 2));
}
