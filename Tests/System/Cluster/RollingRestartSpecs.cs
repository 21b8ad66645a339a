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
}
