using System.Numerics;
using System.Runtime.InteropServices;

namespace Backup.Media.Packets;

/// <summary>CRC-32C (Castagnoli; RFC 3720, B.4): finds every change of up to 32 bits in a row, and of any three bits
/// in a packet.</summary>
internal static class Crc32C
{
    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(data))
            crc = BitOperations.Crc32C(crc,
                BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word));
        foreach (var one in data[(data.Length & ~7)..]) crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
