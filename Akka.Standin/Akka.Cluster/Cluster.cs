using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}

/// <summary>This node's membership of a cluster.</summary>
public class Cluster : IExtension
{
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _removed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorSystemImpl _system;
    private readonly IActorRef _daemon;
    private volatile ClusterEvent.CurrentClusterState _state = new();
    private volatile Gossip _gossip = Gossip.Empty;

    internal Cluster(ActorSystemImpl system)
    {
        _system = system;
        Provider = system.Provider as ClusterActorRefProvider
            ?? throw new ConfigurationException("akka.actor.provider: the cluster needs the provider \"cluster\".");
        var config = system.Settings.Config.GetConfig("akka.cluster");
        SelfUniqueAddress = new UniqueAddress(Provider.DefaultAddress, AddressUidExtension.Uid(system));
        SelfRoles = [.. config.GetStringList("roles")];
        DowningProvider = MakeDowningProvider(config.GetString("downing-provider-class"));
        _daemon = system.SystemActorOf(Props.Create(() => new ClusterDaemon(this)), "cluster");
        if (DowningProvider.DowningActorProps is { } props) system.SystemActorOf(props, "clusterDowning");
        AddShutdownTasks(CoordinatedShutdown.Get(system));
        system.RegisterOnTermination(Ended);
        var seeds = config.GetStringList("seed-nodes");
        if (seeds.Count > 0) JoinSeedNodes(seeds.Select(Address.Parse));
    }

    internal ClusterActorRefProvider Provider { get; }

    /// <summary>The state as the nodes pass it on.</summary>
    internal Gossip Gossip => _gossip;

    public ExtendedActorSystem System => _system;
    public UniqueAddress SelfUniqueAddress { get; }
    public Address SelfAddress => SelfUniqueAddress.Address;
    public ImmutableHashSet<string> SelfRoles { get; }
    public IDowningProvider DowningProvider { get; }
    public bool IsTerminated => _removed.Task.IsCompleted;
    public ClusterEvent.CurrentClusterState State => _state;

    public Member SelfMember => _state.Members.FirstOrDefault(member => member.UniqueAddress == SelfUniqueAddress)
        ?? new Member(SelfUniqueAddress, MemberStatus.Removed, SelfRoles);

    public static Cluster Get(ActorSystem system) => new ClusterExtension().Apply(system);

    public void Join(Address address) => _daemon.Tell(new ClusterCommand.JoinTo(address), ActorRefs.NoSender);

    public void JoinSeedNodes(IEnumerable<Address> seedNodes) =>
        _daemon.Tell(new ClusterCommand.JoinSeedNodes([.. seedNodes]), ActorRefs.NoSender);

    public void Leave(Address address) => _daemon.Tell(new ClusterCommand.Leave(address), ActorRefs.NoSender);

    public void Down(Address address) => _daemon.Tell(new ClusterCommand.Down(address), ActorRefs.NoSender);

    public void Subscribe(IActorRef subscriber, params Type[] to) =>
        Subscribe(subscriber, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot, to);

    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode,
        params Type[] to)
    {
        if (to.Length == 0 || !to.All(typeof(ClusterEvent.IClusterDomainEvent).IsAssignableFrom))
            throw new ArgumentException("Subscribe to IClusterDomainEvent or types of it.", nameof(to));
        _daemon.Tell(new ClusterCommand.Subscribe(subscriber, initialStateMode, to), ActorRefs.NoSender);
    }

    public void Unsubscribe(IActorRef subscriber) => Unsubscribe(subscriber, null);

    public void Unsubscribe(IActorRef subscriber, Type to) =>
        _daemon.Tell(new ClusterCommand.Unsubscribe(subscriber, to), ActorRefs.NoSender);

    /// <summary>The callback runs once this node is Up, at once where it is.</summary>
    public void RegisterOnMemberUp(Action callback) => Run(_up.Task, callback);

    /// <summary>The callback runs once this node is no member any more.</summary>
    public void RegisterOnMemberRemoved(Action callback) => Run(_removed.Task, callback);

    private void Run(Task when, Action callback) => when.ContinueWith(_ =>
    {
        try
        {
            callback();
        }
        catch (Exception e)
        {
            _system.Log.Error(e, "A callback of the cluster failed");
        }
    }, TaskScheduler.Default);

    private IDowningProvider MakeDowningProvider(string name)
    {
        if (string.IsNullOrEmpty(name)) return new NoDowning(_system, this);
        var type = Type.GetType(name)
            ?? throw new ConfigurationException($"akka.cluster.downing-provider-class names no type that exists: '{name}'.");
        return (IDowningProvider)Activator.CreateInstance(type, _system, this);
    }

    private void AddShutdownTasks(CoordinatedShutdown shutdown)
    {
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", async () =>
        {
            if (IsTerminated || SelfMember.Status is MemberStatus.Down or MemberStatus.Removed) return Done.Instance;
            Leave(SelfAddress);
            await Task.WhenAny(_exiting.Task, _removed.Task).ConfigureAwait(false);
            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterExitingDone, "exiting-completed", async () =>
        {
            if (!IsTerminated) await _daemon.Ask<Done>(new ClusterCommand.ExitingCompleted(), TimeSpan.FromSeconds(3))
                .ConfigureAwait(false);
            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "wait-shutdown", async () =>
        {
            _system.Stop(_daemon);
            await _removed.Task.ConfigureAwait(false);
            return Done.Instance;
        });
    }

    internal void Publish(Gossip gossip, ClusterEvent.CurrentClusterState state)
    {
        _gossip = gossip;
        _state = state;
        var status = SelfMember.Status;
        if (status is MemberStatus.Up) _up.TrySetResult();
        if (status is not (MemberStatus.Exiting or MemberStatus.Down)) return;
        _exiting.TrySetResult();
        Shutdown(status == MemberStatus.Down
            ? CoordinatedShutdown.ClusterDowningReason.Instance : CoordinatedShutdown.ClusterLeavingReason.Instance);
    }

    internal void Shutdown(CoordinatedShutdown.Reason reason)
    {
        if (reason is CoordinatedShutdown.ClusterLeavingReason
            || _system.Settings.Config.GetBoolean("akka.cluster.run-coordinated-shutdown-when-down")) CoordinatedShutdown.Get(_system).Run(reason);
        else _system.Stop(_daemon);
    }

    internal void Ended()
    {
        _state = new();
        _exiting.TrySetResult();
        _removed.TrySetResult();
    }
}

/// <summary>The provider of a system that is part of a cluster.</summary>
internal sealed class ClusterActorRefProvider : RemoteActorRefProvider
{
    public ClusterActorRefProvider(string systemName, Settings settings, EventStream eventStream) : base(systemName,
        settings, eventStream) =>
        settings.InjectTopLevelFallback(ConfigurationFactory.FromResource<ClusterActorRefProvider>("Akka.Cluster.cluster.conf"));

    protected override void Begin()
    {
        Cluster.Get(System); // who connects finds somebody to talk to
        base.Begin();
    }
}
