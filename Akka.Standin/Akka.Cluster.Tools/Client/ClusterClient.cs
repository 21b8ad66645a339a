using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Cluster.Tools.Client;

public sealed class ClusterClientSettings : INoSerializationVerificationNeeded
{
    private ClusterClientSettings() { }

    public IImmutableSet<ActorPath> InitialContacts { get; private set; }
    public TimeSpan EstablishingGetContactsInterval { get; private init; }
    public TimeSpan RefreshContactsInterval { get; private init; }
    public TimeSpan HeartbeatInterval { get; private init; }
    public TimeSpan AcceptableHeartbeatPause { get; private init; }
    public int BufferSize { get; private init; }

    /// <summary>How long without a contact until the client ends; null: never.</summary>
    public TimeSpan? ReconnectTimeout { get; private init; }

    public static ClusterClientSettings Create(ActorSystem system) =>
        Create(ToolsConfig.Section(system, "akka.cluster.client"));

    public static ClusterClientSettings Create(Config config) => new()
    {
        InitialContacts = config.GetStringList("initial-contacts").Select(ActorPath.Parse).ToImmutableHashSet(),
        EstablishingGetContactsInterval = config.GetTimeSpan("establishing-get-contacts-interval"),
        RefreshContactsInterval = config.GetTimeSpan("refresh-contacts-interval"),
        HeartbeatInterval = config.GetTimeSpan("heartbeat-interval"),
        AcceptableHeartbeatPause = config.GetTimeSpan("acceptable-heartbeat-pause"),
        BufferSize = config.GetInt("buffer-size"),
        ReconnectTimeout = config.GetString("reconnect-timeout") is "off" or "false"
            ? null : config.GetTimeSpan("reconnect-timeout"),
    };

    public ClusterClientSettings WithInitialContacts(IImmutableSet<ActorPath> initialContacts)
    {
        var copy = (ClusterClientSettings)MemberwiseClone();
        copy.InitialContacts = initialContacts;
        return copy;
    }
}

/// <summary>An actor outside of a cluster that passes messages to services inside.</summary>
public sealed class ClusterClient
{
    private ClusterClient() { }

    public static Props Props(ClusterClientSettings settings)
    {
        if (settings.InitialContacts.Count == 0)
            throw new ArgumentException("Initial contacts must be defined.", nameof(settings));
        return Actor.Props.Create(() => new ClientActor(settings));
    }

    /// <summary>To one of the actors that are registered by the path.</summary>
    public sealed class Send(string path, object message, bool localAffinity = false)
    {
        public string Path { get; } = path;
        public object Message { get; } = message;
        public bool LocalAffinity { get; } = localAffinity;
    }
}

/// <summary>
/// Looks for a receptionist, keeps what it is told meanwhile, and looks for another one when that is silent.
/// </summary>
internal sealed class ClientActor : ReceiveActor, IWithTimers
{
    private sealed record ContactsTick : INoSerializationVerificationNeeded;

    private sealed record HeartbeatTick : INoSerializationVerificationNeeded;

    private sealed record GiveUp : INoSerializationVerificationNeeded;

    private readonly ClusterClientSettings _settings;
    private readonly ILoggingAdapter _log = Logging.GetLogger(Context.System, typeof(ClusterClient).FullName);
    private readonly MessageBuffer _buffer;
    private HashSet<string> _contacts;
    private IActorRef _receptionist;
    private TimeSpan _heard;

    public ClientActor(ClusterClientSettings settings)
    {
        _settings = settings;
        _buffer = new MessageBuffer(settings.BufferSize, Context.System.DeadLetters);
        _contacts = [.. Initial];
        Receive<ContactsTick>(_ => AskForContacts());
        Receive<ReceptionistProtocol.Contacts>(OnContacts);
        Receive<HeartbeatTick>(_ => OnHeartbeatTick());
        Receive<ReceptionistProtocol.HeartbeatRsp>(_ => { if (Sender.Equals(_receptionist)) _heard = Now; });
        Receive<ReceptionistProtocol.Closing>(_ => { if (Sender.Equals(_receptionist)) Seek("it closes"); });
        Receive<GiveUp>(_ => { if (_receptionist is null) Context.Stop(Self); });
        Receive<ClusterClient.Send>(send => Pass(new Mediator.Send(send.Path, send.Message, send.LocalAffinity)));
    }

    public ITimerScheduler Timers { get; set; }

    private IEnumerable<string> Initial => _settings.InitialContacts.Select(path => path.ToString());
    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(typeof(HeartbeatTick), new HeartbeatTick(), _settings.HeartbeatInterval);
        Seek(null);
    }

    private void Pass(object message)
    {
        if (_receptionist is null) _buffer.Add(message, Sender);
        else _receptionist.Forward(message);
    }

    private void Seek(string why)
    {
        if (why is not null) _log.Info("The receptionist {0} is given up: {1}", _receptionist, why);
        _receptionist = null;
        Timers.StartPeriodicTimer(typeof(ContactsTick), new ContactsTick(), TimeSpan.Zero,
            _settings.EstablishingGetContactsInterval);
        if (_settings.ReconnectTimeout is { } timeout) Timers.StartSingleTimer(typeof(GiveUp), new GiveUp(), timeout);
    }

    private void AskForContacts()
    {
        if (_receptionist is not null) _receptionist.Tell(new ReceptionistProtocol.GetContacts());
        else foreach (var contact in _contacts.Union(Initial)) Context.ActorSelection(contact)
            .Tell(new ReceptionistProtocol.GetContacts());
    }

    private void OnContacts(ReceptionistProtocol.Contacts contacts)
    {
        if (contacts.Paths.Length > 0) _contacts = [.. contacts.Paths];
        if (_receptionist is not null) return;
        _receptionist = Sender;
        _heard = Now;
        Timers.Cancel(typeof(GiveUp));
        Timers.StartPeriodicTimer(typeof(ContactsTick), new ContactsTick(), _settings.RefreshContactsInterval);
        _log.Info("Connected to the receptionist {0}", _receptionist);
        _buffer.DrainTo((message, sender) => _receptionist.Tell(message, sender));
    }

    private void OnHeartbeatTick()
    {
        if (_receptionist is null) return;
        if (Now - _heard > _settings.HeartbeatInterval + _settings.AcceptableHeartbeatPause) Seek("it does not answer");
        else _receptionist.Tell(new ReceptionistProtocol.Heartbeat());
    }
}
