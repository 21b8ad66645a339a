using Backup.Actors.Retention;

namespace Backup.Host.Configuration;

/// <summary>Reads what is kept of images: <c>retention</c> of a policy or a pool (docs/retention.md).</summary>
internal static class RetentionReader
{
    public static RetentionRules Read(SettingsSection section)
    {
        const int countMax = 100_000;
        var rules = new RetentionRules
        {
            Last = section.Number("last", 0, countMax),
            Hourly = section.Number("hourly", 0, countMax),
            Daily = section.Number("daily", 0, countMax),
            Weekly = section.Number("weekly", 0, countMax),
            Monthly = section.Number("monthly", 0, countMax),
            Yearly = section.Number("yearly", 0, countMax),
            Verified = section.Number("verified", 0, countMax),
            Within = section.Duration("within", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            For = section.Duration("for", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            Window = section.Duration("window", TimeSpan.Zero, TimeSpan.FromDays(36_500)),
            Tags = [.. section.Texts("tags", "a list of tags such as [release]").Select(tag => tag.Text)],
        };
        section.RefuseOtherKeys();
        if (rules.Tags.Count == 0) rules = rules with { Tags = RetentionRules.Everything.Tags };
        return rules;
    }
}
