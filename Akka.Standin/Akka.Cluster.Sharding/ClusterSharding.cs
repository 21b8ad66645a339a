using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

public sealed class ClusterShardingExtensionProvider : ExtensionIdProvider<ClusterSharding>
{
    public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Actors that are addressed by an id and live on one of the nodes, each once.</summary>
public class ClusterSharding : IExtension
{
    private readonly ExtendedActorSystem _system;
    private readonly Cluster _cluster;
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _regions = new();
    private readonly ConcurrentDictionary<string, Lazy<IActorRef>> _proxies = new();

    public ClusterSharding(ExtendedActorSystem system)
    {
        _system = system;
        _cluster = Cluster.Get(system);
        ToolsConfig.Section(system, "akka.cluster.singleton");
        system.Settings.InjectTopLevelFallback(DefaultConfig());
        Settings = ClusterShardingSettings.Create(system);
    }

    public ClusterShardingSettings Settings { get; }
    public ImmutableHashSet<string> ShardTypeNames => [.. _regions.Keys];

    public static ClusterSharding Get(ActorSystem system) => new ClusterShardingExtensionProvider().Apply(system);

    public static Config DefaultConfig() =>
        ConfigurationFactory.FromResource<ClusterSharding>("Akka.Cluster.Sharding.sharding.conf");

    public IShardAllocationStrategy DefaultShardAllocationStrategy(ClusterShardingSettings settings)
    {
        var config = settings.Config.GetConfig("least-shard-allocation-strategy");
        var absolute = config.GetInt("rebalance-absolute-limit");
        var relative = config.GetDouble("rebalance-relative-limit");
        if (absolute > 0)
            return new LeastShards(1, shards => Math.Clamp((int)(shards * relative), 1, Math.Max(1, absolute)));
        var atATime = config.GetInt("max-simultaneous-rebalance");
        return new LeastShards(config.GetInt("rebalance-threshold"), _ => atATime);
    }

    public IActorRef Start(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor) =>
        Start(typeName, entityPropsFactory, settings, messageExtractor, DefaultShardAllocationStrategy(settings),
            PoisonPill.Instance);

    /// <summary>Starts the region of this node; on a node without the role, one that only passes messages on.</summary>
    public IActorRef Start(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor,
        IShardAllocationStrategy allocationStrategy, object handOffStopMessage)
    {
        if (!settings.IsFor(_cluster)) return StartProxy(typeName, settings.Role, messageExtractor);
        return _regions.GetOrAdd(typeName, _ => new Lazy<IActorRef>(() =>
        {
            var names = new ShardingNames(typeName);
            var kind = new EntityKind(entityPropsFactory, settings, messageExtractor, handOffStopMessage);
            var coordinator = Props.Create(() => new Coordinator(names, settings, allocationStrategy));
            var singleton = settings.CoordinatorSingletonSettings.WithRole(settings.Role)
                .WithSingletonName(ShardingNames.Coordinator);
            _system.SystemActorOf(ClusterSingletonManager.Props(coordinator, PoisonPill.Instance, singleton),
                names.Manager);
            var region = _system.SystemActorOf(Props.Create(() => new RegionActor(names, kind)), names.Region);
            EndGracefully(region, names);
            return region;
        })).Value;
    }

    /// <summary>A region that hosts nothing: it passes messages to the nodes of the role.</summary>
    public IActorRef StartProxy(string typeName, string role, IMessageExtractor messageExtractor) =>
        _proxies.GetOrAdd(typeName, _ => new Lazy<IActorRef>(() =>
        {
            var names = new ShardingNames(typeName);
            var kind = new EntityKind(null, Settings.WithRole(role), messageExtractor, PoisonPill.Instance);
            return _system.SystemActorOf(Props.Create(() => new RegionActor(names, kind)), names.Proxy);
        })).Value;

    public IActorRef ShardRegion(string typeName) => _regions.TryGetValue(typeName, out var region) ? region.Value
        : _proxies.TryGetValue(typeName, out var proxy) ? proxy.Value
        : throw new ArgumentException($"Shard type [{typeName}] must be started first.", nameof(typeName));

    private void EndGracefully(IActorRef region, ShardingNames names) =>
        CoordinatedShutdown.Get(_system).AddTask(CoordinatedShutdown.PhaseClusterShardingShutdownRegion,
            "region-shutdown " + names.Region, async () =>
        {
            if (_cluster.IsTerminated || _cluster.SelfMember.Status is MemberStatus.Down or MemberStatus.Removed)
                return Done.Instance;
            region.Tell(GracefulShutdown.Instance, ActorRefs.NoSender);
            await region.Ended().ConfigureAwait(false);
            return Done.Instance;
        });
}

/// <summary>What the actors of a type are called, below /system.</summary>
internal sealed record ShardingNames(string TypeName)
{
    internal const string Coordinator = "coordinator";

    private string Base => "sharding-" + Uri.EscapeDataString(TypeName);
    internal string Region => Base;
    internal string Proxy => Base + "-proxy";
    internal string Manager => Base + "-manager";

    internal ActorPath At(Address address, params string[] names) =>
        new RootActorPath(address) / names.Prepend("system");
}

/// <summary>How entities of a type are made and found. A proxy makes none.</summary>
internal sealed record EntityKind(Func<string, Props> PropsOf, ClusterShardingSettings Settings,
    IMessageExtractor Extractor, object StopMessage)
{
    internal bool IsProxy => PropsOf is null;
}
