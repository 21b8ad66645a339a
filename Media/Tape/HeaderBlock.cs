using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Backup.Media.Tape;

/// <summary>
/// The first block of every tape file: 32 KiB of plain text, padded with NUL. Line 1 is the kind and the format's
/// version, line 2 the SHA-256 of the whole block with its own 64 digits as `0`, then a `key: value` line each, an
/// empty line, and text for people. Layout: docs/formats/header.md.
/// </summary>
internal static class HeaderBlock
{
    public const int Version = 1;
    private const int DigestDigits = 64;
    private const string DigestKey = "sha256: ";

    /// <summary>Text that fits beside the fields; what is longer is for the caller to shorten.</summary>
    public static byte[] Format(TapeFileKind kind, IEnumerable<KeyValuePair<string, string>> fields, string text)
    {
        var whole = new StringBuilder();
        whole.Append(TitleOf(kind)).Append(Version.ToString(CultureInfo.InvariantCulture)).Append('\n');
        var digestAt = whole.Length + DigestKey.Length;
        whole.Append(DigestKey).Append('0', DigestDigits).Append('\n');
        foreach (var (key, value) in fields) whole.Append(key).Append(": ").Append(value).Append('\n');
        whole.Append('\n').Append(text);
        var block = new byte[TapeFormat.HeaderBytes];
        Encoding.UTF8.GetBytes(whole.ToString(), block);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(block)), block.AsSpan(digestAt));
        return block;
    }

    /// <summary>Bytes that the fields, as UTF-8, and the two first lines take.</summary>
    public static int RoomForText(IEnumerable<KeyValuePair<string, string>> fields) =>
        TapeFormat.HeaderBytes - 128
        - fields.Sum(field => Encoding.UTF8.GetByteCount(field.Key) + Encoding.UTF8.GetByteCount(field.Value) + 3);

    public static HeaderDefect Read(ReadOnlySpan<byte> block, out TapeFileKind kind, out HeaderFields fields)
    {
        fields = HeaderFields.None;
        kind = default;
        if (block.Length != TapeFormat.HeaderBytes) return HeaderDefect.Short;
        if (!ReadTitle(block, out kind, out var titleLength, out var version)) return HeaderDefect.Foreign;
        if (version != Version) return HeaderDefect.UnknownVersion;
        if (!HoldsDigest(block, titleLength)) return HeaderDefect.DigestMismatch;
        fields = HeaderFields.Parse(block[(titleLength + DigestKey.Length + DigestDigits + 1)..]);
        return fields.IsWhole ? HeaderDefect.None : HeaderDefect.Malformed;
    }

    private static string TitleOf(TapeFileKind kind) => kind switch
    {
        TapeFileKind.Label => "backup label ",
        TapeFileKind.Data => "backup data ",
        _ => "backup index ",
    };

    private static bool ReadTitle(ReadOnlySpan<byte> block, out TapeFileKind kind, out int length, out int version)
    {
        (kind, length, version) = (default, 0, 0);
        var end = block[..64].IndexOf((byte)'\n');
        if (end < 0) return false;
        var line = Encoding.Latin1.GetString(block[..end]);
        foreach (var candidate in Enum.GetValues<TapeFileKind>())
        {
            var title = TitleOf(candidate);
            if (!line.StartsWith(title, StringComparison.Ordinal)) continue;
            (kind, length) = (candidate, end + 1);
            return int.TryParse(
                line.AsSpan(title.Length), NumberStyles.None, CultureInfo.InvariantCulture, out version);
        }
        return false;
    }

    private static bool HoldsDigest(ReadOnlySpan<byte> block, int at)
    {
        var key = Encoding.ASCII.GetBytes(DigestKey);
        if (!block[at..].StartsWith(key)) return false;
        var copy = block.ToArray();
        copy.AsSpan(at + key.Length, DigestDigits).Fill((byte)'0');
        var found = Encoding.Latin1.GetString(block.Slice(at + key.Length, DigestDigits));
        return found == Convert.ToHexStringLower(SHA256.HashData(copy))
            && block[at + key.Length + DigestDigits] == '\n';
    }
}

/// <summary>What may be wrong with a header block.</summary>
public enum HeaderDefect : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The block is not 32 KiB long: a torn or foreign tape file.</summary>
    Short,

    /// <summary>The first line is not one of ours.</summary>
    Foreign,

    /// <summary>A version that this program does not know.</summary>
    UnknownVersion,

    /// <summary>The block is not what was written.</summary>
    DigestMismatch,

    /// <summary>The digest holds and a field is missing or impossible.</summary>
    Malformed,

    /// <summary>A header of another kind than was asked for.</summary>
    OtherKind,
}
