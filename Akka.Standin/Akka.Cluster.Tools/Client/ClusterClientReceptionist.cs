using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Tools.Client;

public sealed class ClusterClientReceptionistExtensionProvider : ExtensionIdProvider<ClusterClientReceptionist>
{
    public override ClusterClientReceptionist CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>
/// The door of a cluster for those who are no members: what is registered here can be reached by clients.
/// </summary>
public sealed class ClusterClientReceptionist : IExtension
{
    private readonly IActorRef _mediator;

    public ClusterClientReceptionist(ExtendedActorSystem system)
    {
        var cluster = Cluster.Get(system);
        var services = ToolsConfig.Section(system, "akka.cluster.pub-sub");
        _mediator = system.SystemActorOf(
            Props.Create(() => new Mediator(cluster, services)), services.GetString("name"));
        var config = ToolsConfig.Section(system, "akka.cluster.client.receptionist");
        system.SystemActorOf(
            Props.Create(() => new Receptionist(cluster, _mediator, config)), config.GetString("name"));
    }

    public static ClusterClientReceptionist Get(ActorSystem system) =>
        new ClusterClientReceptionistExtensionProvider().Apply(system);

    public void RegisterService(IActorRef actorRef) =>
        _mediator.Tell(new Mediator.Put(actorRef), ActorRefs.NoSender);
}

internal static class ReceptionistProtocol
{
    internal sealed record GetContacts : IProtocolMessage;

    internal sealed record Contacts(string[] Paths) : IProtocolMessage;

    internal sealed record Heartbeat : IProtocolMessage, IUrgentMessage;

    internal sealed record HeartbeatRsp : IProtocolMessage, IUrgentMessage;

    /// <summary>Look for another one.</summary>
    internal sealed record Closing : IProtocolMessage;
}

/// <summary>
/// Talks to clients. Answers to a client go through an actor of its own here, so that it needs to reach this node only.
/// </summary>
internal sealed class Receptionist : ReceiveActor, IWithTimers
{
    private sealed record Tick : INoSerializationVerificationNeeded;

    private readonly Cluster _cluster;
    private readonly Config _config;
    private readonly string _role;
    private readonly Dictionary<IActorRef, IActorRef> _tunnels = [];
    private readonly Dictionary<IActorRef, TimeSpan> _clients = []; // when each was heard last

    public Receptionist(Cluster cluster, IActorRef mediator, Config config)
    {
        (_cluster, _config, _role) = (cluster, config, ToolsConfig.RoleIn(config));
        Receive<ReceptionistProtocol.GetContacts>(_ => Sender.Tell(new ReceptionistProtocol.Contacts([.. Contacts()])));
        Receive<ReceptionistProtocol.Heartbeat>(_ =>
        {
            _clients[Sender] = Context.System.Scheduler.MonotonicClock;
            Sender.Tell(new ReceptionistProtocol.HeartbeatRsp());
        });
        Receive<Mediator.Send>(send => mediator.Tell(send, TunnelTo(Sender)));
        Receive<Tick>(_ =>
        {
            var oldest = Context.System.Scheduler.MonotonicClock - config.GetTimeSpan("acceptable-heartbeat-pause");
            foreach (var (client, heard) in _clients.ToArray())
                if (heard < oldest) _clients.Remove(client);
        });
        Receive<Terminated>(gone =>
        {
            foreach (var (client, tunnel) in _tunnels.ToArray())
                if (tunnel.Equals(gone.ActorRef)) _tunnels.Remove(client);
        });
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(typeof(Tick), new Tick(), _config.GetTimeSpan("failure-detection-interval"));

    protected override void PostStop()
    {
        foreach (var client in _clients.Keys) client.Tell(new ReceptionistProtocol.Closing());
    }

    /// <summary>Some of the nodes, this one first; in an order of chance, so that clients spread.</summary>
    private IEnumerable<string> Contacts()
    {
        var state = _cluster.State;
        var others = state.Members.Except(state.Unreachable)
            .Where(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp
            && member.UniqueAddress != _cluster.SelfUniqueAddress
                && (_role is null || member.HasRole(_role))).Select(member => member.Address).ToArray();
        Random.Shared.Shuffle(others);
        return others.Take(_config.GetInt("number-of-contacts") - 1).Prepend(_cluster.SelfAddress)
            .Select(address => (new RootActorPath(address) / Self.Path.Elements).ToString());
    }

    private IActorRef TunnelTo(IActorRef client)
    {
        if (_tunnels.TryGetValue(client, out var tunnel)) return tunnel;
        var timeout = _config.GetTimeSpan("response-tunnel-receive-timeout");
        tunnel = Context.Watch(Context.ActorOf(Props.Create(() => new Tunnel(client, timeout))));
        return _tunnels[client] = tunnel;
    }

    private sealed class Tunnel : ReceiveActor
    {
        public Tunnel(IActorRef client, TimeSpan timeout)
        {
            Context.SetReceiveTimeout(timeout);
            Receive<ReceiveTimeout>(_ => Context.Stop(Self));
            ReceiveAny(message => client.Tell(message, Self));
        }
    }
}
