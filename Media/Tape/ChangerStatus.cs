using System.Globalization;

namespace Backup.Media.Tape;

/// <summary>What a changer says of its elements.</summary>
/// <param name="Drives">Its drives, from 0.</param>
/// <param name="Slots">Storage and import/export elements, from 1.</param>
public sealed record ChangerStatus(IReadOnlyList<ChangerDrive> Drives, IReadOnlyList<ChangerSlot> Slots)
{
    private const string Drive = "Data Transfer Element ";
    private const string Slot = "Storage Element ";
    private const string Exchange = "IMPORT/EXPORT";

    /// <summary>Reads what `mtx status` prints; lines that say nothing of an element are passed over.</summary>
    /// <param name="text">Its standard output.</param>
    /// <returns>Null where it names no drive and no slot.</returns>
    public static ChangerStatus? Parse(string text)
    {
        var drives = new List<ChangerDrive>();
        var slots = new List<ChangerSlot>();
        foreach (var line in text.Split('\n').Select(each => each.Trim()))
        {
            if (line.StartsWith(Drive, StringComparison.Ordinal) && Split(line[Drive.Length..]) is { } drive)
                drives.Add(new ChangerDrive(drive.Number, drive.IsFull, SourceIn(drive.What), TagIn(drive.What)));
            else if (line.StartsWith(Slot, StringComparison.Ordinal) && Split(line[Slot.Length..]) is { } slot)
                slots.Add(new ChangerSlot(slot.Number, slot.IsFull, slot.IsExchange, TagIn(slot.What)));
        }
        return drives.Count + slots.Count == 0 ? null
            : new ChangerStatus([.. drives.OrderBy(drive => drive.Number)], [.. slots.OrderBy(slot => slot.Number)]);
    }

    /// <summary>`3 IMPORT/EXPORT:Full :VolumeTag=A1`: number, for exchange or not, full or empty.</summary>
    private static (int Number, bool IsFull, bool IsExchange, string What)? Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return null;
        var words = text[..colon].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0
            || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var rest = text[(colon + 1)..].Trim();
        var isFull = rest.StartsWith("Full", StringComparison.OrdinalIgnoreCase);
        if (!isFull && !rest.StartsWith("Empty", StringComparison.OrdinalIgnoreCase)) return null;
        var isExchange = words.Skip(1).Any(word => word.Equals(Exchange, StringComparison.OrdinalIgnoreCase));
        return (number, isFull, isExchange, rest);
    }

    /// <summary>The tag ends with the line, or where the other side's tag begins; it may have spaces in it.</summary>
    private static string TagIn(string rest)
    {
        const string key = ":VolumeTag";
        var at = rest.IndexOf(key, StringComparison.Ordinal);
        if (at < 0) return "";
        var value = rest[(at + key.Length)..].TrimStart(' ', '=');
        var other = value.IndexOf(":AlternateVolumeTag", StringComparison.Ordinal);
        return (other < 0 ? value : value[..other]).Trim();
    }

    private static int? SourceIn(string rest)
    {
        const string begin = "(Storage Element ";
        var at = rest.IndexOf(begin, StringComparison.Ordinal);
        if (at < 0) return null;
        var digits = rest[(at + begin.Length)..].TakeWhile(char.IsAsciiDigit).ToArray();
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}

/// <summary>A drive, as its changer sees it.</summary>
/// <param name="Number">The data transfer element, from 0.</param>
/// <param name="IsFull">There is a cartridge in it.</param>
/// <param name="Source">The storage element that it came from; null: the changer does not know.</param>
/// <param name="Tag">The cartridge's bar code; empty: none was read.</param>
public sealed record ChangerDrive(int Number, bool IsFull, int? Source, string Tag);

/// <summary>A place for one cartridge.</summary>
/// <param name="Number">The storage element, from 1.</param>
/// <param name="IsFull">There is a cartridge in it.</param>
/// <param name="IsExchange">A person can put cartridges in and take them out here (import/export).</param>
/// <param name="Tag">The cartridge's bar code; empty: none was read.</param>
public sealed record ChangerSlot(int Number, bool IsFull, bool IsExchange, string Tag);
