using System.Buffers.Binary;
using Backup.Messages;

namespace Backup.Media.Packets;

/// <summary>What a receiver has, and has room for. Absolute numbers, so that a lost or repeated one does no
/// harm.</summary>
/// <param name="Next">The element that it expects next: all before have arrived.</param>
/// <param name="Room">Elements below this number may be sent.</param>
/// <param name="InformationRoom">Information may be sent up to this many bytes since the connection began.</param>
public readonly record struct WindowBody(long Next, long Room, long InformationRoom)
{
    /// <summary>Bytes of it.</summary>
    public const int Size = 24;

    /// <summary>Writes it.</summary>
    /// <param name="target">At least 24 bytes.</param>
    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, Next);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Room);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], InformationRoom);
    }

    /// <summary>Reads it; null where it cannot be.</summary>
    /// <param name="payload">Not trusted.</param>
    public static WindowBody? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != Size) return null;
        var read = new WindowBody(
            BinaryPrimitives.ReadInt64LittleEndian(payload),
            BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[16..]));
        return read.Next >= 0 && read.Room >= read.Next && read.InformationRoom >= 0 ? read : null;
    }
}

/// <summary>What a sender has given in all.</summary>
/// <param name="Elements">How many.</param>
/// <param name="Bytes">Bytes of their payload, information not counted.</param>
public readonly record struct EndBody(long Elements, long Bytes)
{
    /// <summary>Bytes of it.</summary>
    public const int Size = 16;

    /// <summary>Writes it.</summary>
    /// <param name="target">At least 16 bytes.</param>
    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target, Elements);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Bytes);
    }

    /// <summary>Reads it; null where it cannot be.</summary>
    /// <param name="payload">Not trusted.</param>
    public static EndBody? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != Size) return null;
        var read = new EndBody(BinaryPrimitives.ReadInt64LittleEndian(payload),
            BinaryPrimitives.ReadInt64LittleEndian(payload[8..]));
        return read.Elements >= 0 && read.Bytes >= 0 ? read : null;
    }
}

/// <summary>A fragment that is durable on the medium.</summary>
/// <param name="Fragment">From 0.</param>
/// <param name="Root">Its root.</param>
public readonly record struct SealedBody(int Fragment, Sha256Digest Root)
{
    /// <summary>Bytes of it.</summary>
    public const int Size = 4 + Sha256Digest.Size;

    /// <summary>Writes it.</summary>
    /// <param name="target">At least 36 bytes.</param>
    public void WriteTo(Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, Fragment);
        Root.CopyTo(target[4..]);
    }

    /// <summary>Reads it; null where it cannot be.</summary>
    /// <param name="payload">Not trusted.</param>
    public static SealedBody? Read(ReadOnlySpan<byte> payload) =>
        payload.Length == Size && BinaryPrimitives.ReadInt32LittleEndian(payload) is >= 0 and var fragment
            ? new SealedBody(fragment, new Sha256Digest(payload[4..]))
            : null;
}
