using Akka.Actor;

namespace Akka.Remote;

/// <summary>The other system does not talk to this one any more.</summary>
public sealed class ThisActorSystemQuarantinedEvent(Address localAddress, Address remoteAddress)
{
    public Address LocalAddress { get; } = localAddress;
    public Address RemoteAddress { get; } = remoteAddress;

    public override string ToString() =>
        $"The remote system {RemoteAddress} has quarantined this system {LocalAddress}.";
}

public class RemoteTransportException(string message, Exception cause = null) : AkkaException(message, cause);

/// <summary>Tells one run of a system from the next at the same address.</summary>
public class AddressUid : IExtension
{
    public readonly int Uid = Random.Shared.Next(1, int.MaxValue);
}

public class AddressUidExtension : ExtensionIdProvider<AddressUid>
{
    public override AddressUid CreateExtension(ExtendedActorSystem system) => new();

    public static int Uid(ActorSystem system) => new AddressUidExtension().Apply(system).Uid;
}
