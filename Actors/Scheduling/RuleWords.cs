using System.Globalization;
using Backup.Messages.Jobs;

namespace Backup.Actors.Scheduling;

/// <summary>What a rule of a schedule says of its jobs besides their level: words at its end, in any order.</summary>
/// <param name="Priority">`priority N`; null: the policy's counts.</param>
/// <param name="Pool">`pool NAME`, as it is written; null: the policy's.</param>
/// <param name="NoRecord">`no-record`: nothing builds on the images.</param>
/// <param name="SelectBy">`select-by WORD`, how incrementals know what changed; null: as the policy says.</param>
/// <param name="Messages">`messages NAME`, as it is written, or `none`; null: the policy's.</param>
/// <param name="Spool">`spool WORD`, whether they go to the spool first; null: as the pool says.</param>
public sealed record RuleWords(
    int? Priority = null, string? Pool = null, bool NoRecord = false, SelectBy? SelectBy = null,
    string? Messages = null, SpoolUse? Spool = null)
{
    /// <summary>The word for no messages.</summary>
    public const string NoMessages = "none";

    /// <summary>How it is said what goes to the spool: everywhere by the same words.</summary>
    public static readonly IReadOnlyDictionary<string, SpoolUse> Spools =
        new Dictionary<string, SpoolUse>(StringComparer.OrdinalIgnoreCase)
        {
            ["auto"] = SpoolUse.Auto,
            ["direct"] = SpoolUse.Direct,
            ["required"] = SpoolUse.Required,
            ["never"] = SpoolUse.None,
        };

    /// <summary>How it is said how incrementals know what changed: everywhere by the same words.</summary>
    public static readonly IReadOnlyDictionary<string, SelectBy> Selections =
        new Dictionary<string, SelectBy>(StringComparer.OrdinalIgnoreCase)
        {
            ["manifest"] = Backup.Messages.Jobs.SelectBy.Manifest,
            ["time-stamps"] = Backup.Messages.Jobs.SelectBy.TimeStamps,
            ["modification-times"] = Backup.Messages.Jobs.SelectBy.ModificationTimes,
        };

    /// <summary>Reads them.</summary>
    /// <param name="rule">The text of a rule.</param>
    /// <param name="rest">What stands before them.</param>
    /// <exception cref="FormatException">One of them is not at the end, or is nonsense.</exception>
    public static RuleWords Read(string rule, out string rest)
    {
        var words = rule.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).ToList();
        var found = new RuleWords();
        while (Take(words, found) is { } more) found = more;
        foreach (var word in words)
            switch (word.ToLowerInvariant())
            {
                case "messages":
                    throw new FormatException(
                        "\"messages\" needs the name of messages, or none, at the end of the rule");
                case "spool":
                    throw new FormatException(
                        $"\"spool\" needs {string.Join(", ", Spools.Keys)} at the end of the rule");
                case "priority":
                    throw new FormatException(
                        $"\"priority\" needs a number from 0 to {JobClaim.PriorityMax} at the end of the rule");
                case "pool":
                    throw new FormatException("\"pool\" needs the name of a pool at the end of the rule");
                case "select-by":
                    throw new FormatException(
                        $"\"select-by\" needs {string.Join(", ", Selections.Keys)} at the end of the rule");
                case "no-record":
                    throw new FormatException("\"no-record\" belongs at the end of the rule");
            }
        rest = string.Join(' ', words);
        return found;
    }

    private static RuleWords? Take(List<string> words, RuleWords found)
    {
        if (words is [.., var last] && Is(last, "no-record") && !found.NoRecord)
        {
            words.RemoveAt(words.Count - 1);
            return found with { NoRecord = true };
        }
        if (words is not [.., var key, var value]) return null;
        if (Is(key, "priority") && found.Priority is null
            && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var priority)
            && priority <= JobClaim.PriorityMax)
            found = found with { Priority = priority };
        else if (Is(key, "pool") && found.Pool is null)
            found = found with { Pool = value };
        else if (Is(key, "select-by") && found.SelectBy is null && Selections.TryGetValue(value, out var selectBy))
            found = found with { SelectBy = selectBy };
        else if (Is(key, "messages") && found.Messages is null)
            found = found with { Messages = value };
        else if (Is(key, "spool") && found.Spool is null && Spools.TryGetValue(value, out var spool))
            found = found with { Spool = spool };
        else return null;
        words.RemoveRange(words.Count - 2, 2);
        return found;
    }

    private static bool Is(string word, string name) => word.Equals(name, StringComparison.OrdinalIgnoreCase);
}
