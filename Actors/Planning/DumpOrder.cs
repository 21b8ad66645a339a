namespace Backup.Actors.Planning;

/// <summary>A backup of a run, as far as its place among the others depends on it.</summary>
/// <param name="Name">Its file set.</param>
/// <param name="Priority">The greater goes before, whatever the letters say.</param>
/// <param name="Bytes">What it takes of the media.</param>
/// <param name="Seconds">How long it takes, by the speed of earlier ones.</param>
public sealed record OrderedDump(string Name, int Priority, long Bytes, double Seconds)
{
    /// <summary>Stored bytes a second.</summary>
    public double Bandwidth => Seconds > 0 ? Bytes / Seconds : 0;
}

/// <summary>
/// In which order the backups of a run are begun where not all work at once: Amanda's `dumporder`. Each pick goes by
/// the next letter, which are gone through over and over: s the smallest, S the largest; t what takes the least time, T
/// the most; b what needs the least bandwidth, B the most.
/// </summary>
public static class DumpOrder
{
    /// <summary>Amanda's: three short ones that are soon out of the way, then the long ones.</summary>
    public const string Usual = "tttTTTTTTT";

    /// <summary>What may be said.</summary>
    public const string Letters = "sStTbB";

    /// <summary>Of a set that was never saved: as fast as a slow disk.</summary>
    public const double BytesPerSecondGuess = 10 << 20;

    /// <summary>The names, in the order in which they are begun.</summary>
    /// <param name="dumps">In the order that counts where nothing else decides.</param>
    /// <param name="letters">The letters; null or empty: as they stand.</param>
    /// <exception cref="ArgumentException">A letter is none of <see cref="Letters"/>.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<OrderedDump> dumps, string? letters)
    {
        if (string.IsNullOrEmpty(letters)) return [.. dumps.Select(dump => dump.Name)];
        var left = dumps.ToList();
        var order = new List<string>();
        while (left.Count > 0)
        {
            var first = left.Max(dump => dump.Priority);
            var next = Pick(left.Where(dump => dump.Priority == first), letters[order.Count % letters.Length]);
            left.Remove(next);
            order.Add(next.Name);
        }
        return order;
    }

    private static OrderedDump Pick(IEnumerable<OrderedDump> dumps, char letter) => letter switch
    {
        's' => dumps.MinBy(dump => dump.Bytes)!,
        'S' => dumps.MaxBy(dump => dump.Bytes)!,
        't' => dumps.MinBy(dump => dump.Seconds)!,
        'T' => dumps.MaxBy(dump => dump.Seconds)!,
        'b' => dumps.MinBy(dump => dump.Bandwidth)!,
        'B' => dumps.MaxBy(dump => dump.Bandwidth)!,
        _ => throw new ArgumentException($"'{letter}' is no letter of an order: expected some of {Letters}."),
    };
}
