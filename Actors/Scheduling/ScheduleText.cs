using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Quartz;

namespace Backup.Actors.Scheduling;

/// <summary>
/// Reads the texts of a schedule: `incremental mon-sat at 21:00`, `full 1st sun at 23:05`, `levels 0325476 at 22:00`,
/// `every 6 hours`, `H H(1-4) * * *`. What is allowed stands in docs/schedules.md.
/// </summary>
public static class ScheduleText
{
    /// <summary>What a rule looks like, for messages.</summary>
    public const string RuleForms =
        "[LEVEL] DAYS at HH:MM [priority N] [pool NAME] [select-by WORD] [spool WORD] [messages NAME] "
        + "[no-record], as \"full first sunday at 02:00\"; every N hours; [LEVEL] [DAYS] N hours after the last; "
        + "or five fields of cron";

    /// <summary>What a window looks like, for messages.</summary>
    public const string WindowForms = "[DAYS] HH:MM-HH:MM, as \"mon-fri 20:00-06:00\"";

    /// <summary>What excluded days look like, for messages.</summary>
    public const string DayForms = "days such as 2026-12-24..2027-01-02, sunday, \"last friday of december\"";

    private static readonly string[] BehindAfter = ["the", "last", "backup", "one"];
    private static readonly int[] MinuteSteps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
    private static readonly int[] HourSteps = [1, 2, 3, 4, 6, 8, 12];

    /// <summary>Reads one rule.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="seed">What an `H` in fields of cron is chosen by: the policy's name spreads policies over
    /// time.</param>
    /// <param name="zone">Whose clock is meant.</param>
    /// <param name="rule">The rule, when true.</param>
    /// <param name="problem">What is wrong, when false.</param>
    public static bool TryRule(string text, string seed, TimeZoneInfo zone, [NotNullWhen(true)] out RunRule? rule,
        [NotNullWhen(false)] out string? problem) =>
        Try(() => Rule(text, seed, zone), out rule, out problem);

    /// <summary>Reads a window.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="window">The window, when true.</param>
    /// <param name="problem">What is wrong, when false.</param>
    public static bool TryWindow(
        string text, [NotNullWhen(true)] out StartWindow? window, [NotNullWhen(false)] out string? problem) =>
        Try(() => Window(DayWords.Split(text)), out window, out problem);

    /// <summary>Reads days.</summary>
    /// <param name="text">Their text.</param>
    /// <param name="days">The days, when true.</param>
    /// <param name="problem">What is wrong, when false.</param>
    public static bool TryDays(
        string text, [NotNullWhen(true)] out DaySet? days, [NotNullWhen(false)] out string? problem) =>
        Try(() => DayWords.Read(DayWords.Split(text)), out days, out problem);

    /// <summary>What a rule says of its jobs besides their level.</summary>
    /// <param name="rule">The text of a rule that was read before.</param>
    public static RuleWords WordsOf(string rule) => RuleWords.Read(rule, out _);

    private static bool Try<T>(Func<T> read, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? problem)
        where T : class
    {
        try
        {
            (value, problem) = (read(), null);
            return true;
        }
        catch (FormatException wrong)
        {
            (value, problem) = (null, wrong.Message.TrimEnd('.'));
            return false;
        }
    }

    private static RunRule Rule(string text, string seed, TimeZoneInfo zone)
    {
        RuleWords.Read(text, out var times);
        var words = DayWords.Split(times);
        var level = TakeLevel(words, text);
        if (words.Count == 0) throw new FormatException("there is no time in it");
        if (words.IndexOf("after") is >= 0 and var after) return SinceLast(text, words, after, level);
        if (IsCron(words))
            return new RunRule(text, [Cron(string.Join(' ', words), seed, zone)], DaySet.All, level);
        var at = words.IndexOf("at");
        var (days, hours) = at < 0 ? (words, []) : (words[..at], words[(at + 1)..]);
        var hourly = TakeStep(days, out var cycle);
        var expressions = hourly is { } steps
            ? [Fields(OfSteps(steps, hours), zone)]
            : Times(hours).Select(time => Fields($"{time.Minutes} {time.Hours} * * *", zone)).ToList();
        return new RunRule(text, expressions, DayWords.Read(days) with { Cycle = cycle }, level);
    }

