using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Jobs;

/// <summary>
/// What the allocator knows: requests in the order in which they were made, leases, and what nodes offer. A job that
/// asks anew for its next attempt stands behind those that have waited meanwhile; requests of which it hears while it
/// is new count as made at once, and stand in the order of job numbers. Plain code: the moment is given with every
/// call, as time since anything, and nothing is granted but by <see cref="Grants"/>.
/// </summary>
/// <typeparam name="TAsker">Who is told of a grant.</typeparam>
internal sealed class LeaseBook<TAsker>(AllocatorOptions options, TimeSpan started)
{
    private static readonly Comparer<JobId> JobOrder =
        Comparer<JobId>.Create((left, right) => left.Value.CompareTo(right.Value));

    private readonly SortedDictionary<JobId, Request> _waiting = new(JobOrder);
    private readonly SortedDictionary<JobId, Lease> _leases = new(JobOrder);
    private readonly Dictionary<NodeName, Offered> _offers = [];
    private readonly TimeSpan _grantsFrom = started + options.QuietAtStart;
    private readonly HashSet<JobId> _heard = [];
    private HashSet<JobId>? _unheard;
    private Stock? _stock;
    private int _slots;
    private bool _due;

    /// <summary>Every drive with the first job that holds it, or null.</summary>
    public IReadOnlyList<(DriveId Drive, JobId? Job)> Holders =>
        [.. AllDrives.Select(drive => (drive, HoldersOf(drive).Select(job => (JobId?)job).FirstOrDefault()))];

    /// <summary>What jobs that hold a drive ask of a person, lowest job first.</summary>
    public IReadOnlyList<MountRequest> Awaited =>
        [.. _leases.Values.Select(lease => lease.Awaits).OfType<MountRequest>()];

    private IEnumerable<DriveId> AllDrives =>
        options.Drives.Concat(_offers.Values.SelectMany(offer => offer.Drives)).Distinct();

    /// <summary>Counted once after each change: a thousand jobs and hundreds of nodes renew all the time.</summary>
    private Stock Now => _stock ??= new Stock(
        AllDrives, options.Clients.Concat(_offers.Values.Select(offer => offer.Client).OfType<ClientName>()),
        _leases.Values);

    /// <summary>
    /// The jobs that may hold something from before: when each of them has said what, there is nothing more to wait
    /// for. A request or a release says nothing: it may be older than a grant by the allocator that was before.
    /// Without this, or with jobs that hold nothing, quiet ends by its time.
    /// </summary>
    public void Expect(IEnumerable<JobId> jobs)
    {
        _unheard = [.. jobs];
        _unheard.ExceptWith(_heard);
        _heard.Clear();
    }

    /// <summary>Puts a request into the queue, or renews it; the failure when it can never be granted.</summary>
    public JobFailure? Reserve(AllocatorProtocol.Reserve ask, TAsker asker, TimeSpan now)
    {
        if (!options.NodesComeAndGo && ask.Library is { } library && !LibrariesOf(ask).Any(IsThere))
            return new JobFailure.NoDrive(library);
        if (!options.NodesComeAndGo && ask.Client is { } client && !IsThere(client))
            return new JobFailure.ClientError(client, "find", "It is not configured on this node.");
        if (TurnOf(ask.Job) > ask.Turn) return null;
        if (_leases.TryGetValue(ask.Job, out var lease) && lease.Turn < ask.Turn) _leases.Remove(ask.Job);
        var isKnown = _waiting.TryGetValue(ask.Job, out var known) && known.Ask.Turn == ask.Turn;
        var since = isKnown ? known!.Since : now < _grantsFrom ? started : now;
        _waiting[ask.Job] = new Request(ask, asker, since, now + options.Lease);
        if (!isKnown || !IsSame(ask, known!.Ask)) Changed();
        return null;
    }

    public void Release(AllocatorProtocol.Release release)
    {
        if (TurnOf(release.Job) > release.Turn) return;
        _waiting.Remove(release.Job);
        if (_leases.Remove(release.Job)) Changed();
    }

    /// <summary>
    /// Always believed, even of a drive that another job was granted meanwhile: then neither has to fear a third. A
    /// request that crossed with its grant is over: it would take from the job what it holds.
    /// </summary>
    public void Hold(AllocatorProtocol.Hold hold, TimeSpan now)
    {
        Heard(hold.Job, now);
        if (TurnOf(hold.Job) > hold.Turn) return;
        _waiting.Remove(hold.Job);
        var held = new Lease(hold.Drive, hold.Client, hold.Turn, now + options.Lease, hold.Awaits);
        if (!_leases.TryGetValue(hold.Job, out var before) || before != held with { Until = before.Until }) Changed();
        _leases[hold.Job] = held;
    }

    public void Offer(AllocatorProtocol.Offer offer, TimeSpan now)
    {
        if (!_offers.TryGetValue(offer.Node, out var before) || before.Client != offer.Client
            || !before.Drives.SequenceEqual(offer.Drives)) Changed();
        _offers[offer.Node] = new Offered(offer.Client, offer.Drives, now + offer.For);
    }

