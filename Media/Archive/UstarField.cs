namespace Backup.Media.Archive;

/// <summary>The fields of a ustar header block (POSIX.1-2001, pax, "ustar Interchange Format").</summary>
internal static class UstarField
{
    internal const int BlockBytes = 512;

    internal static readonly Range Name = ..100;
    internal static readonly Range Mode = 100..108;
    internal static readonly Range UserId = 108..116;
    internal static readonly Range GroupId = 116..124;
    internal static readonly Range Size = 124..136;
    internal static readonly Range Modified = 136..148;
    internal static readonly Range Checksum = 148..156;
    internal const int TypeFlag = 156;
    internal static readonly Range LinkName = 157..257;
    internal static readonly Range Magic = 257..265;
    internal static readonly Range DeviceMajor = 329..337;
    internal static readonly Range DeviceMinor = 337..345;
    internal static readonly Range Prefix = 345..500;

    /// <summary>Largest number in a field of 8 bytes: seven octal digits.</summary>
    internal const long SmallMax = 0x1FFFFF;

    /// <summary>Largest number in a field of 12 bytes: eleven octal digits.</summary>
    internal const long LargeMax = 0x1FFFFFFFF;

    internal static ReadOnlySpan<byte> MagicAndVersion => "ustar\000"u8;

    /// <summary>Octal digits with leading zeros and one NUL behind; zero where the number does not fit.</summary>
    internal static void WriteOctal(Span<byte> field, long value)
    {
        var digits = field.Length - 1;
        if (value < 0 || value >> (digits * 3) != 0) value = 0;
        for (var at = digits - 1; at >= 0; at--, value >>= 3) field[at] = (byte)('0' + (int)(value & 7));
        field[digits] = 0;
    }

    /// <summary>Octal digits between blanks, or GNU tar's base-256 form; false for anything else.</summary>
    internal static bool TryReadNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0) return TryReadBase256(field, out value);
        var text = field.Trim(" \0"u8);
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3) return false;
            value = (value << 3) | (uint)(digit - '0');
        }
        return true;
    }

    /// <summary>Bytes up to the first NUL, or the whole field.</summary>
    internal static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    internal static void WriteChecksum(Span<byte> block)
    {
        var field = block[Checksum];
        WriteOctal(field[..7], Sum(block));
        field[7] = (byte)' ';
    }

    internal static bool HasGoodChecksum(ReadOnlySpan<byte> block) =>
        TryReadNumber(block[Checksum], out var told) && (told == Sum(block) || told == SignedSum(block));

    // The checksum's own field counts as eight blanks.
    private static long Sum(ReadOnlySpan<byte> block)
    {
        var sum = 8L * ' ';
        foreach (var value in block[..BlockBytes]) sum += value;
        foreach (var value in block[Checksum]) sum -= value;
        return sum;
    }

    // Some old writers summed signed characters (POSIX.1-2001 asks for unsigned, GNU tar accepts both).
    private static long SignedSum(ReadOnlySpan<byte> block)
    {
        var sum = 8L * ' ';
        foreach (var value in block[..BlockBytes]) sum += (sbyte)value;
        foreach (var value in block[Checksum]) sum -= (sbyte)value;
        return sum;
    }

    private static bool TryReadBase256(ReadOnlySpan<byte> field, out long value)
    {
        // 0x80 begins a positive number, 0xff a negative one; only what fits 63 bits is taken.
        var negative = field[0] == 0xff;
        value = negative ? -1 : 0;
        if (!negative && field[0] != 0x80) return false;
        foreach (var part in field[1..])
        {
            if (value > long.MaxValue >> 8 || value < long.MinValue >> 8) return false;
            value = (value << 8) | part;
        }
        return true;
    }
}
