using System.Collections.Concurrent;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Knows the addresses, the guardians and the references of a system.</summary>
public interface IActorRefProvider
{
    Address DefaultAddress { get; }
    ActorPath RootPath { get; }
    IActorRef DeadLetters { get; }
    Settings Settings { get; }

    /// <summary>The reference of a path in text; of dead letters, when there is no such actor.</summary>
    IActorRef ResolveActorRef(string path);

    IActorRef ResolveActorRef(ActorPath actorPath);

    IActorRef RootGuardianAt(Address address);

    ActorPath TempPath();

    internal IInternalActorRef RootGuardian { get; }
    internal LocalActorRef Guardian { get; }
    internal LocalActorRef SystemGuardian { get; }
    internal IInternalActorRef TempContainer { get; }

    /// <summary>Completes when all actors have ended.</summary>
    internal Task TerminationTask { get; }

    internal void Init(ActorSystemImpl system);

    /// <summary>The system is ready: from now on others may reach it.</summary>
    internal void Started() { }

    internal void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    internal void UnregisterTempActor(ActorPath path);
}

/// <summary>The provider of a system without neighbours; one of remote systems builds on it.</summary>
internal sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly ConcurrentDictionary<string, IInternalActorRef> _temporary = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRefProvider _outer;
    private LocalActorRef _root;
    private long _temporaryCount;

    public LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : this(systemName, settings, eventStream, null) { }

    /// <param name="outer">The provider of remote systems that this one is part of.</param>
    internal LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream, IActorRefProvider outer)
    {
        _outer = outer ?? this;
        Settings = settings;
        DefaultAddress = new Address("akka", systemName);
        RootPath = new RootActorPath(DefaultAddress);
        DeadLetters = new DeadLetterActorRef(_outer, RootPath / "deadLetters", eventStream);
        TempContainer = new EmptyLocalActorRef(_outer, RootPath / "temp");
    }

    public Address DefaultAddress { get; }
    public ActorPath RootPath { get; }
    public IActorRef DeadLetters { get; }
    public Settings Settings { get; }
    public IInternalActorRef RootGuardian => _root;
    public LocalActorRef Guardian { get; private set; }
    public LocalActorRef SystemGuardian { get; private set; }
    public IInternalActorRef TempContainer { get; }
    public Task TerminationTask => _terminated.Task;

    public void Init(ActorSystemImpl system)
    {
        var strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        var walker = new RootSupervisor(this, _terminated);
        var rootProps = Props.Create(() =>
            new RootGuardianActor()).WithSupervisorStrategy(SupervisorStrategy.StoppingStrategy);
        _root = new LocalActorRef(system, rootProps, walker, RootPath);
        walker.Root = _root;
        _root.Start();
        SystemGuardian = _root.Cell.AttachChild(
            Props.Create(() => new GuardianActor()).WithSupervisorStrategy(SupervisorStrategy.DefaultStrategy),
            "system", isSystemName: true);
        Guardian = _root.Cell.AttachChild(
            Props.Create(() => new GuardianActor()).WithSupervisorStrategy(strategy), "user", isSystemName: true);
        // By reference: a guardian that has ended before the root gets to it is no child of it any more.
        _root.Tell(new RootGuardianActor.WatchGuardians([SystemGuardian, Guardian]), ActorRefs.NoSender);
    }

    public ActorPath TempPath() => TempContainer.Path / ("$" + Interlocked.Increment(ref _temporaryCount));

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _temporary[path.Name] = actorRef;

    public void UnregisterTempActor(ActorPath path) => _temporary.TryRemove(path.Name, out _);

    public IActorRef RootGuardianAt(Address address) =>
        address.Equals(DefaultAddress) ? _root : new EmptyLocalActorRef(_outer, new RootActorPath(address));

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out var actorPath) ? ResolveActorRef(actorPath) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (!actorPath.Address.Equals(DefaultAddress)) return DeadLetters;
        var names = actorPath.Elements;
        if (names is ["temp", var name])
            return _temporary.TryGetValue(name, out var temporary) ? temporary : new EmptyLocalActorRef(_outer,
                actorPath);
        if (names is ["deadLetters"]) return DeadLetters;
        var found = _root.ResolveChild(names);
        return !found.IsNobody() && (actorPath.Uid == 0 || actorPath.Uid == found.Path.Uid)
            ? found : new EmptyLocalActorRef(_outer, actorPath);
    }
}

