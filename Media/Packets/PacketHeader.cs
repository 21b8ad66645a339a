using System.Buffers.Binary;
using Backup.Messages;

namespace Backup.Media.Packets;

/// <summary>
/// The first 36 bytes of everything on a data connection. Header and payload have a checksum each, so a header can be
/// trusted before its payload is read. Layout: docs/formats/data-plane.md.
/// </summary>
/// <param name="Kind">What the payload is.</param>
/// <param name="Flags">As the kind says.</param>
/// <param name="Epoch">The attempt; a receiver refuses every other.</param>
/// <param name="Sequence">Number of the element, from 0, or as the kind says.</param>
/// <param name="PayloadLength">Bytes behind the header, 0 to <see cref="PayloadMax"/>.</param>
/// <param name="PayloadCrc">CRC-32C of the payload.</param>
public readonly record struct PacketHeader(
    PacketKind Kind, PacketFlags Flags, Epoch Epoch, long Sequence, int PayloadLength, uint PayloadCrc)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 36;

    /// <summary>Payload of a call: the SHA-256 of the session's token.</summary>
    public const int CallSize = 32;

    /// <summary>Most payload of an information packet.</summary>
    public const int InformationMax = 256 << 10;

    /// <summary>Most content of a batch.</summary>
    public const int BatchMax = 4 << 20;

    /// <summary>Most payload of an abort.</summary>
    public const int AbortMax = 64 << 10;

    private const int HandshakeMax = 4 << 10;
    private static ReadOnlySpan<byte> Magic => "BKDP"u8;

    /// <summary>A header for a payload.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="flags">As the kind says.</param>
    /// <param name="epoch">The attempt.</param>
    /// <param name="sequence">As the kind says.</param>
    /// <param name="payload">All of it.</param>
    public static PacketHeader For(PacketKind kind, PacketFlags flags, Epoch epoch, long sequence,
        ReadOnlySpan<byte> payload) =>
        new(kind, flags, epoch, sequence, payload.Length, Crc32C.Of(payload));

    /// <summary>Most payload of a kind, in bytes.</summary>
    /// <param name="kind">A known kind.</param>
    public static int PayloadMax(PacketKind kind) => kind switch
    {
        PacketKind.Hello or PacketKind.Welcome or PacketKind.Refused => HandshakeMax,
        PacketKind.Information => InformationMax,
        PacketKind.Chunk => Fragments.ChunkTable.FrameBytesMax,
        PacketKind.Batch => BatchMax,
        PacketKind.Window => WindowBody.Size,
        PacketKind.Sealed => SealedBody.Size,
        PacketKind.End => EndBody.Size,
        PacketKind.Abort => AbortMax,
        PacketKind.Call => CallSize,
        PacketKind.Spared => InformationMax,
        _ => 0,
    };

    /// <summary>Writes the 36 bytes.</summary>
    /// <param name="packet">At least 36 bytes.</param>
    public void WriteTo(Span<byte> packet)
    {
        Magic.CopyTo(packet);
        packet[4] = (byte)Kind;
        packet[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(packet[6..], 0);
        BinaryPrimitives.WriteInt64LittleEndian(packet[8..], Epoch.Value);
        BinaryPrimitives.WriteInt64LittleEndian(packet[16..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(packet[24..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[28..], PayloadCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[32..], Crc32C.Of(packet[..32]));
    }

    /// <summary>Reads a header and trusts nothing in it.</summary>
    /// <param name="packet">At least 36 bytes, or fewer: then it is cut.</param>
    /// <param name="header">The header, where there is no defect.</param>
    public static PacketDefect Read(ReadOnlySpan<byte> packet, out PacketHeader header)
    {
        header = default;
        if (!packet.StartsWith(Magic)
            && !Magic.StartsWith(packet[..Math.Min(4, packet.Length)])) return PacketDefect.NotAPacket;
        if (packet.Length < Size) return PacketDefect.Cut;
        if (BinaryPrimitives.ReadUInt32LittleEndian(packet[32..]) != Crc32C.Of(packet[..32]))
            return PacketDefect.HeaderDamaged;
        var read = new PacketHeader(
            (PacketKind)packet[4],
            (PacketFlags)packet[5],
            new Epoch(BinaryPrimitives.ReadInt64LittleEndian(packet[8..])),
            BinaryPrimitives.ReadInt64LittleEndian(packet[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(packet[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(packet[28..]));
        if (read.Kind is < PacketKind.Hello or > PacketKind.Spared) return PacketDefect.UnknownKind;
        if (packet[6] != 0 || packet[7] != 0 || read.Flags > PacketFlags.More || read.Epoch.Value < 0
            || read.Sequence < 0 || read.PayloadLength < 0)
            return PacketDefect.Malformed;
        if (read.PayloadLength > PayloadMax(read.Kind)) return PacketDefect.TooLong;
        header = read;
        return PacketDefect.None;
    }

    /// <summary>Takes a sum of a payload on over its next piece: while a piece is still near the processor, that costs
    /// least.</summary>
    /// <param name="sum">Of the pieces before; all ones: of none.</param>
    /// <param name="piece">The next one.</param>
    public static uint Sum(uint sum, ReadOnlySpan<byte> piece) => Crc32C.Append(sum, piece);

    /// <summary>Checks a payload by the sum of all its pieces.</summary>
    /// <param name="sum">As <see cref="Sum"/> gives it.</param>
    public PacketDefect CheckSum(uint sum) => ~sum == PayloadCrc ? PacketDefect.None : PacketDefect.PayloadDamaged;

    /// <summary>Checks a payload.</summary>
    /// <param name="payload">As long as the header says, or it is cut.</param>
    public PacketDefect Check(ReadOnlySpan<byte> payload) =>
        payload.Length != PayloadLength ? PacketDefect.Cut
        : Crc32C.Of(payload) != PayloadCrc ? PacketDefect.PayloadDamaged
        : PacketDefect.None;
}

/// <summary>What a packet is. *Sender* is who gives elements: the client in a backup, storage in a restore.</summary>
public enum PacketKind : byte
{
    /// <summary>The client's first: who it is, for which session, with which secret.</summary>
    Hello = 1,

    /// <summary>Storage takes the client.</summary>
    Welcome = 2,

    /// <summary>Storage refuses the client, in words; the last packet.</summary>
    Refused = 3,

    /// <summary>Sender: what belongs to the element of this number that is not its bytes; all or a piece of
    /// it.</summary>
    Information = 4,

    /// <summary>Sender: the compressed bytes of a chunk.</summary>
    Chunk = 5,

    /// <summary>Sender: the content of a restore batch.</summary>
    Batch = 6,

    /// <summary>Receiver: what has arrived, and how much more there is room for.</summary>
    Window = 7,

    /// <summary>Storage: a fragment is durable on the medium.</summary>
    Sealed = 8,

    /// <summary>Either: it lives.</summary>
    Heartbeat = 9,

    /// <summary>Sender: that was all, with its counts.</summary>
    End = 10,

    /// <summary>Receiver: all of it has been taken; the last packet.</summary>
    Done = 11,

    /// <summary>Either: it cannot go on, and why; the last packet.</summary>
    Abort = 12,

    /// <summary>Storage, where it connects to the client: for which session, before anything else and before
    /// TLS.</summary>
    Call = 13,

    /// <summary>The client of a restore, from version 2 on: which items it has already; all or a piece of it.</summary>
    Spared = 14,
}

/// <summary>Marks of a packet.</summary>
[Flags]
public enum PacketFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Information: more of the same element's follows.</summary>
    More = 1,
}

/// <summary>What may be wrong with a packet.</summary>
public enum PacketDefect : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It does not begin as a packet does.</summary>
    NotAPacket,

    /// <summary>It ends early.</summary>
    Cut,

    /// <summary>The header's checksum is wrong.</summary>
    HeaderDamaged,

    /// <summary>A kind that this program does not know.</summary>
    UnknownKind,

    /// <summary>A field that cannot be.</summary>
    Malformed,

    /// <summary>More payload than the kind may have.</summary>
    TooLong,

    /// <summary>The payload's checksum is wrong.</summary>
    PayloadDamaged,
}
