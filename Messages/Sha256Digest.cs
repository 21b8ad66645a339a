using System.Diagnostics.CodeAnalysis;

namespace Backup.Messages;

/// <summary>A SHA-256 digest (FIPS 180-4): 32 bytes. The root of a fragment is one.</summary>
public readonly struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = 32;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>Takes 32 bytes over.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
            throw new ArgumentException($"A digest has {Size} bytes, found {bytes.Length}.", nameof(bytes));
        _high = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>The digest of some bytes.</summary>
    /// <param name="data">Any length.</param>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[Size];
        System.Security.Cryptography.SHA256.HashData(data, digest);
        return new Sha256Digest(digest);
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="target">At least 32 bytes.</param>
    public void CopyTo(Span<byte> target)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(target, _high);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(target[16..], _low);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Reads 64 hexadecimal digits.</summary>
    /// <param name="text">64 digits, either case.</param>
    /// <param name="digest">The digest, when true.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out Sha256Digest digest)
    {
        digest = default;
        if (text is not { Length: Size * 2 } || !text.All(char.IsAsciiHexDigit)) return false;
        digest = new Sha256Digest(Convert.FromHexString(text));
        return true;
    }

    /// <summary>True for the digest of no fragment: all bits zero.</summary>
    public bool IsNone => _high == 0 && _low == 0;

    /// <inheritdoc/>
    public bool Equals(Sha256Digest other) => _high == other._high && _low == other._low;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    /// <summary>Equality of all bits.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Inequality of any bit.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);
}
