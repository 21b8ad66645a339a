using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Jobs;

/// <summary>
/// What the allocator knows: requests, those of higher priority first and else in the order in which they were made,
/// leases, and what nodes offer. A job that asks anew for its next attempt stands behind those that have waited
/// meanwhile; requests of which it hears while it is new count as made at once, and stand in the order of job numbers.
/// Plain code: the moment is given with every call, as time since anything, and nothing is granted but by <see
/// cref="Grants"/>, all that a job needs at once or nothing.
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
    private LeaseStock? _stock;
    private JobLimits _limits = options.LimitsInForce;
    private bool _due;

    /// <summary>Every drive with the first job that holds it, or null.</summary>
    public IReadOnlyList<(DriveId Drive, JobId? Job)> Holders =>
        [.. Now.Drives.Select(drive => (drive, Reasons.HoldersOf(drive).Select(job => (JobId?)job).FirstOrDefault()))];

    /// <summary>What jobs that hold a drive ask of a person, lowest job first.</summary>
    public IReadOnlyList<MountRequest> Awaited => Reasons.Awaited;

    /// <summary>Drives that nobody gets, by name.</summary>
    public IReadOnlyList<DisabledDrive> Disabled =>
        [.. Now.Disabled.Values.OrderBy(drive => drive.Drive.ToString(), StringComparer.Ordinal)];

    private LeaseStock Now => _stock ??= new LeaseStock(
        _limits,
        [
            new NodeStock(options.Node, options.Clients, options.Drives, options.Storage),
            .. _offers.Values.Select(offer => offer.Stock),
        ],
        _leases);

    private LeaseReasons Reasons => new(Now, _leases);

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
        if (!options.NodesComeAndGo && ask.Library is { } library && !LeaseStock.LibrariesOf(ask).Any(Now.IsThere))
            return new JobFailure.NoDrive(library);
        if (!options.NodesComeAndGo && ask.Also is { } also && !Now.IsThere(also)) return new JobFailure.NoDrive(also);
        if (!options.NodesComeAndGo && ask.Client is { } client && !Now.IsThere(client))
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
        // Others may have waited for nothing but this one, in front of them.
        if (_waiting.Remove(release.Job) | _leases.Remove(release.Job)) Changed();
    }

    /// <summary>
    /// Always believed, even of a drive that another job was granted meanwhile: then neither has to fear a third. A
    /// request that crossed with its grant is over: it would take from the job what it holds.
    /// </summary>
    public void Hold(AllocatorProtocol.Hold hold, TimeSpan now)
    {
        Heard(hold.Job, now);
        if (TurnOf(hold.Job) > hold.Turn) return;
        if (_waiting.Remove(hold.Job)) Changed();
        var held = new Lease(hold.Drive, hold.Client, hold.Turn, now + options.Lease, hold.Awaits,
            hold.Claim ?? JobClaim.Usual, hold.More ?? []);
        if (!_leases.TryGetValue(hold.Job, out var before) || !held.IsSameAs(before)) Changed();
        _leases[hold.Job] = held;
    }

    public void Offer(AllocatorProtocol.Offer offer, TimeSpan now)
    {
        var stock = new NodeStock(
            offer.Node, offer.Client is { } client ? [client] : [], offer.Drives, offer.Limits)
        {
            Disabled = offer.Disabled ?? [],
        };
        if (!_offers.TryGetValue(offer.Node, out var before) || !IsSame(before.Stock, stock)) Changed();
        _offers[offer.Node] = new Offered(stock, now + offer.For);
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
        if (!ReferenceEquals(_limits, options.LimitsInForce))
        {
            _limits = options.LimitsInForce;
            Changed();
        }
        var granted = new List<(TAsker Asker, AllocatorProtocol.Reserve Ask)>();
        if (!_due || IsQuiet(now)) return [];
        _due = false;
        var kept = new KeptShares();
        foreach (var request in Queue)
        {
            var (ask, asker) = (request.Ask, request.Asker);
            var before = _leases.GetValueOrDefault(ask.Job);
            if (before is null && Passes(request, kept, now)) continue;
            var drive = before is null ? Now.FreeDrive(ask) : before.Drive;
            _leases[ask.Job] = new Lease(drive, ask.Client, ask.Turn, now + options.Lease, before?.Awaits,
                ask.Claim ?? JobClaim.Usual,
                before?.More ?? (ask.Also is { } also ? [Now.Free(also)[0]] : []));
            _waiting.Remove(ask.Job);
            _stock = null;
            granted.Add((asker, ask));
        }
        return [.. granted.Select(each => (each.Asker, WithMore(each.Ask)))];
    }

    /// <summary>
    /// Further drives come when everybody who waits has one: a job that could do with one keeps none from another.
    /// </summary>
    private AllocatorProtocol.Granted WithMore(AllocatorProtocol.Reserve ask)
    {
        var lease = _leases[ask.Job];
        if (lease is { Drive: { } first, More.Count: 0 } && ask.Drives > 1)
        {
            lease = _leases[ask.Job] = lease with
            {
                More = first.IsOfSpool ? [] : [.. Now.Free(first.Library).Take(ask.Drives - 1)],
            };
            _stock = null;
        }
        return new AllocatorProtocol.Granted(ask.Job, lease.Drive, ask.Turn, lease.More.Count == 0 ? null : lease.More);
    }

    /// <summary>The chain from a waiting job to who has what it lacks; empty when it does not wait.</summary>
    public IReadOnlyList<WaitReason> WhyWaits(JobId job, TimeSpan now)
    {
        if (!_waiting.TryGetValue(job, out var request)) return [];
        var (ask, kept, before) = (request.Ask, new KeptShares(), new SortedSet<JobId>(JobOrder));
        var lacks = Now.Lacks(ask);
        foreach (var older in Queue.TakeWhile(other => other.Ask.Job != job))
        {
            Passes(older, kept, now);
            if (ComesFirst(Now.Lacks(older.Ask), lacks)) before.Add(older.Ask.Job);
        }
        // What is free but for those for whom it is kept.
        before.UnionWith(Now.Lacks(ask, kept).Except(lacks).SelectMany(kept.Of));
        if (kept.Barrier is { } barrier) before.Add(barrier);
        return [
            .. IsQuiet(now) ? [new WaitReason.AllocatorIsNew()] : (IEnumerable<WaitReason>)[],
            .. Reasons.Of(ask),
            .. before.Count > 0 ? [new WaitReason.Behind([.. before])] : (IEnumerable<WaitReason>)[],
        ];
    }

    /// <summary>
    /// The higher priority comes first; then who asked first; of those that asked at once, the lower number. The
    /// backups of one run of a plan stand together, where the first of them does, in the order of the plan.
    /// </summary>
    private List<Request> Queue
    {
        get
        {
            var runs = _waiting.Values.Where(request => request.Run is not null)
                .GroupBy(request => (request.Run, request.Priority)).ToDictionary(
                    run => run.Key, run => (run.Min(each => each.Since), run.Min(each => each.Ask.Job.Value)));
            return
            [
                .. _waiting.Values.OrderByDescending(request => request.Priority)
                    .ThenBy(request => request.Run is null ? (request.Since, request.Ask.Job.Value)
                        : runs[(request.Run, request.Priority)])
                    .ThenBy(request => request.Place),
            ];
        }
    }

    /// <summary>True when it is not the request's turn, and those behind it are looked at.</summary>
    private bool Passes(Request request, KeptShares kept, TimeSpan now)
    {
        if (kept.Barrier is not null) return true;
        var lacks = Now.Lacks(request.Ask, kept);
        if (lacks.Count == 0) return false;
        kept.Pass(request.Ask.Job, Now.Needs(request.Ask), lacks, now - request.Since > options.Lease);
        return true;
    }

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
    private static bool ComesFirst(IReadOnlyList<Share> olders, IReadOnlyList<Share> others) =>
        olders.Count > 0 && olders.All(others.Contains);

    private static bool IsSame(AllocatorProtocol.Reserve left, AllocatorProtocol.Reserve right) =>
        left with { Others = null } == right with { Others = null }
        && LeaseStock.LibrariesOf(left).SequenceEqual(LeaseStock.LibrariesOf(right));

    private static bool IsSame(NodeStock left, NodeStock right) =>
        left.Clients.SequenceEqual(right.Clients) && left.Drives.SequenceEqual(right.Drives)
        && left.Limits == right.Limits && left.Disabled.SequenceEqual(right.Disabled);

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

    private sealed record Request(AllocatorProtocol.Reserve Ask, TAsker Asker, TimeSpan Since, TimeSpan Until)
    {
        public int Priority => (Ask.Claim ?? JobClaim.Usual).Priority;

        /// <summary>Null for a later attempt too: it stands behind those that have waited meanwhile.</summary>
        public string? Run => Ask.Turn == 1 ? Ask.Claim?.Run : null;

        public int Place => Ask.Claim?.Place ?? 0;
    }

    private sealed record Offered(NodeStock Stock, TimeSpan Until);
}
