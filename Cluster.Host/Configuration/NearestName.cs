namespace Backup.Host.Configuration;

/// <summary>Finds the name that was probably meant.</summary>
internal static class NearestName
{
    private const int ShownMax = 12;

    /// <summary>"known pools: a, b. Did you mean a?", as far as there is something to say.</summary>
    /// <param name="written">What was found.</param>
    /// <param name="noun">In the plural: "pools", "keys".</param>
    /// <param name="known">All that would be right.</param>
    public static string Suggest(string written, string noun, IReadOnlyCollection<string> known)
    {
        if (known.Count == 0) return $"there are no {noun}";
        var sorted = known.Order(StringComparer.Ordinal).ToList();
        var rest = sorted.Count > ShownMax ? $" and {sorted.Count - ShownMax} more" : "";
        var list = $"known {noun}: {string.Join(", ", sorted.Take(ShownMax))}{rest}";
        return Find(written, known) is { } nearest ? $"{list}. Did you mean {nearest}?" : list;
    }

    /// <summary>The known name that differs by a third of its letters at most; null where none is that near.</summary>
    public static string? Find(string written, IEnumerable<string> known)
    {
        var best = known.Select(name => (name, distance: Distance(Fold(written), Fold(name))))
            .OrderBy(each => each.distance).ThenBy(each => each.name, StringComparer.Ordinal).FirstOrDefault();
        return best.name is not null && best.distance <= Math.Max(1, best.name.Length / 3) ? best.name : null;
    }

    // dataDirectory, data_directory and DATA-DIRECTORY all mean data-directory.
    private static string Fold(string name) =>
        string.Concat(name.Where(c => c is not ('-' or '_' or '.')).Take(64)).ToLowerInvariant();

    /// <summary>Letters inserted, dropped, changed or swapped with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        var table = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= other.Length; j++) table[0, j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            for (var j = 1; j <= other.Length; j++)
            {
                var change = table[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(change, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }
        return table[one.Length, other.Length];
    }
}
