using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor.Internal;

internal sealed partial class ActorSystemImpl : ExtendedActorSystem
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();
    private readonly Stack<Action> _onTermination = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _terminationBegun;
    private bool _callbacksTaken;

    internal ActorSystemImpl(string name, Config config, ActorSystemSetup setup)
    {
        if (!SystemName().IsMatch(name))
            throw new ArgumentException(
                $"Invalid ActorSystem name [{name}], must contain only [a-zA-Z0-9] and, except in front, '-'",
                nameof(name));
        Name = name;
        Settings = new Settings(config, setup);
        EventStream = new EventStream();
        EventStream.StartStdoutLogger(Settings);
        Log = new BusLogging(EventStream, "ActorSystem(" + name + ")", typeof(ActorSystem));
        Scheduler = (IScheduler)Make(Settings.SchedulerClass, Settings.Config, Log);
        Provider = MakeProvider();
        Dispatchers = new Dispatchers(this);
        Serialization = new Akka.Serialization.Serialization(this);
    }

    public override string Name { get; }
    public override Settings Settings { get; }
    public override EventStream EventStream { get; }
    public override ILoggingAdapter Log { get; }
    public override IScheduler Scheduler { get; }
    public override IActorRefProvider Provider { get; }
    public override Dispatchers Dispatchers { get; }
    public override Akka.Serialization.Serialization Serialization { get; }
    public override IActorRef DeadLetters => Provider.DeadLetters;
    public override Task WhenTerminated => _terminated.Task;

    /// <summary>The time by which the scheduler goes: a virtual one leaves the monotonic clock alone.</summary>
    internal TimeSpan SchedulerClock => Scheduler is HashedWheelTimerScheduler
        ? Scheduler.MonotonicClock : Scheduler.Now - DateTimeOffset.UnixEpoch;

    private static object Make(string typeName, params object[] arguments)
    {
        var type = Type.GetType(typeName, throwOnError: false)
            ?? throw new ConfigurationException($"There is no type {typeName}.");
        return Activator.CreateInstance(type, arguments);
    }

    private IActorRefProvider MakeProvider()
    {
        var name = Settings.ProviderClass switch
        {
            "local" => typeof(LocalActorRefProvider).AssemblyQualifiedName,
            "remote" => "Akka.Remote.RemoteActorRefProvider, Akka.Remote",
            "cluster" => "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster",
            var other => other,
        };
        return (IActorRefProvider)Make(name, Name, Settings, EventStream);
    }

    internal void Start()
    {
        Provider.Init(this);
        Provider.TerminationTask.ContinueWith(_ => AllActorsEnded(), TaskScheduler.Default);
        EventStream.StartUnsubscriber(this);
        Serialization.CheckBindings();
        EventStream.StartDefaultLoggers(this);
        if (Settings.LogDeadLetters > 0)
            SystemActorOf(Props.Create(() => new DeadLetterListener()), "deadLetterListener");
        CoordinatedShutdown.Get(this);
        foreach (var typeName in Settings.Config.GetStringList("akka.extensions"))
            RegisterExtension((IExtensionId)Make(typeName));
        Provider.Started();
    }

    public override IActorRef ActorOf(Props props, string name = null) => Provider.Guardian.Cell.ActorOf(props, name);

    public override IActorRef SystemActorOf(Props props, string name = null) =>
        Provider.SystemGuardian.Cell.AttachChild(props, name, isSystemName: true);

    public override ActorSelection ActorSelection(ActorPath actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this);

    public override ActorSelection ActorSelection(string actorPath) =>
        ActorRefFactoryShared.ActorSelection(actorPath, this, Provider.RootGuardian);

    public override void Stop(IActorRef actor) => actor.Inner().SendSystemMessage(Dispatch.SysMsg.Terminate.Instance);

    public override object RegisterExtension(IExtensionId extension) =>
        _extensions.GetOrAdd(extension.ExtensionType,
            static (_, made) => new Lazy<object>(() => made.extension.CreateExtension(made.system)),
            (extension, system: this)).Value;

    public override void RegisterOnTermination(Action code)
    {
        lock (_onTermination)
        {
            if (_callbacksTaken) throw new InvalidOperationException("The actor system has terminated already.");
            _onTermination.Push(code);
        }
    }

    public override Task Terminate()
    {
        if (!Settings.CoordinatedShutdownRunByActorSystemTerminate) return FinalTerminate();
        return CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
    }

    /// <summary>Stops all actors, without asking anyone first.</summary>
    internal Task FinalTerminate()
    {
        lock (_onTermination)
        {
            if (_terminationBegun) return WhenTerminated;
            _terminationBegun = true;
        }
        if (!Settings.LogDeadLettersDuringShutdown
            && Provider.SystemGuardian.Cell.ChildOrNobody("deadLetterListener") is LocalActorRef listener)
            Stop(listener);
        Stop(Provider.Guardian);
        return WhenTerminated;
    }

    private void AllActorsEnded()
    {
        Action[] callbacks;
        lock (_onTermination)
        {
            _callbacksTaken = true;
            callbacks = [.. _onTermination];
        }
        foreach (var callback in callbacks)
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                Log.Error(e, "A termination callback failed");
            }
        }
        (Scheduler as IDisposable)?.Dispose();
        Dispatchers.Shutdown();
        _terminated.TrySetResult();
    }

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9-]*$")]
    private static partial Regex SystemName();
}
