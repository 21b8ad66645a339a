using System.Buffers.Binary;
using System.Text;
using Backup.Messages;

namespace Backup.Media.Packets;

/// <summary>What a data connection is for.</summary>
public enum ConnectionPurpose : byte
{
    /// <summary>The client gives chunks.</summary>
    Save = 1,

    /// <summary>The client takes batches.</summary>
    Restore = 2,
}

/// <summary>The version of the protocol, and what both sides say of themselves.</summary>
public static class Handshake
{
    /// <summary>The newest version that this program speaks.</summary>
    public const int Version = 3;

    /// <summary>From this one on a restoring client may say which items it does not need.</summary>
    public const int SparingVersion = 2;

    /// <summary>From this one on it always says so, if only that it needs all, and storage waits for that.</summary>
    public const int AlwaysSparingVersion = 3;

    /// <summary>The oldest.</summary>
    public const int VersionMin = 1;

    /// <summary>Bytes of a token and of a nonce: 256 bits.</summary>
    public const int SecretSize = 32;

    /// <summary>The longest pause between heartbeats that is taken.</summary>
    public static readonly TimeSpan HeartbeatMax = TimeSpan.FromMinutes(5);

    internal static int Text(Span<byte> target, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(bytes.Length, target.Length - 2);
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)length);
        bytes.AsSpan(0, length).CopyTo(target[2..]);
        return 2 + length;
    }

    internal static string? Text(ReadOnlySpan<byte> rest) =>
        rest.Length >= 2
            && rest.Length == 2 + BinaryPrimitives.ReadUInt16LittleEndian(rest) ? Encoding.UTF8.GetString(rest[2..])
            : null;
}

/// <summary>A client's first words; the epoch stands in the packet's header.</summary>
/// <param name="VersionMin">The oldest version that it speaks.</param>
/// <param name="VersionMax">The newest.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Job">The job.</param>
/// <param name="Heartbeat">The longest that it will be silent.</param>
/// <param name="Window">A restore: what it has and has room for.</param>
/// <param name="Token">The session's, 256 bits.</param>
/// <param name="Nonce">256 random bits of this client's link, the same each time that it comes: whoever is first to
/// show a token comes again with both, and nobody else.</param>
/// <param name="Node">Its name.</param>
public sealed record Hello(
    int VersionMin, int VersionMax, ConnectionPurpose Purpose, JobId Job, TimeSpan Heartbeat, WindowBody Window,
    byte[] Token, byte[] Nonce, string Node)
{
    private const int Fixed = 108;

    /// <summary>The payload.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Fixed + 2 + 255];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)VersionMin);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)VersionMax);
        bytes[4] = (byte)Purpose;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Job.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)Heartbeat.TotalMilliseconds);
        Window.WriteTo(bytes.AsSpan(20));
        Token.CopyTo(bytes.AsSpan(44));
        Nonce.CopyTo(bytes.AsSpan(76));
        return bytes[..(Fixed + Handshake.Text(bytes.AsSpan(Fixed), Node))];
    }

    /// <summary>The versions alone, which every version has at the same place.</summary>
    /// <param name="payload">Not trusted.</param>
    public static (int Min, int Max)? Versions(ReadOnlySpan<byte> payload) => payload.Length < 4
        ? null
        : (BinaryPrimitives.ReadUInt16LittleEndian(payload), BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]));

    /// <summary>Reads it; null where it cannot be.</summary>
    /// <param name="payload">Not trusted.</param>
    public static Hello? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Fixed || payload[5] != 0 || payload[6] != 0 || payload[7] != 0) return null;
        var heartbeat = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(payload[16..]));
        return (ConnectionPurpose)payload[4] is (ConnectionPurpose.Save or ConnectionPurpose.Restore) and var purpose
            && BinaryPrimitives.ReadInt64LittleEndian(payload[8..]) is > 0 and var job
            && heartbeat > TimeSpan.Zero && heartbeat <= Handshake.HeartbeatMax
            && WindowBody.Read(payload[20..44]) is { } window
            && Handshake.Text(payload[Fixed..]) is { } node
                ? new Hello(
                    BinaryPrimitives.ReadUInt16LittleEndian(payload),
                        BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]),
                    purpose, new JobId(job), heartbeat, window, payload[44..76].ToArray(),
                    payload[76..Fixed].ToArray(), node)
                : null;
    }
}

