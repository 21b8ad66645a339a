namespace Backup.Actors.Scheduling;

/// <summary>A time of the day before which something does not begin (Amanda's starttime).</summary>
public static class StartTime
{
    /// <summary>
    /// Half a day: of a run at 20:00 that is not to begin before 02:30 the next morning is meant, and before 18:30 a
    /// time that has passed.
    /// </summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromHours(12);

    /// <summary>When it may begin; null: now.</summary>
    /// <param name="time">The time of the day.</param>
    /// <param name="now">The moment of the question.</param>
    /// <param name="zone">Whose clock shows it. What it skips comes right behind; what comes twice, the first
    /// time.</param>
    public static DateTimeOffset? Next(TimeOnly time, DateTimeOffset now, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        foreach (var day in (DateOnly[])[today, today.AddDays(1)])
        {
            var shown = day.ToDateTime(time);
            while (zone.IsInvalidTime(shown)) shown = shown.AddMinutes(1);
            var offset = zone.IsAmbiguousTime(shown)
                ? zone.GetAmbiguousTimeOffsets(shown).Max() : zone.GetUtcOffset(shown);
            var at = new DateTimeOffset(shown, offset);
            if (at > now && at - now <= AheadMax) return at;
        }
        return null;
    }
}
