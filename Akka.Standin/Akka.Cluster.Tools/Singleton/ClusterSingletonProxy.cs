using Akka.Actor;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Passes messages to the singleton wherever it is, and keeps them while it moves.</summary>
public sealed class ClusterSingletonProxy
{
    private ClusterSingletonProxy() { }

    public static Props Props(string singletonManagerPath, ClusterSingletonProxySettings settings) =>
        Actor.Props.Create(() => new SingletonProxy(singletonManagerPath, settings));
}

internal sealed class SingletonProxy : ReceiveActor, IWithTimers
{
    private sealed record IdentifyTick : INoSerializationVerificationNeeded;

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly string _managerPath;
    private readonly ClusterSingletonProxySettings _settings;
    private readonly MessageBuffer _buffer;
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private IActorRef _singleton;
    private long _question;

    public SingletonProxy(string managerPath, ClusterSingletonProxySettings settings)
    {
        (_managerPath, _settings) = (managerPath, settings);
        _buffer = new MessageBuffer(settings.BufferSize, Context.System.DeadLetters);
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members) Note(member);
            Seek();
        });
        Receive<ClusterEvent.IMemberEvent>(changed =>
        {
            var before = Oldest;
            Note(changed.Member);
            if (Oldest?.UniqueAddress != before?.UniqueAddress) Seek();
        });
        Receive<IdentifyTick>(_ => { if (_singleton is null) Ask(); });
        Receive<ActorIdentity>(OnIdentity);
        Receive<Terminated>(gone => { if (gone.ActorRef.Equals(_singleton)) Seek(); });
        ReceiveAny(message =>
        {
            if (_singleton is null) _buffer.Add(message, Sender);
            else _singleton.Forward(message);
        });
    }

    public ITimerScheduler Timers { get; set; }

    private Member Oldest => _members.Values.Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving)
        .Order(Member.AgeOrdering).FirstOrDefault();

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(typeof(IdentifyTick), new IdentifyTick(), _settings.SingletonIdentificationInterval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Note(Member member)
    {
        if (_settings.Role is not null && !member.HasRole(_settings.Role)) return;
        if (member.Status == MemberStatus.Removed) _members.Remove(member.UniqueAddress);
        else _members[member.UniqueAddress] = member;
    }

    private void Seek()
    {
        if (_singleton is not null) Context.Unwatch(_singleton);
        _singleton = null;
        Ask();
    }

    private void Ask()
    {
        if (Oldest is { } oldest)
            Context.ActorSelection(new RootActorPath(oldest.Address) / _managerPath.Split('/') / _settings.SingletonName).Tell(new Identify(++_question));
    }

    private void OnIdentity(ActorIdentity identity)
    {
        if (identity.Subject is null || _singleton is not null || !Equals(identity.MessageId, _question)) return;
        _singleton = Context.Watch(identity.Subject);
        _buffer.DrainTo((message, sender) => _singleton.Tell(message, sender));
    }
}
