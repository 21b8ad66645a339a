using System.Net.Sockets;
using Backup.Host.Configuration;

namespace Backup.Host.Node;

/// <summary>
/// The first seed founds a cluster when no other seed answers. One whose side of a partition gave way would found a
/// second one beside the majority's, and the two never become one again: before it joins again it waits until more than
/// half of the seeds, itself included, take connections. If these have a cluster, it is let in; if not, they wait for
/// it. So does one that starts and was in a cluster with others before (<see cref="ClusterMemory"/>).
/// </summary>
internal static class SeedMajority
{
    private static readonly TimeSpan ConnectsWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>Waits, if this node is the first seed.</summary>
    /// <param name="settings">Its settings, as they are now: seeds that are gone may be taken out meanwhile.</param>
    /// <param name="memory">The file that makes it wait when it starts.</param>
    /// <param name="say">Takes a line, once, when it has to wait.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task Reached(
        Func<ClusterSettings> settings, string memory, Action<string> say, CancellationToken cancellation)
    {
        for (var said = false; settings() is var cluster && Concerns(cluster); said = true)
        {
            var own = new SeedNode(cluster.Host, cluster.Port);
            var others = cluster.Seeds.Distinct().Where(seed => !IsSame(seed, own)).ToList();
            var needed = (others.Count + 1) / 2; // with itself more than half
            var answers = await Task.WhenAll(others.Select(seed => Connects(seed, cancellation))).ConfigureAwait(false);
            if (answers.Count(connects => connects) >= needed) return;
            if (!said)
                say($"Of the other seeds {string.Join(", ", others)} fewer than {needed} can be reached. This node is "
                    + "the first seed and waits for them, lest there be two clusters. If they are gone for good, "
                    + "take them out of `backup.cluster.seeds` on all nodes and `backup reload`, or stop this node, "
                    + $"delete {memory} and start it again.");
            await Task.Delay(BetweenLooks, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether this node is the one that founds the cluster.</summary>
    public static bool Concerns(ClusterSettings cluster) =>
        !cluster.IsAlone && IsSame(cluster.Seeds[0], new SeedNode(cluster.Host, cluster.Port));

    private static bool IsSame(SeedNode one, SeedNode other) =>
        one.Port == other.Port && string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase);

    private static async Task<bool> Connects(SeedNode seed, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ConnectsWithin);
        try
        {
            await socket.ConnectAsync(seed.Host, seed.Port, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
