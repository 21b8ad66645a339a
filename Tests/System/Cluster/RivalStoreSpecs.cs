using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// A storage node sleeps with all of an image in its memory and nothing of it sealed; the job is done on another, and
/// the sleeper wakes up and goes on.
/// </summary>
public sealed class RivalStoreSpecs(ITestOutputHelper output)
{
    private const int Bytes = 700_000; // one chunk: the storage node needs nothing more of the client

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task What_a_storage_node_seals_that_wakes_up_behind_its_rival_counts_nowhere()
    {
        await using var cluster = new ClusterFixture(output, stores: 2)
        {
            AbsentMax = TimeSpan.FromSeconds(2),
            DriveSpeedLimit = "100kB",
            SourceTrees = 0,
        };
        await File.WriteAllBytesAsync(Path.Combine(cluster.Source, "file"), Sources.Bytes(new Random(1), Bytes));
        await cluster.Start();
        var sleeper = cluster.Storage;
        var job = await cluster.Run();
        await ClusterFixture.Until(
            () => Task.FromResult(Written(cluster.Library) > Bytes / 4),
            () => Task.FromResult("Nothing is written."));
        await sleeper.Pause();
        var before = await cluster.Until(job, details => details.Job.Image is not null);
        Assert.DoesNotContain(before.Log, line => line.Code is "fragment-closed" or "image-sealed");

        var moved = await cluster.Completed(job);
        await sleeper.Continue();
        await DriveIsFree(sleeper);
        await cluster.AllAreThere();

        // It has written what counts for nothing, sealed or not.
        var old = before.Job.Image!.Value;
        Assert.Contains(Tapes.Files(cluster.Library), each =>
            each.File is ScannedFile.Data { Header: var header } && header.Image.Image == old);
        output.WriteLine("Sealed by the sleeper: "
            + Tapes.Assemble(cluster.Library).Images.Any(image => image.Header.Image == old));
        Assert.NotEqual(old, moved.Job.Image);
        await OneOutcome(cluster, moved, old);

        // Its drive is the first choice again, and is granted and used at once.
        var next = await cluster.Completed(await cluster.Run());
        Assert.Equal((1, cluster.Library), (next.Job.Attempts, cluster.LibraryOf(next)));
        await OneOutcome(cluster, moved, old);
        ClusterMedia.OneAtATime(cluster.Library);
    }

    private static long Written(string library) => !Directory.Exists(library) ? 0
        : Directory.GetFiles(library, "*.data", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    private static async Task OneOutcome(ClusterFixture cluster, JobDetails moved, ImageId old)
    {
        var now = await cluster.Ended(moved.Job.Job);
        Assert.Equal(moved.Job, now.Job);
        Assert.Single(now.Log, line => line.Code == "image-sealed");
        Assert.Equal(cluster.OtherLibrary, cluster.LibraryOf(now));
        foreach (var node in cluster.Nodes)
            Assert.DoesNotContain(
                (await cluster.Ask<ImageList>(new ListImages(), node)).Images,
                image => image.Image == old && image.State == "sealed");
        await cluster.IsWhole(now, cluster.OtherLibrary);
    }

    /// <summary>A drive that a session holds is not unmounted: the storage node itself says so.</summary>
    private static Task DriveIsFree(ClusterNode node) => ClusterFixture.Until(
        async () =>
        {
            try
            {
                return await node.Ask(new UnmountDrive(
                    RequestId.New(), new DriveId(new LibraryName("tapes"), 0))) is DriveUnmounted;
            }
            catch (Host.NodeUnreachableException)
            {
                return false;
            }
        },
        () => Task.FromResult("The drive is not given back."));
}
