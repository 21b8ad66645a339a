using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Node;

/// <summary>
/// Where clients and libraries are, on every director: nodes announce themselves, jobs send through it. Holds nothing
/// that is not said again within seconds, so that it may be made anew at any moment.
/// </summary>
public sealed class NodeDirectory : ReceiveActor, IWithTimers
{
    /// <summary>Announcements that may be lost before a node counts as absent.</summary>
    private const int MissedMax = 3;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly IActorRef _allocator;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<NodeName, Known> _nodes = [];
    private readonly Dictionary<(NodeName Node, Address Address), Known> _namesakes = [];
    private readonly Func<TimeSpan> _clock;
    private readonly TimeSpan _started;
    private TimeSpan _awake;
    private TimeSpan _paused;

    /// <summary>For <see cref="Props(IActorRef)"/>.</summary>
    private NodeDirectory(IActorRef allocator, Func<TimeSpan>? clock)
    {
        var scheduler = Context.System.Scheduler;
        (_allocator, _clock) = (allocator, clock ?? (() => scheduler.MonotonicClock));
        _awake = _clock();
        _started = Elapsed();
        Receive<Look>(_ => Elapsed());
        Receive<NodeProtocol.Announce>(OnAnnounce);
        Receive<NodeProtocol.Leaves>(leaves => Forget(leaves.Node));
        Receive<Terminated>(OnFaceEnded);
        Receive<NodeProtocol.ForClient>(order => Deliver(
            order.Command, known => known.Said.Client == order.Client,
            since => Absent(order.Command, order.Client, null, since)));
        Receive<NodeProtocol.ForStorage>(order => Deliver(
            order.Command,
            known => known.Said.Drives.Any(drive => drive.Library == order.Library),
            since => Absent(order.Command, null, order.Library, since)));
        Receive<NodeProtocol.ForLibrary>(OnOperator);
        Receive<NodeProtocol.List>(_ =>
            Sender.Tell(new NodeProtocol.Nodes(
                [.. _nodes.Values.Select(Seen).OrderBy(seen => seen.Node.Value, StringComparer.Ordinal)])));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>
    /// Time in which this process ran: one that was stopped for minutes has heard of nobody meanwhile, which says
    /// nothing of them.
    /// </summary>
    private TimeSpan Elapsed()
    {
        var now = _clock();
        var slept = now - _awake - LookEvery;
        if (slept > LookEvery) _paused += slept;
        _awake = now;
        return now - _paused;
    }

    /// <summary>A directory.</summary>
    /// <param name="allocator">Is told which drives and clients there are.</param>
    public static Props Props(IActorRef allocator) => Props(allocator, null);

    /// <summary>With a clock that a test moves.</summary>
    internal static Props Props(IActorRef allocator, Func<TimeSpan>? clock) =>
        Akka.Actor.Props.Create(() => new NodeDirectory(allocator, clock));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookEvery, LookEvery);

    private void OnAnnounce(NodeProtocol.Announce said)
    {
        var known = _nodes.GetValueOrDefault(said.Node);
        if (known is null || known.Ended || !known.Face.Equals(Sender))
        {
            if (known is not null && IsPresent(known) && known.Face.Path.Address != Sender.Path.Address)
            {
                OnNamesake(said, known);
                return;
            }
            if (known is not null) Context.Unwatch(known.Face);
            Context.Watch(Sender);
            _log.Debug("Node {0} is there ({1}).", said.Node, Sender.Path.Address);
        }
        _nodes[said.Node] = new Known(said, Sender, Elapsed(), Ended: false);
        _namesakes.Remove((said.Node, Sender.Path.Address));
        _allocator.Tell(
            new AllocatorProtocol.Offer(said.Node, said.Client, said.Drives, said.Every * MissedMax, said.Limits));
    }

    /// <summary>Said once, until it is gone, or is silent for as long as makes any node absent.</summary>
    private void OnNamesake(NodeProtocol.Announce said, Known known)
    {
        foreach (var (key, silent) in _namesakes.Where(pair => !IsPresent(pair.Value)).ToList())
        {
            Context.Unwatch(silent.Face);
            _namesakes.Remove(key);
        }
        if (!_namesakes.ContainsKey((said.Node, Sender.Path.Address)))
            _log.Error(
                $"Two nodes call themselves {said.Node}: {known.Face.Path.Address} and {Sender.Path.Address}. The "
                    + "second one is not used; give it a name of its own (`backup.node.name`).");
        _namesakes[(said.Node, Sender.Path.Address)] = new Known(said, Context.Watch(Sender), Elapsed(), Ended: false);
    }

    private void ForgetNamesake(IActorRef face)
    {
        foreach (var key in _namesakes.Where(pair => pair.Value.Face.Equals(face)).Select(pair => pair.Key).ToList())
            _namesakes.Remove(key);
    }

    private void Forget(NodeName node)
    {
        ForgetNamesake(Sender);
        if (!_nodes.TryGetValue(node, out var known) || known.Ended || !known.Face.Equals(Sender)) return;
        _log.Info("Node {0} left.", node);
        Context.Unwatch(known.Face);
        _nodes[node] = known with { Ended = true };
        _allocator.Tell(new AllocatorProtocol.Withdraw(node));
    }

    private void OnFaceEnded(Terminated ended)
    {
        ForgetNamesake(ended.ActorRef);
        foreach (var (node, known) in _nodes.Where(pair => pair.Value.Face.Equals(ended.ActorRef)).ToList())
        {
            _log.Warning("Node {0} is gone.", node);
            _nodes[node] = known with { Ended = true };
            _allocator.Tell(new AllocatorProtocol.Withdraw(node));
        }
    }

    private void Deliver(IAttemptMessage command, Func<Known, bool> isMeant, Func<TimeSpan, NodeProtocol.Absent> absent)
    {
        var meant = _nodes.Values.Where(isMeant).ToList();
        if (meant.Find(IsPresent) is { } there) there.Face.Forward(command);
        else Sender.Tell(absent(Elapsed() - meant.Select(known => known.HeardAt).Append(_started).Max()));
    }

    private void OnOperator(NodeProtocol.ForLibrary order)
    {
        var meant = _nodes.Values.Where(known => known.Said.Drives.Any(drive => drive.Library == order.Library));
        if (meant.FirstOrDefault(IsPresent) is { } there) there.Face.Forward(order);
        else
            Sender.Tell(new Refused(
                RefusalCode.Unavailable,
                $"No node that owns library {order.Library} is connected. Start it, and try again."));
    }

    private static NodeProtocol.Absent Absent(
        IAttemptMessage command, ClientName? client, LibraryName? library, TimeSpan since) =>
        new(command.Job, command.Epoch, client, library, since);

    private bool IsPresent(Known known) =>
        !known.Ended && Elapsed() - known.HeardAt <= known.Said.Every * MissedMax;

    private NodeSeen Seen(Known known) => new(
        known.Said.Node, AddressOf(known.Face).ToString(), known.Said.Client, known.Said.Drives, IsPresent(known),
        Elapsed() - known.HeardAt);

    private static Address AddressOf(IActorRef face) => face.Path.Address.HasGlobalScope
        ? face.Path.Address
        : ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }

    private sealed record Known(NodeProtocol.Announce Said, IActorRef Face, TimeSpan HeardAt, bool Ended);
}
