using System.Collections.Immutable;
using Akka.Serialization.Wire;

namespace Akka.Cluster;

/// <summary>What one observer says of the others; its own newest word counts.</summary>
internal sealed record Observation(UniqueAddress Observer, long Version,
    ImmutableHashSet<UniqueAddress> Unreachable) : IProtocolMessage;

/// <summary>Which state a node held when it last changed it.</summary>
internal sealed record Sighting(UniqueAddress Node, long Version, long Digest) : IProtocolMessage;

/// <summary>
/// The state of the cluster as nodes pass it on. Every part only grows in one direction, so that any two states can be
/// merged in any order and all nodes come to the same one: members go on along their statuses (Removed stays as a
/// tombstone), observations and sightings have the version that their own node gave them.
/// </summary>
internal sealed class Gossip
{
    internal static readonly Gossip Empty = new(NoMembers, [], []);

    // Members are equal when their addresses are, whatever their status: the dictionary must not go by that.
    private static ImmutableDictionary<UniqueAddress, Member> NoMembers =>
        ImmutableDictionary.Create<UniqueAddress, Member>(null, ReferenceEqualityComparer.Instance);

    private readonly ImmutableDictionary<UniqueAddress, Sighting> _seen;
    private readonly Lazy<long> _digest;

    private Gossip(ImmutableDictionary<UniqueAddress, Member> known, ImmutableDictionary<UniqueAddress, Observation> observations,
        ImmutableDictionary<UniqueAddress, Sighting> seen)
    {
        (Known, Observations, _seen) = (known, observations, seen);
        Members = [.. known.Values.Where(member => member.Status != MemberStatus.Removed)];
        var observers = observations.Values.Where(row => known.TryGetValue(row.Observer, out var observer)
            && observer.Status is not (MemberStatus.Down or MemberStatus.Removed)).ToArray();
        Edges = [.. observers.SelectMany(row => row.Unreachable.Where(IsMember)
            .Select(subject => (row.Observer, subject)))];
        Unreachable = [.. Edges.Select(edge => edge.Subject)];
        _digest = new Lazy<long>(DigestOf);
    }

    /// <summary>Members, and tombstones of those that were.</summary>
    internal ImmutableDictionary<UniqueAddress, Member> Known { get; }

    internal ImmutableDictionary<UniqueAddress, Observation> Observations { get; }
    internal ImmutableSortedSet<Member> Members { get; }
    internal ImmutableHashSet<UniqueAddress> Unreachable { get; }
    internal IReadOnlyList<(UniqueAddress Observer, UniqueAddress Subject)> Edges { get; }

    /// <summary>Equal where members and reachability are.</summary>
    internal long Digest => _digest.Value;

    internal bool IsMember(UniqueAddress node) =>
        Known.TryGetValue(node, out var member) && member.Status != MemberStatus.Removed;

    internal bool HasSeen(UniqueAddress node) => _seen.TryGetValue(node, out var sighting) && sighting.Digest == Digest;

    internal Gossip With(Member member) => new(Known.SetItem(member.UniqueAddress, member), Observations, _seen);

    internal Gossip With(Observation row) => new(Known, Observations.SetItem(row.Observer, row), _seen);

    /// <summary>Says that the node has this very state.</summary>
    internal Gossip SeenBy(UniqueAddress node) => HasSeen(node) ? this : new(Known, Observations,
        _seen.SetItem(node, new Sighting(node, (_seen.TryGetValue(node, out var before) ? before.Version : 0) + 1,
            Digest)));

    /// <summary>A member is gone: only its tombstone is left, and nothing that it saw or that was seen of it.</summary>
    internal Gossip Removed(Member member)
    {
        var rows = Observations.Remove(member.UniqueAddress);
        return new(Known.SetItem(member.UniqueAddress, member.Copy(MemberStatus.Removed)), rows,
            _seen.Remove(member.UniqueAddress));
    }

    internal Gossip Forget(UniqueAddress tombstone) =>
        new(Known.Remove(tombstone), Observations, _seen.Remove(tombstone));

    internal Gossip Merge(Gossip other)
    {
        var known = Known.ToBuilder();
        foreach (var (node, theirs) in other.Known) known[node] = known.TryGetValue(node, out var mine)
            ? mine.Merge(theirs) : theirs;
        bool Lives(UniqueAddress node) =>
            known.TryGetValue(node, out var member) && member.Status != MemberStatus.Removed;
        var rows = Observations.ToBuilder();
        foreach (var (node, theirs) in other.Observations)
            if (!rows.TryGetValue(node, out var mine) || mine.Version < theirs.Version) rows[node] = theirs;
        foreach (var node in rows.Keys.Where(node => !Lives(node)).ToArray()) rows.Remove(node);
        var seen = _seen.ToBuilder();
        foreach (var (node, theirs) in other._seen)
            if (!seen.TryGetValue(node, out var mine) || mine.Version < theirs.Version) seen[node] = theirs;
        foreach (var node in seen.Keys.Where(node => !Lives(node)).ToArray()) seen.Remove(node);
        return new Gossip(known.ToImmutable(), rows.ToImmutable(), seen.ToImmutable());
    }

    /// <summary>All that has to agree agrees, but for those that are on their way out.</summary>
    internal bool IsConverged => Unreachable.All(node => Known[node]
        .Status is MemberStatus.Down or MemberStatus.Exiting)
        && Members.All(member => member.Status is not (MemberStatus.Up or MemberStatus.Leaving)
            || Unreachable.Contains(member.UniqueAddress)
            || HasSeen(member.UniqueAddress));

    /// <summary>The lowest address of those that are reachable and best in standing.</summary>
    internal Member Leader(UniqueAddress self) => Members
        .Where(member => member.Status != MemberStatus.Down
            && (member.UniqueAddress == self || !Unreachable.Contains(member.UniqueAddress)))
        .OrderBy(member => member.Status switch
        {
            MemberStatus.Up or MemberStatus.Leaving => 0,
            MemberStatus.Exiting => 2,
            _ => 1
        })
        .ThenBy(member => member).FirstOrDefault();

    private long DigestOf()
    {
        const ulong prime = 1099511628211; // FNV-1a
        var hash = 14695981039346656037UL;
        void Add(string text)
        {
            foreach (var c in text) hash = (hash ^ c) * prime;
        }
        foreach (var member in Members) Add($"{member.UniqueAddress}{member.Status}{member.UpNumber};");
        foreach (var (observer, subject) in Edges.OrderBy(edge => edge.Observer).ThenBy(edge => edge.Subject))
            Add($"{observer}{subject};");
        return (long)hash;
    }

    internal GossipState ToState() => new([.. Known.Values], [.. Observations.Values], [.. _seen.Values]);

    internal static Gossip From(GossipState state) =>
        new(NoMembers.SetItems(state.Known.Select(member => KeyValuePair.Create(member.UniqueAddress, member))),
        state.Observations.ToImmutableDictionary(row => row.Observer),
            state.Seen.ToImmutableDictionary(sighting => sighting.Node));
}

/// <summary>A <see cref="Gossip"/> on its way.</summary>
internal sealed record GossipState(Member[] Known, Observation[] Observations, Sighting[] Seen) : IProtocolMessage;
