namespace Backup.Actors.Scheduling;

/// <summary>
/// The level that a schedule asks for: none, one for all runs, or one for each day of a cycle.
/// </summary>
/// <param name="Words">What `backup run --level` takes: `full`, `incremental`, `differential`, `0` to `9`; null for a
/// day without a run. One word: all days. Several: in turn, counted from Sunday, 1970-01-04, so that of seven the first
/// is Sunday's. None: no level is asked for.</param>
public sealed record RunLevel(IReadOnlyList<string?> Words)
{
    private static readonly DateOnly FirstSunday = new(1970, 1, 4);

    /// <summary>No level is asked for.</summary>
    public static readonly RunLevel None = new([]);

    /// <summary>Whether there is a run on a day, and its level; null: none is asked for.</summary>
    /// <param name="day">Any day.</param>
    /// <param name="word">The level.</param>
    public bool IsOn(DateOnly day, out string? word)
    {
        word = null;
        if (Words.Count == 0) return true;
        var number = day.DayNumber - FirstSunday.DayNumber;
        word = Words[((number % Words.Count) + Words.Count) % Words.Count];
        return word is not null;
    }

    /// <summary>What is more: a full is worth more than what builds on it.</summary>
    /// <param name="word">A level, or null for none.</param>
    /// <returns>Less for what is worth more.</returns>
    internal static int Rank(string? word) => word switch
    {
        null => 20,
        "full" => 0,
        "differential" => 1,
        "incremental" => 10,
        _ => word[0] - '0',
    };

    /// <summary>Reads a word of a level.</summary>
    /// <param name="word">In any case.</param>
    internal static string? Read(string word) => word.ToLowerInvariant() switch
    {
        "full" or "f" => "full",
        "incremental" or "incr" or "inc" or "i" => "incremental",
        "differential" or "diff" or "d" => "differential",
        [>= '0' and <= '9'] digit => digit,
        _ => null,
    };
}
