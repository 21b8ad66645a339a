using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Grants a job its drive and its client slot at once, in the order of the requests, so that no job holds one and waits
/// for the other. Holds nothing durable: nodes offer what they have and jobs say what they hold, again and again. After
/// a start it grants nothing until the jobs had time to say so; should it err all the same, the drive itself refuses a
/// second session, and the job that was granted it tries again.
/// </summary>
public sealed class Allocator : ReceiveActor, IWithTimers
{
    private static readonly Comparer<JobId> JobOrder =
        Comparer<JobId>.Create((left, right) => left.Value.CompareTo(right.Value));

    private readonly AllocatorOptions _options;
    private readonly SortedDictionary<JobId, (AllocatorProtocol.Reserve Ask, IActorRef Asker)> _waiting = new(JobOrder);
    private readonly Dictionary<JobId, Lease> _leases = [];
    private readonly Dictionary<NodeName, Offered> _offers = [];
    private readonly TimeSpan _grantsFrom;

    /// <summary>For <see cref="Props"/>.</summary>
    private Allocator(AllocatorOptions options)
    {
        _options = options;
        _grantsFrom = Elapsed + options.QuietAtStart;
        Receive<AllocatorProtocol.Reserve>(OnReserve);
        Receive<AllocatorProtocol.Release>(OnRelease);
        Receive<AllocatorProtocol.Hold>(OnHold);
        Receive<AllocatorProtocol.Offer>(OnOffer);
        Receive<AllocatorProtocol.Withdraw>(gone => _offers.Remove(gone.Node));
        Receive<AllocatorProtocol.Why>(why => Sender.Tell(new AllocatorProtocol.Reasons(why.Job, ReasonsOf(why.Job))));
        Receive<AllocatorProtocol.List>(_ =>
            Sender.Tell(new AllocatorProtocol.Holders([.. AllDrives.Select(drive => (drive, HolderOf(drive)))])));
        Receive<Look>(_ => OnLook());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Elapsed => Context.System.Scheduler.MonotonicClock;

    private IEnumerable<DriveId> AllDrives =>
        _options.Drives.Concat(_offers.Values.SelectMany(offer => offer.Drives)).Distinct();

    /// <summary>An allocator.</summary>
    /// <param name="options">What there is for good, and how long leases and silence last.</param>
    public static Props Props(AllocatorOptions options) => Akka.Actor.Props.Create(() => new Allocator(options));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _options.QuietAtStart > TimeSpan.Zero
            ? _options.QuietAtStart : _options.Lease, _options.Lease / 4);

    private void OnReserve(AllocatorProtocol.Reserve ask)
    {
        if (!_options.NodesComeAndGo && ask.Library is { } library && !AllDrives.Any(drive => drive.Library == library))
        {
            Sender.Tell(new AllocatorProtocol.Refused(ask.Job, new JobFailure.NoDrive(library)));
            return;
        }
        if (!_options.NodesComeAndGo && ask.Client is { } client && !IsThere(client))
        {
            Sender.Tell(new AllocatorProtocol.Refused(
                ask.Job, new JobFailure.ClientError(client, "find", "It is not configured on this node.")));
            return;
        }
        _waiting[ask.Job] = (ask, Sender);
        Grant();
    }

    private void OnRelease(AllocatorProtocol.Release release)
    {
        _waiting.Remove(release.Job);
        _leases.Remove(release.Job);
        Grant();
    }

    /// <summary>A request that crossed with its grant is over: it would take from the job what it holds.</summary>
    private void OnHold(AllocatorProtocol.Hold hold)
    {
        _waiting.Remove(hold.Job);
        _leases[hold.Job] = new Lease(hold.Drive, hold.Client, Elapsed + _options.Lease);
    }

    private void OnOffer(AllocatorProtocol.Offer offer)
    {
        _offers[offer.Node] = new Offered(offer.Client, offer.Drives, Elapsed + offer.For);
        Grant();
    }

    /// <summary>Leases and offers that nobody renewed end: their job, or node, is gone and could not say so.</summary>
    private void OnLook()
    {
        foreach (var job in _leases.Where(pair => pair.Value.Until < Elapsed).Select(pair => pair.Key).ToList())
            _leases.Remove(job);
        foreach (var node in _offers.Where(pair => pair.Value.Until < Elapsed).Select(pair => pair.Key).ToList())
            _offers.Remove(node);
        Grant();
    }

