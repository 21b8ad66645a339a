using Akka.Actor;
using Akka.Cluster;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// The way from a node of a cluster to its directors, wherever they are: announcements go to all of them, everything
/// else to one that can be reached, the same as long as it can. A question that none can take is answered so; reports
/// wait in the process's <see cref="Uplink"/>, which <see cref="NodeFace"/> connects while a director is there.
/// </summary>
public sealed class DirectorsLink : ReceiveActor
{
    /// <summary>The role of directors in the cluster.</summary>
    public const string Role = "director";

    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly HashSet<IActorRef> _followers = [];
    private readonly Dictionary<UniqueAddress, Member> _directors = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private readonly TimeSpan _askAgainAfter;
    private UniqueAddress? _chosen;

    /// <summary>For <see cref="Props"/>.</summary>
    private DirectorsLink(TimeSpan askAgainAfter)
    {
        _askAgainAfter = askAgainAfter;
        Receive<ClusterEvent.MemberUp>(up => OnUp(up.Member));
        Receive<ClusterEvent.IMemberEvent>(change => OnOther(change.Member));
        Receive<ClusterEvent.UnreachableMember>(lost => Choose(() => _unreachable.Add(lost.Member.UniqueAddress)));
        Receive<ClusterEvent.ReachableMember>(back => Choose(() => _unreachable.Remove(back.Member.UniqueAddress)));
        Receive<Follow>(_ => OnFollow());
        Receive<Terminated>(gone => _followers.Remove(gone.ActorRef));
        Receive<NodeProtocol.Announce>(ToAll);
        Receive<NodeProtocol.Leaves>(ToAll);
        Receive<CatalogProtocol.IRequest>(question => Ask("catalog", question, new CatalogProtocol.Failed(
            new JobFailure.CatalogError("No director is connected."), TryAgain: true)));
        Receive<IAttemptMessage>(report => { if (_chosen is not null) At(_chosen, "jobs").Tell(report, Sender); });
        Receive<NodeProtocol.Asked>(AskGateway);
        Receive<IRequest>(AskGateway);
    }

    /// <summary>The link of a node.</summary>
    /// <param name="askAgainAfter">A request without an answer is asked again after this time, then after twice as
    /// long, and so on.</param>
    public static Props Props(TimeSpan askAgainAfter) =>
        Akka.Actor.Props.Create(() => new DirectorsLink(askAgainAfter));

    /// <inheritdoc/>
    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));

    /// <inheritdoc/>
    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void OnUp(Member member)
    {
        if (member.HasRole(Role)) Choose(() => _directors[member.UniqueAddress] = member);
    }

    /// <summary>One that leaves hands its work over: it is asked no more.</summary>
    private void OnOther(Member member)
    {
        if (member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp) return;
        Choose(() =>
        {
            _directors.Remove(member.UniqueAddress);
            if (member.Status is MemberStatus.Removed) _unreachable.Remove(member.UniqueAddress);
        });
    }

    private bool CanServe(UniqueAddress director) =>
        _directors.ContainsKey(director) && !_unreachable.Contains(director);

    private void Choose(Action change)
    {
        var before = _chosen;
        change();
        if (CanServe(_cluster.SelfUniqueAddress)) _chosen = _cluster.SelfUniqueAddress;
        else if (_chosen is null || !CanServe(_chosen)) _chosen = Any();
        if (before is null != _chosen is null) foreach (var follower in _followers) follower.Tell(Presence());
        if (before == _chosen) return;
        foreach (var errand in Context.GetChildren()) errand.Tell(new Errand.To(_chosen?.Address));
    }

    /// <summary>Not the same for all nodes, so that each director has its share of them.</summary>
    private UniqueAddress? Any()
    {
        var able = _directors.Keys.Where(CanServe).OrderBy(each => each.Address.ToString(), StringComparer.Ordinal)
            .ToList();
        return able.Count == 0 ? null : able[(int)((uint)_cluster.SelfUniqueAddress.Uid % (uint)able.Count)];
    }

    private void OnFollow()
    {
        if (_followers.Add(Sender)) Context.Watch(Sender);
        Sender.Tell(Presence());
    }

    /// <summary>
    /// Somebody waits for the answer: it is asked for until it is there, of whoever is there. First sent from here,
    /// since what one sender asks stays in order.
    /// </summary>
    private void Ask(string name, IWireMessage question, IWireMessage otherwise)
    {
        if (_chosen is null) Sender.Tell(otherwise);
        else
            At(_chosen, name).Tell(question, Context.ActorOf(
                Errand.Props(name, question, otherwise, Sender, _chosen.Address, _askAgainAfter)));
    }

    private void AskGateway(IWireMessage request) => Ask("gateway", request, new Refused(
        RefusalCode.Unavailable, "No director of the cluster can be reached now. Try again; what runs goes on."));

    private DirectorsPresence Presence() => new(_chosen is not null);

    private void ToAll(object message)
    {
        foreach (var director in _directors.Keys) At(director, "directory").Tell(message, Sender);
    }

    private static ActorSelection At(UniqueAddress director, string name) =>
        Context.ActorSelection(new RootActorPath(director.Address) / "user" / name);

    /// <summary>The sender wants to hear whether a director is there, now and at every change.</summary>
    public sealed record Follow : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly Follow Instance = new();
    }
}

/// <summary>Whether any director of the cluster can be reached.</summary>
/// <param name="Any">True when one can.</param>
public sealed record DirectorsPresence(bool Any) : INoSerializationVerificationNeeded;
