using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Cluster.SBR;

/// <summary>Ends all parts of a split cluster but one.</summary>
public class SplitBrainResolverProvider : IDowningProvider
{
    private readonly Cluster _cluster;
    private readonly TimeSpan _stableAfter;
    private readonly string _role;

    public SplitBrainResolverProvider(ActorSystem system, Cluster cluster)
    {
        _cluster = cluster;
        var config = system.Settings.Config.GetConfig("akka.cluster.split-brain-resolver");
        var strategy = config.GetString("active-strategy");
        if (strategy != "keep-majority")
            throw new ConfigurationException($"akka.cluster.split-brain-resolver.active-strategy: found \"{strategy}\", expected keep-majority.");
        _stableAfter = config.GetTimeSpan("stable-after");
        _role = config.GetString("keep-majority.role") is { Length: > 0 } role ? role : null;
    }

    public TimeSpan DownRemovalMargin => _stableAfter;

    public Props DowningActorProps => Props.Create(() => new SplitBrainResolver(_cluster, _stableAfter, _role));
}

/// <summary>
/// Once it has been the same for a while who cannot be reached, downs either those, or this node, or the ones that
/// would
/// make the connections whole again: every part comes to the same decision by itself.
/// </summary>
internal sealed class SplitBrainResolver : ReceiveActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Logging.GetLogger(Context.System, typeof(SplitBrainResolver).FullName);
    private readonly Cluster _cluster;
    private readonly TimeSpan _stableAfter;
    private TimeSpan _since;
    private long _digest;

    private sealed record Tick : INoSerializationVerificationNeeded;

    public SplitBrainResolver(Cluster cluster, TimeSpan stableAfter, string role)
    {
        (_cluster, _stableAfter) = (cluster, stableAfter);
        Receive<Tick>(_ =>
        {
            var gossip = cluster.Gossip;
            var now = Context.System.Scheduler.MonotonicClock;
            if (gossip.Digest != _digest) (_digest, _since) = (gossip.Digest, now);
            if (now - _since < _stableAfter || gossip.Unreachable.All(node => gossip.Known[node]
                .Status == MemberStatus.Down)) return;
            _since = now;
            Decide(gossip, role);
        });
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart() =>
        Timers.StartPeriodicTimer(typeof(Tick), new Tick(),
            TimeSpan.FromMilliseconds(Math.Clamp(_stableAfter.TotalMilliseconds / 10, 50, 1000)));

    private void Decide(Gossip gossip, string role)
    {
        var victims = KeepMajority.Victims(gossip, role);
        if (victims.Count == 0) return;
        _log.Warning("The cluster is split for {0}: [{1}] have to end", _stableAfter, string.Join(", ", victims));
        // Self last: what this node knows of the others is told before it ends.
        foreach (var victim in victims.OrderBy(node => node == _cluster.SelfUniqueAddress))
            _cluster.Down(victim.Address);
    }
}

internal static class KeepMajority
{
    /// <summary>Who has to end, by what a node knows. Joining members count for neither side.</summary>
    internal static HashSet<UniqueAddress> Victims(Gossip gossip, string role)
    {
        var members = gossip.Members.Where(member => member.Status != MemberStatus.Down)
            .Select(member => member.UniqueAddress).ToHashSet();
        var edges = gossip.Edges.Where(edge => members.Contains(edge.Observer) && members.Contains(edge.Subject))
            .ToList();
        var lost = edges.Select(edge => edge.Subject).ToHashSet();
        if (lost.Count == 0) return [];
        // A clean cut: those that are not reached say nothing. Else news of both ends of an edge came by a third node.
        var isClean = !edges.Any(edge => lost.Contains(edge.Observer));
        var kept = isClean ? [.. members.Where(node => !lost.Contains(node))] : WithoutTheWorst(members, edges);
        if (IsMajority(gossip, members, kept, role)) return [.. members.Where(node => !kept.Contains(node))];
        return isClean ? kept : members;
    }

    /// <summary>
    /// Takes out whoever has the most broken connections, the highest address first, until none is left.
    /// </summary>
    private static HashSet<UniqueAddress> WithoutTheWorst(HashSet<UniqueAddress> members,
        List<(UniqueAddress Observer, UniqueAddress Subject)> edges)
    {
        var kept = members.ToHashSet();
        while (true)
        {
            var left = edges.Where(edge => kept.Contains(edge.Observer) && kept.Contains(edge.Subject)).ToList();
            if (left.Count == 0) return kept;
            var worst = left.SelectMany(edge => new[] { edge.Observer, edge.Subject }).GroupBy(node => node)
                .OrderByDescending(group => group.Count()).ThenByDescending(group => group.Key).First().Key;
            kept.Remove(worst);
        }
    }

    private static bool IsMajority(Gossip gossip, HashSet<UniqueAddress> members, HashSet<UniqueAddress> kept,
        string role)
    {
        var voters = gossip.Members.Where(member => members.Contains(member.UniqueAddress)
            && member.Status is MemberStatus.Up or MemberStatus.Leaving
                && (role is null || member.HasRole(role))).ToList();
        var votes = voters.Count(member => kept.Contains(member.UniqueAddress));
        if (votes * 2 != voters.Count) return votes * 2 > voters.Count;
        var lowest = voters.Count > 0 ? voters[0].UniqueAddress : members.Min();
        return kept.Contains(lowest);
    }
}
