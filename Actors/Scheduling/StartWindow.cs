namespace Backup.Actors.Scheduling;

/// <summary>A part of the days in which jobs may start.</summary>
/// <param name="Days">The days on which it opens.</param>
/// <param name="From">When it opens, by the clock of the zone.</param>
/// <param name="To">When it closes, not included; up to 24 hours. Not behind <paramref name="From"/>: on the next
/// day.</param>
public sealed record StartWindow(DaySet Days, TimeSpan From, TimeSpan To)
{
    /// <summary>Leap days are eight years apart at most.</summary>
    private const int DaysAhead = 9 * 366;

    private bool IsOverMidnight => To <= From;

    /// <summary>Whether it is open.</summary>
    /// <param name="local">A time by the clock of the zone.</param>
    public bool Holds(DateTime local)
    {
        var (day, time) = (DateOnly.FromDateTime(local), local.TimeOfDay);
        if (!IsOverMidnight) return Days.Holds(day) && time >= From && time < To;
        return (Days.Holds(day) && time >= From) || (time < To && Days.Holds(day.AddDays(-1)));
    }

    /// <summary>Whether it is closed, and never opens again.</summary>
    /// <param name="now">From when on.</param>
    /// <param name="zone">Whose clock is meant.</param>
    public bool IsOver(DateTimeOffset now, TimeZoneInfo zone) =>
        !Holds(TimeZoneInfo.ConvertTime(now, zone).DateTime) && Opens(now, zone) is null;

    /// <summary>When it opens next; null when it does not within nine years.</summary>
    /// <param name="after">Any moment at which it is closed.</param>
    /// <param name="zone">Whose clock is meant.</param>
    public DateTimeOffset? Opens(DateTimeOffset after, TimeZoneInfo zone)
    {
        var first = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime);
        var last = first.AddDays(DaysAhead);
        if (Days.Dates is { } dates)
            (first, last) = (first > dates.First ? first : dates.First, last < dates.Last ? last : dates.Last);
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            if (!Days.Holds(day)) continue;
            var local = day.ToDateTime(default).Add(From);
            foreach (var offset in OffsetsOf(local, zone))
                if (new DateTimeOffset(local, offset) is var opens && opens > after) return opens;
        }
        return null;
    }

    /// <summary>Of a time that comes twice when clocks are set back both, the first one first.</summary>
    private static IEnumerable<TimeSpan> OffsetsOf(DateTime local, TimeZoneInfo zone) =>
        zone.IsAmbiguousTime(local)
            ? zone.GetAmbiguousTimeOffsets(local).OrderDescending() : [zone.GetUtcOffset(local)];
}
