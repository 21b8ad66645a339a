using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>All directors die after a job has started; client and storage finish it among themselves.</summary>
public sealed class DirectorLossSpecs(ITestOutputHelper output)
{
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task A_backup_reaches_its_seal_without_any_director()
    {
        await using var cluster = new ClusterFixture(output);
        await SealsAlone(cluster);
    }

    [PostgresFact]
    public async Task A_backup_reaches_its_seal_when_three_directors_die()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server);
        await SealsAlone(cluster);
    }

    private static async Task SealsAlone(ClusterFixture cluster)
    {
        await cluster.Start();
        var job = await cluster.Run();
        var begun = await cluster.FragmentClosed(job);
        var id = begun.Job.Image!.Value;

        await Task.WhenAll(cluster.Directors.Select(director => director.Kill()));
        var killed = DateTimeOffset.UtcNow;
        await ClusterFixture.Until(
            () => Task.FromResult(IndexFiles(cluster).Length >= 3
                && Tapes.Assemble(cluster.Library).Images.Any(each => each.Header.Image == id)),
            () => Task.FromResult("The image is not sealed."));
        var found = Tapes.Assemble(cluster.Library).Images.Single(each => each.Header.Image == id);
        await Task.WhenAll(cluster.Directors.Select(director => director.Start()));
        var ended = await cluster.Completed(job);

        Assert.True(found.Seal.Finished > killed, "The image was sealed before the directors died.");
        Assert.True(found.Fragments.Count >= 3, $"It has {found.Fragments.Count} fragments.");
        var volumes = found.Fragments.SelectMany(fragment => fragment.Parts)
            .Select(part => part.Location.Volume.Name).Distinct().Count();
        Assert.True(volumes >= 2, $"It lies on {volumes} volumes.");
        Assert.Equal(1, ended.Job.Attempts);
        Assert.Equal(found.Fragments[^1].Root.ToString(), ended.Report!.Root);
        await cluster.AllAreThere();
        await cluster.IsWhole(ended);
    }

    private static string[] IndexFiles(ClusterFixture cluster) =>
        Directory.GetFiles(cluster.Library, "*.index", SearchOption.AllDirectories);
}
