using Backup.Actors.Copies;
using Backup.Messages;

namespace Backup.Host.Configuration;

/// <summary>Reads <c>backup.copies</c> and <c>backup.copy-rules</c> (docs/copies.md).</summary>
/// <param name="pools">The pools that are configured.</param>
internal sealed class CopyReader(IReadOnlyCollection<string> pools)
{
    private const int DaysMax = 36_500;
    private const long BytesMax = 1L << 60;

    /// <summary>A rule.</summary>
    public CopyRule ReadRule(string name, SettingsSection section)
    {
        var rule = new CopyRule(
            name,
            new PoolName(section.Reference("from", "pool", "pools", pools)),
            new PoolName(section.Reference("to", "pool", "pools", pools)),
            section.Number("after-days", 0, DaysMax),
            section.Switch("migrate"),
            section.Bytes("high-water", 0, BytesMax),
            section.Bytes("low-water", 0, BytesMax));
        if (!section.IsTemplate && rule.From == rule.To)
            section.Refuse("to", $"found \"{rule.To}\"", "another pool than the one that `from` names");
        if (rule.LowWaterBytes > rule.HighWaterBytes)
            section.Refuse(
                "low-water", $"found {rule.LowWaterBytes} bytes", $"at most {rule.HighWaterBytes}, the high one");
        section.RefuseOtherKeys();
        return rule;
    }

    /// <summary>What is done by itself.</summary>
    public static CopyCare Read(SettingsSection section, IEnumerable<CopyRule> rules)
    {
        var care = new CopyCare(
            [.. rules], section.Switch("heal"),
            section.Duration("scrub-every", TimeSpan.Zero, TimeSpan.FromDays(DaysMax)))
        {
            RetryAfter = section.Duration("retry-after", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
        };
        section.RefuseOtherKeys();
        return care;
    }
}
