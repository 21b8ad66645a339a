using Backup.Messages;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>Each node is stopped as systemd stops it, and started again, while jobs run.</summary>
public sealed class RollingRestartSpecs(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task A_rolling_restart_under_load_fails_no_job()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server);
        await cluster.Start();

        var jobs = new List<JobId>();
        foreach (var node in cluster.Nodes)
        {
            var job = await cluster.Run();
            jobs.Add(job);
            await cluster.FragmentClosed(job);
            await node.Stop();
            await node.Start();
            await cluster.AllAreThere();
        }

        foreach (var job in jobs)
            await ClusterMedia.EachPathOnce(
                cluster.Library, (await cluster.Completed(job)).Job.Image!.Value, cluster.Source);
        await cluster.IsWhole(await cluster.Completed(jobs[^1]));
    }

    /// <summary>
    /// With the last director nobody is left who lets it in again: clients and storage nodes come to it.
    /// </summary>
    [Fact]
    public async Task The_only_director_is_stopped_and_started_and_finds_its_nodes_again()
    {
        await using var cluster = new ClusterFixture(output);
        await cluster.Start();

        var job = await cluster.Run();
        await cluster.FragmentClosed(job);
        await cluster["d1"].Stop();
        await ClusterFixture.Until(
            async () => (await cluster.Client.Troubles()).Contains("director"),
            async () => $"c1 says it can work: {await cluster.Client.Page("readyz")}");
        await cluster["d1"].Start();
        await cluster.AllAreThere();

        var details = await cluster.Completed(job);
        Assert.Equal(1, details.Job.Attempts);
        await cluster.IsWhole(details);
    }
}
