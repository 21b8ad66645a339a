using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// Networks that break between nodes in the middle of a job and heal again. `BACKUP_CLUSTER_PARTITIONS=all` breaks
/// every pair, both ways and each way; without, five partitions that stand for the rest.
/// </summary>
public sealed class PartitionSpecs(ITestOutputHelper output)
{
    private const string Rejoins = "The cluster's actor system ended; it is made anew and joins again.";

    /// <summary>Longer than failure detector and stable-after, so that a side gives way.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(7);

    private static readonly string[] Names = ["d1", "d2", "d3", "s1", "c1"];

    [PartitionFact]
    public async Task A_partition_stops_the_minority_alone_and_heals()
    {
        using var server = new PostgresServer();
        await using var lab = await NetworkLab.Make(Names);
        await using var cluster = new ClusterFixture(output, directors: 3, server, lab);
        await cluster.Start();

        // The director on which the singletons are, and one on which they are not, each alone.
        foreach (var alone in (string[])["d1", "d3"])
        {
            await Partition(cluster, $"{alone} | the others", () => Isolate(lab, alone));
            Assert.Contains(Rejoins, cluster[alone].Log, StringComparison.Ordinal);
            foreach (var other in cluster.Directors.Where(director => director.Name is "d2"))
                Assert.DoesNotContain(Rejoins, other.Log, StringComparison.Ordinal);
        }
        await Partition(cluster, "s1 | directors", () => CutAll(lab, "s1", "d1", "d2", "d3"));
        await Partition(cluster, "directors do not reach c1", async () =>
        {
            foreach (var director in (string[])["d1", "d2", "d3"]) await lab.CutOneWay(director, "c1");
        });
        await cluster.IsWhole(await Partition(cluster, "c1 | s1", () => lab.Cut("c1", "s1")));
    }

    [PartitionFact(all: true)]
    public async Task Every_pair_may_be_parted_both_ways_and_each_way()
    {
        using var server = new PostgresServer();
        await using var lab = await NetworkLab.Make(Names);
        await using var cluster = new ClusterFixture(output, directors: 3, server, lab);
        await cluster.Start();
        foreach (var one in Names)
        {
            foreach (var other in Names.Where(name => string.CompareOrdinal(one, name) < 0))
                await Partition(cluster, $"{one} | {other}", () => lab.Cut(one, other));
            foreach (var other in Names.Where(name => name != one))
                await Partition(cluster, $"{one} does not reach {other}", () => lab.CutOneWay(one, other));
        }
    }

    /// <summary>In the middle of a job; the job ends, whatever side it was on, and all nodes find together.</summary>
    private async Task<JobDetails> Partition(ClusterFixture cluster, string what, Func<Task> cut)
    {
        foreach (var node in cluster.Nodes) node.Note($"partition {what}");
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);
        await cut();
        await Task.Delay(Lasts);
        foreach (var node in cluster.Nodes) node.Note("heals");
        await cluster.Lab!.Heal();
        var ended = await cluster.Completed(job);
        await cluster.AllAreThere();
        await ClusterMedia.EachPathOnce(cluster.Library, ended.Job.Image!.Value, cluster.Source);
        Assert.Single((await cluster.Ask<NodeStatus>(new ShowStatus())).Drives);
        output.WriteLine($"{what}: job {job} complete, {ended.Job.Attempts} attempts.");
        return ended;
    }

    private static Task Isolate(NetworkLab lab, string alone) =>
        CutAll(lab, alone, [.. Names.Where(name => name != alone)]);

    private static async Task CutAll(NetworkLab lab, string one, params string[] others)
    {
        foreach (var other in others) await lab.Cut(one, other);
    }
}
