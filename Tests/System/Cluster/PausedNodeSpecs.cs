using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// A node that sleeps for longer than anybody waits for it, and wakes up in the middle of what has become old.
/// </summary>
public sealed class PausedNodeSpecs(ITestOutputHelper output)
{
    /// <summary>
    /// Longer than absent-max, the lease (four times ask-again-after) and the patience of the data plane.
    /// </summary>
    private static readonly TimeSpan Sleeps = TimeSpan.FromSeconds(9);

    [LongFact(root: false, "setpriv", "zstd", "tar")]
    public async Task A_storage_node_and_a_client_that_wake_up_are_fenced()
    {
        await using var cluster = new ClusterFixture(output)
        {
            AbsentMax = TimeSpan.FromSeconds(2),
            DriveSpeedLimit = "2MB", // the node falls asleep in the middle
        };
        await cluster.Start();
        var cutOff = 0;
        foreach (var sleeper in (ClusterNode[])[cluster.Storage, cluster.Client])
        {
            cutOff += await WakesUp(cluster, sleeper);
            ClusterMedia.AtMostSentAgain(cluster.Library, cutOff, sleeper.Name);
        }
        foreach (var node in cluster.Nodes)
            Assert.DoesNotContain("is not held by this session", node.Log, StringComparison.Ordinal);
    }

    /// <returns>Attempts that were cut off.</returns>
    private static async Task<int> WakesUp(ClusterFixture cluster, ClusterNode sleeper)
    {
        var first = await cluster.Run();
        var second = await cluster.Run(); // wants the same drive, so that it would take it if it seemed free
        await cluster.FragmentClosed(first);

        await sleeper.Pause();
        await Task.Delay(Sleeps);
        await sleeper.Continue();
        var ended = await cluster.Until(first, details => details.Job.State == "ended");
        var other = await cluster.Completed(second);

        Assert.True(ended.Job.Attempts >= 2, $"The attempt was not given up: {NodeFixture.Describe(ended)}");
        await cluster.AllAreThere();
        foreach (var job in (JobDetails[])[ended, other])
        {
            await cluster.IsWhole(job);
            Tapes.Verify(cluster.Library, Assert.Single(
                Tapes.Assemble(cluster.Library).Images, each => each.Header.Image == job.Job.Image).Fragments);
        }
        return ended.Job.Attempts + other.Job.Attempts - 2;
    }
}
