using System.Globalization;

namespace Backup.Hocon;

/// <summary>
/// How a scalar's text is read as boolean, number, duration or byte size: as Akka.NET reads it, and nothing more.
/// All take text without blanks at its ends; false means that it is not such a value, or too large for one.
/// </summary>
internal static class HoconValues
{
    public const string BooleanForms = "on, off, true or false";
    public const string DurationForms = "a duration such as 250ms, 30s, 10m, 2h or 1d";
    public const string ByteSizeForms = "a size in bytes such as 4096, 64KiB, 100MB or 4GiB";

    private const NumberStyles Real = NumberStyles.Float | NumberStyles.AllowThousands;
    private static readonly NumberFormatInfo Plain = NumberFormatInfo.InvariantInfo;

    private static readonly (string[] Words, long Ticks)[] Durations =
    [
        (["ms", "millis", "milli", "millisecond", "milliseconds"], TimeSpan.TicksPerMillisecond),
        (["s", "second", "seconds"], TimeSpan.TicksPerSecond),
        (["m", "minute", "minutes"], TimeSpan.TicksPerMinute),
        (["h", "hour", "hours"], TimeSpan.TicksPerHour),
        (["d", "day", "days"], TimeSpan.TicksPerDay),
    ];

    private static readonly Dictionary<string, long> ByteUnits = MakeByteUnits();

    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "on" or "true";
        return value || text is "off" or "false";
    }

    public static bool TryInt(string text, out int value) =>
        int.TryParse(text, NumberStyles.Integer, Plain, out value);

    public static bool TryDouble(string text, out double value) =>
        double.TryParse(text, Real, Plain, out value);

    /// <summary>A number, with or without a fraction, and a unit in lower case; without a unit milliseconds.</summary>
    /// <param name="text">Such as <c>1.5s</c> or <c>10 minutes</c>.</param>
    /// <param name="allowInfinite">Whether <c>infinite</c> is one: <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="value">Never negative otherwise.</param>
    public static bool TryDuration(string text, bool allowInfinite, out TimeSpan value)
    {
        value = Timeout.InfiniteTimeSpan;
        if (text == "infinite") return allowInfinite;
        value = default;
        var (number, unit) = SplitUnit(text);
        var ticksPerUnit = unit.Length == 0
            ? TimeSpan.TicksPerMillisecond
            : Durations.FirstOrDefault(each => each.Words.Contains(unit)).Ticks;
        if (ticksPerUnit == 0 || number.StartsWith('.') || number.EndsWith('.')) return false;
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, Plain, out var amount)) return false;
        // The comparison is by division, because the product may be too large even for a decimal.
        if (amount > (decimal)long.MaxValue / ticksPerUnit) return false;
        value = TimeSpan.FromTicks((long)(amount * ticksPerUnit));
        return true;
    }

    /// <summary>Whole bytes: <c>k</c> and <c>KiB</c> are 1024, <c>kB</c> is 1000 (and <c>KB</c> is nothing).</summary>
    public static bool TryByteSize(string text, out long bytes)
    {
        var (number, unit) = SplitUnit(text);
        var factor = 1L;
        bytes = 0;
        if (unit.Length > 0 && !ByteUnits.TryGetValue(unit, out factor)) return false;
        if (!long.TryParse(number, NumberStyles.AllowLeadingSign, Plain, out var count)) return false;
        var product = (Int128)count * factor;
        bytes = (long)product;
        return product == bytes;
    }

    /// <summary>A size as a person writes it, and <see cref="TryByteSize"/> reads it back.</summary>
    public static string WriteByteSize(long bytes)
    {
        foreach (var (unit, shift) in (ReadOnlySpan<(string, int)>)[("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)])
        {
            if (bytes != 0 && bytes % (1L << shift) == 0) return Number(bytes >> shift) + unit;
        }
        return Number(bytes);
    }

    /// <summary>A duration as a person writes it, and <see cref="TryDuration"/> reads it back.</summary>
    public static string WriteDuration(TimeSpan duration)
    {
        if (duration == Timeout.InfiniteTimeSpan) return "infinite";
        foreach (var (words, ticks) in Durations.Reverse())
        {
            if (duration.Ticks != 0 && duration.Ticks % ticks == 0) return Number(duration.Ticks / ticks) + words[0];
        }
        return Number((decimal)duration.Ticks / TimeSpan.TicksPerMillisecond) + "ms";
    }

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static (string Number, string Unit) SplitUnit(string text)
    {
        var end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' or '-' or '+')) end++;
        return (text[..end], text[end..].Trim());
    }

    private static Dictionary<string, long> MakeByteUnits()
    {
        var units = new Dictionary<string, long>(StringComparer.Ordinal);
        Add(1, "b", "B", "byte", "bytes");
        long binary = 1, thousands = 1;
        foreach (var (two, ten) in (ReadOnlySpan<(string, string)>)
            [("kibi", "kilo"), ("mebi", "mega"), ("gibi", "giga"), ("tebi", "tera"), ("pebi", "peta"), ("exbi", "exa")])
        {
            (binary, thousands) = (binary * 1024, thousands * 1000);
            var (lower, upper) = (two[0], char.ToUpperInvariant(two[0]));
            Add(binary, $"{lower}", $"{upper}", $"{upper}i", $"{upper}iB", $"{two}byte", $"{two}bytes");
            // SI writes kilo small and the others large.
            Add(thousands, lower == 'k' ? "kB" : $"{upper}B", $"{ten}byte", $"{ten}bytes");
        }
        return units;

        void Add(long factor, params ReadOnlySpan<string> words)
        {
            foreach (var word in words) units.Add(word, factor);
        }
    }
}
