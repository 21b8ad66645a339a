using System.Runtime.Serialization;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Serialization;

namespace Backup.Messages.Serialization;

/// <summary>
/// Writes and reads the messages of the protocol and nothing else: Hyperion behind a list of exactly these types. What
/// comes in is checked as what goes out, whole and member by member (docs/protocol.md, "On the wire").
/// </summary>
public sealed class MessagesSerializer : Serializer
{
    /// <summary>Its number among the serializers of a system, far from Akka's own.</summary>
    public const int Number = 4711;

    /// <summary>Most bytes of a message; a frame of <see cref="MessagesConfig.Default"/> takes it.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>The first byte: the form of what follows.</summary>
    private const byte Form = 1;

    /// <summary>Bytes of the body's SHA-256 behind the first.</summary>
    private const int SumBytes = 8;

    private const int HeaderBytes = 1 + SumBytes;

    private readonly WireTypes _types;
    private readonly HyperionSerializer _hyperion;

    /// <summary>For the configuration.</summary>
    /// <param name="system">The system.</param>
    public MessagesSerializer(ExtendedActorSystem system) : this(system, WireTypes.Protocol)
    {
    }

    internal MessagesSerializer(ExtendedActorSystem system, WireTypes types) : base(system) =>
        (_types, _hyperion) = (types, new HyperionSerializer(system, HyperionSerializerSettings.Default
            .WithDisallowUnsafeType(true).WithTypeFilter(new WireTypeFilter(types.Written))));

    /// <inheritdoc/>
    public override int Identifier => Number;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <summary>Writes a message.</summary>
    /// <param name="obj">A message of the protocol.</param>
    /// <exception cref="SerializationException">
    /// It is none, it is too large, or something in it is missing or out of its range; the sentence names it.
    /// </exception>
    public override byte[] ToBinary(object obj)
    {
        var message = _types.Take(obj);
        var body = Guarded(() => _hyperion.ToBinary(message), $"{obj.GetType().Name} cannot be written");
        return body.Length <= BytesMax - HeaderBytes
            ? Seal(body)
            : throw new SerializationException(
                $"{obj.GetType().Name} has {body.Length:N0} bytes, and a message has {BytesMax:N0} at most.");
    }

    /// <summary>Reads a message.</summary>
    /// <param name="bytes">What <see cref="ToBinary"/> wrote, of this version or another; never trusted.</param>
    /// <param name="type">Not used: the bytes say it.</param>
    /// <exception cref="SerializationException">
    /// They are not that, or something is missing or out of its range.
    /// </exception>
    public override object FromBinary(byte[] bytes, Type type)
    {
        if (bytes.Length is < HeaderBytes or > BytesMax)
            throw new SerializationException(
                $"Expected a message of {HeaderBytes} to {BytesMax:N0} bytes, found {bytes.Length:N0}.");
        if (bytes[0] != Form)
            throw new SerializationException(
                $"Expected a message of form {Form}, found form {bytes[0]}: the sender is of another version.");
        // Lengths are believed by what reads the body, so it must be what was written.
        var body = bytes[HeaderBytes..];
        if (!Sum(body).SequenceEqual(bytes.AsSpan(1, SumBytes)))
            throw new SerializationException("The bytes are not those that were written: their digest differs.");
        return _types.Take(Guarded(() => _hyperion.FromBinary(body, typeof(object)), "The message cannot be read"));
    }

    /// <summary>Puts the header before a body.</summary>
    internal static byte[] Seal(ReadOnlySpan<byte> body) => [Form, .. Sum(body), .. body];

    /// <summary>The body behind the header.</summary>
    internal static byte[] BodyOf(ReadOnlySpan<byte> bytes) => [.. bytes[HeaderBytes..]];

    private static ReadOnlySpan<byte> Sum(ReadOnlySpan<byte> body) => SHA256.HashData(body).AsSpan(0, SumBytes);

    /// <summary>Hyperion fails with whatever happens to it; callers are told one kind.</summary>
    private static T Guarded<T>(Func<T> work, string what)
    {
        try
        {
            return work();
        }
        catch (Exception cause)
        {
            throw new SerializationException($"{what}: {cause.Message}", cause);
        }
    }
}
