using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pbm.Wire;

/// <summary>The client's first words.</summary>
/// <param name="Version">As <see cref="Frames.Version"/>.</param>
internal sealed record Hello(int Version);

/// <summary>The host's answer: who it is, and all its commands.</summary>
internal sealed record Welcome(int Version, string System, IReadOnlyList<PaletteInfo> Palettes);

internal sealed record PaletteInfo(string Name, IReadOnlyList<CommandInfo> Commands);

internal sealed record CommandInfo(string Name, string Description, IReadOnlyList<ArgumentInfo> Arguments);

internal sealed record ArgumentInfo(
    string Name, string Description, IReadOnlyList<string> Switches, bool Mandatory, bool Multiple,
    IReadOnlyList<string> Defaults);

/// <summary>A command. <paramref name="Id"/> counts up within a connection.</summary>
internal sealed record Ask(long Id, string Palette, string Command, IReadOnlyList<Argument> Arguments);

internal sealed record Argument(string Switch, string Value);

/// <summary>A part of the answer to a command; exactly one is final.</summary>
internal sealed record Answer(long Id, string Text, bool IsError, bool IsFinal);

/// <summary>The last words to a client that the host does not serve.</summary>
internal sealed record Refusal(string Why);

/// <summary>Exactly one of these.</summary>
internal sealed record Frame(
    Hello? Hello = null, Welcome? Welcome = null, Ask? Ask = null, Answer? Answer = null, Refusal? Refusal = null);

/// <summary>What came is no frame: from another program, or cut.</summary>
internal sealed class WireException(string message) : Exception(message);

/// <summary>
/// Frames on a stream: four bytes of length, big-endian, and that many bytes of JSON. Every length is checked before
/// memory is taken for it.
/// </summary>
internal static class Frames
{
    public const int Version = 1;

    /// <summary>Enough for a hello: who does not begin with one gets no more memory.</summary>
    public const int HelloBytesMax = 256;

    public const int BytesMax = 1 << 20;

    private const int LengthBytes = 4;

    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The next frame; null where the stream ends between two.</summary>
    /// <exception cref="WireException">It is none.</exception>
    public static async Task<Frame?> Read(Stream stream, int bytesMax, CancellationToken cancellation)
    {
        var head = new byte[LengthBytes];
        var got = await stream.ReadAtLeastAsync(head, LengthBytes, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        if (got == 0) return null;
        if (got < LengthBytes) throw new WireException("cut within a frame");
        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length == 0 || length > bytesMax)
            throw new WireException($"a frame of {length} bytes, where 1 to {bytesMax} are allowed");
        var body = new byte[length];
        got = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        return got < body.Length ? throw new WireException("cut within a frame") : Parse(body);
    }

    public static byte[] Bytes(Frame frame)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(frame, Json);
        if (body.Length > BytesMax)
            throw new WireException($"a frame of {body.Length} bytes, where at most {BytesMax} are allowed");
        var bytes = new byte[LengthBytes + body.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, body.Length);
        body.CopyTo(bytes, LengthBytes);
        return bytes;
    }

    private static Frame Parse(byte[] body)
    {
        try
        {
            var frame = JsonSerializer.Deserialize<Frame>(body, Json);
            object?[] parts = [frame?.Hello, frame?.Welcome, frame?.Ask, frame?.Answer, frame?.Refusal];
            if (parts.Count(part => part is not null) != 1)
                throw new WireException("not exactly one message in a frame");
            // The reader checks what may be null everywhere but in lists.
            return frame?.Ask?.Arguments.Contains(null!) == true
                ? throw new WireException("an argument that is null") : frame!;
        }
        catch (JsonException bad)
        {
            throw new WireException($"not a frame: {bad.Message}");
        }
    }
}
