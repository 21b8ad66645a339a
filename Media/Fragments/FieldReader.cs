using System.Text;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// Reads what <see cref="FieldWriter"/> wrote and trusts nothing: after the first impossible field <see cref="Failed"/>
/// is true and every further field is zero or empty, so a caller checks once.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public bool Failed { get; private set; }

    public readonly int Remaining => _rest.Length;

    public readonly bool AtEnd => _rest.IsEmpty && !Failed;

    public byte Byte()
    {
        var taken = Raw(1);
        return taken.IsEmpty ? (byte)0 : taken[0];
    }

    public ulong Unsigned()
    {
        // Most are of one byte
        if (!_rest.IsEmpty && _rest[0] < 0x80)
        {
            var small = _rest[0];
            _rest = _rest[1..];
            return small;
        }
        ulong value = 0;
        for (var at = 0; at < _rest.Length && at < 10; at++)
        {
            var part = _rest[at];
            value |= (ulong)(part & 0x7f) << (7 * at);
            if (part >= 0x80) continue;
            if ((at == 9 && part > 1) || (at > 0 && part == 0)) break; // over 64 bits, or not the shortest form
            _rest = _rest[(at + 1)..];
            return value;
        }
        return Fail();
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of 0 to the limit; more fails.</summary>
    public long Within(long limit)
    {
        var value = Unsigned();
        return value <= (ulong)limit ? (long)value : (long)Fail();
    }

    /// <summary>How many elements follow, each of at least so many bytes; more than can be there fails.</summary>
    public int Count(int elementBytesMin = 1) => (int)Within(_rest.Length / Math.Max(1, elementBytesMin));

    public ReadOnlySpan<byte> Raw(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            Fail();
            return default;
        }
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public ReadOnlySpan<byte> Sized() => Raw((int)Within(_rest.Length));

    public string Text() => Encoding.UTF8.GetString(Sized());

    public Sha256Digest Digest()
    {
        var taken = Raw(Sha256Digest.Size);
        return taken.IsEmpty ? default : new Sha256Digest(taken);
    }

    public UInt128 Id()
    {
        var taken = Raw(16);
        return taken.IsEmpty ? 0 : System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(taken);
    }

    public DateTimeOffset Moment() => new(Within(DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    public ulong Fail()
    {
        Failed = true;
        _rest = default;
        return 0;
    }
}
