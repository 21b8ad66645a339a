using System.Globalization;
using System.Text;

namespace Backup.Media.Tape;

/// <summary>
/// The `key: value` lines of a header block. A field that is missing or impossible makes <see cref="IsWhole"/> false.
/// </summary>
internal sealed class HeaderFields
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private HeaderFields(bool isWhole) => IsWhole = isWhole;

    public static HeaderFields None => new(false);

    public bool IsWhole { get; private set; }

    public static HeaderFields Parse(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf("\n\n"u8);
        var fields = new HeaderFields(end >= 0);
        if (end < 0) return fields;
        foreach (var line in Encoding.UTF8.GetString(text[..end]).Split('\n'))
        {
            var cut = line.IndexOf(": ", StringComparison.Ordinal);
            if (cut <= 0 || !fields._values.TryAdd(line[..cut], line[(cut + 2)..])) fields.IsWhole = false;
        }
        return fields;
    }

    public string? Optional(string key) => _values.GetValueOrDefault(key);

    public string Text(string key)
    {
        if (_values.TryGetValue(key, out var value)) return value;
        IsWhole = false;
        return "";
    }

    public long Number(string key, long limit = long.MaxValue)
    {
        if (long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= limit)
            return value;
        IsWhole = false;
        return 0;
    }

    public DateTimeOffset Moment(string key)
    {
        if (DateTimeOffset.TryParseExact(
            Text(key), "o", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value)) return value;
        IsWhole = false;
        return default;
    }

    /// <summary>A value whose type reads itself.</summary>
    public T Parsed<T>(string key, TryParse<T> parse) where T : struct
    {
        if (parse(Text(key), out var value)) return value;
        IsWhole = false;
        return default;
    }

    public T One<T>(string key) where T : struct, Enum =>
        Enum.TryParse<T>(Text(key), out var value) && Enum.IsDefined(value) ? value : Refuse<T>();

    public T Refuse<T>() where T : struct
    {
        IsWhole = false;
        return default;
    }

    internal delegate bool TryParse<T>(string? text, out T value);
}