    private void Grant()
    {
        if (Elapsed < _grantsFrom) return;
        foreach (var (ask, asker) in _waiting.Values.ToList())
        {
            _leases.Remove(ask.Job); // a repeated request replaces what an earlier one got
            var drive = FreeDrive(ask.Library);
            if ((ask.Library is not null && drive is null) || !HasSlot(ask.Client)) continue;
            _leases[ask.Job] = new Lease(drive, ask.Client, Elapsed + _options.Lease);
            _waiting.Remove(ask.Job);
            asker.Tell(new AllocatorProtocol.Granted(ask.Job, drive));
        }
    }

    private DriveId? FreeDrive(LibraryName? library) => library is null
        ? null
        : AllDrives.Where(drive => drive.Library == library && HolderOf(drive) is null)
            .OrderBy(drive => drive.Number).Select(drive => (DriveId?)drive).FirstOrDefault();

    private JobId? HolderOf(DriveId drive) =>
        _leases.Where(pair => pair.Value.Drive == drive).Select(pair => (JobId?)pair.Key).FirstOrDefault();

    private List<JobId> SlotsOf(
        ClientName client) => [.. _leases.Where(pair => pair.Value.Client == client).Select(pair => pair.Key)];

    private bool IsThere(
        ClientName client) => _options.Clients.Contains(client) || _offers.Values.Any(offer => offer.Client == client);

    private bool HasSlot(ClientName? client) =>
        client is not { } name || (IsThere(name) && SlotsOf(name).Count < _options.SlotsPerClient());

    private List<string> ReasonsOf(JobId job)
    {
        if (!_waiting.TryGetValue(job, out var waiting)) return [];
        var (ask, reasons) = (waiting.Ask, new List<string>());
        if (Elapsed < _grantsFrom)
            reasons.Add("the allocator has just started and waits to hear what running jobs hold");
        if (ask.Library is { } library && FreeDrive(library) is null) reasons.AddRange(ReasonsOf(library));
        if (ask.Client is { } client && !IsThere(client)) reasons.Add($"no node that is client {client} is connected");
        else if (ask.Client is { } busy && !HasSlot(busy))
            reasons.Add(
                $"client {busy} runs job {string.Join(", job ", SlotsOf(busy))}, as many as it may "
                    + $"({_options.SlotsPerClient()})");
        var before = _waiting.Values.Where(other => other.Ask.Job.Value < job.Value && other.Ask.Library == ask.Library)
            .ToList();
        if (before.Count > 0)
            reasons.Add(
                $"{before.Count} older jobs wait before it: job "
                    + $"{string.Join(", job ", before.Select(other => other.Ask.Job))}");
        return reasons;
    }

    private IEnumerable<string> ReasonsOf(LibraryName library)
    {
        var drives = AllDrives.Where(drive => drive.Library == library).ToList();
        return drives.Count == 0
            ? [$"no node that owns library {library} is connected"]
            : drives.Select(drive => $"drive {drive} is held by job {HolderOf(drive)}");
    }

    private sealed record Lease(DriveId? Drive, ClientName? Client, TimeSpan Until);

    private sealed record Offered(ClientName? Client, IReadOnlyList<DriveId> Drives, TimeSpan Until);

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}

/// <summary>What an allocator is told when it starts.</summary>
/// <param name="Drives">Drives that are there for good: those of a node that is alone.</param>
/// <param name="Clients">Clients that are there for good.</param>
/// <param name="SlotsPerClient">Jobs that may work on one client at a time, 1 or more; it may change, and jobs that hold more
/// by then keep it.</param>
/// <param name="Lease">How long a job holds what it was granted without saying so again.</param>
/// <param name="QuietAtStart">Nothing is granted for this long after the start; zero where no job can hold anything
/// from before.</param>
/// <param name="NodesComeAndGo">False: what is not there now never will be, and who asks for it is refused.</param>
public sealed record AllocatorOptions(
    IReadOnlyList<DriveId> Drives,
    IReadOnlyList<ClientName> Clients,
    Func<int> SlotsPerClient,
    TimeSpan Lease,
    TimeSpan QuietAtStart,
    bool NodesComeAndGo);
