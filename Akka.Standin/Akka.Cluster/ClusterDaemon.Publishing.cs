using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Tells subscribers what changed.</summary>
internal sealed partial class ClusterDaemon
{
    private readonly Dictionary<IActorRef, HashSet<Type>> _subscribers = [];
    private ClusterEvent.CurrentClusterState _state = new();

    private void Publishing()
    {
        Receive<ClusterCommand.Subscribe>(Subscribe);
        Receive<ClusterCommand.Unsubscribe>(each => Unsubscribe(each.Subscriber, each.Type));
        Receive<Terminated>(gone => Unsubscribe(gone.ActorRef, null));
        Receive<ThisActorSystemQuarantinedEvent>(quarantined =>
        {
            if (IsMember && At(quarantined.RemoteAddress).Any())
                ShutDown($"was quarantined by {quarantined.RemoteAddress}");
        });
    }

    private void Subscribe(ClusterCommand.Subscribe subscribe)
    {
        var to = subscribe.Subscriber;
        if (!_subscribers.TryGetValue(to, out var types)) _subscribers[to] = types = [];
        types.UnionWith(subscribe.Types);
        Context.Watch(to);
        if (subscribe.Mode == ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot) to.Tell(_state);
        else
            foreach (var happened in Changes(new ClusterEvent.CurrentClusterState(), _state))
                if (subscribe.Types.Any(type => type.IsInstanceOfType(happened))) to.Tell(happened);
    }

    private void Unsubscribe(IActorRef subscriber, Type type)
    {
        if (!_subscribers.TryGetValue(subscriber, out var types)) return;
        if (type is not null) types.Remove(type);
        if (type is not null && types.Count > 0) return;
        _subscribers.Remove(subscriber);
        Context.Unwatch(subscriber);
    }

    private void Tell(ClusterEvent.IClusterDomainEvent happened)
    {
        foreach (var (subscriber, types) in _subscribers)
            if (types.Any(type => type.IsInstanceOfType(happened))) subscriber.Tell(happened);
    }

    private void PublishChanges(Gossip before, Gossip next)
    {
        foreach (var address in next.Members.Select(m => m.Address).Except(before.Members.Select(m => m.Address))
            .Where(a => !a.Equals(_self.Address)))
            _cluster.Provider.Watcher.Tell(new RemoteWatcher.Managed(address, true));
        foreach (var address in before.Members.Select(m => m.Address).Except(next.Members.Select(m => m.Address)))
            _cluster.Provider.Watcher.Tell(new RemoteWatcher.Managed(address, false));
        var old = _state;
        _state = StateOf(next);
        _cluster.Publish(next, _state);
        foreach (var happened in Changes(old, _state))
        {
            if (happened is ClusterEvent.IMemberEvent or ClusterEvent.IReachabilityEvent
                && _config.GetBoolean("log-info")) _log.Info("{0}", happened);
            Tell(happened);
        }
    }

    private ClusterEvent.CurrentClusterState StateOf(Gossip gossip) => new(gossip.Members,
        [.. gossip.Members.Where(member => member.UniqueAddress != _self
            && gossip.Unreachable.Contains(member.UniqueAddress))],
        gossip.Leader(_self)?.Address);

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Changes(ClusterEvent.CurrentClusterState before,
        ClusterEvent.CurrentClusterState now)
    {
        var old = before.Members.ToDictionary(member => member.UniqueAddress);
        foreach (var member in now.Members)
            if (!old.TryGetValue(member.UniqueAddress, out var was) || was.Status != member.Status)
                yield return Event(member);
        var present = now.Members.Select(member => member.UniqueAddress).ToHashSet();
        foreach (var gone in before.Members.Where(member => !present.Contains(member.UniqueAddress)))
        {
            // Whoever is gone without having been seen leaving was lost.
            var previous = gone.Status is MemberStatus.Exiting or MemberStatus.Leaving
                ? MemberStatus.Exiting : MemberStatus.Down;
            yield return new ClusterEvent.MemberRemoved(gone.Copy(MemberStatus.Removed), previous);
        }
        foreach (var member in now.Unreachable.Except(before.Unreachable))
            yield return new ClusterEvent.UnreachableMember(member);
        foreach (var member in before.Unreachable.Except(now.Unreachable))
            if (present.Contains(member.UniqueAddress)) yield return new ClusterEvent.ReachableMember(member);
    }

    private static ClusterEvent.IClusterDomainEvent Event(Member member) => member.Status switch
    {
        MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
        MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(member),
        MemberStatus.Up => new ClusterEvent.MemberUp(member),
        MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
        MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
        _ => new ClusterEvent.MemberDowned(member),
    };
}
