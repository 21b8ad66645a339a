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
    private readonly Dictionary<(NodeName Node, Address Address), Namesake> _namesakes = [];
    private readonly Func<TimeSpan> _clock;
    private readonly TimeSpan _started;
    private TimeSpan _awake;
    private TimeSpan _paused;
    private string? _difference;
    private Dictionary<(NodeName Node, LibraryName Library), string> _rivals = [];

    /// <summary>For <see cref="Props(IActorRef)"/>.</summary>
    private NodeDirectory(IActorRef allocator, Func<TimeSpan>? clock)
    {
        var scheduler = Context.System.Scheduler;
        (_allocator, _clock) = (allocator, clock ?? (() => scheduler.MonotonicClock));
        _awake = _clock();
        _started = Elapsed();
        Receive<Look>(_ =>
        {
            Elapsed();
            if (_rivals.Count > 0) CompareLibraries(); // the other one may be gone for good
        });
        Receive<NodeProtocol.Announce>(OnAnnounce);
        Receive<NodeProtocol.Leaves>(leaves => Forget(leaves.Node));
        Receive<Terminated>(OnFaceEnded);
        Receive<NodeProtocol.ForClient>(order => Deliver(
            order.Command, known => known.Said.Client == order.Client,
            since => Absent(order.Command, order.Client, null, since)));
        Receive<NodeProtocol.ForStorage>(order => Deliver(
            order.Command,
            known => Owns(known, order.Library),
            since => Absent(order.Command, null, order.Library, since)));
        Receive<NodeProtocol.ForGiver>(order => Deliver(
            order.Command,
            known => Owns(known, order.Library),
            since => Absent(order.Command, null, order.Library, since), order));
        Receive<NodeProtocol.ForLibrary>(order => ToOwner(order.Library, order));
        Receive<NodeProtocol.ForVolume>(order => ToOwner(order.Library, order));
        Receive<NodeProtocol.Look>(OnLook);
        Receive<NodeProtocol.Preview>(OnPreview);
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
            if (known is not null && IsPresent(known) && known.Face.Path.Address != Sender.Path.Address
                && !TakesPlace(said, known))
                return;
            if (known is not null) Context.Unwatch(known.Face);
            Context.Watch(Sender);
            _log.Debug("Node {0} is there ({1}).", said.Node, Sender.Path.Address);
        }
        else
        {
            ComplainOfNamesakes(said.Node);
        }
        _nodes[said.Node] = new Known(said, Sender, Elapsed(), Ended: false);
        _namesakes.Remove((said.Node, Sender.Path.Address));
        if (said.Shared is not null) CompareDirectors();
        if (_rivals.Count > 0 || LibraryClaims.Of(said).Count > 0) CompareLibraries();
        Offer(_nodes[said.Node]);
    }

    private void Offer(Known known)
    {
        var said = known.Said;
        _allocator.Tell(new AllocatorProtocol.Offer(
            said.Node, said.Client, DrivesOf(known), said.Every * MissedMax, said.Limits, said.Disabled));
    }

    /// <summary>Its drives, but for those of libraries that another node has.</summary>
    private IReadOnlyList<DriveId> DrivesOf(Known known) => _rivals.Count == 0 ? known.Said.Drives
        : [.. known.Said.Drives.Where(drive => !_rivals.ContainsKey((known.Said.Node, drive.Library)))];

    private bool Owns(Known known, LibraryName library) => DrivesOf(known).Any(drive => drive.Library == library);

    /// <summary>
    /// Said once for each library that two nodes say is theirs. A node whose library is not used any more, or may be
    /// again, is offered anew.
    /// </summary>
    private void CompareLibraries()
    {
        var rivals = LibraryClaims
            .Rivals(_nodes.Values.Where(known => LibraryClaims.Of(known.Said).Count > 0).Select(Seen))
            .ToDictionary(rival => (rival.Node, rival.Library), rival => rival.Sentence);
        if (rivals.Count == _rivals.Count && rivals.All(pair => _rivals.GetValueOrDefault(pair.Key) == pair.Value))
            return;
        var changed = rivals.Keys.Union(_rivals.Keys)
            .Where(key => rivals.ContainsKey(key) != _rivals.ContainsKey(key)).ToList();
        foreach (var (_, sentence) in rivals.Where(pair => _rivals.GetValueOrDefault(pair.Key) != pair.Value))
            _log.Error("{0}", sentence);
        foreach (var (node, library) in changed.Where(key => !rivals.ContainsKey(key)))
            _log.Info("Library {0} of node {1} is used again: no other node says that it is its own.", library, node);
        _rivals = rivals;
        foreach (var node in changed.Select(key => key.Node).Distinct())
            if (IsPresent(_nodes[node])) Offer(_nodes[node]);
    }

    /// <summary>
    /// A node announces itself from another address than the one that is known: it was killed and is back there, or
    /// there are two. Two are both heard of.
    /// </summary>
    /// <returns>True when nothing was heard of the other since, though it should have been.</returns>
    private bool TakesPlace(NodeProtocol.Announce said, Known known)
    {
        foreach (var (key, silent) in _namesakes.Where(pair => !IsPresent(pair.Value.Known)).ToList())
        {
            Context.Unwatch(silent.Known.Face);
            _namesakes.Remove(key);
        }
        var place = (said.Node, Sender.Path.Address);
        var before = _namesakes.GetValueOrDefault(place);
        if (before is not null && known.HeardAt < before.Since && Elapsed() - known.HeardAt > known.Said.Every * 1.5)
        {
            _log.Info("Node {0} is at {1} now.", said.Node, Sender.Path.Address);
            return true;
        }
        _namesakes[place] = new Namesake(
            new Known(said, Context.Watch(Sender), Elapsed(), Ended: false), before?.Since ?? Elapsed(),
            before?.Told ?? false);
        return false;
    }

    /// <summary>Said once, until it is gone, or is silent for as long as makes any node absent.</summary>
    private void ComplainOfNamesakes(NodeName node)
    {
        foreach (var (key, namesake) in _namesakes.Where(pair => pair.Key.Node == node).ToList())
        {
            if (namesake.Told || !IsPresent(namesake.Known)) continue;
            _namesakes[key] = namesake with { Told = true };
            _log.Error(
                $"Two nodes call themselves {node}: {Sender.Path.Address} and {key.Address}. The second one is not "
                    + "used; give it a name of its own (`backup.node.name`).");
        }
    }

    private void ForgetNamesake(IActorRef face)
    {
        foreach (var (key, _) in _namesakes.Where(pair => pair.Value.Known.Face.Equals(face)).ToList())
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

    private void Deliver(
        IAttemptMessage command, Func<Known, bool> isMeant, Func<TimeSpan, NodeProtocol.Absent> absent,
        object? wrapped = null)
    {
        var meant = _nodes.Values.Where(isMeant).ToList();
        if (meant.Find(IsPresent) is { } there) there.Face.Forward(wrapped ?? command);
        else Sender.Tell(absent(Elapsed() - meant.Select(known => known.HeardAt).Append(_started).Max()));
    }

    private void ToOwner(LibraryName library, object order)
    {
        var meant = _nodes.Values.Where(known => Owns(known, library));
        if (meant.FirstOrDefault(IsPresent) is { } there) there.Face.Forward(order);
        else
            Sender.Tell(new Refused(
                RefusalCode.Unavailable,
                $"No node that owns library {library} is connected. Start it, and try again."));
    }

    private void OnPreview(NodeProtocol.Preview asked)
    {
        var meant = _nodes.Values.Where(known => known.Said.Client == asked.Client);
        if (meant.FirstOrDefault(IsPresent) is { } there) there.Face.Forward(asked);
        else
            Sender.Tell(new Refused(
                RefusalCode.Unavailable,
                $"Client {asked.Client} is not connected, and only it knows its disk. Start its node, and try again."));
    }

    private void OnLook(NodeProtocol.Look look)
    {
        var meant = _nodes.Values.Where(known => look.Kind == ObjectKind.Client
            ? known.Said.Client?.Value == look.Name
            : Owns(known, new LibraryName(look.LibraryName()))).ToList();
        if (meant.Find(IsPresent) is { } there)
        {
            there.Face.Forward(look);
            return;
        }
        var last = meant.MaxBy(known => known.HeardAt);
        Sender.Tell(new NodeProtocol.Looked(ObjectLook.Away(look, last?.Said.Node, "absent",
            last is null ? null : Context.System.Scheduler.Now - (Elapsed() - last.HeardAt))));
    }

    private static NodeProtocol.Absent Absent(
        IAttemptMessage command, ClientName? client, LibraryName? library, TimeSpan since) =>
        new(command.Job, command.Epoch, client, library, since);

    private bool IsPresent(Known known) =>
        !known.Ended && Elapsed() - known.HeardAt <= known.Said.Every * MissedMax;

    private NodeSeen Seen(Known known) => new(
        known.Said.Node, AddressOf(known.Face).ToString(), known.Said.Client, DrivesOf(known), IsPresent(known),
        Elapsed() - known.HeardAt, known.Said.Shared, LibraryClaims.Of(known.Said), known.Said.Notices);

    /// <summary>Said when it begins, and when it is another.</summary>
    private void CompareDirectors()
    {
        var difference = NodeRoster.DifferenceOf([.. _nodes.OrderBy(node => node.Key.Value, StringComparer.Ordinal)
            .Select(node => Seen(node.Value))]);
        if (difference is not null && difference != _difference) _log.Warning("{0}", difference);
        _difference = difference;
    }

    private static Address AddressOf(IActorRef face) => face.Path.Address.HasGlobalScope
        ? face.Path.Address
        : ((ExtendedActorSystem)Context.System).Provider.DefaultAddress;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }

    /// <summary>Another one that has a known node's name.</summary>
    private sealed record Namesake(Known Known, TimeSpan Since, bool Told);

    private sealed record Known(NodeProtocol.Announce Said, IActorRef Face, TimeSpan HeardAt, bool Ended);
}
