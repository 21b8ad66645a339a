using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using static Akka.Cluster.ClusterProtocol;

namespace Akka.Cluster;

/// <summary>
/// Each node watches its next neighbours on a ring of all members, and says in its own row of the gossip whom it
/// does not hear.
/// </summary>
internal sealed partial class ClusterDaemon
{
    private readonly Dictionary<UniqueAddress, PhiAccrualDetector> _detectors = [];

    private HashSet<UniqueAddress> OwnUnreachable =>
        _gossip.Observations.TryGetValue(_self, out var row) ? [.. row.Unreachable] : [];

    /// <summary>
    /// The next on the ring until enough of them are reachable; those not heard stay watched, to see them come back.
    /// </summary>
    private IEnumerable<UniqueAddress> Neighbours()
    {
        var wanted = _config.GetInt("failure-detector.monitored-by-nr-of-members");
        var ring = _gossip.Members.Select(member => member.UniqueAddress).OrderBy(Place).ThenBy(node => node).ToList();
        var here = ring.IndexOf(_self);
        var mine = OwnUnreachable;
        for (var i = 1; i < ring.Count; i++)
        {
            var node = ring[(here + i) % ring.Count];
            if (wanted > 0 || mine.Contains(node)) yield return node;
            if (!_gossip.Unreachable.Contains(node)) wanted--;
        }
    }

    private static uint Place(UniqueAddress node)
    {
        var hash = 2166136261;
        foreach (var c in node.ToString()) hash = (hash ^ c) * 16777619;
        return hash;
    }

    private void OnHeartbeatTick()
    {
        if (!IsMember) return;
        var watched = Neighbours().ToHashSet();
        foreach (var node in _detectors.Keys.Where(node => !watched.Contains(node)).ToArray()) _detectors.Remove(node);
        foreach (var node in watched)
        {
            if (!_detectors.ContainsKey(node))
            {
                var detector = new PhiAccrualDetector(_config.GetConfig("failure-detector"));
                detector.Heartbeat(); // so that one that never answers is found out too
                _detectors.Add(node, detector);
            }
            _cluster.Provider.ResolveActorRef(new RootActorPath(node.Address) / "system" / "cluster")
                .Tell(new Heartbeat(_self));
        }
    }

    private void OnHeartbeatRsp(HeartbeatRsp response)
    {
        if (_detectors.TryGetValue(response.From, out var detector)) detector.Heartbeat();
    }

    private void OnReaperTick()
    {
        if (!IsMember) return;
        var before = OwnUnreachable;
        var now = before.Where(node => _gossip.IsMember(node)).ToHashSet();
        foreach (var (node, detector) in _detectors)
        {
            if (!_gossip.IsMember(node)) continue;
            if (detector.IsAvailable) now.Remove(node);
            else now.Add(node);
        }
        if (now.SetEquals(before)) return;
        if (now.Except(before).ToArray() is { Length: > 0 } lost)
            _log.Warning("No heartbeats from [{0}]", string.Join(", ", lost.AsEnumerable()));
        if (before.Except(now).ToArray() is { Length: > 0 } back)
            _log.Info("Heartbeats again from [{0}]", string.Join(", ", back.AsEnumerable()));
        var version = _gossip.Observations.TryGetValue(_self, out var row) ? row.Version + 1 : 1;
        Update(_gossip.With(new Observation(_self, version, [.. now])));
    }
}