/// <summary>The answer to a client that is taken.</summary>
/// <param name="Version">The version that both speak from now on.</param>
/// <param name="Heartbeat">The longest that storage will be silent.</param>
/// <param name="Window">A backup: what it has and has room for.</param>
/// <param name="Node">Its name.</param>
public sealed record Welcome(int Version, TimeSpan Heartbeat, WindowBody Window, string Node)
{
    private const int Fixed = 32;

    /// <summary>The payload.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Fixed + 2 + 255];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)Heartbeat.TotalMilliseconds);
        Window.WriteTo(bytes.AsSpan(8));
        return bytes[..(Fixed + Handshake.Text(bytes.AsSpan(Fixed), Node))];
    }

    /// <summary>The version alone, which every version has at the same place.</summary>
    /// <param name="payload">Not trusted.</param>
    public static int? VersionOf(ReadOnlySpan<byte> payload) =>
        payload.Length < 2 ? null : BinaryPrimitives.ReadUInt16LittleEndian(payload);

    /// <summary>Reads it; null where it cannot be.</summary>
    /// <param name="payload">Not trusted.</param>
    public static Welcome? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Fixed || payload[2] != 0 || payload[3] != 0) return null;
        var heartbeat = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]));
        return BinaryPrimitives.ReadUInt16LittleEndian(payload)
            is >= Handshake.VersionMin and <= Handshake.Version and var version
            && heartbeat > TimeSpan.Zero && heartbeat <= Handshake.HeartbeatMax
            && WindowBody.Read(payload[8..32]) is { } window
            && Handshake.Text(payload[Fixed..]) is { } node
                ? new Welcome(version, heartbeat, window, node)
                : null;
    }
}

/// <summary>The answer to a client that is not taken.</summary>
/// <param name="Reason">Why.</param>
/// <param name="VersionMin">The oldest version that storage speaks.</param>
/// <param name="VersionMax">The newest.</param>
/// <param name="Current">The newest epoch of the job, for <see cref="RefusalReason.OldEpoch"/>; else 0.</param>
/// <param name="Sentence">For people: what was expected, what was found, what to do.</param>
public sealed record Refusal(RefusalReason Reason, int VersionMin, int VersionMax, Epoch Current, string Sentence)
{
    private const int Fixed = 16;
    private const int SentenceMax = 1024;

    /// <summary>The payload.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Fixed + 2 + SentenceMax];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)Reason);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)VersionMin);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), (ushort)VersionMax);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Current.Value);
        return bytes[..(Fixed + Handshake.Text(bytes.AsSpan(Fixed), Sentence))];
    }

    /// <summary>Reads it; null where it cannot be. A reason of a newer version is read as it is.</summary>
    /// <param name="payload">Not trusted.</param>
    public static Refusal? Read(ReadOnlySpan<byte> payload) =>
        payload.Length >= Fixed && Handshake.Text(payload[Fixed..]) is { } sentence
            ? new Refusal(
                (RefusalReason)BinaryPrimitives.ReadUInt16LittleEndian(payload),
                BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]),
                BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]),
                new Epoch(BinaryPrimitives.ReadInt64LittleEndian(payload[8..])),
                sentence)
            : null;
}

/// <summary>Why a data connection is refused.</summary>
public enum RefusalReason
{
    /// <summary>No session has this token.</summary>
    UnknownToken = 1,

    /// <summary>The token was used before, by another.</summary>
    UsedToken = 2,

    /// <summary>The token was not used in time.</summary>
    ExpiredToken = 3,

    /// <summary>A newer attempt of the job took over.</summary>
    OldEpoch = 4,

    /// <summary>No version of the protocol is common to both.</summary>
    Version = 5,

    /// <summary>The client's certificate does not allow it.</summary>
    Certificate = 6,

    /// <summary>The token is another job's, or for the other direction.</summary>
    WrongSession = 7,

    /// <summary>The session is over.</summary>
    Ended = 8,

    /// <summary>What was sent is no hello.</summary>
    Malformed = 9,
}
