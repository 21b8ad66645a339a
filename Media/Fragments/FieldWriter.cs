using System.Numerics;
using System.Text;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// Writes the fields of indexes and entry blocks; the twin of <see cref="FieldReader"/>. Encodings:
/// docs/formats/index.md.
/// </summary>
internal sealed class FieldWriter
{
    private byte[] _bytes;

    public FieldWriter(int capacity = 256) => _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value)
    {
        if (Length == _bytes.Length) Grow(1);
        _bytes[Length++] = value;
    }

    /// <summary>LEB128: seven bits a byte, lowest first.</summary>
    public void Unsigned(ulong value)
    {
        if (_bytes.Length - Length < 10) Grow(10);
        var at = Length;
        while (value >= 0x80)
        {
            _bytes[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _bytes[at++] = (byte)value;
        Length = at;
    }

    /// <summary>Zigzag, then LEB128.</summary>
    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        if (_bytes.Length - Length < bytes.Length) Grow(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Sized(ReadOnlySpan<byte> bytes)
    {
        Unsigned((ulong)bytes.Length);
        Raw(bytes);
    }

    public void Text(string value) => Sized(Encoding.UTF8.GetBytes(value));

    public void Digest(Sha256Digest value)
    {
        if (_bytes.Length - Length < Sha256Digest.Size) Grow(Sha256Digest.Size);
        value.CopyTo(_bytes.AsSpan(Length));
        Length += Sha256Digest.Size;
    }

    public void Id(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        Raw(bytes);
    }

    /// <summary>Ticks of 100 ns since 0001-01-01 UTC.</summary>
    public void Moment(DateTimeOffset value) => Unsigned((ulong)value.UtcTicks);

    public byte[] ToArray() => Written.ToArray();

    private void Grow(int more) =>
        Array.Resize(ref _bytes, checked((int)BitOperations.RoundUpToPowerOf2((uint)(Length + more))));
}
