using Backup.Actors.Planning;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Actors.Jobs;

/// <summary>What a job was granted.</summary>
internal sealed record Lease(
    DriveId? Drive, ClientName? Client, int Turn, TimeSpan Until, MountRequest? Awaits, JobClaim Claim,
    IReadOnlyList<DriveId> More)
{
    /// <summary>The drive, and further ones.</summary>
    public IEnumerable<DriveId> Drives => Drive is { } first ? More.Prepend(first) : More;

    /// <summary>Whether it holds the same, however long.</summary>
    public bool IsSameAs(Lease other) =>
        this with { More = other.More, Until = other.Until } == other && More.SequenceEqual(other.More);
}

/// <summary>What a node has.</summary>
internal sealed record NodeStock(
    NodeName Node, IReadOnlyList<ClientName> Clients, IReadOnlyList<DriveId> Drives, StorageLimits? Limits)
{
    /// <summary>Those of its drives that nobody gets.</summary>
    public IReadOnlyList<DisabledDrive> Disabled { get; init; } = [];
}

/// <summary>
/// What there is at one moment, and what of it is free. Counted once after each change: a thousand jobs and hundreds of
/// nodes renew all the time.
/// </summary>
internal sealed class LeaseStock
{
    private readonly JobLimits _limits;
    private readonly IReadOnlyDictionary<JobId, Lease> _leases;
    private readonly Dictionary<LibraryName, List<DriveId>> _free = [];
    private readonly Dictionary<LibraryName, List<DriveId>> _freeOnSpool = [];
    private readonly HashSet<(LibraryName Library, bool OnSpool)> _usable = []; // a drive of it is not disabled
    private readonly Dictionary<LibraryName, NodeStock> _nodes = [];
    private readonly HashSet<ClientName> _clients;
    private readonly Dictionary<Share, long> _used = [];
    private readonly Dictionary<(int Priority, bool Mixes), int> _priorities = [];

    public LeaseStock(JobLimits limits, IReadOnlyList<NodeStock> nodes, IReadOnlyDictionary<JobId, Lease> leases)
    {
        (_limits, _leases) = (limits, leases);
        _clients = [.. nodes.SelectMany(node => node.Clients)];
        // A node that is alone is there for good, and offers the same itself: what it says counts.
        foreach (var node in nodes)
            foreach (var drive in node.Drives) _nodes[drive.Library] = node;
        Drives = [.. nodes.SelectMany(node => node.Drives).Distinct()];
        Disabled = nodes.SelectMany(node => node.Disabled).DistinctBy(drive => drive.Drive)
            .ToDictionary(drive => drive.Drive);
        var held = leases.Values.SelectMany(lease => lease.Drives).ToHashSet();
        foreach (var drive in Drives.OrderBy(drive => drive.Number))
        {
            var kind = drive.IsOfSpool ? _freeOnSpool : _free;
            if (!kind.TryGetValue(drive.Library, out var free)) free = kind[drive.Library] = [];
            if (Disabled.ContainsKey(drive)) continue;
            _usable.Add((drive.Library, drive.IsOfSpool));
            if (!held.Contains(drive)) free.Add(drive);
        }
        foreach (var lease in leases.Values)
        {
            foreach (var share in SharesOf(lease.Claim, lease.Client, lease.Drive?.Library))
                _used[share] = _used.GetValueOrDefault(share) + AmountOf(share, lease.Claim);
            if (lease.Claim is { FileSet: not null, Priority: var priority, Mixes: var mixes })
                _priorities[(priority, mixes)] = _priorities.GetValueOrDefault((priority, mixes)) + 1;
        }
    }

    public IReadOnlyList<DriveId> Drives { get; }

    /// <summary>Drives that nobody gets.</summary>
    public IReadOnlyDictionary<DriveId, DisabledDrive> Disabled { get; }

    public bool IsThere(LibraryName library) => _free.ContainsKey(library) || _freeOnSpool.ContainsKey(library);

