using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Tools.Client;

/// <summary>
/// Knows the services of all nodes by their paths. Every node has a bucket of its own with what is registered there,
/// under a version that it raises at each change. Changes are sent to all; what got lost is found by comparing versions
/// with one other node at a time.
/// </summary>
internal sealed class Mediator : ReceiveActor, IWithTimers
{
    /// <summary>Makes a local actor known by its path.</summary>
    internal sealed record Put(IActorRef Service) : INoSerializationVerificationNeeded;

    /// <summary>To one of the actors that are known by the path.</summary>
    internal sealed record Send(string Path, object Message, bool LocalAffinity) : IWrappedMessage, IProtocolMessage;

    internal sealed record Bucket(UniqueAddress Owner, long Version, Dictionary<string, IActorRef> Content)
        : IProtocolMessage;

    internal sealed record Versions(Dictionary<UniqueAddress, long> Known, bool IsReply) : IProtocolMessage;

    private sealed record GossipTick : INoSerializationVerificationNeeded;

    private readonly Cluster _cluster;
    private readonly Config _config;
    private readonly string _role;
    private readonly Dictionary<UniqueAddress, Bucket> _buckets = [];
    private readonly HashSet<UniqueAddress> _others = [];

    public Mediator(Cluster cluster, Config config)
    {
        (_cluster, _config, _role) = (cluster, config, ToolsConfig.RoleIn(config));
        _buckets[Self0] = new Bucket(Self0, DateTime.UtcNow.Ticks, []);
        Receive<ClusterEvent.CurrentClusterState>(state => { foreach (var member in state.Members) Add(member); });
        Receive<ClusterEvent.MemberUp>(up => Add(up.Member));
        Receive<ClusterEvent.MemberRemoved>(gone =>
        {
            _others.Remove(gone.Member.UniqueAddress);
            _buckets.Remove(gone.Member.UniqueAddress);
        });
        Receive<ClusterEvent.IMemberEvent>(_ => { });
        Receive<Put>(put => Change(Context.Watch(put.Service), isAdded: true));
        Receive<Terminated>(gone => Change(gone.ActorRef, isAdded: false));
        Receive<Send>(Deliver);
        Receive<Bucket>(OnBucket);
        Receive<Versions>(OnVersions);
        Receive<GossipTick>(_ =>
        {
            if (_others.Count > 0) PeerAt(Random.Shared.GetItems(_others.ToArray(), 1)[0]).Tell(Known(isReply: false));
        });
    }

    public ITimerScheduler Timers { get; set; }

    private UniqueAddress Self0 => _cluster.SelfUniqueAddress;
    private Bucket Own => _buckets[Self0];

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(typeof(GossipTick), new GossipTick(), _config.GetTimeSpan("gossip-interval"));
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private ActorSelection PeerAt(UniqueAddress node) =>
        Context.ActorSelection(new RootActorPath(node.Address) / Self.Path.Elements);

    private void Add(Member member)
    {
        if (member.UniqueAddress == Self0 || (_role is not null && !member.HasRole(_role))
            || member.Status is not (MemberStatus.Up or MemberStatus.Leaving)
                || !_others.Add(member.UniqueAddress)) return;
        PeerAt(member.UniqueAddress).Tell(Own);
    }

    private void Change(IActorRef service, bool isAdded)
    {
        var content = new Dictionary<string, IActorRef>(Own.Content);
        var path = service.Path.ToStringWithoutAddress();
        if (isAdded) content[path] = service;
        else if (service.Equals(content.GetValueOrDefault(path))) content.Remove(path);
        _buckets[Self0] = new Bucket(Self0, Own.Version + 1, content);
        foreach (var node in _others) PeerAt(node).Tell(Own);
    }

    private void OnBucket(Bucket theirs)
    {
        if (!_others.Contains(theirs.Owner)) return;
        if (!_buckets.TryGetValue(theirs.Owner, out var mine) || mine.Version < theirs.Version)
            _buckets[theirs.Owner] = theirs;
    }

    private Versions Known(bool isReply) =>
        new(_buckets.ToDictionary(each => each.Key, each => each.Value.Version), isReply);

    private void OnVersions(Versions theirs)
    {
        foreach (var (owner, bucket) in _buckets)
            if (!theirs.Known.TryGetValue(owner, out var version) || version < bucket.Version) Sender.Tell(bucket);
        if (!theirs.IsReply) Sender.Tell(Known(isReply: true));
    }

    private void Deliver(Send send)
    {
        var to = send.LocalAffinity ? Own.Content.GetValueOrDefault(send.Path) : null;
        if (to is null)
        {
            var found = _buckets.Values.Select(bucket => bucket.Content.GetValueOrDefault(send.Path))
                .Where(service => service is not null).ToArray();
            if (found.Length > 0) to = Random.Shared.GetItems(found, 1)[0];
        }
        (to ?? Context.System.DeadLetters).Forward(to is null ? send : send.Message);
    }
}
