using Akka.Actor;
using Akka.Persistence;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Sharding;

/// <summary>
/// What is remembered: entities of a shard under its name, and the shards of a type under an empty one.
/// </summary>
internal static class MemoryProtocol
{
    internal sealed record Recall(string Shard) : INoSerializationVerificationNeeded;

    internal sealed record Recalled(string[] Ids) : INoSerializationVerificationNeeded;

    internal sealed record Change(string Shard, string[] Added, string[] Removed) : IProtocolMessage;

    internal sealed record Changed(string[] Added, string[] Removed) : INoSerializationVerificationNeeded;

    /// <summary>The part of a snapshot.</summary>
    internal sealed record Everything(string[] Ids) : IProtocolMessage;

    internal const string AllShards = "";
}

/// <summary>Remembers in the journal. One at a time writes: the shard's owner, or the coordinator.</summary>
internal sealed class JournalMemory : ReceivePersistentActor
{
    private readonly HashSet<string> _ids = [];

    public JournalMemory(string typeName, string shard, ClusterShardingSettings settings)
    {
        PersistenceId = shard == MemoryProtocol.AllShards
            ? $"/sharding/{typeName}Shards" : $"/sharding/{typeName}Shard/{shard}";
        if (!string.IsNullOrEmpty(settings.JournalPluginId)) JournalPluginId = settings.JournalPluginId;
        if (!string.IsNullOrEmpty(settings.SnapshotPluginId)) SnapshotPluginId = settings.SnapshotPluginId;
        var snapshotAfter = Math.Max(1, settings.Config.GetInt("snapshot-after"));
        Recover<MemoryProtocol.Change>(Apply);
        Recover<SnapshotOffer>(offer => _ids.UnionWith(((MemoryProtocol.Everything)offer.Snapshot).Ids));
        Command<MemoryProtocol.Recall>(_ => Sender.Tell(new MemoryProtocol.Recalled([.. _ids])));
        Command<MemoryProtocol.Change>(change =>
        {
            var asker = Sender;
            Persist(change, stored =>
            {
                Apply(stored);
                asker.Tell(new MemoryProtocol.Changed(stored.Added, stored.Removed));
                if (LastSequenceNr % snapshotAfter == 0) SaveSnapshot(new MemoryProtocol.Everything([.. _ids]));
            });
        });
        Command<SaveSnapshotSuccess>(saved => DeleteMessages(saved.Metadata.SequenceNr));
        Command<SaveSnapshotFailure>(_ => { }); // the events are still there
        Command<DeleteMessagesSuccess>(_ => { });
        Command<DeleteMessagesFailure>(_ => { });
    }

    public override string PersistenceId { get; }

    private void Apply(MemoryProtocol.Change change)
    {
        _ids.UnionWith(change.Added);
        _ids.ExceptWith(change.Removed);
    }
}

/// <summary>
/// Remembers on all nodes, as long as one of them lives: every change goes to all at once, and what got lost is found
/// by comparing versions with one other node at a time.
/// </summary>
internal sealed class ReplicatedMemory : ReceiveActor, IWithTimers
{
    internal sealed record Page(string Shard, long Version, string[] Ids) : IProtocolMessage;

    internal sealed record Versions(Dictionary<string, long> Known, bool IsReply) : IProtocolMessage;

    private sealed record Tick : INoSerializationVerificationNeeded;

    private readonly Cluster _cluster;
    private readonly Dictionary<string, Page> _pages = [];

    public ReplicatedMemory(Cluster cluster, ClusterShardingSettings settings)
    {
        _cluster = cluster;
        Receive<MemoryProtocol.Recall>(recall =>
            Sender.Tell(new MemoryProtocol.Recalled(_pages.GetValueOrDefault(recall.Shard)?.Ids ?? [])));
        Receive<MemoryProtocol.Change>(change =>
        {
            var page = _pages.GetValueOrDefault(change.Shard) ?? new Page(change.Shard, 0, []);
            _pages[change.Shard] = page = new Page(change.Shard, page.Version + 1,
                [.. page.Ids.Union(change.Added).Except(change.Removed)]);
            foreach (var peer in Peers(settings)) peer.Tell(page);
            Sender.Tell(new MemoryProtocol.Changed(change.Added, change.Removed));
        });
        Receive<Page>(page =>
        {
            if (!_pages.TryGetValue(page.Shard, out var mine) || mine.Version < page.Version) _pages[page.Shard] = page;
        });
        Receive<Versions>(theirs =>
        {
            foreach (var page in _pages.Values)
                if (!theirs.Known.TryGetValue(page.Shard, out var version) || version < page.Version) Sender.Tell(page);
            if (!theirs.IsReply) Sender.Tell(Known(true));
        });
        Receive<Tick>(_ =>
        {
            if (Peers(settings).ToArray() is { Length: > 0 } peers)
                peers[Random.Shared.Next(peers.Length)].Tell(Known(false));
        });
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(typeof(Tick), new Tick(), TimeSpan.Zero, TimeSpan.FromSeconds(1));

    private Versions Known(bool isReply) =>
        new(_pages.ToDictionary(each => each.Key, each => each.Value.Version), isReply);

    private IEnumerable<ActorSelection> Peers(ClusterShardingSettings settings) => _cluster.State.Members
        .Where(member => settings.IsFor(member) && member.UniqueAddress != _cluster.SelfUniqueAddress)
        .Select(member => Context.ActorSelection(new RootActorPath(member.Address) / Self.Path.Elements));
}
