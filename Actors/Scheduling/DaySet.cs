using System.Globalization;

namespace Backup.Actors.Scheduling;

/// <summary>
/// Days by what a calendar calls them. What is null is not asked; a day is in the set when it is all that is asked of
/// it.
/// </summary>
public sealed record DaySet
{
    private static readonly DateOnly FirstMonday = new(1970, 1, 5);

    /// <summary>Every day.</summary>
    public static readonly DaySet All = new();

    /// <summary>Days of the week.</summary>
    public IReadOnlySet<DayOfWeek>? Weekdays { get; init; }

    /// <summary>Which of its kind in the month: 1 to 5, 0 for the last. Of the weekday.</summary>
    public IReadOnlySet<int>? Ordinals { get; init; }

    /// <summary>Days of the month: 1 to 31, 0 for the last.</summary>
    public IReadOnlySet<int>? DaysOfMonth { get; init; }

    /// <summary>Months: 1 to 12.</summary>
    public IReadOnlySet<int>? Months { get; init; }

    /// <summary>Weeks of ISO 8601: 1 to 53.</summary>
    public IReadOnlySet<int>? Weeks { get; init; }

    /// <summary>One day, or the days from one to another, both included.</summary>
    public (DateOnly First, DateOnly Last)? Dates { get; init; }

    /// <summary>Every so many days or weeks.</summary>
    public DayCycle? Cycle { get; init; }

    /// <summary>Whether a day is in the set.</summary>
    /// <param name="day">Any day.</param>
    public bool Holds(DateOnly day) =>
        Weekdays?.Contains(day.DayOfWeek) != false
        && (Ordinals is null || Ordinals.Contains(((day.Day - 1) / 7) + 1)
            || (Ordinals.Contains(0) && day.Day > LastOf(day) - 7))
        && (DaysOfMonth is null || DaysOfMonth.Contains(day.Day)
            || (DaysOfMonth.Contains(0) && day.Day == LastOf(day)))
        && Months?.Contains(day.Month) != false
        && Weeks?.Contains(ISOWeek.GetWeekOfYear(day.ToDateTime(default))) != false
        && (Dates is not { } dates || (day >= dates.First && day <= dates.Last))
        && Cycle?.Holds(day) != false;

    /// <summary>Full weeks since the first Monday of 1970, for cycles of weeks.</summary>
    internal static int WeekOf(DateOnly day) =>
        (int)Math.Floor((day.DayNumber - FirstMonday.DayNumber) / 7.0);

    private static int LastOf(DateOnly day) => DateTime.DaysInMonth(day.Year, day.Month);
}

/// <summary>Every so many days or weeks, counted from a day.</summary>
/// <param name="Every">1 or more.</param>
/// <param name="OfWeeks">True for weeks, which begin on Monday; false for days.</param>
/// <param name="From">A day of the cycle's first turn; before it there are turns too.</param>
public sealed record DayCycle(int Every, bool OfWeeks, DateOnly From)
{
    /// <summary>Whether a day is in a turn.</summary>
    /// <param name="day">Any day.</param>
    public bool Holds(DateOnly day) =>
        (OfWeeks ? DaySet.WeekOf(day) - DaySet.WeekOf(From) : day.DayNumber - From.DayNumber) % Every == 0;
}
