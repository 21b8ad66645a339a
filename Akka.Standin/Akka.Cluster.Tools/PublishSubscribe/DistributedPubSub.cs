using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Tools.PublishSubscribe;

public sealed class DistributedPubSubExtensionProvider : ExtensionIdProvider<DistributedPubSub>
{
    public override DistributedPubSub CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Finds actors anywhere in the cluster by path or topic.</summary>
public sealed class DistributedPubSub : IExtension
{
    public DistributedPubSub(ExtendedActorSystem system)
    {
        var config = ToolsConfig.Section(system, "akka.cluster.pub-sub");
        Mediator = system.SystemActorOf(Props.Create(() => new Mediator(Cluster.Get(system), config)),
            config.GetString("name"));
    }

    public IActorRef Mediator { get; }

    public static DistributedPubSub Get(ActorSystem system) => new DistributedPubSubExtensionProvider().Apply(system);
}

/// <summary>
/// Every node has a bucket of its own with what is registered there, under a version that it raises at each change.
/// Changes are sent to all; what got lost is found by comparing versions with one other node at a time.
/// </summary>
internal sealed class Mediator : ReceiveActor, IWithTimers
{
    internal sealed record Bucket(UniqueAddress Owner, long Version,
        Dictionary<string, HashSet<IActorRef>> Content) : IProtocolMessage;

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
        Receive<Put>(put => Change("/" + string.Join('/', put.Ref.Path.Elements), put.Ref, isAdded: true));
        Receive<Remove>(remove => Change(remove.Path, null, isAdded: false));
        Receive<Subscribe>(subscribe =>
        {
            Change(TopicKey(subscribe.Topic), subscribe.Ref, isAdded: true);
            Sender.Tell(new SubscribeAck(subscribe));
        });
        Receive<Unsubscribe>(unsubscribe =>
        {
            Change(TopicKey(unsubscribe.Topic), unsubscribe.Ref, isAdded: false);
            Sender.Tell(new UnsubscribeAck(unsubscribe));
        });
        Receive<Terminated>(gone =>
        {
            foreach (var key in Own.Content.Where(each => each.Value.Contains(gone.ActorRef)).Select(each => each.Key)
                .ToArray())
                Change(key, gone.ActorRef, isAdded: false);
        });
        Receive<Send>(Deliver);
        Receive<SendToAll>(all => Deliver(Found(all.Path, all.ExcludeSelf), all.Message, all));
        Receive<Publish>(publish => Deliver(Found(TopicKey(publish.Topic), false), publish.Message, publish));
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

    // Paths begin with a slash, so a topic cannot be one.
    private static string TopicKey(string topic) => "topic:" + topic;

    private ActorSelection PeerAt(UniqueAddress node) =>
        Context.ActorSelection(new RootActorPath(node.Address) / Self.Path.Elements);

    private void Add(Member member)
    {
        if (member.UniqueAddress == Self0 || (_role is not null && !member.HasRole(_role))
            || member.Status is not (MemberStatus.Up or MemberStatus.Leaving)
                || !_others.Add(member.UniqueAddress)) return;
        PeerAt(member.UniqueAddress).Tell(Own);
    }

    private void Change(string key, IActorRef actor, bool isAdded)
    {
        var content = Own.Content.ToDictionary(each => each.Key, each => each.Value.ToHashSet());
        if (!content.TryGetValue(key, out var refs)) refs = content[key] = [];
        if (isAdded) refs.Add(actor);
        else if (actor is null) refs.Clear();
        else refs.Remove(actor);
        if (refs.Count == 0) content.Remove(key);
        if (isAdded) Context.Watch(actor);
        else if (actor is not null && !content.Values.Any(each => each.Contains(actor))) Context.Unwatch(actor);
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

    private List<IActorRef> Found(string key, bool exceptHere) =>
        [.. _buckets.Values.Where(bucket => !exceptHere || bucket.Owner != Self0)
        .SelectMany(bucket => bucket.Content.GetValueOrDefault(key) ?? []).Distinct()];

    private void Deliver(Send send)
    {
        var here = send.LocalAffinity ? Own.Content.GetValueOrDefault(send.Path) : null;
        List<IActorRef> found = here is { Count: > 0 } ? [.. here] : Found(send.Path, false);
        Deliver(found.Count > 1 ? [found[Random.Shared.Next(found.Count)]] : found, send.Message, send);
    }

    private void Deliver(List<IActorRef> to, object message, object envelope)
    {
        foreach (var each in to) each.Forward(message);
        if (to.Count == 0 && _config.GetBoolean("send-to-dead-letters-when-no-subscribers"))
            Context.System.DeadLetters.Tell(envelope, Sender);
    }
}
