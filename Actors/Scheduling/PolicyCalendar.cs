using Backup.Actors.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Scheduling;

/// <summary>When a policy runs. Reads no clock: the same question has the same answer.</summary>
/// <param name="Rules">At least one.</param>
/// <param name="Zone">Whose days and times they mean.</param>
/// <param name="Windows">In which parts of the days jobs may start; empty: at any time.</param>
/// <param name="Excluded">Days without a run, by the zone's calendar.</param>
/// <param name="CatchUp">How late a run may start that was missed; zero: not at all.</param>
/// <param name="Text">All of this as text: another text is another calendar.</param>
public sealed record PolicyCalendar(
    IReadOnlyList<RunRule> Rules,
    TimeZoneInfo Zone,
    IReadOnlyList<StartWindow> Windows,
    IReadOnlyList<DaySet> Excluded,
    TimeSpan CatchUp,
    string Text)
{
    /// <summary>What becomes of a run while a backup of the same policy and client has not ended.</summary>
    public IReadOnlyList<DuplicateRule> Overlap { get; init; } = [DuplicateRule.Skip];

    /// <summary>Reads what is written.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="policy">Whose calendar it is.</param>
    /// <param name="problem">What is wrong; empty when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    public static PolicyCalendar? Read(CalendarTexts texts, string policy, out string problem)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(texts.Zone, out var zone))
        {
            problem = $"\"{texts.Zone}\" is no time zone of this machine";
            return null;
        }
        var wrong = new List<string>();
        var calendar = new PolicyCalendar(
            All<RunRule>(texts.Runs, text =>
                ScheduleText.TryRule(text, policy, zone, out var rule, out var found) ? (rule, "") : (null, found)),
            zone,
            All<StartWindow>(texts.Windows, text =>
                ScheduleText.TryWindow(text, out var window, out var found) ? (window, "") : (null, found)),
            All<DaySet>(texts.Excluded, text =>
                ScheduleText.TryDays(text, out var days, out var found) ? (days, "") : (null, found)),
            TimeSpan.Zero, "");
        problem = string.Join("; ", wrong);
        return wrong.Count == 0 ? calendar : null;

        List<T> All<T>(IReadOnlyList<string> written, Func<string, (T? Value, string Problem)> read) where T : class
        {
            var values = new List<T>();
            foreach (var text in written)
                if (read(text) is { Value: { } value }) values.Add(value);
                else wrong.Add($"\"{text}\": {read(text).Problem}");
            return values;
        }
    }

    /// <summary>
    /// The first run after a moment by the calendar, without what counts from the last backup. Where several rules mean
    /// the same moment, there is one run, at the level that saves most; among equals the first rule's.
    /// </summary>
    /// <param name="after">Any moment.</param>
    /// <returns>The run; null when there is none within nine years.</returns>
    public ScheduledTime? Next(DateTimeOffset after) => Rules
        .Select(rule => Next(rule, after))
        .OfType<ScheduledTime>()
        .OrderBy(run => run.At).ThenBy(run => RunLevel.Rank(run.Level))
        .FirstOrDefault();

    /// <summary>The rules that count from the last backup and not by the calendar.</summary>
    public IEnumerable<RunRule> SinceLast => Rules.Where(rule => rule.After is not null);

    /// <summary>When a rule of these may come: on its days, in a window, on no excluded day.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="from">At this moment or later.</param>
    /// <returns>The moment; null when there is none within nine years.</returns>
    public DateTimeOffset? FirstFrom(RunRule rule, DateTimeOffset from) => rule.FirstFrom(from, Zone, Refused);

    /// <summary>What is due by the calendar between two moments, in order.</summary>
    /// <param name="after">Not included.</param>
    /// <param name="until">Included.</param>
    public IEnumerable<ScheduledTime> Between(DateTimeOffset after, DateTimeOffset until)
    {
        for (var run = Next(after); run is not null && run.At <= until; run = Next(run.At)) yield return run;
    }

    /// <summary>When something may start that is due: now, or when a window opens.</summary>
    /// <param name="now">The moment.</param>
    /// <returns>Now or later; null when no window opens any more.</returns>
    public DateTimeOffset? MayStart(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Zone).DateTime;
        if (Windows.Count == 0 || Windows.Any(window => window.Holds(local))) return now;
        return Opening(now);
    }

    /// <summary>The rules that never come, whenever one looks: each is a mistake.</summary>
    public IEnumerable<RunRule> Vain() => Rules.Where(rule => Beginnings(rule).All(from => !Comes(rule, from)));

    /// <summary>The rules that do not come any more: their date has passed, or that of all windows.</summary>
    /// <param name="now">From when on.</param>
    public IEnumerable<RunRule> Over(DateTimeOffset now) => Rules.Where(rule => !Comes(rule, now));

    private bool Comes(RunRule rule, DateTimeOffset from) =>
        rule.After is null ? Next(rule, from) is not null : FirstFrom(rule, from) is not null;

    private ScheduledTime? Next(RunRule rule, DateTimeOffset after) => rule.Next(after, Zone, Refused);

    /// <summary>
    /// Where to look for a run: before and behind each date that anything says, and for what comes by the calendar
    /// alone over the 28 years in which days of the month and of the week come together again.
    /// </summary>
    private IEnumerable<DateTimeOffset> Beginnings(RunRule rule) =>
        new[] { rule.Days.Dates }.Concat(Windows.Select(window => window.Days.Dates))
            .Concat(Excluded.Select(days => days.Dates)).OfType<(DateOnly First, DateOnly Last)>()
            .SelectMany(dates => new[] { dates.First.AddDays(-2), dates.Last })
            .Select(day => new DateTimeOffset(day.ToDateTime(default), TimeSpan.Zero))
            .Concat(Enumerable.Range(0, 4).Select(
                nine => new DateTimeOffset(2000 + (9 * nine), 1, 1, 0, 0, 0, TimeSpan.Zero)));

    private DateTimeOffset? Refused(DateTimeOffset time, IReadOnlyList<DateTime> locals)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, Zone).DateTime);
        if (Excluded.Any(days => days.Holds(day))) return RunRule.EndOf(day, time, Zone);
        if (Windows.Count == 0 || Windows.Any(window => locals.Any(window.Holds))) return null;
        return Opening(time) is { } opens ? Later(time, opens.AddSeconds(-1)) : DateTimeOffset.MaxValue;
    }

    private DateTimeOffset? Opening(DateTimeOffset after) =>
        Windows.Select(window => window.Opens(after, Zone)).Where(opens => opens is not null).Min();

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
