using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>A pool on two storage nodes: jobs go to the one that can be reached (MS-01).</summary>
public sealed class SeveralStoresSpecs(ITestOutputHelper output)
{
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task A_job_moves_to_the_other_storage_node_when_its_own_dies_before_anything_is_sealed()
    {
        await using var cluster = new ClusterFixture(output, stores: 2)
        {
            DriveSpeedLimit = "200kB",
            AbsentMax = TimeSpan.FromSeconds(3),
            SourceTrees = 1,
        };
        await cluster.Start();
        var job = await cluster.Run();
        var before = await cluster.Until(job, details => details.Job.Bytes > 0);
        Assert.Contains(before.Log, line => line.Text.Contains("Drive tapes/0 is the job's", StringComparison.Ordinal));
        await cluster.Storage.Kill();

        var moved = await cluster.Completed(job);

        Assert.Equal(2, moved.Job.Attempts);
        Assert.NotEqual(before.Job.Image, moved.Job.Image);
        Assert.Contains(moved.Log, line => line.Text.Contains("Drive cellar/0 is the job's", StringComparison.Ordinal));
        Assert.All(
            moved.Report!.Volumes,
            volume => Assert.StartsWith("disk-cellar-", volume.Value, StringComparison.Ordinal));
        await cluster.IsWhole(moved, cluster.OtherLibrary);

        // The next one does not even begin with who is not there.
        var second = await cluster.Completed(await cluster.Run());
        Assert.Equal(1, second.Job.Attempts);
        await cluster.IsWhole(second, cluster.OtherLibrary);

        // Back: it holds nothing for the job that moved, and is the first choice again.
        await cluster.Storage.Start();
        await cluster.AllAreThere();
        await ClusterFixture.Until(
            async () => (await cluster.Ask<NodeStatus>(new ShowStatus())).Drives.Contains("tapes/0: idle"),
            () => Task.FromResult("The drive is not free."));
        var back = await cluster.Run();
        await cluster.Until(
            back, details => details.Log.Any(
                line => line.Text.Contains("Drive tapes/0 is the job's", StringComparison.Ordinal)));
        await cluster.Ask<JobCancelling>(new CancelJob(RequestId.New(), back));
    }
}
