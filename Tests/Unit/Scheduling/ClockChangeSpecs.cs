using System.Globalization;
using Backup.Actors.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>What the two clock changes of a year do to times.</summary>
public sealed class ClockChangeSpecs
{
    private const string WithOffset = "MM-dd HH:mm zzz";

    [Theory]
    [InlineData("daily at 02:30", "Europe/Berlin", "2026-03-27T12:00Z",
        "03-28 02:30 +01:00, 03-29 03:00 +02:00, 03-30 02:30 +02:00")]
    [InlineData("daily at 02:30", "Europe/Berlin", "2026-10-23T12:00Z",
        "10-24 02:30 +02:00, 10-25 02:30 +02:00, 10-26 02:30 +01:00")]
    [InlineData("every 30 minutes", "Europe/Berlin", "2026-03-29T00:00Z",
        "03-29 01:30 +01:00, 03-29 03:00 +02:00, 03-29 03:30 +02:00")]
    [InlineData("hourly", "Europe/Berlin", "2026-10-24T22:30Z",
        "10-25 01:00 +02:00, 10-25 02:00 +02:00, 10-25 02:00 +01:00, 10-25 03:00 +01:00")]
    [InlineData("sunday at 02:15,02:30", "Europe/Berlin", "2026-03-28T12:00Z",
        "03-29 03:00 +02:00, 04-05 02:15 +02:00, 04-05 02:30 +02:00")]
    [InlineData("daily at 00:00", "America/Havana", "2026-03-07T12:00Z", "03-08 01:00 -04:00, 03-09 00:00 -04:00")]
    [InlineData("daily at 00:30", "America/Havana", "2026-10-31T12:00Z", "11-01 00:30 -04:00, 11-02 00:30 -05:00")]
    [InlineData("daily at 02:15", "Australia/Lord_Howe", "2026-10-03T12:00Z",
        "10-04 02:30 +11:00, 10-05 02:15 +11:00")]
    public void A_time_in_the_gap_comes_behind_it_and_one_that_comes_twice_the_first_time(
        string rule, string zone, string after, string runs) =>
        Assert.Equal(runs, Calendars.Next(Calendars.Of(rule, zone), after, runs.Split(", ").Length, WithOffset));

    [Theory]
    [InlineData("daily at 02:30", "00:00-03:00", "03-29 03:00 +02:00, 03-30 02:30 +02:00")]
    [InlineData("daily at 02:30", "00:00-02:45", "03-29 03:00 +02:00, 03-30 02:30 +02:00")]
    [InlineData("daily at 02:30", "02:30-03:00", "03-29 03:00 +02:00, 03-30 02:30 +02:00")]
    [InlineData("daily at 02:50", "00:00-02:45", "")]
    [InlineData("hourly", "00:00-03:00", "03-29 00:00 +01:00, 03-29 01:00 +01:00, 03-29 03:00 +02:00, "
        + "03-30 00:00 +02:00")]
    public void A_window_holds_what_it_would_have_held_in_the_gap(string rule, string window, string runs) =>
        Assert.Equal(runs, Calendars.Next(
            Calendars.Of(rule, "Europe/Berlin", windows: [window]), "2026-03-28T12:00Z",
            runs.Split(", ").Length, WithOffset));

    [Theory]
    [InlineData("daily at 01:30,02:15", "02:00-03:00", "2026-10-24T12:00Z", "10-25 02:15 +02:00, 10-26 02:15 +01:00")]
    [InlineData("every 20 minutes", "02:30-02:45", "2026-10-24T12:00Z",
        "10-25 02:40 +02:00, 10-25 02:40 +01:00, 10-26 02:40 +01:00")]
    public void A_window_in_the_hour_that_comes_twice_opens_with_the_first(
        string rule, string window, string after, string runs) =>
        Assert.Equal(runs, Calendars.Next(
            Calendars.Of(rule, "Europe/Berlin", windows: [window]), after, runs.Split(", ").Length, WithOffset));

    [Theory]
    [InlineData("Europe/Berlin")]
    [InlineData("America/New_York")]
    [InlineData("America/Havana")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/St_Johns")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Africa/Cairo")]
    [InlineData("Atlantic/Azores")]
    public void A_daily_time_comes_once_on_each_day_of_the_zones_calendar(string zone)
    {
        var random = new Random(zone.Length);
        for (var round = 0; round < 4; round++)
        {
            // What the change touches, more often than by chance.
            var time = TimeSpan.FromMinutes(random.Next(round < 3 ? 0 : 240, round < 3 ? 240 : 1440));
            var calendar = Calendars.Of($"daily at {time.Hours:00}:{time.Minutes:00}", zone);
            var from = new DateTimeOffset(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

            var days = calendar.Between(from, from.AddDays(365))
                .Select(run => run.At.ToString("d", CultureInfo.InvariantCulture)).ToList();

            Assert.Equal(365, days.Count);
            Assert.Equal(365, days.Distinct().Count());
        }
    }

    [Fact]
    public void What_is_due_between_two_moments_does_not_depend_on_when_one_looks()
    {
        var random = new Random(1);
        var calendar = Calendars.Of("every 20 minutes; sunday at 02:30; full day 1-7 at 02:30", "Europe/Berlin",
            windows: ["22:00-04:00"], exclude: ["2026-10-23"]);
        var (start, end) = (Calendars.At("2026-10-20T00:00Z"), Calendars.At("2026-11-03T00:00Z"));

        var whole = calendar.Between(start, end).ToList();

        for (var round = 0; round < 10; round++)
        {
            var looks = Enumerable.Range(0, 40).Select(_ => start.AddSeconds(random.Next(14 * 86_400)))
                .Append(start).Append(end).Order().ToList();
            Assert.Equal(whole, looks.Zip(looks.Skip(1), calendar.Between).SelectMany(runs => runs));
        }
        Assert.NotEmpty(whole);
    }
}
