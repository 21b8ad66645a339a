using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Event;

/// <summary>Delivers what is published to those who subscribed to its type, a base of it or an interface.</summary>
public class EventStream
{
    private readonly ConcurrentDictionary<Type, IActorRef[]> _byEvent = new();
    private readonly HashSet<(IActorRef Subscriber, Type Channel)> _subscriptions = [];
    private readonly Lock _lock = new();
    private IActorRef _unsubscriber;
    private List<IActorRef> _loggers = [];

    internal EventStream() { }

    internal LogLevel LogLevel { get; private set; } = (LogLevel)int.MaxValue;

    public bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        lock (_lock)
        {
            if (!_subscriptions.Add((subscriber, channel))) return false;
            _byEvent.Clear();
        }
        _unsubscriber?.Tell(new Unsubscriber.Register(subscriber), ActorRefs.NoSender);
        return true;
    }

    public bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        lock (_lock)
        {
            if (!_subscriptions.Remove((subscriber, channel))) return false;
            _byEvent.Clear();
            return true;
        }
    }

    public bool Unsubscribe(IActorRef subscriber)
    {
        lock (_lock)
        {
            if (_subscriptions.RemoveWhere(each => each.Subscriber.Equals(subscriber)) == 0) return false;
            _byEvent.Clear();
            return true;
        }
    }

    public void Publish(object @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (!_byEvent.TryGetValue(@event.GetType(),
            out var subscribers)) subscribers = FindSubscribers(@event.GetType());
        foreach (var subscriber in subscribers) subscriber.Tell(@event, ActorRefs.NoSender);
    }

    private IActorRef[] FindSubscribers(Type type)
    {
        lock (_lock)
        {
            IActorRef[] found = [.. _subscriptions.Where(each => each.Channel.IsAssignableFrom(type))
                .Select(each => each.Subscriber).Distinct()];
            _byEvent[type] = found;
            return found;
        }
    }

    internal void StartUnsubscriber(ActorSystemImpl system) =>
        _unsubscriber = system.SystemActorOf(Props.Create(() => new Unsubscriber(this)), "eventStreamUnsubscriber");

    public void SetLogLevel(LogLevel level)
    {
        LogLevel = level;
        foreach (var logger in _loggers) SubscribeLogger(logger, level);
    }

    private void SubscribeLogger(IActorRef logger, LogLevel level)
    {
        for (var each = LogLevel.DebugLevel; each <= LogLevel.ErrorLevel; each++)
        {
            if (each >= level) Subscribe(logger, Logging.ClassFor(each));
            else Unsubscribe(logger, Logging.ClassFor(each));
        }
    }

    internal void StartStdoutLogger(Settings settings)
    {
        LogLevel = Logging.LevelOf(settings.StdoutLogLevel);
        _loggers = [new StandardOutLogger()];
        SetLogLevel(LogLevel);
    }

    /// <summary>
    /// Starts the configured loggers, which then take over from the one that writes to standard output.
    /// </summary>
    internal void StartDefaultLoggers(ActorSystemImpl system)
    {
        var started = new List<IActorRef>();
        foreach (var typeName in system.Settings.Loggers)
        {
            var type = Type.GetType(typeName)
                ?? throw new Configuration.ConfigurationException(
                    $"Logger [{typeName}] specified in config cannot be loaded.");
            var logger = system.SystemActorOf(Props.Create(type), $"log{started.Count + 1}-{type.Name}");
            var answer = logger.Ask(new InitializeLogger(this), system.Settings.LoggerStartTimeout);
            if (!answer.Wait(system.Settings.LoggerStartTimeout) || answer.Result is not LoggerInitialized)
                throw new Configuration.ConfigurationException(
                    $"Logger [{typeName}] did not respond with LoggerInitialized.");
            started.Add(logger);
        }
        foreach (var logger in _loggers) Unsubscribe(logger);
        _loggers = started;
        SetLogLevel(Logging.LevelOf(system.Settings.LogLevel));
    }

    private sealed class Unsubscriber : ReceiveActor
    {
        internal sealed record Register(IActorRef Subscriber) : INoSerializationVerificationNeeded;

        public Unsubscriber(EventStream stream)
        {
            Receive<Register>(register => Context.Watch(register.Subscriber));
            Receive<Terminated>(gone => stream.Unsubscribe(gone.ActorRef));
        }
    }
}