    /// <summary>`20 hours after the last`, with days before it.</summary>
    private static RunRule SinceLast(string text, List<string> words, int after, RunLevel level)
    {
        const string form = "\"after\" belongs into N minutes, hours, days or weeks after the last, of 10 minutes to "
            + "366 days";
        var behind = words[(after + 1)..];
        if (after < 2 || !behind.Contains("last") || behind.Exists(word => !BehindAfter.Contains(word))
            || !int.TryParse(words[after - 2], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || UnitOf(words[after - 1]) is not { } unit) throw new FormatException(form);
        var time = count <= 1_000_000 ? count * unit : TimeSpan.MaxValue;
        if (time < RunRule.AfterMin || time > RunRule.AfterMax) throw new FormatException(form);
        if (level.Words.Count > 1) throw new FormatException("\"levels\" goes by days: expected one level");
        return new RunRule(text, [], DayWords.Read(words[..(after - 2)]), level) { After = time };
    }

    private static TimeSpan? UnitOf(string word) => word.TrimEnd('s') switch
    {
        "minute" or "min" => TimeSpan.FromMinutes(1),
        "hour" or "h" => TimeSpan.FromHours(1),
        "day" => TimeSpan.FromDays(1),
        "week" => TimeSpan.FromDays(7),
        _ => null,
    };

    /// <summary>The first field of cron looks like nothing that a rule in words begins with, and has no "at".</summary>
    private static bool IsCron(List<string> words) => words[0] switch
    {
        ['*', ..] or ['h'] or ['h', '(' or '/', ..] => true,
        [>= '0' and <= '9', ..] => !words.Contains("at"),
        _ => false,
    };

    /// <summary>A level in front: a word, `level N`, or `levels` with a letter or digit for each day.</summary>
    private static RunLevel TakeLevel(List<string> words, string text)
    {
        if (words is ["levels", var letters, ..])
        {
            words.RemoveRange(0, 2);
            return new RunLevel([.. letters.Select(letter => letter == '-' ? null
                : RunLevel.Read(letter.ToString()) ?? throw new FormatException(
                    $"\"{letter}\" in \"{letters}\" is no level: expected F, D, I, 0 to 9, or - for a day without"))]);
        }
        if (words is ["level", var number, ..])
        {
            words.RemoveRange(0, 2);
            return new RunLevel([RunLevel.Read(number)
                ?? throw new FormatException($"\"{number}\" in \"{text}\" is no level: expected 0 to 9")]);
        }
        if (words is not [{ Length: > 1 } word, ..] || RunLevel.Read(word) is not { } read) return RunLevel.None;
        words.RemoveAt(0);
        return new RunLevel([read]);
    }

    /// <summary>`every N hours`, `hourly`; of days and weeks only the cycle.</summary>
    private static (int Every, bool OfHours)? TakeStep(List<string> words, out DayCycle? cycle)
    {
        cycle = null;
        if (words is ["hourly", ..])
        {
            words.RemoveAt(0);
            return (1, true);
        }
        if (words is not ["every", var count, var unit, ..]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var every)) return null;
        words.RemoveRange(0, 3);
        switch (unit.TrimEnd('s'))
        {
            case "minute" or "min" when MinuteSteps.Contains(every): return (every, false);
            case "hour" when HourSteps.Contains(every): return (every, true);
            case "day" or "week" when every is >= 1 and <= 366:
                cycle = new DayCycle(every, unit[0] == 'w', TakeFrom(words));
                return null;
            default:
                throw new FormatException($"every {count} {unit} is not possible: expected "
                    + $"{string.Join(", ", MinuteSteps)} minutes, {string.Join(", ", HourSteps)} hours, or 1 to 366 "
                    + "days or weeks");
        }
    }

    private static DateOnly TakeFrom(List<string> words)
    {
        var at = words.IndexOf("from");
        if (at < 0) return new DateOnly(1970, 1, 5);
        var date = at + 1 < words.Count ? DayWords.Date(words[at + 1]) : null;
        words.RemoveRange(at, Math.Min(2, words.Count - at));
        return date ?? throw new FormatException("\"from\" needs a date such as 2026-12-24");
    }

    private static string OfSteps((int Every, bool OfHours) step, List<string> times)
    {
        if (times.Count > 0 && !step.OfHours) throw new FormatException("\"at\" has no meaning for every N minutes");
        var past = times.Count == 0 ? TimeSpan.Zero : Times([times[0].StartsWith(':') ? $"0{times[0]}" : times[0]])[0];
        if (past.Hours > 0) throw new FormatException($"\"at {times[0]}\" is no part of an hour: expected :00 to :59");
        return step.OfHours ? $"{past.Minutes} {(step.Every == 1 ? "*" : $"*/{step.Every}")} * * *"
            : $"*/{step.Every} * * * *";
    }

    private static List<TimeSpan> Times(List<string> words)
    {
        if (words.Count == 0) throw new FormatException("there is no time in it: expected at HH:MM");
        return words.Count > 1
            ? throw new FormatException($"\"{words[1]}\" behind the time is not understood; more times: at 02:00,14:00")
            : [.. words[0].Split(',').Select(word => Time(word) is { Days: 0 } time ? time
                : throw new FormatException($"\"{word}\" is no time: expected HH:MM, 00:00 to 23:59"))];
    }

    private static TimeSpan? Time(string word)
    {
        if (word == "24:00") return TimeSpan.FromDays(1);
        return TimeOnly.TryParseExact(word, ["H:mm", "HH:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None,
            out var time) ? time.ToTimeSpan() : null;
    }

    private static CronExpression Cron(string text, string seed, TimeZoneInfo zone) =>
        CronExpression.ParseWithHash(text, CronFormat.Unix, seed).WithTimeZone(zone);

    private static CronExpression Fields(string text, TimeZoneInfo zone) =>
        CronExpression.Parse(text, CronFormat.Unix).WithTimeZone(zone);

    private static StartWindow Window(List<string> words)
    {
        var times = words.Count == 0 ? [] : words[^1].Split('-');
        if (times.Length != 2 || Time(times[0]) is not { Days: 0 } from || Time(times[1]) is not { } to || from == to)
            throw new FormatException($"\"{(words.Count == 0 ? "" : words[^1])}\" are no times: expected HH:MM-HH:MM");
        return new StartWindow(DayWords.Read(words[..^1]), from, to);
    }
}
