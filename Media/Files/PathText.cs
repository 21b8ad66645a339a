using System.Buffers;
using System.Globalization;
using System.Text;

namespace Backup.Media.Files;

/// <summary>Paths as text that is safe to print, and back again.</summary>
public static class PathText
{
    /// <summary>
    /// Bytes as text: UTF-8 where it is UTF-8; control, format (bidirectional) and separator characters, bytes that are
    /// no UTF-8 and the backslash itself as `\xNN` a byte or `\\`.
    /// </summary>
    /// <param name="bytes">Any bytes.</param>
    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        if (IsPlain(bytes)) return Encoding.ASCII.GetString(bytes);
        var text = new StringBuilder(bytes.Length + 16);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status != OperationStatus.Done || IsUnsafe(rune))
                foreach (var value in bytes[..length]) text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            else if (rune.Value == '\\') text.Append(@"\\");
            else text.Append(rune.ToString());
            bytes = bytes[length..];
        }
        return text.ToString();
    }

    /// <summary>The bytes of a text that <see cref="Escape"/> made, or of plain text in UTF-8.</summary>
    /// <param name="text">Text with `\xNN` and `\\`.</param>
    /// <exception cref="FormatException">A backslash is followed by something else.</exception>
    public static byte[] Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var cut = text.IndexOf('\\', at);
            var end = cut < 0 ? text.Length : cut;
            bytes.AddRange(Encoding.UTF8.GetBytes(text[at..end]));
            if (cut < 0) break;
            at = end + Escaped(text, cut, bytes);
        }
        return [.. bytes];
    }

    private static int Escaped(string text, int at, List<byte> bytes)
    {
        if (at + 1 < text.Length && text[at + 1] == '\\')
        {
            bytes.Add((byte)'\\');
            return 2;
        }
        if (at + 3 < text.Length && text[at + 1] == 'x'
            && byte.TryParse(
                text.AsSpan(at + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            bytes.Add(value);
            return 4;
        }
        throw new FormatException($"Expected `\\\\` or `\\xNN` at character {at + 1} of \"{text}\".");
    }

    private static bool IsPlain(ReadOnlySpan<byte> bytes) =>
        !bytes.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) && !bytes.Contains((byte)'\\');

    private static bool IsUnsafe(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
