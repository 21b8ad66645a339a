using System.Buffers.Binary;
using System.Text;

namespace Akka.Serialization.Wire;

/// <summary>
/// Bytes that grow: little-endian numbers, lengths as 7-bit groups, text as UTF-8 behind its length + 1 (0: null).
/// </summary>
internal sealed class WireWriter
{
    private byte[] _bytes = new byte[256];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    internal byte[] ToArray() => Written.ToArray();

    internal Span<byte> Take(int count)
    {
        if (Length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(checked(Length + count),
                (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    internal void Byte(byte value) => Take(1)[0] = value;

    internal void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

    internal void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    internal void Count(int value)
    {
        var rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7) Byte((byte)(rest | 0x80));
        Byte((byte)rest);
    }

    internal void Text(string value)
    {
        if (value is null)
        {
            Count(0);
            return;
        }
        var size = Encoding.UTF8.GetByteCount(value);
        Count(size + 1);
        Encoding.UTF8.GetBytes(value, Take(size));
    }

    internal void Bytes(byte[] value)
    {
        Count(value is null ? 0 : value.Length + 1);
        value?.CopyTo(Take(value.Length));
    }
}
