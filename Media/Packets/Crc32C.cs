using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Backup.Media.Packets;

/// <summary>CRC-32C (Castagnoli; RFC 3720, B.4): finds every change of up to 32 bits in a row, and of any three bits
/// in a packet.</summary>
internal static class Crc32C
{
    /// <summary>
    /// Three stretches are summed side by side: the processor's instruction takes three cycles, and one can begin in
    /// each.
    /// </summary>
    private const int StretchBytes = 2048;

    private const int Stretches = 3;

    private static readonly uint[] Zeros = MakeZeros();

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => ~Append(uint.MaxValue, data);

    /// <summary>Takes a sum on over further bytes. The sum of none is all ones, and a checksum is the complement of
    /// one.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        for (; data.Length >= Stretches * StretchBytes; data = data[(Stretches * StretchBytes)..])
            crc = SideBySide(crc, MemoryMarshal.Cast<byte, ulong>(data[..(Stretches * StretchBytes)]));
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data)) crc = BitOperations.Crc32C(crc, Little(word));
        foreach (var one in data[(data.Length & ~7)..]) crc = BitOperations.Crc32C(crc, one);
        return crc;
    }

    private static uint SideBySide(uint crc, ReadOnlySpan<ulong> words)
    {
        const int count = StretchBytes / sizeof(ulong);
        var first = words[..count];
        var second = words.Slice(count, count);
        var third = words.Slice(2 * count, count);
        var (one, two, three) = (crc, 0u, 0u);
        for (var at = 0; at < count; at++)
        {
            one = BitOperations.Crc32C(one, Little(first[at]));
            two = BitOperations.Crc32C(two, Little(second[at]));
            three = BitOperations.Crc32C(three, Little(third[at]));
        }
        return BehindZeros(BehindZeros(one) ^ two) ^ three;
    }

    private static ulong Little(ulong word) =>
        BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    /// <summary>A checksum, taken on over a stretch of zeros: a sum of what each of its bytes becomes, since a CRC is
    /// linear.</summary>
    private static uint BehindZeros(uint crc) =>
        Zeros[crc & 0xff] ^ Zeros[0x100 | ((crc >> 8) & 0xff)] ^ Zeros[0x200 | ((crc >> 16) & 0xff)]
        ^ Zeros[0x300 | (crc >> 24)];

    /// <summary>What each byte in each of the four places becomes.</summary>
    private static uint[] MakeZeros()
    {
        var table = new uint[4 << 8];
        for (var place = 0; place < 4; place++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var crc = 1u << ((8 * place) + bit);
                for (var done = 0; done < StretchBytes; done += sizeof(ulong)) crc = BitOperations.Crc32C(crc, 0UL);
                table[(place << 8) | (1 << bit)] = crc;
            }
            for (var value = 1; value < 0x100; value++)
            {
                var lowest = value & -value;
                table[(place << 8) | value] = table[(place << 8) | lowest] ^ table[(place << 8) | (value ^ lowest)];
            }
        }
        return table;
    }
}
