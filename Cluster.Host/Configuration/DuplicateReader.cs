using System.Text.Json;
using Backup.Actors.Jobs;

namespace Backup.Host.Configuration;

/// <summary>Reads what becomes of a run while a backup of the same policy has not ended.</summary>
internal static class DuplicateReader
{
    private static readonly Dictionary<string, DuplicateRule> Rules = Enum.GetValues<DuplicateRule>()
        .ToDictionary(rule => JsonNamingPolicy.KebabCaseLower.ConvertName(rule.ToString()));

    /// <summary>The rules, in order; none where one of them is no rule.</summary>
    public static IReadOnlyList<DuplicateRule> Duplicates(this SettingsSection section, string key) =>
        [.. (section.References(key, "rule", "rules", Rules.Keys) ?? []).Select(word => Rules[word])];
}
