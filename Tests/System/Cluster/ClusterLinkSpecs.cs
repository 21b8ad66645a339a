using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// Connections between nodes that break in the middle of a frame while a job runs; those of the data plane have tests
/// of their own.
/// </summary>
public sealed class ClusterLinkSpecs(ITestOutputHelper output)
{
    private const string Rejoins = "The cluster's actor system ended; it is made anew and joins again.";

    /// <summary>Longer than the failure detector and stable-after.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan BetweenResets = TimeSpan.FromMilliseconds(400);

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task Connections_between_nodes_may_break_in_the_middle_of_a_frame()
    {
        await using var cluster = new ClusterFixture(output) { Proxied = true };
        await cluster.Start();

        var reset = await cluster.Run();
        await cluster.FragmentClosed(reset);
        for (var times = 0; times < 5; times++)
        {
            foreach (var proxy in cluster.Proxies) proxy.Reset();
            await Task.Delay(BetweenResets);
        }
        var ended = await cluster.Completed(reset);

        Assert.True(cluster.Proxies.Sum(proxy => proxy.Broken) >= 5, "No connection was reset.");
        Assert.Equal(1, ended.Job.Attempts);
        Assert.All(cluster.Nodes, node => Assert.DoesNotContain(Rejoins, node.Log, StringComparison.Ordinal));
        await cluster.AllAreThere();
        await cluster.IsWhole(ended);

        var swallowed = await cluster.Run();
        await cluster.FragmentClosed(swallowed);
        foreach (var proxy in cluster.Proxies) proxy.Swallow();
        await Task.Delay(Lasts);
        foreach (var proxy in cluster.Proxies) proxy.Heal();
        ended = await cluster.Completed(swallowed);

        Assert.Equal(1, ended.Job.Attempts);
        await cluster.AllAreThere();
        await cluster.IsWhole(ended);
    }
}
