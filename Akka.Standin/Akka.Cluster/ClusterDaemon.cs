using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using static Akka.Cluster.ClusterProtocol;

namespace Akka.Cluster;

/// <summary>
/// The membership of this node: keeps the gossip, joins, watches others, and does a leader's work when it is one.
/// </summary>
internal sealed partial class ClusterDaemon : ReceiveActor, IWithTimers
{
    private static readonly MemberStatus[] MayLeave = [MemberStatus.Joining, MemberStatus.WeaklyUp, MemberStatus.Up];

    private readonly Cluster _cluster;
    private readonly Config _config;
    private readonly UniqueAddress _self;
    private readonly ILoggingAdapter _log;
    private readonly Dictionary<UniqueAddress, TimeSpan> _tombstones = [];
    private readonly HashSet<UniqueAddress> _exitingConfirmed = [];
    private Gossip _gossip = Gossip.Empty;
    private TimeSpan _divergedSince;
    private bool _isShuttingDown;

    public ClusterDaemon(Cluster cluster)
    {
        _cluster = cluster;
        _self = cluster.SelfUniqueAddress;
        _config = cluster.System.Settings.Config.GetConfig("akka.cluster");
        _log = Logging.GetLogger(Context.System, this);
        Receive<Heartbeat>(beat => Sender.Tell(new HeartbeatRsp(_self)));
        Receive<HeartbeatRsp>(OnHeartbeatRsp);
        Receive<News>(OnNews);
        Receive<Check>(check =>
        {
            if (check.To == _self && IsMember && check.Digest != _gossip.Digest) Send(check.From);
        });
        Receive<GossipTick>(_ => OnGossipTick());
        Receive<LeaderTick>(_ => OnLeaderTick());
        Receive<HeartbeatTick>(_ => OnHeartbeatTick());
        Receive<ReaperTick>(_ => OnReaperTick());
        Receive<ClusterCommand.Leave>(leave => Leave(leave.Address));
        Receive<ClusterCommand.Down>(down => Down(down.Address));
        Receive<ExitingConfirmed>(confirmed =>
        {
            if (_gossip.IsMember(confirmed.Node)) _exitingConfirmed.Add(confirmed.Node);
        });
        Receive<ClusterCommand.ExitingCompleted>(_ => OnExitingCompleted());
        Joining();
        Publishing();
    }

