using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>Copies from one storage node to another (ST-35, MS-03).</summary>
public sealed class CopyClusterSpecs(ITestOutputHelper output)
{
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task One_storage_node_gives_to_another_and_goes_and_the_image_is_restored_from_there()
    {
        await using var cluster = new ClusterFixture(output, stores: 2)
        {
            SourceTrees = 1,
            Extra = "backup.pools.far { library = cellar, fragment-size = 1MiB }",
        };
        await cluster.Start();
        var backup = await cluster.Completed(await cluster.Run());
        Assert.Equal(cluster.Library, cluster.LibraryOf(backup));

        var copy = await cluster.Completed((await cluster.Ask<JobsStarted>(new CopyImages(
            RequestId.New(), new PoolName("far"), backup.Job.Image!.Value.ToString()))).Jobs.Single());

        Assert.True(copy.Report!.Fragments > 1, NodeFixture.Describe(copy));
        Assert.All(
            copy.Report.Volumes, volume => Assert.StartsWith("far-", volume.Value, StringComparison.Ordinal));
        await cluster.Storage.Stop();
        await ClusterFixture.Until(
            async () => (await cluster.Ask<NodeStatus>(new ShowStatus())).Nodes!
                .All(node => node.Node != cluster.Storage.Name || node.State != "up"),
            () => Task.FromResult("The storage node that was stopped is still up."));
        await cluster.IsWhole(backup, cluster.OtherLibrary);
    }
}
