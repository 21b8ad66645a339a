using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// The directors are replaced by others at other addresses, under their old names or under new ones, while a backup
/// runs; client and storage node are never started again (NW-26).
/// </summary>
public sealed class MovedDirectorSpecs(ITestOutputHelper output)
{
    private const int ToOtherAddresses = 10;

    [PartitionFact(all: true)]
    public async Task Directors_that_died_are_found_at_other_addresses()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server, named: true);
        await cluster.Start();
        await OtherAddresses(cluster, node => node.Kill());
    }

    [PartitionFact]
    public async Task Directors_that_left_are_found_at_other_addresses_and_with_other_names_by_a_reload()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server, named: true);
        await cluster.Start();
        await OtherAddresses(cluster, node => node.Stop());
        await OtherNames(cluster);
    }

    private static async Task OtherAddresses(ClusterFixture cluster, Func<ClusterNode, Task> end)
    {
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);

        await Task.WhenAll(cluster.Directors.Select(end));
        await cluster.MoveDirectors(ToOtherAddresses);
        await StartDirectors(cluster);

        await GoesOn(cluster, job);
    }

    private static async Task OtherNames(ClusterFixture cluster)
    {
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);

        await Task.WhenAll(cluster.Directors.Select(director => director.Kill()));
        cluster.NamePrefix = "new-";
        await cluster.MoveDirectors(ToOtherAddresses);
        await StartDirectors(cluster);
        foreach (var node in (ClusterNode[])[cluster.Storage, cluster.Client])
        {
            await cluster.WriteConfig(node);
            var reloaded = await node.Ask(new ReloadConfiguration(RequestId.New()));
            Assert.Equal(["backup.cluster.seeds"], Assert.IsType<ConfigurationReloaded>(reloaded).Applied);
        }

        await GoesOn(cluster, job);
    }

    private static async Task StartDirectors(ClusterFixture cluster)
    {
        await cluster.Directors[0].Start();
        await Task.WhenAll(cluster.Directors.Skip(1).Select(director => director.Start()));
    }

    private static async Task GoesOn(ClusterFixture cluster, JobId job)
    {
        await cluster.AllAreThere();
        var details = await cluster.Completed(job);
        Assert.Equal(1, details.Job.Attempts);
        await cluster.IsWhole(details);
        var known = await File.ReadAllLinesAsync(Path.Combine(cluster.Client.DataDirectory, "cluster-directors"));
        Assert.Equal(
            cluster.Directors.Select(each => $"{cluster.NamePrefix}{each.Name}.backup.test:9111"), known);
    }
}
