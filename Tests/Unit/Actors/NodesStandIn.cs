using Akka.Actor;
using Backup.Messages.Nodes;

namespace Backup.Tests.Unit.Actors;

/// <summary>Delivers what jobs say to clients and storage nodes to two probes.</summary>
internal sealed class NodesStandIn : ReceiveActor
{
    private NodesStandIn(IActorRef storage, IActorRef client)
    {
        Receive<NodeProtocol.ForStorage>(order => storage.Forward(order.Command));
        Receive<NodeProtocol.ForClient>(order => client.Forward(order.Command));
    }

    public static Props Props(IActorRef storage, IActorRef client) =>
        Akka.Actor.Props.Create(() => new NodesStandIn(storage, client));
}
