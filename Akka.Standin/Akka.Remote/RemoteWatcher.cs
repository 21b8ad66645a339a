using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Serialization.Wire;

namespace Akka.Remote;

/// <summary>
/// Keeps who watches whom across systems. Exchanges heartbeats with every system that has watched actors, unless the
/// cluster looks after it, and reports all of them as ended when the system is gone.
/// </summary>
internal sealed class RemoteWatcher : ReceiveActor, IWithTimers
{
    internal const string Name = "remote-watcher";

    internal sealed record Watching(IActorRef Watchee, IActorRef Watcher) : INoSerializationVerificationNeeded;

    internal sealed record NoMoreWatching(IActorRef Watchee, IActorRef Watcher) : INoSerializationVerificationNeeded;

    internal sealed record WatchedBy(IActorRef Watchee, IActorRef Watcher) : INoSerializationVerificationNeeded;

    internal sealed record NoMoreWatchedBy(IActorRef Watchee, IActorRef Watcher) : INoSerializationVerificationNeeded;

    /// <summary>The cluster decides when the system of the address is gone.</summary>
    internal sealed record Managed(Address Address, bool IsManaged) : INoSerializationVerificationNeeded;

    internal sealed record AddressGone(Address Address) : INoSerializationVerificationNeeded;

    internal sealed record Heartbeat : IProtocolMessage;

    internal sealed record HeartbeatRsp(int Uid) : IProtocolMessage;

    private sealed class Tick : INoSerializationVerificationNeeded
    {
        internal static readonly Tick Instance = new();
    }

    private sealed class Peer
    {
        internal readonly HashSet<(IActorRef Watchee, IActorRef Watcher)> Watched = [];
        internal readonly HashSet<(IActorRef Watchee, IActorRef Watcher)> WatchedBy = [];
        internal PhiAccrualDetector Detector;
        internal int? Uid;
    }

    private readonly RemoteActorRefProvider _provider;
    private readonly Config _config;
    private readonly Dictionary<Address, Peer> _peers = [];
    private readonly HashSet<Address> _managed = [];

    public RemoteWatcher(RemoteActorRefProvider provider)
    {
        _provider = provider;
        _config = Context.System.Settings.Config.GetConfig("akka.remote.watch-failure-detector");
        Receive<Watching>(each => PeerOf(each.Watchee).Watched.Add((each.Watchee, each.Watcher)));
        Receive<NoMoreWatching>(each => Forget(each.Watchee, peer =>
            peer.Watched.Remove((each.Watchee, each.Watcher))));
        Receive<WatchedBy>(each => PeerOf(each.Watcher).WatchedBy.Add((each.Watchee, each.Watcher)));
        Receive<NoMoreWatchedBy>(each => Forget(each.Watcher, peer =>
            peer.WatchedBy.Remove((each.Watchee, each.Watcher))));
        Receive<Managed>(each =>
        {
            if (each.IsManaged) _managed.Add(each.Address); else _managed.Remove(each.Address);
        });
        Receive<AddressGone>(gone => Gone(gone.Address));
        Receive<Heartbeat>(_ => Sender.Tell(new HeartbeatRsp(AddressUidExtension.Uid(Context.System))));
        Receive<HeartbeatRsp>(OnResponse);
        Receive<Tick>(_ => OnTick());
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, _config.GetTimeSpan("heartbeat-interval"));

    private Peer PeerOf(IActorRef remote)
    {
        var address = remote.Path.Address;
        if (!_peers.TryGetValue(address, out var peer)) _peers[address] = peer = new Peer();
        return peer;
    }

    private void Forget(IActorRef remote, Func<Peer, bool> remove)
    {
        if (!_peers.TryGetValue(remote.Path.Address, out var peer)) return;
        remove(peer);
        if (peer.Watched.Count == 0 && peer.WatchedBy.Count == 0) _peers.Remove(remote.Path.Address);
    }

    private void OnTick()
    {
        _provider.Remoting.Prune();
        foreach (var (address, peer) in _peers.ToArray())
        {
            if (_managed.Contains(address) || peer.Watched.Count == 0)
            {
                peer.Detector = null;
                continue;
            }
            if (peer.Detector is null)
            {
                peer.Detector = new PhiAccrualDetector(_config);
                peer.Detector.Heartbeat(); // so that one that never answers is found out too
            }
            if (peer.Detector.IsAvailable)
            {
                _provider.ResolveActorRef(new RootActorPath(address) / "system" / Name).Tell(new Heartbeat());
                continue;
            }
            Logging.GetLogger(Context.System, this).Warning("Detected unreachable: [{0}]", address);
            if (peer.Uid is { } uid) _provider.Remoting.Quarantine(address, uid, "it does not answer heartbeats");
            Gone(address);
        }
    }

    private void OnResponse(HeartbeatRsp response)
    {
        if (!_peers.TryGetValue(Sender.Path.Address, out var peer) || peer.Detector is null) return;
        peer.Detector.Heartbeat();
        if (peer.Uid == response.Uid) return;
        // Another incarnation than the one that was told: it answers for the actors it does not have.
        peer.Uid = response.Uid;
        foreach (var (watchee, watcher) in peer.Watched)
            _provider.Remoting.SendSystem((RemoteActorRef)watchee, SystemKind.Watch, watcher, false);
    }

    private void Gone(Address address)
    {
        if (!_peers.Remove(address, out var peer)) return;
        foreach (var (watchee, watcher) in peer.Watched)
            watcher.Inner().SendSystemMessage(new DeathWatchNotification(watchee, false, true));
        foreach (var (watchee, watcher) in peer.WatchedBy)
            watchee.Inner().SendSystemMessage(new Unwatch(watchee, watcher));
    }
}