    public ITimerScheduler Timers { get; set; }

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;
    private bool IsMember => _gossip.IsMember(_self);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(Remote.ThisActorSystemQuarantinedEvent));
        Every(new GossipTick(), "gossip-interval");
        Every(new LeaderTick(), "leader-actions-interval");
        Every(new ReaperTick(), "unreachable-nodes-reaper-interval");
        Every(new HeartbeatTick(), "failure-detector.heartbeat-interval");
    }

    private void Every(object tick, string key) =>
        Timers.StartPeriodicTimer(tick.GetType(), tick, _config.GetTimeSpan("periodic-tasks-initial-delay"),
            _config.GetTimeSpan(key));

    // A restart would forget the cluster: better to end, and be found unreachable.
    protected override void PreRestart(Exception reason, object message)
    {
        _log.Error(reason, "The cluster's actor failed at {0}", message);
        Context.Stop(Self);
    }

    protected override void PostStop()
    {
        Tell(ClusterEvent.ClusterShuttingDown.Instance);
        _cluster.Ended();
    }

    private void OnNews(News news)
    {
        if (news.To != _self || !IsMember) return;
        var theirs = Gossip.From(news.State);
        // Of a cluster that this node is no part of, or that does not know of it: nothing to do with us.
        if (!theirs.Known.ContainsKey(_self)) return;
        Update(_gossip.Merge(theirs));
        if (!theirs.HasSeen(_self) || theirs.Digest != _gossip.Digest) Send(news.From);
    }

    private void Send(UniqueAddress to) => DaemonAt(to.Address).Tell(new News(_self, to, _gossip.ToState()));

    private ActorSelection DaemonAt(Address address) =>
        Context.ActorSelection(new RootActorPath(address) / "system" / "cluster");

    private IEnumerable<UniqueAddress> ReachableOthers => _gossip.Members.Select(member => member.UniqueAddress)
        .Where(node => node != _self && !_gossip.Unreachable.Contains(node));

    private void OnGossipTick()
    {
        if (!IsMember) return;
        foreach (var (node, since) in _tombstones.ToArray())
        {
            if (Now - since < _config.GetTimeSpan("prune-gossip-tombstones-after")) continue;
            _tombstones.Remove(node);
            _gossip = _gossip.Forget(node);
        }
        var others = ReachableOthers.ToArray();
        if (others.Length == 0) return;
        var unaware = others.Where(node => !_gossip.HasSeen(node)).ToArray();
        if (unaware.Length == 0)
        {
            var one = others[Random.Shared.Next(others.Length)];
            DaemonAt(one.Address).Tell(new Check(_self, one, _gossip.Digest));
            return;
        }
        // News spread faster while most do not know them.
        var count = unaware.Length > others.Length / 2 ? 3 : 1;
        foreach (var node in Random.Shared.GetItems(unaware, count).Distinct()) Send(node);
    }

    /// <summary>Takes over a state, tells the others here what changed, and passes it on.</summary>
    private void Update(Gossip next)
    {
        next = next.SeenBy(_self);
        if (ReferenceEquals(next, _gossip)) return;
        var before = _gossip;
        _gossip = next;
        foreach (var (node, member) in next.Known)
            if (member.Status == MemberStatus.Removed && before.IsMember(node)) Forget(before.Known[node]);
        PublishChanges(before, next);
        var self = next.Known.GetValueOrDefault(_self);
        if (self is { Status: MemberStatus.Removed }) ShutDown("was removed from the cluster");
    }

    private void Forget(Member gone)
    {
        _tombstones[gone.UniqueAddress] = Now;
        _exitingConfirmed.Remove(gone.UniqueAddress);
        _detectors.Remove(gone.UniqueAddress);
        if (gone.UniqueAddress == _self) return;
        var provider = _cluster.Provider;
        provider.Watcher.Tell(new Remote.RemoteWatcher.AddressGone(gone.Address), ActorRefs.NoSender);
        if (gone.Status == MemberStatus.Down) provider.Remoting.Quarantine(gone.Address, gone.UniqueAddress.Uid,
            "it was downed");
    }

    private void ShutDown(string why)
    {
        if (_isShuttingDown) return;
        _isShuttingDown = true;
        _log.Warning("This node {0}; it ends", why);
        _cluster.Shutdown(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    private IEnumerable<Member> At(Address address) => _gossip.Members.Where(member => member.Address.Equals(address));

    private void Leave(Address address)
    {
        foreach (var member in At(address).Where(member => MayLeave.Contains(member.Status)).ToArray())
            Update(_gossip.With(member.Copy(MemberStatus.Leaving)));
        OnGossipTick();
    }

    private void Down(Address address)
    {
        foreach (var member in At(address).Where(member => member.Status != MemberStatus.Down).ToArray())
        {
            _log.Warning("{0} is marked as Down", member.UniqueAddress);
            Update(_gossip.With(member.Copy(MemberStatus.Down)));
            if (member.UniqueAddress != _self) Send(member.UniqueAddress);
        }
        OnGossipTick();
    }

    private void OnLeaderTick()
    {
        if (!IsMember || _gossip.Leader(_self)?.UniqueAddress != _self) return;
        if (_gossip.IsConverged)
        {
            _divergedSince = default;
            Update(Settled(_gossip));
            return;
        }
        if (_divergedSince == default) _divergedSince = Now;
        if (_config.GetString("allow-weakly-up-members") is "off" or "false") return;
        if (Now - _divergedSince < _config.GetTimeSpan("allow-weakly-up-members") || !HasEnoughMembers(_gossip)) return;
        var next = _gossip;
        foreach (var member in next.Members.Where(m => m.Status == MemberStatus.Joining
            && !next.Unreachable.Contains(m.UniqueAddress)))
            next = next.With(member.Copy(MemberStatus.WeaklyUp));
        Update(next);
    }

    /// <summary>What a leader does once all know the same: newcomers are up, leavers go, lost ones are gone.</summary>
    private Gossip Settled(Gossip next)
    {
        var isEnough = HasEnoughMembers(next);
        var youngest = next.Members.Where(m => m.UpNumber != Member.NotUpYet).Select(m => m.UpNumber).DefaultIfEmpty(0)
            .Max();
        foreach (var member in next.Members)
        {
            var isUnreachable = next.Unreachable.Contains(member.UniqueAddress);
            next = member.Status switch
            {
                MemberStatus.Joining or MemberStatus.WeaklyUp when isEnough => next.With(member.CopyUp(++youngest)),
                MemberStatus.Leaving => next.With(member.Copy(MemberStatus.Exiting)),
                MemberStatus.Exiting when isUnreachable || _exitingConfirmed.Contains(member.UniqueAddress) =>
                    next.Removed(member),
                MemberStatus.Down when member.UniqueAddress != _self => next.Removed(member),
                _ => next,
            };
        }
        return next;
    }

    private bool HasEnoughMembers(Gossip gossip)
    {
        if (gossip.Members.Count < _config.GetInt("min-nr-of-members")) return false;
        var roles = _config.GetConfig("role");
        return roles is null || roles.AsEnumerable()
            .All(role => gossip.Members.Count(member => member.HasRole(role.Key))
            >= roles.GetInt($"\"{role.Key}\".min-nr-of-members"));
    }

    /// <summary>This node has nothing more to do as a member: the others may forget it.</summary>
    private void OnExitingCompleted()
    {
        const int told = 5;
        foreach (var node in ReachableOthers.Order().Take(told))
        {
            Send(node); // it may not know yet that this node is Exiting, and there is no later
            DaemonAt(node.Address).Tell(new ExitingConfirmed(_self));
        }
        Sender.Tell(Done.Instance);
    }

    private sealed record GossipTick : INoSerializationVerificationNeeded;

    private sealed record LeaderTick : INoSerializationVerificationNeeded;

    private sealed record HeartbeatTick : INoSerializationVerificationNeeded;

    private sealed record ReaperTick : INoSerializationVerificationNeeded;
}
