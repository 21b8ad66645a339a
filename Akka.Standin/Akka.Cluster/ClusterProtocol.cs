using System.Collections.Immutable;
using Akka.Actor;
using Akka.Remote.Transport;
using Akka.Serialization.Wire;

namespace Akka.Cluster;

/// <summary>What the nodes of a cluster say to each other.</summary>
internal static class ClusterProtocol
{
    internal interface IMessage : IProtocolMessage;

    internal sealed record InitJoin : IMessage;

    internal sealed record InitJoinAck(Address Address) : IMessage;

    internal sealed record InitJoinNack : IMessage;

    internal sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles) : IMessage;

    internal sealed record Welcome(UniqueAddress From, GossipState State) : IMessage;

    internal sealed record News(UniqueAddress From, UniqueAddress To, GossipState State) : IMessage;

    /// <summary>For one that should have the same state: it answers with its own where it has not.</summary>
    internal sealed record Check(UniqueAddress From, UniqueAddress To, long Digest) : IMessage;

    internal sealed record ExitingConfirmed(UniqueAddress Node) : IMessage;

    internal sealed record Heartbeat(UniqueAddress From) : IMessage, IUrgentMessage;

    internal sealed record HeartbeatRsp(UniqueAddress From) : IMessage, IUrgentMessage;
}

/// <summary>What the node's own parts ask of the cluster's actor.</summary>
internal static class ClusterCommand
{
    internal interface ICommand : INoSerializationVerificationNeeded;

    internal sealed record JoinTo(Address Address) : ICommand;

    internal sealed record JoinSeedNodes(ImmutableList<Address> SeedNodes) : ICommand;

    internal sealed record Leave(Address Address) : ICommand;

    internal sealed record Down(Address Address) : ICommand;

    internal sealed record Subscribe(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode,
        Type[] Types) : ICommand;

    internal sealed record Unsubscribe(IActorRef Subscriber, Type Type) : ICommand;

    internal sealed record ExitingCompleted : ICommand;
}
