using System.Globalization;
using System.Text;

namespace Backup.Media.Files;

/// <summary>
/// The time of an item's last access (atime), where it is kept: an attribute of its entry, which stands among the
/// extended attributes, and a record of its own in an archive. Its value is seconds, a point and nine digits.
/// </summary>
internal static class AccessTime
{
    /// <summary>The attribute's name.</summary>
    internal static ReadOnlySpan<byte> Attribute => "linux.atime"u8;

    internal static bool IsIn(ExtendedAttribute attribute) => attribute.Name.AsSpan().SequenceEqual(Attribute);

    /// <summary>The time that an entry has; null where it has none.</summary>
    internal static UnixTime? Of(FileEntry entry)
    {
        foreach (var attribute in entry.Attributes)
            if (IsIn(attribute)) return Parse(attribute.Value);
        return null;
    }

    internal static ExtendedAttribute Make(UnixTime time) => new(
        Attribute.ToArray(),
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time.Seconds}.{time.Nanoseconds:d9}")));

    /// <summary>The time; null for a value that is none.</summary>
    internal static UnixTime? Parse(ReadOnlySpan<byte> value)
    {
        var point = value.IndexOf((byte)'.');
        return point > 0
            && long.TryParse(
                value[..point], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && value[(point + 1)..] is { Length: 9 } digits
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? new UnixTime(seconds, nanoseconds) : null;
    }

    /// <summary>An item's attributes with its time, in byte order of their names.</summary>
    internal static IReadOnlyList<ExtendedAttribute> AddTo(IReadOnlyList<ExtendedAttribute> attributes, UnixTime time)
    {
        var all = new List<ExtendedAttribute>(attributes) { Make(time) };
        all.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return all;
    }

    /// <summary>Attributes without it.</summary>
    internal static IReadOnlyList<ExtendedAttribute> Without(IReadOnlyList<ExtendedAttribute> attributes) =>
        attributes.Any(IsIn) ? [.. attributes.Where(attribute => !IsIn(attribute))] : attributes;
}
