using System.Buffers;
using System.Buffers.Text;
using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Writes the records of a pax extended header: `LENGTH KEYWORD=VALUE\n`, the length with its own digits counted.
/// </summary>
internal static class PaxRecords
{
    internal static ReadOnlySpan<byte> AttributePrefix => "SCHILY.xattr."u8;

    internal static void Write(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> value) =>
        Write(target, keyword, [], value);

    internal static void Write(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> keyword, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        Write(target, keyword, text[..length]);
    }

    internal static void Write(ArrayBufferWriter<byte> target, ReadOnlySpan<byte> keyword, UnixTime value)
    {
        Span<byte> text = stackalloc byte[32];
        Write(target, keyword, text[..Format(value, text)]);
    }

    /// <summary>As GNU tar writes it: `=` in a name would end the keyword, so it is `%3D`, and `%` is `%25`.</summary>
    internal static void WriteAttribute(ArrayBufferWriter<byte> target, ExtendedAttribute attribute)
    {
        if (!attribute.Name.AsSpan().ContainsAny((byte)'=', (byte)'%'))
        {
            Write(target, AttributePrefix, attribute.Name, attribute.Value);
            return;
        }
        var name = new ArrayBufferWriter<byte>(attribute.Name.Length * 3);
        foreach (var value in attribute.Name)
        {
            if (value == '=') name.Write("%3D"u8);
            else if (value == '%') name.Write("%25"u8);
            else name.Write([value]);
        }
        Write(target, AttributePrefix, name.WrittenSpan, attribute.Value);
    }

    /// <summary>Undoes <see cref="WriteAttribute"/>; any other `%` stays as it is.</summary>
    internal static byte[] AttributeName(ReadOnlySpan<byte> written)
    {
        var name = new ArrayBufferWriter<byte>(written.Length + 1);
        for (var at = 0; at < written.Length; at++)
        {
            var rest = written[at..];
            if (rest.StartsWith("%3D"u8)) name.Write("="u8);
            else if (rest.StartsWith("%25"u8)) name.Write("%"u8);
            else
            {
                name.Write(rest[..1]);
                continue;
            }
            at += 2;
        }
        return name.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Decimal seconds; nanoseconds only where there are any. The fraction counts away from zero: -1 s + 0.25 s is
    /// `-0.750000000`.
    /// </summary>
    internal static int Format(UnixTime value, Span<byte> text)
    {
        var negative = value.Seconds < 0;
        var nanoseconds = negative && value.Nanoseconds > 0 ? 1_000_000_000 - value.Nanoseconds : value.Nanoseconds;
        var seconds = negative && value.Nanoseconds > 0 ? value.Seconds + 1 : value.Seconds;
        var at = 0;
        if (negative) text[at++] = (byte)'-';
        Utf8Formatter.TryFormat(negative ? 0UL - (ulong)seconds : (ulong)seconds, text[at..], out var length);
        at += length;
        if (nanoseconds == 0) return at;
        text[at++] = (byte)'.';
        Utf8Formatter.TryFormat(nanoseconds, text[at..], out length, new StandardFormat('D', 9));
        return at + length;
    }

    private static void Write(
        ArrayBufferWriter<byte> target, ReadOnlySpan<byte> keyword, ReadOnlySpan<byte> keywordRest,
        ReadOnlySpan<byte> value)
    {
        var bare = keyword.Length + keywordRest.Length + value.Length + 3;
        var length = bare + Digits(bare);
        if (Digits(length) != Digits(bare)) length++;
        var record = target.GetSpan(length);
        Utf8Formatter.TryFormat(length, record, out var at);
        record[at++] = (byte)' ';
        keyword.CopyTo(record[at..]);
        at += keyword.Length;
        keywordRest.CopyTo(record[at..]);
        at += keywordRest.Length;
        record[at++] = (byte)'=';
        value.CopyTo(record[at..]);
        record[length - 1] = (byte)'\n';
        target.Advance(length);
    }

    private static int Digits(int value)
    {
        var digits = 1;
        while ((value /= 10) > 0) digits++;
        return digits;
    }
}
