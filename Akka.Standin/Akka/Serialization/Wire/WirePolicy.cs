using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.Serialization.Wire;

/// <summary>Which types may be written and read.</summary>
internal abstract class WirePolicy
{
    /// <summary>
    /// Values of members declared as object go through the serializers that the system is configured with.
    /// </summary>
    internal virtual bool NestsObjects => false;

    internal abstract void CheckWritten(Type type);

    /// <summary>Before a type of this name is even looked for.</summary>
    internal virtual void CheckName(string name) { }

    internal abstract void CheckRead(Type type);
}

/// <summary>Marks what the stand-in's own parts say to each other on different nodes.</summary>
internal interface IProtocolMessage;

/// <summary>Only the stand-in's own messages, and what they are made of.</summary>
internal sealed class ProtocolPolicy : WirePolicy
{
    internal static readonly ProtocolPolicy Instance = new();

    internal override bool NestsObjects => true;

    internal override void CheckWritten(Type type) => CheckRead(type);

    internal override void CheckRead(Type type)
    {
        if (WireType.Of(type).Shape == WireShape.Fields && !typeof(IProtocolMessage).IsAssignableFrom(type)
            && type != typeof(Address))
            throw new SerializationException($"{type} is no message of the protocol.");
    }
}
