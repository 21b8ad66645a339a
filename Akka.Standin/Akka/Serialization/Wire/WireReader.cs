using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;

namespace Akka.Serialization.Wire;

/// <summary>Reads what <see cref="WireWriter"/> wrote; bytes from outside are never trusted.</summary>
internal sealed class WireReader(ReadOnlyMemory<byte> bytes)
{
    private int _at;

    internal int Left => bytes.Length - _at;

    internal ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Left)
            throw new SerializationException($"{Left} bytes are left where {count} are due.");
        _at += count;
        return bytes.Span.Slice(_at - count, count);
    }

    internal byte Byte() => Take(1)[0];

    internal int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    internal long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    internal int Count()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Byte();
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return (int)value;
        }
        throw new SerializationException("A length has too many bytes.");
    }

    /// <summary>A number of things of at least one byte each.</summary>
    internal int Items()
    {
        var count = Count();
        return count >= 0 && count <= Left
            ? count : throw new SerializationException($"{count} items do not fit into {Left} bytes.");
    }

    internal string Text()
    {
        var size = Count();
        return size == 0 ? null : Encoding.UTF8.GetString(Take(size - 1));
    }

    internal byte[] Bytes()
    {
        var size = Count();
        return size == 0 ? null : Take(size - 1).ToArray();
    }
}
