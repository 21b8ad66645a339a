using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>Most nodes of a cluster are clients, and sleep, or go home, when they like.</summary>
public sealed class ClientCrowdSpecs(ITestOutputHelper output)
{
    private const string Split = "The cluster is split";
    private const string Rejoins = "The cluster's actor system ended; it is made anew and joins again.";

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task Directors_stay_when_most_clients_vanish_at_once_and_one_gets_what_another_had()
    {
        await using var cluster = new ClusterFixture(output)
        {
            AbsentMax = TimeSpan.FromSeconds(2),
            SourceTrees = 1,
        };
        var crowd = cluster.Crowd!;
        await cluster.Start();
        await crowd.Start();
        await SeesClients(cluster, crowd.Members.Count + 1);

        // One of them has the drive when all but one vanish: 6 of 7 clients, and 6 of 9 nodes.
        var jobs = (await cluster.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("crowd")))).Jobs;
        await cluster.Until(jobs[0], details => details.Job.State == "running");
        await crowd.Kill();

        var own = await cluster.Completed(jobs[^1]); // c1's
        var director = Assert.Single(cluster.Directors);
        // Any of them may be the one that decides; the others hear of it
        await ClusterFixture.Until(
            () => Task.FromResult(cluster.Nodes.Any(node => node.Log.Contains(Split, StringComparison.Ordinal))),
            () => Task.FromResult("Nobody noticed."));
        await cluster.IsWhole(await cluster.Completed(await cluster.Run())); // the drive is free again
        Assert.DoesNotContain(Rejoins, director.Log, StringComparison.Ordinal);

        await crowd.Start();
        foreach (var job in jobs) await cluster.Completed(job);
        Assert.Equal(crowd.Members.Count + 1, jobs.Distinct().Count());
        Assert.DoesNotContain(Rejoins, director.Log, StringComparison.Ordinal);
        await cluster.IsWhole(own);
        await RestoresElsewhere(cluster, own);
    }

    /// <summary>S2-35: the source's own client need not even be there.</summary>
    private static async Task RestoresElsewhere(ClusterFixture cluster, JobDetails backup)
    {
        await cluster.Client.Kill();

        var (other, target) = (new ClientName("c2"), Path.Combine(cluster.Root, "elsewhere"));
        var restore = await cluster.Ask<JobsStarted>(new RestoreFiles(
            RequestId.New(), backup.Job.Image!.Value.ToString(), [], target, Client: other));
        var ended = await cluster.Completed(restore.Jobs.Single());

        Assert.Equal(new ClientName("c1"), backup.Job.Client);
        Assert.Equal(other, ended.Job.Client);
        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));
    }

    private static Task SeesClients(ClusterFixture cluster, int count) => ClusterFixture.Until(
        async () => await cluster.Try<ClientList>(cluster.Directors[0], new ListClients()) is { } list
            && list.Clients.Count(client => client.Connected) == count,
        () => Task.FromResult("Not all clients are there."));
}
