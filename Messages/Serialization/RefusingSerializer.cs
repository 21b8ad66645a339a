using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Backup.Messages.Serialization;

/// <summary>
/// Stands where Akka puts a serializer that takes any object: writes nothing, reads nothing, and says so.
/// </summary>
/// <param name="system">The system.</param>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <summary>Its number among the serializers of a system.</summary>
    public const int Number = MessagesSerializer.Number + 1;

    /// <inheritdoc/>
    public override int Identifier => Number;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <summary>Refuses.</summary>
    /// <param name="obj">Any object.</param>
    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) => throw new SerializationException(
        $"{obj.GetType()} is no message that may leave this actor system: it is neither a message of the protocol "
            + $"({nameof(IWireMessage)}) nor bound to a serializer of its own.");

    /// <summary>Refuses.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="type">Any type.</param>
    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException(
        "Only messages of the protocol are read; this is a plain object of another system.");
}