    public bool IsThere(ClientName client) => _clients.Contains(client);

    /// <summary>The free drive with the lowest number, of the library or of its spool; null: none is.</summary>
    public DriveId? FreeDrive(AllocatorProtocol.Reserve ask) =>
        Wanted(ask) is { } library && FreeFor(ask, library) is [var first, ..] ? first : null;

    /// <summary>Whether a job is to spool: where its library has no spool any more, it does not.</summary>
    public bool Spools(AllocatorProtocol.Reserve ask) =>
        ask.Spool != SpoolUse.None && Wanted(ask) is { } library && _freeOnSpool.ContainsKey(library);

    private IReadOnlyList<DriveId> FreeFor(AllocatorProtocol.Reserve ask, LibraryName library) =>
        !Spools(ask) || (ask.Spool == SpoolUse.Direct && Free(library).Count > 0) ? Free(library)
            : _freeOnSpool[library];

    /// <summary>The drives that nobody holds, lowest number first.</summary>
    public IReadOnlyList<DriveId> Free(LibraryName library) => _free.GetValueOrDefault(library) ?? [];

    /// <summary>
    /// The first library that is there and has a drive that is not disabled. That its drives are busy is no reason to
    /// take another: the next incremental would have no base there.
    /// </summary>
    public LibraryName? Wanted(AllocatorProtocol.Reserve ask) =>
        LibrariesOf(ask).Where(library => IsUsable(library, ask)).Concat(LibrariesOf(ask).Where(IsThere))
            .Select(there => (LibraryName?)there).FirstOrDefault(ask.Library);

    private bool IsUsable(LibraryName library, AllocatorProtocol.Reserve ask) => _usable.Contains((library, false))
        || (ask.Spool != SpoolUse.None && _usable.Contains((library, true)));

    public static IReadOnlyList<LibraryName> LibrariesOf(AllocatorProtocol.Reserve ask) =>
        ask.Library is { } library ? [library, .. ask.Others ?? []] : [];

    /// <summary>The node that owns a library; null: none is there.</summary>
    public NodeStock? NodeOf(LibraryName library) => _nodes.GetValueOrDefault(library);

    /// <summary>All that a job needs, in the order in which it is kept.</summary>
    public IReadOnlyList<Share> Needs(AllocatorProtocol.Reserve ask)
    {
        var (library, needs) = (Wanted(ask), new List<Share>());
        if (ask.Client is { } client && !IsThere(client)) needs.Add(new Share(ShareKind.ClientThere, client.Value));
        if (ask.Also is { } absent && !IsThere(absent)) needs.Add(new Share(ShareKind.LibraryThere, absent.Value));
        if (library is { } gone && !IsThere(gone)) needs.Add(new Share(ShareKind.LibraryThere, gone.Value));
        needs.AddRange(SharesOf(ask.Claim ?? JobClaim.Usual, ask.Client, library));
        if (library is { } of) needs.Add(new Share(Spools(ask) ? ShareKind.Spool : ShareKind.Drive, of.Value));
        if (ask.Also is { } also) needs.Add(new Share(ShareKind.Drive, also.Value));
        if (ask.Claim?.FileSet is not null) needs.Add(new Share(ShareKind.Priority));
        return needs;
    }

    /// <summary>What of its needs is not free, in the same order.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="kept">What is kept for others; null: that does not matter.</param>
    public IReadOnlyList<Share> Lacks(AllocatorProtocol.Reserve ask, KeptShares? kept = null) =>
        [.. Needs(ask).Where(share => share.Kind switch
        {
            ShareKind.ClientThere or ShareKind.LibraryThere => true,
            ShareKind.Drive when ask.Also?.Value == share.Of => Free(ask.Also.Value).Count == 0,
            ShareKind.Drive => FreeFor(ask, new LibraryName(share.Of)).Count == 0,
            ShareKind.Spool => FreeFor(ask, new LibraryName(share.Of)).Count == 0,
            ShareKind.Priority => MustWaitForOthers(ask.Claim!),
            ShareKind.Network => kept?.Of(share).Count > 0
                || !Carries(share, AmountOf(share, ask.Claim ?? JobClaim.Usual)),
            _ => _used.GetValueOrDefault(share) + (kept?.Of(share).Count ?? 0) >= Max(share),
        })];