/// <summary>The parent of the root: sees it end.</summary>
internal sealed class RootSupervisor(IActorRefProvider provider, TaskCompletionSource terminated) : ActorRefBase
{
    public override ActorPath Path { get; } = provider.RootPath / "_Root-guardian-supervisor";
    internal override IActorRefProvider ProviderOrNull => provider;
    internal LocalActorRef Root { get; set; }

    protected override void TellInternal(object message, IActorRef sender) { }

    internal override void ReceiveSystem(SystemMessage message)
    {
        if (message is Failed) Root.ReceiveSystem(Terminate.Instance);
        else if (message is DeathWatchNotification) terminated.TrySetResult();
    }
}

/// <summary>When the users' actors have ended, the system's own are ended, then the root itself.</summary>
internal sealed class RootGuardianActor : ActorBase
{
    protected override bool Receive(object message)
    {
        if (message is WatchGuardians watched)
        {
            foreach (var guardian in watched.Guardians) Context.Watch(guardian);
            return true;
        }
        if (message is not Terminated terminated) return false;
        var system = Context.Child("system");
        if (terminated.ActorRef.Path.Name == "user" && !system.IsNobody()) Context.Stop(system);
        else Context.Stop(Self);
        return true;
    }

    internal sealed record WatchGuardians(IReadOnlyList<IActorRef> Guardians) : INoSerializationVerificationNeeded;
}

internal sealed class GuardianActor : ActorBase
{
    protected override bool Receive(object message) => false;

    protected override void PreRestart(Exception reason, object message) { }
}

/// <summary>A path where nobody lives: what is told becomes a dead letter.</summary>
internal class EmptyLocalActorRef(IActorRefProvider provider, ActorPath path) : ActorRefBase
{
    public override ActorPath Path => path;
    internal override IActorRefProvider ProviderOrNull => provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        switch (message)
        {
            case null: throw new ArgumentNullException(nameof(message), "Message is null");
            case DeadLetter: provider.DeadLetters.Tell(message, sender); break;
            case Identify identify: AnswerNobody(identify, sender); break;
            case ActorSelectionMessage { Message: Identify identify }: AnswerNobody(identify, sender); break;
            case ActorSelectionMessage selection: TellInternal(selection.Message, sender); break;
            default:
                provider.DeadLetters.Tell(new DeadLetter(message, sender ?? provider.DeadLetters, this), sender);
                break;
        }
    }

    private static void AnswerNobody(Identify identify, IActorRef sender) =>
        sender?.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);

    internal override void ReceiveSystem(SystemMessage message)
    {
        if (message is Watch watch && !watch.Watcher.Equals(this))
            watch.Watcher.Inner().SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
    }
}

/// <summary>Publishes what nobody got.</summary>
internal sealed class DeadLetterActorRef(IActorRefProvider provider, ActorPath path, EventStream eventStream)
    : EmptyLocalActorRef(provider, path)
{
    protected override void TellInternal(object message, IActorRef sender)
    {
        if (message is null) throw new ArgumentNullException(nameof(message), "Message is null");
        if (message is Identify or ActorSelectionMessage)
        {
            base.TellInternal(message, sender);
            return;
        }
        var letter = message as AllDeadLetters ?? new DeadLetter(message, sender ?? this, this);
        eventStream.Publish(letter is DeadLetter && letter.Message is IDeadLetterSuppression suppressed
            ? new SuppressedDeadLetter(suppressed, letter.Sender, letter.Recipient) : letter);
    }
}
