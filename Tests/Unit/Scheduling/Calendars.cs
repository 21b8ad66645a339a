using System.Globalization;
using Backup.Actors.Scheduling;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>Calendars from texts, and what they say as text.</summary>
internal static class Calendars
{
    public static PolicyCalendar Of(string runs, string zone = "UTC", string[]? windows = null,
        string[]? exclude = null, TimeSpan? catchUp = null, string policy = "nightly")
    {
        var place = TimeZoneInfo.FindSystemTimeZoneById(zone);
        return new PolicyCalendar(
            [.. runs.Split("; ").Select(text => ScheduleText.TryRule(text, policy, place, out var rule, out var problem)
                ? rule : throw Wrong(problem))],
            place,
            [.. (windows ?? []).Select(text => ScheduleText.TryWindow(text, out var window, out var problem)
                ? window : throw Wrong(problem))],
            [.. (exclude ?? []).Select(text => ScheduleText.TryDays(text, out var days, out var problem)
                ? days : throw Wrong(problem))],
            catchUp ?? TimeSpan.FromHours(8),
            runs);
    }

    public static DateTimeOffset At(string moment) =>
        DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The next runs, as "11-02 22:00 full", by the calendar's clock; with the offset where asked.</summary>
    public static string Next(PolicyCalendar calendar, string after, int count, string form = "MM-dd HH:mm")
    {
        var moment = At(after);
        var runs = new List<string>();
        for (var i = 0; i < count && calendar.Next(moment) is { } run; i++)
        {
            runs.Add($"{run.At.ToString(form, CultureInfo.InvariantCulture)} {run.Level}".TrimEnd());
            moment = run.At;
        }
        return string.Join(", ", runs);
    }

    private static Xunit.Sdk.XunitException Wrong(string problem) => new(problem);
}