    public void Withdraw(NodeName node)
    {
        if (_offers.Remove(node)) Changed();
    }

    /// <summary>
    /// Ends what nobody renewed (its job, or node, is gone and could not say so), and grants what is free. A request
    /// that was granted before gets the same again: the first answer may be on its way, and must not name what is
    /// another's by now.
    /// </summary>
    public IReadOnlyList<(TAsker Asker, AllocatorProtocol.Granted Granted)> Grants(TimeSpan now)
    {
        Expire(_waiting, request => request.Until < now);
        Expire(_leases, lease => lease.Until < now);
        Expire(_offers, offer => offer.Until < now);
        if (_slots != options.Slots)
        {
            _slots = options.Slots;
            Changed();
        }
        var grants = new List<(TAsker, AllocatorProtocol.Granted)>();
        if (!_due || IsQuiet(now)) return grants;
        _due = false;
        var kept = new KeptSlots();
        foreach (var request in Queue)
        {
            var (ask, asker) = (request.Ask, request.Asker);
            var drive = _leases.TryGetValue(ask.Job, out var before) ? before.Drive : FreeDrive(ask);
            if (before is null && (LackOf(ask) != Lack.None || IsKept(kept, ask.Client)))
            {
                Keep(kept, request, now);
                continue;
            }
            _leases[ask.Job] = new Lease(drive, ask.Client, ask.Turn, now + options.Lease, before?.Awaits);
            _waiting.Remove(ask.Job);
            _stock = null;
            grants.Add((asker, new AllocatorProtocol.Granted(ask.Job, drive, ask.Turn)));
        }
        return grants;
    }

    /// <summary>The chain from a waiting job to who has what it lacks; empty when it does not wait.</summary>
    public IReadOnlyList<WaitReason> WhyWaits(JobId job, TimeSpan now)
    {
        if (!_waiting.TryGetValue(job, out var request)) return [];
        var (ask, lack, chain) = (request.Ask, LackOf(request.Ask), new List<WaitReason>());
        if (IsQuiet(now)) chain.Add(new WaitReason.AllocatorIsNew());
        if (lack.HasFlag(Lack.Drive))
            chain.AddRange(LibrariesOf(ask).TakeWhile(library => !IsThere(library)).Append(Wanted(ask)!.Value)
                .Distinct().SelectMany(WhyNone));
        if (lack.HasFlag(Lack.Slot)) chain.Add(WhyNone(ask.Client!.Value));
        var before = Queue.TakeWhile(other => other.Ask.Job != job)
            .Where(other => ComesFirst(other.Ask, ask, lack) || (IsOfAge(other, now) && other.Ask.Client is { } client
                && client == ask.Client && HasSlot(client)))
            .Select(other => other.Ask.Job).OrderBy(other => other.Value).ToList();
        if (before.Count > 0) chain.Add(new WaitReason.Behind(before));
        return chain;
    }

    /// <summary>Who asked first comes first; of those that asked at once, the lower number.</summary>
    private List<Request> Queue => [.. _waiting.Values.OrderBy(request => request.Since)];

    /// <summary>
    /// A request that has waited for long keeps its client's free slots from those behind it, while it waits for a
    /// drive: otherwise jobs that need the one or the other alone could go on taking turns, and it would never find
    /// both. Drives are not kept: a client's slot may be taken for hours.
    /// </summary>
    private void Keep(KeptSlots kept, Request waiting, TimeSpan now)
    {
        if (waiting.Ask.Client is { } client && IsOfAge(waiting, now))
            kept[client] = kept.GetValueOrDefault(client) + 1;
    }

    private bool IsKept(KeptSlots kept, ClientName? client) =>
        client is { } name && Now.SlotsUsed(name) + kept.GetValueOrDefault(name) >= options.Slots;

    private bool IsOfAge(Request request, TimeSpan now) => now - request.Since > options.Lease;

    private bool IsQuiet(TimeSpan now) => now < _grantsFrom && _unheard is not { Count: 0 };

    private void Heard(JobId job, TimeSpan now)
    {
        if (now >= _grantsFrom) return;
        if (_unheard is null) _heard.Add(job);
        else _unheard.Remove(job);
    }

    /// <summary>
    /// True when all that the older request lacks is lacked by the other too: whatever is freed for the other, the
    /// older one takes. One that lacks more stands in nobody's way.
    /// </summary>
    private bool ComesFirst(AllocatorProtocol.Reserve older, AllocatorProtocol.Reserve other, Lack others)
    {
        var its = LackOf(older);
        return its != Lack.None
            && (!its.HasFlag(Lack.Drive)
                || (others.HasFlag(Lack.Drive) && Wanted(older) == Wanted(other)))
            && (!its.HasFlag(Lack.Slot) || (others.HasFlag(Lack.Slot) && older.Client == other.Client));
    }

    private Lack LackOf(AllocatorProtocol.Reserve ask) =>
        (ask.Library is not null && FreeDrive(ask) is null ? Lack.Drive : Lack.None)
        | (ask.Client is { } client && !HasSlot(client) ? Lack.Slot : Lack.None);

