using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// What jobs ask of a person outlives the node at which they were begun and looked at, and the answer may be given at
/// any other one (NW-31).
/// </summary>
public sealed class ClusterMountSpecs(ITestOutputHelper output)
{
    private const string ByHand = """
        backup.libraries.tapes { autolabel = off, drives = 2 }
        backup.storage.look-for-volume-every = 1h
        """;

    [PostgresFact]
    public async Task What_one_node_was_asked_for_is_brought_at_another_when_the_first_is_dead()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server)
        {
            DriveSpeedLimit = "0",
            SourceTrees = 0,
            Extra = ByHand,
        };
        await File.WriteAllBytesAsync(Path.Combine(cluster.Source, "file"), Sources.Bytes(new Random(1), 600_000));
        await cluster.Start();
        var first = cluster["d1"]; // the singletons are there
        var kept = (await cluster.Ask<VolumeLabelled>(Label(), first)).Volume;
        await cluster.Completed(await cluster.Run(first));

        // Two jobs that wait, begun and seen at the node that dies: one for a volume that was taken away, one for any.
        var (tape, away) = (Path.Combine(cluster.Library, kept.Value), Path.Combine(cluster.Root, "vault"));
        Directory.Move(tape, away);
        var target = Path.Combine(cluster.Root, "restored");
        var restore = (await cluster.Ask<JobsStarted>(
            new RestoreFiles(RequestId.New(), "latest", [], target), first)).Jobs.Single();
        await Waits(cluster, first, restore, $"job {restore} waits for volume {kept}");
        var backup = await cluster.Run(first);
        await Waits(cluster, first, backup, $"job {backup} waits for a volume of pool disk");
        await cluster.Ask<RequestAssigned>(
            new AssignRequest(RequestId.New(), restore, "anna", "In the vault."), first);
        await first.Kill();

        await IsAnnas(cluster, cluster["d3"], restore);
        var label = Label();
        var labelled = await cluster.Ask<VolumeLabelled>(label, cluster["d2"]);
        Assert.Equal([backup], labelled.Answers);
        foreach (var node in cluster.Nodes.Where(node => node.Runs)) await SaysTheSame(cluster, node, label, labelled);
        Directory.Move(away, tape);
        var mounted = await cluster.Ask<VolumeMounted>(new MountVolume(RequestId.New(), kept), cluster["d3"]);
        Assert.Contains(restore, mounted.Answers);

        foreach (var job in (JobId[])[backup, restore])
        {
            var ended = await cluster.Completed(job);
            Assert.Equal(1, ended.Job.Attempts);
            Assert.Contains(ended.Log, line => line.Code == "volume-awaited");
        }
        await ClusterFixture.Until(
            async () => (await cluster.Ask<RequestList>(new ListRequests(), cluster["d2"])).Requests.Count == 0,
            () => Task.FromResult("Jobs that have ended ask for something."));
        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));
        await first.Start();
        await cluster.AllAreThere();
        await SaysTheSame(cluster, first, label, labelled);
        var known = (await cluster.Ask<VolumeList>(new ListVolumes())).Volumes.Select(volume => volume.Volume);
        Assert.Equal([kept, labelled.Volume], known.OrderBy(volume => volume.Value, StringComparer.Ordinal));
        Assert.Equal(2, Directory.GetDirectories(cluster.Library).Length);
        await JobHistory.IsSound(cluster);
    }

    private static Task IsAnnas(ClusterFixture cluster, ClusterNode node, JobId job) => ClusterFixture.Until(
        async () => await cluster.Try<RequestList>(node, new ListRequests("anna")) is { Requests: [var request] }
            && request.Job == job && request.Assigned is { Person: "anna", Note: "In the vault." }
            && request.Text.Contains("asked of anna since", StringComparison.Ordinal),
        async () => $"What job {job} asks for is not anna's: "
            + await cluster.Try<RequestList>(node, new ListRequests()));

    private static LabelVolume Label() => new(RequestId.New(), new PoolName("disk"));

    private static async Task SaysTheSame(
        ClusterFixture cluster, ClusterNode node, LabelVolume label, VolumeLabelled labelled) =>
        Assert.Equal(labelled.Volume, (await cluster.Ask<VolumeLabelled>(label, node)).Volume);

    private static Task Waits(ClusterFixture cluster, ClusterNode node, JobId job, string what) =>
        ClusterFixture.Until(
            async () => await cluster.Try<JobDetails>(node, new ShowJob(job)) is { } details
                && details.WaitsFor.Any(reason => reason.Contains(what, StringComparison.Ordinal)),
            async () => $"Job {job} does not say that it {what}: "
                + (await cluster.Try<JobDetails>(node, new ShowJob(job)) is { } details
                    ? NodeFixture.Describe(details) : ""));
}
