using Backup.Actors.Scheduling;
using Backup.Hocon;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.schedules.NAME</c>.</summary>
internal static class ScheduleReader
{
    private const string ZoneForms = "a time zone of this machine's list, as Europe/Berlin or UTC";

    private static readonly TimeSpan CatchUpMax = TimeSpan.FromDays(31);

    public static ScheduleSettings Read(
        string name, SettingsSection section, IReadOnlyCollection<string> pools, IReadOnlyCollection<string> messages)
    {
        var zone = ReadZone(section);
        var problems = 0;
        var runs = Texts("runs", ScheduleText.RuleForms,
            text => !ScheduleText.TryRule(text, name, zone, out _, out var problem) ? problem
                : ScheduleText.WordsOf(text) is { Pool: { } pool } && !pools.Contains(pool)
                    ? $"pool \"{pool}\" is not configured"
                : ScheduleText.WordsOf(text) is { Messages: { } told } && told != RuleWords.NoMessages
                    && !messages.Contains(told) ? $"messages \"{told}\" are not configured"
                : null);
        var windows = Texts("windows", ScheduleText.WindowForms,
            text => ScheduleText.TryWindow(text, out _, out var problem) ? null : problem);
        var settings = new ScheduleSettings(
            name,
            [.. runs.Select(run => run.Text)],
            zone,
            [.. windows.Select(window => window.Text)],
            [.. Texts("exclude", ScheduleText.DayForms,
                text => ScheduleText.TryDays(text, out _, out var problem) ? null : problem).Select(days => days.Text)],
            section.Duration("catch-up", TimeSpan.Zero, CatchUpMax),
            section.Duplicates("overlap"));
        section.RefuseOtherKeys();
        if (problems == 0) CheckVain(section, settings, runs, windows);
        return settings;

        IReadOnlyList<(string Text, HoconPlace Place)> Texts(
            string key, string forms, Func<string, string?> problemOf)
        {
            var texts = section.Texts(key, $"a list such as [{forms}]");
            foreach (var (text, place) in texts)
            {
                if (problemOf(text) is not { } problem) continue;
                section.Refuse(place, key, problem, forms);
                problems++;
            }
            return texts;
        }
    }

    private static TimeZoneInfo ReadZone(SettingsSection section)
    {
        // null is absent
        if (section.OptionalText("zone", ZoneForms) is not { } text) return TimeZoneInfo.Local;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone)) return zone;
        section.Refuse("zone", $"found \"{text}\"", ZoneForms);
        return TimeZoneInfo.Utc;
    }

    /// <summary>
    /// A run that never comes is a backup that nobody has. One whose date has passed is no mistake: what was good when
    /// it was written must not keep a director from starting.
    /// </summary>
    private static void CheckVain(SettingsSection section, ScheduleSettings settings,
        IReadOnlyList<(string Text, HoconPlace Place)> runs, IReadOnlyList<(string Text, HoconPlace Place)> windows)
    {
        var (calendar, now) = (settings.CalendarOf(settings.Name), TimeProvider.System.GetUtcNow());
        var vain = calendar.Vain().Select(rule => rule.Text).ToHashSet();
        foreach (var text in vain)
            section.Refuse(PlaceOf(runs, text), "runs", $"\"{text}\" never comes",
                "a time that comes within nine years, on a day that is not excluded and in a window");
        foreach (var text in calendar.Over(now).Select(rule => rule.Text).Where(text => !vain.Contains(text)))
            section.Warn(PlaceOf(runs, text), "runs", $"\"{text}\" does not come any more",
                "a time that is still to come; nothing runs by this rule");
        foreach (var (text, place) in windows)
            if (ScheduleText.TryWindow(text, out var window, out _) && window.IsOver(now, settings.Zone))
                section.Warn(place, "windows", $"\"{text}\" never opens again",
                    "a window that is still to open; nothing starts by this one");
    }

    private static HoconPlace PlaceOf(IReadOnlyList<(string Text, HoconPlace Place)> texts, string text) =>
        texts.First(each => each.Text == text).Place;
}
