using System.Globalization;
using Backup.Host.CommandLine;
using Xunit;

namespace Backup.Tests.Unit.CommandLine;

public sealed class RestoreMomentSpecs
{
    [Theory]
    [InlineData("2026-11-20T06:00Z", "2026-11-20T06:00:59.9999999Z")]
    [InlineData("2026-11-20 06:00+01:00", "2026-11-20T05:00:59.9999999Z")]
    [InlineData("2026-11-20T06:00:07-05:00", "2026-11-20T11:00:07.9999999Z")]
    [InlineData("2026-11-20T06:00:07.5Z", "2026-11-20T06:00:07.5Z")]
    public void A_moment_is_meant_to_the_end_of_the_unit_that_was_said(string text, string expected)
    {
        Assert.True(RestoreArguments.TryMoment(text, out var moment));

        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), moment);
    }

    [Fact]
    public void A_day_is_meant_to_its_end()
    {
        Assert.True(RestoreArguments.TryMoment("2026-11-20", out var moment));

        Assert.Equal(new DateTime(2026, 11, 20, 23, 59, 59).AddTicks(9_999_999), moment.LocalDateTime);
        Assert.False(RestoreArguments.TryMoment("yesterday", out _));
    }

    [Theory]
    [InlineData("2026-10-25T00:00+02:00", 25)]
    [InlineData("2026-03-29T00:00+01:00", 23)]
    [InlineData("2026-07-01T00:00+02:00", 24)]
    public void A_day_on_which_clocks_are_set_has_its_own_length(string text, int hours)
    {
        var day = DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

        Assert.Equal(TimeSpan.FromHours(hours), RestoreArguments.NextDay(
            day, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin")) - day);
        Assert.Equal(TimeSpan.FromHours(24), RestoreArguments.NextDay(day, null) - day);
    }
}
