using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Backup.Actors.Node;

namespace Backup.Host.Node;

/// <summary>
/// With SQLite there is one director: a second one would have a catalog of its own, and both would believe that theirs
/// is the system's. The one that came later ends before it is let in.
/// </summary>
internal sealed class LoneDirector : ReceiveActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Action _end;

    private LoneDirector(Action end)
    {
        _end = end;
        Receive<ClusterEvent.IMemberEvent>(change => Look(change.Member));
    }

    public static Props Props(Action end) => Akka.Actor.Props.Create(() => new LoneDirector(end));

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Look(Member other)
    {
        var isThere = other.Status is MemberStatus.Up or MemberStatus.WeaklyUp or MemberStatus.Joining;
        if (!isThere || !other.HasRole(DirectorsLink.Role) || other.UniqueAddress == _cluster.SelfUniqueAddress) return;
        var self = _cluster.SelfMember;
        var isYounger = self.Status is MemberStatus.Joining or MemberStatus.WeaklyUp || other.IsOlderThan(self);
        if (other.Status == MemberStatus.Up && isYounger)
        {
            _log.Error(
                "{0} is a director already, and this node keeps its catalog in SQLite, which no two directors share. "
                    + "This node stops. Give all directors one PostgreSQL (`backup.catalog`), or take the role away here.",
                other.Address);
            _end();
            _ = Context.System.Terminate();
        }
        else
        {
            _log.Error(
                "{0} joins as a director, and this one keeps its catalog in SQLite, which no two directors share. The "
                    + "other one must stop, or both need one PostgreSQL (`backup.catalog`).", other.Address);
        }
    }
}
