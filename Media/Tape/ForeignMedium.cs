using System.Buffers.Binary;
using System.Text;

namespace Backup.Media.Tape;

/// <summary>
/// Says of what other programs a first block is: Bacula and Bareos (src/stored/block.h, record.h), Amanda
/// (device-src/tape-device.c), ANSI X3.27 and IBM standard labels, LTFS (ISO/IEC 20919), tar (POSIX ustar, GNU, and
/// version 7 by its checksum), cpio, dump(8), compressed data. A pure function; the block is not trusted.
/// </summary>
public static class ForeignMedium
{
    private const int TarBytes = 512;
    private const int TarChecksumAt = 148;
    private const int TarMagicAt = 257;
    private const int BaculaIdAt = 36; // 24 bytes of the block's header (BB02) and 12 of the record's
    private const int BaculaNameBehindId = 36; // version, two times, two numbers that are no longer used
    private const int DumpMagicAt = 24;
    private const int DumpMagic = 60012;
    private const int ShownMax = 64;

    /// <summary>What wrote the medium, and its name there.</summary>
    /// <param name="block">Its first block, or the beginning of it.</param>
    /// <returns>A noun phrase as `a Bacula volume "Full-0007"`; null: not known, or one of ours.</returns>
    public static string? Describe(ReadOnlySpan<byte> block) =>
        Bacula(block) ?? Amanda(block) ?? Standard(block) ?? Tar(block) ?? Cpio(block) ?? Dump(block)
        ?? Compressed(block);

    private static string? Bacula(ReadOnlySpan<byte> block)
    {
        if (block.Length < BaculaIdAt || !block[12..].StartsWith("BB0"u8)) return null;
        var id = Text(block[BaculaIdAt..], ShownMax);
        var program = id.StartsWith("Bareos", StringComparison.Ordinal) ? "Bareos" : "Bacula";
        var isLabel = id.Length > 0 && id.EndsWith('\n');
        var at = BaculaIdAt + id.Length + 1 + BaculaNameBehindId;
        return $"a {program} volume" + (isLabel && at < block.Length ? Quoted(Text(block[at..], ShownMax)) : "");
    }

    /// <summary>`AMANDA: TAPESTART DATE 20261120 TAPE DailySet1-01`.</summary>
    private static string? Amanda(ReadOnlySpan<byte> block)
    {
        if (!block.StartsWith("AMANDA: "u8)) return null;
        var words = Text(block, 256).Split('\n')[0].Split(' ');
        var at = Array.IndexOf(words, "TAPE");
        return "an Amanda volume" + (at > 0 && at + 1 < words.Length ? Quoted(words[at + 1]) : "");
    }

    private static string? Standard(ReadOnlySpan<byte> block)
    {
        if (block.Length < 80) return null;
        if (block.StartsWith((ReadOnlySpan<byte>)[0xE5, 0xD6, 0xD3, 0xF1])) // "VOL1" in EBCDIC
            return "a volume with an IBM label" + Quoted(Ebcdic(block.Slice(4, 6)));
        if (!block.StartsWith("VOL1"u8)) return null;
        var name = Quoted(Text(block.Slice(4, 6), 6));
        return (block[24..].StartsWith("LTFS"u8) ? "an LTFS volume" : "a volume with an ANSI label") + name;
    }

    private static string? Tar(ReadOnlySpan<byte> block)
    {
        if (block.Length < TarBytes || block[0] == 0) return null;
        return block[TarMagicAt..].StartsWith("ustar"u8) || HasTarChecksum(block[..TarBytes])
            ? $"a tar archive that begins with{Quoted(Text(block, ShownMax))}" : null;
    }

    /// <summary>The sum of all bytes with the checksum's own as spaces, in octal.</summary>
    private static bool HasTarChecksum(ReadOnlySpan<byte> header)
    {
        var said = 0;
        var digits = 0;
        foreach (var letter in header.Slice(TarChecksumAt, 8))
        {
            if (letter is >= (byte)'0' and <= (byte)'7') (said, digits) = ((said * 8) + letter - '0', digits + 1);
            else if (letter is not ((byte)' ' or 0)) return false;
        }
        var sum = 8 * ' ';
        for (var at = 0; at < TarBytes; at++)
            if (at is < TarChecksumAt or >= TarChecksumAt + 8) sum += header[at];
        return digits >= 4 && said == sum;
    }

    private static string? Cpio(ReadOnlySpan<byte> block) =>
        block.StartsWith("070707"u8) || block.StartsWith("070701"u8) || block.StartsWith("070702"u8)
            ? "a cpio archive" : null;

    private static string? Dump(ReadOnlySpan<byte> block) =>
        block.Length >= 1024
        && (BinaryPrimitives.ReadInt32LittleEndian(block[DumpMagicAt..]) == DumpMagic
            || BinaryPrimitives.ReadInt32BigEndian(block[DumpMagicAt..]) == DumpMagic)
            ? "a dump(8) archive" : null;

    private static string? Compressed(ReadOnlySpan<byte> block)
    {
        if (block.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08])) return "data compressed by gzip";
        if (block.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])) return "data compressed by zstd";
        return block.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0])
            ? "data compressed by xz" : null;
    }

    /// <summary>Up to the first NUL.</summary>
    private static string Text(ReadOnlySpan<byte> bytes, int most)
    {
        bytes = bytes[..Math.Min(bytes.Length, most)];
        var end = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>Letters, digits and spaces of code page 037; the others as `?`.</summary>
    private static string Ebcdic(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        foreach (var code in bytes)
            text.Append(code switch
            {
                0x40 => ' ',
                >= 0xC1 and <= 0xC9 => (char)('A' + code - 0xC1),
                >= 0xD1 and <= 0xD9 => (char)('J' + code - 0xD1),
                >= 0xE2 and <= 0xE9 => (char)('S' + code - 0xE2),
                >= 0xF0 and <= 0xF9 => (char)('0' + code - 0xF0),
                _ => '?',
            });
        return text.ToString();
    }

    /// <summary>For a terminal: nothing that is not printable ASCII.</summary>
    private static string Quoted(string name)
    {
        var shown = new string([.. name.Trim().Select(letter => letter is >= ' ' and <= '~' ? letter : '?')]);
        return shown.Length == 0 ? "" : $" \"{shown}\"";
    }
}