    private IEnumerable<WaitReason> WhyNone(LibraryName library)
    {
        var drives = AllDrives.Where(drive => drive.Library == library).OrderBy(drive => drive.Number).ToList();
        return drives.Count == 0
            ? [new WaitReason.LibraryAbsent(library)]
            : drives.SelectMany(drive => AwaitedFor(drive).Prepend(
                new WaitReason.DriveHeld(drive, [.. HoldersOf(drive)])));
    }

    /// <summary>The next link: what the holders of a drive ask of a person.</summary>
    private IEnumerable<WaitReason> AwaitedFor(DriveId drive) =>
        Awaited.Where(request => request.Drive == drive).Select(request => new WaitReason.VolumeAwaited(request));

    private WaitReason WhyNone(ClientName client) => IsThere(client)
        ? new WaitReason.SlotsHeld(client, options.Slots, [.. SlotsOf(client)])
        : new WaitReason.ClientAbsent(client);

    private DriveId? FreeDrive(AllocatorProtocol.Reserve ask) =>
        Wanted(ask) is { } library ? Now.FirstFree(library) : null;

    /// <summary>
    /// The first library that is there. That its drives are busy is no reason to take another: the next incremental
    /// would have no base there.
    /// </summary>
    private LibraryName? Wanted(AllocatorProtocol.Reserve ask) =>
        LibrariesOf(ask).Where(IsThere).Select(there => (LibraryName?)there).FirstOrDefault(ask.Library);

    private static IReadOnlyList<LibraryName> LibrariesOf(AllocatorProtocol.Reserve ask) =>
        ask.Library is { } library ? [library, .. ask.Others ?? []] : [];

    private static bool IsSame(AllocatorProtocol.Reserve left, AllocatorProtocol.Reserve right) =>
        left with { Others = null } == right with { Others = null }
        && LibrariesOf(left).SequenceEqual(LibrariesOf(right));

    private IEnumerable<JobId> HoldersOf(DriveId drive) =>
        _leases.Where(pair => pair.Value.Drive == drive).Select(pair => pair.Key);

    private IEnumerable<JobId> SlotsOf(ClientName client) =>
        _leases.Where(pair => pair.Value.Client == client).Select(pair => pair.Key);

    private bool IsThere(LibraryName library) => Now.IsThere(library);

    private bool IsThere(ClientName client) => Now.IsThere(client);

    private bool HasSlot(ClientName client) => IsThere(client) && Now.SlotsUsed(client) < options.Slots;

    private void Changed() => (_stock, _due) = (null, true);

    private int TurnOf(JobId job) => Math.Max(
        _waiting.TryGetValue(job, out var request) ? request.Ask.Turn : 0,
        _leases.TryGetValue(job, out var lease) ? lease.Turn : 0);

    private void Expire<TKey, TValue>(IDictionary<TKey, TValue> kept, Func<TValue, bool> isOver)
    {
        foreach (var key in kept.Where(pair => isOver(pair.Value)).Select(pair => pair.Key).ToList())
        {
            kept.Remove(key);
            Changed();
        }
    }

    private sealed record Request(AllocatorProtocol.Reserve Ask, TAsker Asker, TimeSpan Since, TimeSpan Until);

    /// <summary>Free slots of clients that are not given to others.</summary>
    private sealed class KeptSlots : Dictionary<ClientName, int>;

    private sealed record Lease(DriveId? Drive, ClientName? Client, int Turn, TimeSpan Until, MountRequest? Awaits);

    private sealed record Offered(ClientName? Client, IReadOnlyList<DriveId> Drives, TimeSpan Until);

    /// <summary>What there is at one moment, and what of it is free.</summary>
    private sealed class Stock
    {
        private readonly Dictionary<LibraryName, DriveId?> _firstFree = [];
        private readonly HashSet<ClientName> _clients;
        private readonly Dictionary<ClientName, int> _slotsUsed = [];

        public Stock(IEnumerable<DriveId> drives, IEnumerable<ClientName> clients, IEnumerable<Lease> leases)
        {
            _clients = [.. clients];
            var held = new HashSet<DriveId>();
            foreach (var lease in leases)
            {
                if (lease.Drive is { } drive) held.Add(drive);
                if (lease.Client is { } client)
                    _slotsUsed[client] = _slotsUsed.GetValueOrDefault(client) + 1;
            }
            foreach (var drive in drives.OrderByDescending(drive => drive.Number))
                _firstFree[drive.Library] = held.Contains(drive)
                    ? _firstFree.GetValueOrDefault(drive.Library)
                    : drive;
        }

        public bool IsThere(LibraryName library) => _firstFree.ContainsKey(library);

        public bool IsThere(ClientName client) => _clients.Contains(client);

        /// <summary>The free drive with the lowest number; null: none is.</summary>
        public DriveId? FirstFree(LibraryName library) => _firstFree.GetValueOrDefault(library);

        public int SlotsUsed(ClientName client) => _slotsUsed.GetValueOrDefault(client);
    }

    /// <summary>What of a request is not free.</summary>
    [Flags]
    private enum Lack
    {
        None = 0,
        Drive = 1,
        Slot = 2,
    }
}
