using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization.Wire;

namespace Akka.Remote.Transport;

/// <summary>What a frame is; a frame is its length in four bytes, little-endian, this, and the body.</summary>
internal enum FrameType : byte { Hello = 1, User, System, Ack, Quarantined, Turn }

/// <summary>Marks messages that overtake others on the way, such as heartbeats.</summary>
internal interface IUrgentMessage;

internal static class Frame
{
    internal const int HeaderBytes = 5;
    private const int SequenceAt = HeaderBytes;

    internal static WireWriter Begin(FrameType type)
    {
        var to = new WireWriter();
        to.Int32(0);
        to.Byte((byte)type);
        return to;
    }

    internal static byte[] End(WireWriter body)
    {
        var frame = body.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        return frame;
    }

    internal static byte[] Of(FrameType type, long number = 0)
    {
        var to = Begin(type);
        to.Int64(number);
        return End(to);
    }

    internal static void Number(byte[] frame, long sequence) =>
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(SequenceAt), sequence);
}

/// <summary>
/// The first frame in each direction: who is there, whom it wants, and where its system messages go on.
/// </summary>
internal sealed record Hello(Address From, int Uid, Address To, long Stream, long NextSequence, HelloStatus Status)
{
    internal const int BytesMax = 4096;
    private const int Magic = 0x31_53_4B_41; // AKS1

    internal byte[] ToFrame()
    {
        var to = Frame.Begin(FrameType.Hello);
        to.Int32(Magic);
        to.Text(From.ToString());
        to.Int32(Uid);
        to.Text(To.ToString());
        to.Int64(Stream);
        to.Int64(NextSequence);
        to.Byte((byte)Status);
        return Frame.End(to);
    }

    internal static Hello Read(byte[] body)
    {
        var from = new WireReader(body);
        var (type, magic) = (from.Byte(), from.Int32());
        if (type != (byte)FrameType.Hello || (magic & 0xFFFFFF) != (Magic & 0xFFFFFF))
            throw new SerializationException("It does not speak this protocol.");
        if (magic != Magic)
            throw new SerializationException($"It speaks version {(char)(byte)(magic >> 24)} of this protocol, this "
                + $"system {(char)(Magic >> 24)}: upgrade the older one.");
        return new Hello(AddressIn(from), from.Int32(), AddressIn(from), from.Int64(), from.Int64(),
            (HelloStatus)from.Byte());
    }

    private static Address AddressIn(WireReader from)
    {
        var text = from.Text();
        return Address.TryParse(text, out var address) && address.HasGlobalScope
            ? address : throw new SerializationException($"\"{text}\" is no address.");
    }
}

internal enum HelloStatus : byte { Welcome, Quarantined, NotMe }
