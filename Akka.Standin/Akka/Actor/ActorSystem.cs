using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A hierarchy of actors with all that they share.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    private protected ActorSystem() { }

    public abstract string Name { get; }
    public abstract Settings Settings { get; }
    public abstract IActorRef DeadLetters { get; }
    public abstract Dispatchers Dispatchers { get; }
    public abstract EventStream EventStream { get; }
    public abstract ILoggingAdapter Log { get; }
    public abstract IScheduler Scheduler { get; }
    public abstract Akka.Serialization.Serialization Serialization { get; }
    public abstract Task WhenTerminated { get; }

    public static ActorSystem Create(string name) => Create(name, ConfigurationFactory.Empty);

    public static ActorSystem Create(string name, Config config) =>
        Create(name, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)));

    public static ActorSystem Create(string name, ActorSystemSetup setup)
    {
        var config = setup.Get<BootstrapSetup>().FlatSelect(b => b.Config).GetOrElse(ConfigurationFactory.Empty);
        var system = new ActorSystemImpl(name, config, setup);
        system.Start();
        return system;
    }

    public abstract IActorRef ActorOf(Props props, string name = null);

    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    public abstract ActorSelection ActorSelection(string actorPath);

    public abstract void Stop(IActorRef actor);

    public abstract object RegisterExtension(IExtensionId extension);

    public abstract void RegisterOnTermination(Action code);

    public abstract Task Terminate();

    public void Dispose()
    {
        Terminate();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What serializers and extensions see of a system.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    private protected ExtendedActorSystem() { }

    public abstract IActorRefProvider Provider { get; }

    /// <summary>An actor of the system's own, below /system: it lives until the users' actors have ended.</summary>
    public abstract IActorRef SystemActorOf(Props props, string name = null);
}
