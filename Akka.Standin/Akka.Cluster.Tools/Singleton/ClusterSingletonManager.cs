using Akka.Actor;
using Akka.Event;
using Akka.Serialization.Wire;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Started on every node, it runs one actor on the oldest of them.</summary>
public sealed class ClusterSingletonManager
{
    private ClusterSingletonManager() { }

    /// <param name="terminationMessage">What the actor is told to make it end before it moves.</param>
    public static Props Props(Props singletonProps, object terminationMessage,
        ClusterSingletonManagerSettings settings) =>
        Actor.Props.Create(() => new SingletonManager(singletonProps, terminationMessage, settings));
}

/// <summary>
/// The singleton may run here when every older member is gone or has said that it handed over. A member that left
/// hands over; one that was lost is waited for until it is removed and some time beyond, so that it has ended too.
/// </summary>
internal sealed class SingletonManager : ReceiveActor, IWithTimers
{
    internal sealed record HandOverToMe : IProtocolMessage;

    internal sealed record HandOverDone(UniqueAddress From) : IProtocolMessage;

    private sealed record Tick : INoSerializationVerificationNeeded;

    private sealed record MarginOver(UniqueAddress Lost) : INoSerializationVerificationNeeded;

    private sealed record Leave(TaskCompletionSource<Done> Done) : INoSerializationVerificationNeeded;

    private readonly ILoggingAdapter _log = Logging.GetLogger(Context.System, typeof(ClusterSingletonManager).FullName);
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly Props _props;
    private readonly object _terminationMessage;
    private readonly ClusterSingletonManagerSettings _settings;
    private readonly Dictionary<UniqueAddress, Member> _members = [];
    private readonly HashSet<UniqueAddress> _handedOver = [];
    private readonly Dictionary<UniqueAddress, Member> _lost = []; // removed, but perhaps not ended yet
    private readonly HashSet<IActorRef> _askers = [];
    private readonly List<TaskCompletionSource<Done>> _leavers = [];
    private IActorRef _singleton;
    private bool _wasStarted;
    private bool _isEnding;

    public SingletonManager(Props props, object terminationMessage, ClusterSingletonManagerSettings settings)
    {
        (_props, _terminationMessage, _settings) = (props, terminationMessage, settings);
        Receive<ClusterEvent.CurrentClusterState>(state =>
        {
            foreach (var member in state.Members) Note(member);
            Consider();
        });
        Receive<ClusterEvent.MemberRemoved>(OnRemoved);
        Receive<ClusterEvent.IMemberEvent>(changed =>
        {
            Note(changed.Member);
            Consider();
        });
        Receive<HandOverToMe>(_ => OnHandOverToMe());
        Receive<HandOverDone>(done =>
        {
            _handedOver.Add(done.From);
            Consider();
        });
        Receive<MarginOver>(over =>
        {
            _lost.Remove(over.Lost);
            Consider();
        });
        Receive<Tick>(_ => Consider());
        Receive<Leave>(leave =>
        {
            _leavers.Add(leave.Done);
            End();
        });
        Receive<Terminated>(gone =>
        {
            if (!gone.ActorRef.Equals(_singleton)) return;
            _log.Info("The singleton [{0}] has ended here", gone.ActorRef.Path);
            _singleton = null;
            if (_isEnding) HandOver();
        });
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(typeof(Tick), new Tick(), _settings.HandOverRetryInterval);
        var self = Self;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseClusterExiting, "singleton-exiting "
            + self.Path, async () =>
        {
            var done = new TaskCompletionSource<Done>(TaskCreationOptions.RunContinuationsAsynchronously);
            self.Tell(new Leave(done), ActorRefs.NoSender);
            await Task.WhenAny(done.Task, self.Ended()).ConfigureAwait(false);
            return Done.Instance;
        });
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        foreach (var leaver in _leavers) leaver.TrySetResult(Done.Instance);
    }

    private void Note(Member member)
    {
        if (_settings.Role is not null && !member.HasRole(_settings.Role)) return;
        _members[member.UniqueAddress] = member;
        // Its end is near and certain, and others may be waiting for it.
        if (member.UniqueAddress == _cluster.SelfUniqueAddress
            && member.Status is MemberStatus.Exiting or MemberStatus.Down) End();
    }

    private void OnRemoved(ClusterEvent.MemberRemoved gone)
    {
        var node = gone.Member.UniqueAddress;
        if (!_members.Remove(node, out var member)) return;
        if (gone.PreviousStatus == MemberStatus.Down && !_handedOver.Contains(node)
            && node != _cluster.SelfUniqueAddress)
        {
            var margin = _settings.RemovalMargin > TimeSpan.Zero
                ? _settings.RemovalMargin : _cluster.DowningProvider.DownRemovalMargin;
            _lost[node] = member;
            Timers.StartSingleTimer(node, new MarginOver(node), margin);
        }
        _handedOver.Remove(node);
        if (node == _cluster.SelfUniqueAddress) End();
        Consider();
    }

    private void Consider()
    {
        if (_wasStarted || _isEnding || !_members.TryGetValue(_cluster.SelfUniqueAddress, out var me)
            || me.Status is not (MemberStatus.Up or MemberStatus.Leaving)) return;
        var older = _members.Values.Concat(_lost.Values)
            .Where(member => member.UpNumber < me.UpNumber && !_handedOver.Contains(member.UniqueAddress)).ToList();
        foreach (var member in older.Where(member => member.Status == MemberStatus.Exiting
            && !older.Any(other => other.Status is MemberStatus.Up or MemberStatus.Leaving)))
            Context.ActorSelection(new RootActorPath(member.Address) / Self.Path.Elements).Tell(new HandOverToMe());
        if (older.Count > 0) return;
        _wasStarted = true;
        _singleton = Context.Watch(Context.ActorOf(_props, _settings.SingletonName));
        _log.Info("The singleton [{0}] runs here", _singleton.Path);
    }

    private void OnHandOverToMe()
    {
        // Somebody else may be the next only when this node is on its way out; if it does not know yet, it is asked
        // again.
        if (!_isEnding) return;
        _askers.Add(Sender);
        if (_singleton is null) HandOver();
    }

    private void End()
    {
        if (!_isEnding) _singleton?.Tell(_terminationMessage);
        _isEnding = true;
        if (_singleton is null) HandOver();
    }

    private void HandOver()
    {
        foreach (var asker in _askers) asker.Tell(new HandOverDone(_cluster.SelfUniqueAddress));
        foreach (var leaver in _leavers) leaver.TrySetResult(Done.Instance);
        _askers.Clear();
        _leavers.Clear();
    }
}
