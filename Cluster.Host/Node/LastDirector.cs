using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Backup.Actors.Node;

namespace Backup.Host.Node;

/// <summary>
/// Who is no director, in a cluster that all directors have left, is in one that nobody comes back to: the first seed
/// founds another when it is started again, and does not know of this one. Nobody is unreachable either, so nothing is
/// downed. The node gives such a cluster up and seeks the directors' anew.
/// </summary>
internal sealed class LastDirector : ReceiveActor, IWithTimers
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<UniqueAddress> _directors = [];
    private readonly TimeSpan _patience;
    private bool _isUp;

    private LastDirector(TimeSpan patience)
    {
        _patience = patience;
        Receive<ClusterEvent.IMemberEvent>(change => Look(change.Member));
        Receive<GiveUp>(_ => OnGiveUp());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The watch of a node.</summary>
    /// <param name="patience">So long the cluster may be without a director: one that comes in meanwhile finds it as
    /// it is.</param>
    public static Props Props(TimeSpan patience) => Akka.Actor.Props.Create(() => new LastDirector(patience));

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Look(Member member)
    {
        if (member.UniqueAddress == _cluster.SelfUniqueAddress) _isUp = member.Status == MemberStatus.Up;
        if (member.HasRole(DirectorsLink.Role))
        {
            if (IsThere(member.Status)) _directors.Add(member.UniqueAddress);
            else _directors.Remove(member.UniqueAddress);
        }
        if (!_isUp || _directors.Count > 0) Timers.Cancel(nameof(GiveUp));
        else if (!Timers.IsTimerActive(nameof(GiveUp)))
            Timers.StartSingleTimer(nameof(GiveUp), GiveUp.Instance, _patience);
    }

    private static bool IsThere(MemberStatus status) =>
        status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving;

    private void OnGiveUp()
    {
        if (!_isUp || _directors.Count > 0) return;
        _log.Warning(
            "All directors have left the cluster, and none has come back for {0} s. This node gives it up and seeks "
                + "the seeds again.", _patience.TotalSeconds);
        _ = Context.System.Terminate();
    }

    private sealed record GiveUp : INoSerializationVerificationNeeded
    {
        public static readonly GiveUp Instance = new();
    }
}
