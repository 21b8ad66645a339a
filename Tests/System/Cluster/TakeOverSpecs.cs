using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// What is asked for when the director with allocator and keeper has just died, and none has taken over yet (S1-03).
/// </summary>
public sealed class TakeOverSpecs(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task What_is_asked_for_while_the_singletons_move_is_done_once()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server)
        {
            DriveSpeedLimit = "0",
            SourceTrees = 1,
        };
        await cluster.Start();
        var first = cluster["d1"]; // the oldest, where the singletons are
        var (onItsWay, behind) = (Order(), Order());

        // One request is on its way to it when it dies, and is repeated; the other comes behind, at all others at once.
        var lost = cluster.Try<JobsStarted>(first, onItsWay);
        await first.Kill();
        await lost;
        var others = cluster.Nodes.Where(node => node.Runs).ToList();
        var answers = await Task.WhenAll(others.SelectMany(node =>
            (Task<JobsStarted>[])[cluster.Ask<JobsStarted>(onItsWay, node), cluster.Ask<JobsStarted>(behind, node)]));
        var jobs = answers.SelectMany(answer => answer.Jobs).Distinct().ToList();
        Assert.Equal(2, jobs.Count);

        foreach (var job in jobs)
        {
            var ended = await cluster.Completed(job);
            Assert.Equal(1, ended.Job.Attempts);
            await cluster.IsWhole(ended);
        }
        await first.Start();
        await cluster.AllAreThere();
        Assert.Contains((await cluster.Ask<JobsStarted>(onItsWay, first)).Jobs.Single(), jobs);
        foreach (var node in cluster.Nodes)
            Assert.Equal(2, (await cluster.Ask<JobList>(new ListJobs(), node)).Jobs
                .Count(job => job.Kind == JobKind.Backup));
        await JobHistory.IsSound(cluster);
    }

    private static RunPolicy Order() => new(RequestId.New(), new PolicyName("nightly"));
}
