using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>The database of two directors dies hard in the middle of a job.</summary>
public sealed class ClusterPostgresSpecs(ITestOutputHelper output)
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(5);

    [PostgresFact]
    public async Task A_database_that_is_killed_delays_a_job_and_no_more()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 2, server);
        await cluster.Start();
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);

        server.Kill();
        using var limit = new CancellationTokenSource(Away);
        while (!limit.IsCancellationRequested)
        {
            // Refused, or known from the saga; never at its end, since nobody can have recorded it.
            foreach (var node in cluster.Nodes)
                if (await cluster.Try<JobDetails>(node, new ShowJob(job)) is { } said)
                    Assert.NotEqual("ended", said.Job.State);
            await Task.Delay(100, CancellationToken.None);
        }
        server.Start();
        var ended = await cluster.Completed(job);

        Assert.Equal(1, ended.Job.Attempts);
        await cluster.IsWhole(ended);
        Assert.Equal(JobOutcome.Complete, (await cluster.Completed(await cluster.Run())).Job.Outcome);
    }
}