    /// <summary>How much there is of something that is counted.</summary>
    public long Max(Share share) => share.Kind switch
    {
        ShareKind.Network => _limits.Networks.GetValueOrDefault(share.Of),
        ShareKind.FileSet => 1,
        ShareKind.Client => _limits.Of(new ClientName(share.Of)),
        ShareKind.Policy => _limits.Of(new PolicyName(share.Of)),
        ShareKind.System => _limits.System,
        ShareKind.Reads => LimitsOf(share.Of)?.ReadsMax ?? 0,
        ShareKind.Storage => LimitsOf(share.Of)?.JobsMax ?? 0,
        _ => throw new ArgumentOutOfRangeException(nameof(share), share, "It is not counted."),
    };

    /// <summary>Who has a share, lowest job first.</summary>
    public IReadOnlyList<JobId> Holders(Share share) => [.. _leases
        .Where(pair => SharesOf(pair.Value.Claim, pair.Value.Client, pair.Value.Drive?.Library).Contains(share))
        .Select(pair => pair.Key)];

    /// <summary>Backups of another priority beside which it does not begin, lowest job first.</summary>
    public IReadOnlyList<JobId> OfAnotherPriority(JobClaim claim) => [.. _leases
        .Where(pair => pair.Value.Claim is { FileSet: not null } other
            && !GoTogether(claim, other.Priority, other.Mixes))
        .Select(pair => pair.Key)];

    /// <summary>What is faster than its network by itself works alone there.</summary>
    private bool Carries(Share network, long bytesPerSecond) =>
        _used.GetValueOrDefault(network) is var used && (used == 0 || used + bytesPerSecond <= Max(network));

    private static long AmountOf(Share share, JobClaim claim) => share.Kind != ShareKind.Network ? 1
        : claim.BytesPerSecond > 0 ? claim.BytesPerSecond : (long)DumpOrder.BytesPerSecondGuess;

    private bool MustWaitForOthers(JobClaim claim) =>
        _priorities.Keys.Any(other => !GoTogether(claim, other.Priority, other.Mixes));

    private static bool GoTogether(JobClaim claim, int priority, bool mixes) =>
        claim.Priority == priority || (claim.Mixes && mixes);

    /// <summary>What is counted of a job, as far as there is a limit.</summary>
    private IEnumerable<Share> SharesOf(JobClaim claim, ClientName? client, LibraryName? library)
    {
        if (client is { } whose)
        {
            if (claim.FileSet is { } set) yield return new Share(ShareKind.FileSet, $"{whose}/{set}");
            yield return new Share(ShareKind.Client, whose.Value);
        }
        if (claim.Policy is { } policy && _limits.Of(policy) > 0)
            yield return new Share(ShareKind.Policy, policy.Value);
        if (claim.Network is { } network && _limits.Networks.ContainsKey(network))
            yield return new Share(ShareKind.Network, network);
        if (library is { } of && NodeOf(of) is { Limits: { } limits, Node: var node })
        {
            if (claim.Reads && limits.ReadsMax > 0) yield return new Share(ShareKind.Reads, node.Value);
            if (limits.JobsMax > 0) yield return new Share(ShareKind.Storage, node.Value);
        }
        if (_limits.System > 0) yield return new Share(ShareKind.System);
    }

    private StorageLimits? LimitsOf(string node) =>
        _nodes.Values.FirstOrDefault(known => known.Node.Value == node)?.Limits;
}
