using System.Globalization;
using Backup.Actors.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>From when on a backup begins that is not to begin before a time of the day (PL-07).</summary>
public sealed class StartTimeSpecs
{
    [Theory]
    [InlineData("02:30", "2026-11-04T20:00+01:00", "2026-11-05T02:30+01:00")]
    [InlineData("02:30", "2026-11-05T02:29+01:00", "2026-11-05T02:30+01:00")]
    [InlineData("02:30", "2026-11-05T02:30+01:00", null)]
    [InlineData("02:30", "2026-11-05T08:00+01:00", null)] // it is late, not early
    [InlineData("18:30", "2026-11-04T20:00+01:00", null)]
    [InlineData("18:30", "2026-11-04T06:30+01:00", "2026-11-04T18:30+01:00")]
    [InlineData("18:30", "2026-11-04T06:29+01:00", null)]
    [InlineData("00:00", "2026-11-04T23:00+01:00", "2026-11-05T00:00+01:00")]
    [InlineData("02:30", "2027-03-27T22:00+01:00", "2027-03-28T03:00+02:00")] // skipped in spring
    [InlineData("02:30", "2026-10-24T22:00+02:00", "2026-10-25T02:30+02:00")] // twice in autumn: the first
    public void It_is_the_next_such_time_within_half_a_day(string time, string now, string? expected) =>
        Assert.Equal(
            expected is null ? null : Moment(expected),
            StartTime.Next(
                TimeOnly.Parse(time, CultureInfo.InvariantCulture), Moment(now),
                TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")));

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
