namespace Backup.Hocon;

/// <summary>
/// Text that is not HOCON as this reader (and Akka.NET) reads it. A <see cref="FormatException"/>, because that is what
/// Akka.NET's callers catch. The message holds file, line, column, the source line with a caret, and both sides.
/// </summary>
internal sealed class HoconException(HoconPlace place, string found, string expected)
    : FormatException($"{place}: found {found}\n{place.Excerpt($"expected {expected}")}")
{
    public HoconPlace Place { get; } = place;
    public string Found { get; } = found;
    public string Expected { get; } = expected;
}
