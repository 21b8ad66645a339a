using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Knows the references of this system and of others, by their addresses.</summary>
internal class RemoteActorRefProvider : IActorRefProvider
{
    private readonly LocalActorRefProvider _local;
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RemoteActorRefProvider(string systemName, Settings settings, EventStream eventStream)
    {
        settings.InjectTopLevelFallback(ConfigurationFactory.FromResource<RemoteActorRefProvider>("Akka.Remote.remote.conf"));
        _local = new LocalActorRefProvider(systemName, settings, eventStream, this);
    }

    internal Remoting Remoting { get; private set; }
    internal IActorRef Watcher { get; private set; }
    protected ActorSystemImpl System { get; private set; }

    public Address DefaultAddress => Remoting?.LocalAddress ?? _local.DefaultAddress;
    public ActorPath RootPath => _local.RootPath;
    public IActorRef DeadLetters => _local.DeadLetters;
    public Settings Settings => _local.Settings;
    IInternalActorRef IActorRefProvider.RootGuardian => _local.RootGuardian;
    LocalActorRef IActorRefProvider.Guardian => _local.Guardian;
    LocalActorRef IActorRefProvider.SystemGuardian => _local.SystemGuardian;
    IInternalActorRef IActorRefProvider.TempContainer => _local.TempContainer;
    Task IActorRefProvider.TerminationTask => _terminated.Task;

    void IActorRefProvider.Init(ActorSystemImpl system)
    {
        System = system;
        Remoting = new Remoting(system, this);
        _local.Init(system);
        Watcher = system.SystemActorOf(Props.Create(() => new RemoteWatcher(this)), RemoteWatcher.Name);
        // The last words of actors that end are on their way when the last of them has ended.
        _local.TerminationTask.ContinueWith(async _ =>
        {
            await Remoting.Shutdown().ConfigureAwait(false);
            _terminated.TrySetResult();
        }, TaskScheduler.Default);
    }

    void IActorRefProvider.Started() => Begin();

    protected virtual void Begin() => Remoting.Accept();

    public ActorPath TempPath() => _local.TempPath();

    void IActorRefProvider.RegisterTempActor(IInternalActorRef actorRef, ActorPath path) =>
        _local.RegisterTempActor(actorRef, path);

    void IActorRefProvider.UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    private bool IsOwn(Address address) => address.Equals(DefaultAddress) || address.Equals(_local.DefaultAddress);

    public IActorRef RootGuardianAt(Address address) =>
        IsOwn(address) ? _local.RootGuardian : ResolveActorRef(new RootActorPath(address));

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out var actorPath) ? ResolveActorRef(actorPath) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (IsOwn(actorPath.Address)) return _local.ResolveActorRef((_local.RootPath / actorPath.Elements)
            .WithUid(actorPath.Uid));
        return actorPath.Address.HasGlobalScope ? new RemoteActorRef(this, actorPath) : DeadLetters;
    }

    /// <summary>A watch of an actor elsewhere is kept here too, for the case that its whole system goes away.</summary>
    internal void SendSystem(RemoteActorRef recipient, SystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                Watcher.Tell(new RemoteWatcher.Watching(recipient, watch.Watcher), ActorRefs.NoSender);
                if (!Remoting.SendSystem(recipient, SystemKind.Watch, watch.Watcher, false))
                    watch.Watcher.Inner().SendSystemMessage(new DeathWatchNotification(recipient, false, true));
                break;
            case Unwatch unwatch:
                Watcher.Tell(new RemoteWatcher.NoMoreWatching(recipient, unwatch.Watcher), ActorRefs.NoSender);
                Remoting.SendSystem(recipient, SystemKind.Unwatch, unwatch.Watcher, false);
                break;
            case DeathWatchNotification gone:
                Remoting.SendSystem(recipient, SystemKind.Gone, gone.Actor, gone.ExistenceConfirmed);
                break;
            case Terminate: Remoting.SendSystem(recipient, SystemKind.Terminate, null, false); break;
        }
    }

    internal void ReceiveSystem(SystemKind kind, IActorRef recipient, IActorRef other, bool flag)
    {
        var to = recipient.Inner();
        if (!to.IsLocal) return;
        switch (kind)
        {
            case SystemKind.Watch:
                Watcher.Tell(new RemoteWatcher.WatchedBy(recipient, other), ActorRefs.NoSender);
                to.SendSystemMessage(new Watch(recipient, other));
                break;
            case SystemKind.Unwatch:
                Watcher.Tell(new RemoteWatcher.NoMoreWatchedBy(recipient, other), ActorRefs.NoSender);
                to.SendSystemMessage(new Unwatch(recipient, other));
                break;
            case SystemKind.Gone:
                Watcher.Tell(new RemoteWatcher.NoMoreWatching(other, recipient), ActorRefs.NoSender);
                to.SendSystemMessage(new DeathWatchNotification(other, flag, false));
                break;
            case SystemKind.Terminate: to.SendSystemMessage(Terminate.Instance); break;
        }
    }
}

/// <summary>The system messages that may go from one system to another.</summary>
internal enum SystemKind : byte { Watch, Unwatch, Gone, Terminate }
