using Quartz;

namespace Backup.Actors.Scheduling;

/// <summary>One line of a schedule: times, days and a level.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="Times">When, in the zone of the schedule; the library knows what the clock changes do to them: a time
/// that does not exist comes when the clock has gone forward, one that exists twice comes the first time, and what
/// comes every so many minutes or hours goes on in even steps.</param>
/// <param name="Days">On which days of these.</param>
/// <param name="Level">At which level.</param>
public sealed record RunRule(string Text, IReadOnlyList<CronExpression> Times, DaySet Days, RunLevel Level)
{
    /// <summary>
    /// How long after the last backup it comes (<see cref="SinceLast"/>), in place of times; null: it has times.
    /// </summary>
    public TimeSpan? After { get; init; }

    /// <summary>The shortest <see cref="After"/>.</summary>
    internal static readonly TimeSpan AfterMin = TimeSpan.FromMinutes(10);

    /// <summary>The longest <see cref="After"/>.</summary>
    internal static readonly TimeSpan AfterMax = TimeSpan.FromDays(366);

    /// <summary>Leap days are eight years apart at most, where a century is no leap year.</summary>
    private const int YearsMax = 9;

    /// <summary>Where so many times of a rule in a row are excluded, all are.</summary>
    private const int StepsMax = 20_000;

    /// <summary>The first run after a moment.</summary>
    /// <param name="after">Any moment.</param>
    /// <param name="zone">Whose days and times are meant.</param>
    /// <param name="refused">Null when a time may be one; else the moment behind which to look on. It gets the time,
    /// and what the clock of the zone shows then: of a time behind the gap of spring, what it would have shown
    /// there.</param>
    /// <returns>The run; null when there is none within nine years.</returns>
    public ScheduledTime? Next(
        DateTimeOffset after, TimeZoneInfo zone, Func<DateTimeOffset, IReadOnlyList<DateTime>, DateTimeOffset?> refused)
    {
        var (from, end) = (after, after.Year > 9980 ? DateTimeOffset.MaxValue : after.AddYears(YearsMax));
        for (var step = 0; step < StepsMax; step++)
        {
            if (from > end || FirstAfter(from) is not { } time || time > end) return null;
            var local = TimeZoneInfo.ConvertTime(time, zone).DateTime;
            var day = DateOnly.FromDateTime(local);
            if (Days.Dates is { } dates && day > dates.Last) return null;
            if (!Days.Holds(day) || !Level.IsOn(day, out var level)) from = EndOf(day, time, zone);
            else if (refused(time, Meant(time, local, zone)) is { } later) from = later;
            else return new ScheduledTime(TimeZoneInfo.ConvertTime(time, zone), level, Text);
        }
        return null;
    }

    /// <summary>The first moment at which a rule without times may come.</summary>
    /// <param name="from">This moment, or a later one.</param>
    /// <param name="zone">Whose days are meant.</param>
    /// <param name="refused">As for <see cref="Next"/>.</param>
    /// <returns>The moment; null when there is none within nine years.</returns>
    public DateTimeOffset? FirstFrom(
        DateTimeOffset from, TimeZoneInfo zone, Func<DateTimeOffset, IReadOnlyList<DateTime>, DateTimeOffset?> refused)
    {
        var end = from.Year > 9980 ? DateTimeOffset.MaxValue : from.AddYears(YearsMax);
        for (var (time, step) = (from, 0); step < StepsMax && time < end; step++)
        {
            var local = TimeZoneInfo.ConvertTime(time, zone).DateTime;
            var day = DateOnly.FromDateTime(local);
            if (Days.Dates is { } dates && day > dates.Last) return null;
            var later = Days.Holds(day) ? refused(time, [local]) : EndOf(day, time, zone);
            if (later is null) return time;
            if (later >= end) return null;
            time = later.Value.AddSeconds(1);
        }
        return null;
    }

    /// <summary>
    /// The last second of a day, behind which the next day's times come; never before the time itself.
    /// </summary>
    internal static DateTimeOffset EndOf(DateOnly day, DateTimeOffset time, TimeZoneInfo zone)
    {
        var midnight = day.AddDays(1).ToDateTime(default);
        // Where the clock changes at midnight, it is looked on from time to time.
        if (zone.IsInvalidTime(midnight) || zone.IsAmbiguousTime(midnight)) return time;
        var last = new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).AddSeconds(-1);
        return last > time ? last : time;
    }

    /// <summary>
    /// The times of the gap that come behind it, where the clock has just gone forward; else the time.
    /// </summary>
    private List<DateTime> Meant(DateTimeOffset time, DateTime local, TimeZoneInfo zone)
    {
        var gap = zone.GetUtcOffset(time) - zone.GetUtcOffset(time.AddTicks(-1));
        if (gap <= TimeSpan.Zero) return [local];
        var meant = new List<DateTime>();
        foreach (var expression in Times.Select(each => each.WithTimeZone(TimeZoneInfo.Utc)))
        {
            var at = new DateTimeOffset(local - gap, TimeSpan.Zero).AddSeconds(-1);
            while (expression.GetNextValidTimeAfter(at) is { } next && next.UtcDateTime <= local)
            {
                meant.Add(next.UtcDateTime);
                at = next;
            }
        }
        return meant.Count > 0 ? meant : [local];
    }

    private DateTimeOffset? FirstAfter(DateTimeOffset moment) =>
        Times.Select(time => time.GetNextValidTimeAfter(moment)).Where(time => time is not null).Min();
}

/// <summary>A moment at which something is to start.</summary>
/// <param name="At">The moment, with the zone's offset or any other.</param>
/// <param name="Level">A word as `backup run --level` takes it; null: none is asked for.</param>
/// <param name="Rule">The line of the schedule that says so.</param>
public sealed record ScheduledTime(DateTimeOffset At, string? Level, string Rule);
