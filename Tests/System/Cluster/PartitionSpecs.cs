using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// Networks that break between nodes in the middle of a job and heal again. `BACKUP_CLUSTER_PARTITIONS=all` breaks
/// every pair, both ways and each way; without, partitions that stand for the rest.
/// </summary>
public sealed class PartitionSpecs(ITestOutputHelper output)
{
    private const string Rejoins = "The cluster's actor system ended; it is made anew and joins again.";

    /// <summary>Longer than failure detector and stable-after, so that a side gives way.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(7);

    private static readonly string[] Names = ["d1", "d2", "d3", "s1", "s2", "c1"];

    [PartitionFact]
    public async Task A_partition_stops_the_minority_alone_and_heals()
    {
        using var server = new PostgresServer();
        await using var lab = await NetworkLab.Make(Names);
        await using var cluster = new ClusterFixture(output, directors: 3, server, lab, stores: 2)
        {
            SourceTrees = 2, // for each of two jobs
        };
        await cluster.Start();

        // The director on which the singletons are, and one on which they are not, each alone.
        foreach (var alone in LongRun.Skip is null ? (string[])["d1", "d3"] : ["d1"])
        {
            await Partition(cluster, $"{alone} | the others", () => Isolate(lab, alone), alone, ["d2", "s1", "c1"]);
            Assert.Contains(Rejoins, cluster[alone].Log, StringComparison.Ordinal);
            foreach (var other in cluster.Directors.Where(director => director.Name is "d2"))
                Assert.DoesNotContain(Rejoins, other.Log, StringComparison.Ordinal);
        }
        await Partition(
            cluster, "s1 | directors", () => CutAll(lab, "s1", "d1", "d2", "d3"), "s1", ["d1", "d2", "d3", "s2"]);
        await Partition(cluster, "directors do not reach c1", async () =>
        {
            foreach (var director in (string[])["d1", "d2", "d3"]) await lab.CutOneWay(director, "c1");
        });
        var last = await Partition(cluster, "c1 | s1", () => lab.Cut("c1", "s1"));
        await NoTwoOwners(cluster);
        await cluster.IsWhole(last, cluster.LibraryOf(last));
    }

    [PartitionFact(all: true)]
    public async Task Every_pair_may_be_parted_both_ways_and_each_way()
    {
        using var server = new PostgresServer();
        await using var lab = await NetworkLab.Make(Names);
        await using var cluster = new ClusterFixture(output, directors: 3, server, lab, stores: 2)
        {
            SourceTrees = 2, // for each of two jobs
            Slots = 1000,
        };
        await cluster.Start();
        foreach (var one in Names)
        {
            foreach (var other in Names.Where(name => string.CompareOrdinal(one, name) < 0))
                await Partition(cluster, $"{one} | {other}", () => lab.Cut(one, other));
            foreach (var other in Names.Where(name => name != one))
                await Partition(cluster, $"{one} does not reach {other}", () => lab.CutOneWay(one, other));
        }
        await NoTwoOwners(cluster);
    }

    /// <summary>
    /// In the middle of a job, behind which another waits for the drive; both end, whatever side they were on, and all
    /// nodes find together.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="what">What is cut.</param>
    /// <param name="cut">Cuts it.</param>
    /// <param name="stops">The node that must stop while it lasts; null: not asked.</param>
    /// <param name="goOn">Nodes that must not.</param>
    private async Task<JobDetails> Partition(
        ClusterFixture cluster, string what, Func<Task> cut, string? stops = null, string[]? goOn = null)
    {
        foreach (var node in cluster.Nodes) node.Note($"partition {what}");
        JobId[] jobs = [await cluster.Run(), await cluster.Run()];
        await cluster.FragmentClosed(jobs[0]);
        await cut();
        await Task.Delay(Lasts);
        if (stops is not null) await StopsAlone(cluster, stops, goOn!, jobs);
        foreach (var node in cluster.Nodes) node.Note("heals");
        await cluster.Lab!.Heal();
        JobDetails[] ended = [await cluster.Completed(jobs[0]), await cluster.Completed(jobs[1])];
        await cluster.AllAreThere();
        foreach (var details in ended)
            await ClusterMedia.EachPathOnce(
                cluster.LibraryOf(details), details.Job.Image!.Value, cluster.Source);
        await ClusterFixture.Until(
            async () => (await cluster.Ask<NodeStatus>(new ShowStatus())).Drives
                .SequenceEqual(["cellar/0: idle", "tapes/0: idle"]),
            async () => string.Join(", ", (await cluster.Ask<NodeStatus>(new ShowStatus())).Drives));
        output.WriteLine($"{what}: jobs {jobs[0]} and {jobs[1]} complete, "
            + $"{ended[0].Job.Attempts} and {ended[1].Job.Attempts} attempts.");
        return ended[0];
    }

    /// <summary>
    /// While it lasts: the one is no member of anything and grants nothing; the others are, and end both jobs where it
    /// is a director that is missing.
    /// </summary>
    private static async Task StopsAlone(ClusterFixture cluster, string stops, string[] goOn, JobId[] jobs)
    {
        await ClusterFixture.Until(
            async () => (await cluster[stops].Troubles()).Contains("member"),
            () => Task.FromResult($"{stops} still calls itself a member."));
        foreach (var name in goOn)
            await ClusterFixture.Until(
                async () => (await cluster[name].Troubles()).Count == 0,
                async () => $"{name} is not ready: {await cluster[name].Page("readyz")}");
        if (stops[0] != 'd') return;
        if (await cluster.Try<NodeStatus>(cluster[stops], new ShowStatus()) is { } seen)
            Assert.DoesNotContain(seen.Drives, drive => drive.Contains(": job ", StringComparison.Ordinal));
        foreach (var job in jobs)
            await ClusterFixture.Until(
                async () => await cluster.Try<JobDetails>(cluster[goOn[0]], new ShowJob(job))
                    is { Job.Outcome: JobOutcome.Complete },
                () => Task.FromResult($"The majority does not end job {job}."));
        Assert.Contains("member", await cluster[stops].Troubles());
    }

    /// <summary>By what the sagas recorded, and by when which attempt wrote on each medium.</summary>
    private static async Task NoTwoOwners(ClusterFixture cluster)
    {
        await JobHistory.IsSound(cluster);
        ClusterMedia.OneAtATime(cluster.Library);
        if (Tapes.Assemble(cluster.OtherLibrary).Images.Count > 0) ClusterMedia.OneAtATime(cluster.OtherLibrary);
    }

    private static Task Isolate(NetworkLab lab, string alone) =>
        CutAll(lab, alone, [.. Names.Where(name => name != alone)]);

    private static async Task CutAll(NetworkLab lab, string one, params string[] others)
    {
        foreach (var other in others) await lab.Cut(one, other);
    }
}
