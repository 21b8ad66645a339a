using System.Globalization;

namespace Backup.Actors.Scheduling;

/// <summary>
/// Reads days in words: `first sunday of jan-mar`, `mon-fri`, `day 1,15`, `last day`, `even weeks`, `w10-w20`,
/// `2026-12-24..2027-01-02`. English, in any case; short names of three letters.
/// </summary>
internal static class DayWords
{
    private static readonly string[] Fillers = ["on", "of", "in", "the", "and", "every", "each", "month", "daily"];
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly string[] OrdinalWords = ["last", "first", "second", "third", "fourth", "fifth"];
    private static readonly string[] OrdinalNumbers = ["last", "1st", "2nd", "3rd", "4th", "5th"];

    private static readonly string[] Months =
        ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>The words of a text: small letters, lists without spaces.</summary>
    public static List<string> Split(string text)
    {
        var words = text.ToLowerInvariant().Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).ToList();
        for (var i = words.Count - 1; i > 0; i--)
        {
            if (!words[i - 1].EndsWith(',') && !words[i].StartsWith(',')) continue;
            words[i - 1] += words[i];
            words.RemoveAt(i);
        }
        return words;
    }

    /// <summary>Reads days.</summary>
    /// <param name="words">As <see cref="Split"/> gives them.</param>
    /// <exception cref="FormatException">One of them is no day; the message says which and what is allowed.</exception>
    public static DaySet Read(IReadOnlyList<string> words)
    {
        var days = DaySet.All;
        for (var i = 0; i < words.Count; i++)
        {
            var (word, next) = (words[i], i + 1 < words.Count ? words[i + 1] : "");
            if (IsEveryDay(words, i)) i++;
            if (Fillers.Contains(word)) continue;
            var took = One(word, next, ref days);
            if (took == 0)
                throw new FormatException($"\"{word}\" is no day: expected words such as first sunday, mon-fri, "
                    + "day 1,15, last day, even weeks, w10-w20, jan-mar, 2026-12-24");
            i += took - 1;
        }
        if (days.Ordinals is not null && days.Weekdays is null)
            throw new FormatException("\"first\" and the like need a day of the week, as in first sunday");
        return days;
    }

    /// <summary>`every day` alone means nothing; `every day 1` is a day of the month.</summary>
    private static bool IsEveryDay(IReadOnlyList<string> words, int at) =>
        words[at] is "every" or "each" && at + 1 < words.Count && words[at + 1] == "day"
        && (at + 2 == words.Count || !char.IsAsciiDigit(words[at + 2][0]));

    /// <summary>Takes one or two words.</summary>
    /// <returns>How many; 0: it is no day.</returns>
    private static int One(string word, string next, ref DaySet days)
    {
        if (word == "last" && next == "day") days = days with { DaysOfMonth = Once(days.DaysOfMonth, [0], "last day") };
        else if (word is "day" or "days")
            days = days with { DaysOfMonth = Once(days.DaysOfMonth, Numbers(next), next) };
        else if (word is "even" or "odd" && next is "week" or "weeks")
            days = days with { Weeks = Once(days.Weeks, Parity(word), next) };
        else if (word is "weekdays" or "workdays")
            days = days with { Weekdays = Once(days.Weekdays, OfWeek("mon-fri")!, word) };
        else if (word is "weekend" or "weekends")
            days = days with { Weekdays = Once(days.Weekdays, OfWeek("sat,sun")!, word) };
        else if (Range(word, Ordinal) is { } ordinals)
            days = days with { Ordinals = Once(days.Ordinals, ordinals, word) };
        else if (OfWeek(word) is { } weekdays) days = days with { Weekdays = Once(days.Weekdays, weekdays, word) };
        else if (Range(word, Month, 12) is { } months) days = days with { Months = Once(days.Months, months, word) };
        else if (Range(word, Week, 53) is { } weeks) days = days with { Weeks = Once(days.Weeks, weeks, word) };
        else if (DatesOf(word) is { } dates)
            days = days.Dates is null ? days with { Dates = dates } : throw new FormatException(
                $"\"{word}\" is a second date: write a rule for each, or 2026-12-24..2027-01-02");
        else return 0;
        return word is "day" or "days" or "even" or "odd" || (word == "last" && next == "day") ? 2 : 1;
    }

    private static IReadOnlySet<T> Once<T>(IReadOnlySet<T>? before, IReadOnlySet<T> given, string word) =>
        before is null ? given : throw new FormatException($"\"{word}\" is said twice of the same kind: write a,b");

    private static HashSet<int> Once(IReadOnlySet<int>? before, HashSet<int> given, string word) =>
        (HashSet<int>)Once<int>(before, given, word);

    private static HashSet<int> Parity(string word) =>
        [.. Enumerable.Range(1, 53).Where(week => week % 2 == 0 == (word == "even"))];

    private static HashSet<int> Numbers(string word) => Range(word, Day)
        ?? throw new FormatException($"\"{word}\" are no days of a month: expected numbers such as 1,15 or 1-7");

    private static HashSet<DayOfWeek>? OfWeek(string word) =>
        Range(word, Weekday, 7, first: 0)?.Select(number => (DayOfWeek)number).ToHashSet();

    /// <summary>Lists and ranges: `a,c-e`. A range may go over the end of a cycle, as `nov-feb`.</summary>
    private static HashSet<int>? Range(string word, Func<string, int> read, int cycle = 0, int first = 1)
    {
        var numbers = new HashSet<int>();
        foreach (var item in word.Split(','))
        {
            var ends = item.Split('-');
            if (ends.Length > 2) return null;
            var (from, to) = (read(ends[0]), read(ends[^1]));
            if (from < 0 || to < 0) return null;
            if (to < from && cycle == 0 && ends.Length == 2)
                throw new FormatException($"\"{item}\" ends before it begins");
            if (to < from) to += cycle;
            for (var number = from; number <= to; number++)
                numbers.Add(cycle == 0 ? number : ((number - first) % cycle) + first);
        }
        return numbers;
    }

    private static int Ordinal(string word) =>
        Math.Max(Array.IndexOf(OrdinalWords, word), Array.IndexOf(OrdinalNumbers, word));

    private static int Weekday(string word) =>
        Named(word, Weekdays, CultureInfo.InvariantCulture.DateTimeFormat.DayNames);

    private static int Month(string word) => word.Length == 0 ? -1
        : Named(word, Months, ["", .. CultureInfo.InvariantCulture.DateTimeFormat.MonthNames]);

    private static int Named(string word, string[] shorts, string[] longs) => Math.Max(
        Array.IndexOf(shorts, word),
        word.Length < 3 ? -1 : Array.FindIndex(longs, name => name.Equals(word, StringComparison.OrdinalIgnoreCase)));

    private static int Week(string word) => word.StartsWith('w') ? Number(word[1..], 53) : -1;

    private static int Day(string word) => Number(word, 31);

    private static int Number(string word, int max) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1
        && number <= max ? number : -1;

    private static (DateOnly, DateOnly)? DatesOf(string word)
    {
        var ends = word.Split("..");
        if (ends.Length > 2 || Date(ends[0]) is not { } first || Date(ends[^1]) is not { } last) return null;
        return last >= first ? (first, last) : throw new FormatException($"\"{word}\" ends before it begins");
    }

    /// <summary>A date, as 2026-12-24, of the years 1970 to 2999.</summary>
    public static DateOnly? Date(string word) => DateOnly.TryParseExact(
        word, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        && date.Year is >= 1970 and < 3000 ? date : null;
}
