using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>A restore by several drives whose director, storage node and client are processes that are killed.</summary>
public sealed class ClusterRestoreSpecs(ITestOutputHelper output)
{
    [Fact]
    public async Task A_restore_by_three_drives_goes_on_whichever_node_is_killed_in_the_middle()
    {
        await using var cluster = new ClusterFixture(output, directors: 1)
        {
            DriveSpeedLimit = "0",
            SourceTrees = 0,
            Extra = "backup.libraries.tapes.drives = 3\nbackup.storage.look-for-volume-every = 200ms",
        };
        // Where others are told to connect nobody listens; the client has an address of its own (CL-40).
        cluster.Extra += $"\nbackup.storage {{ data-host = {cluster.Client.Address}, data-hosts = "
            + $"[\"c1={cluster.Storage.Address}\"] }}";
        Sources.Fill(cluster.Source, seed: 1);
        Sources.Fill(Directory.CreateDirectory(Path.Combine(cluster.Source, "more")).FullName, seed: 2);
        await cluster.Start();
        await cluster.Completed(await cluster.Run());
        var tape = Directory.GetDirectories(cluster.Library).Order(StringComparer.Ordinal).First();
        var (away, target) = (Path.Combine(cluster.Root, "away"), Path.Combine(cluster.Root, "restored"));
        Directory.Move(tape, away);
        var job = (await cluster.Ask<JobsStarted>(
            new RestoreFiles(RequestId.New(), "latest", [], target))).Jobs.Single();

        foreach (var (node, attempt) in ((string, int)[])[("d1", 1), ("c1", 1), ("s1", 2)])
        {
            await IsHalfWay(attempt);
            await cluster[node].Kill();
            await cluster[node].Start();
            await cluster.AllAreThere();
        }
        await IsHalfWay(3);
        Directory.Move(away, tape);

        var ended = await cluster.Completed(job);
        Assert.Equal(3, ended.Job.Attempts); // the director's loss cost none
        Assert.Equal(3, ended.Log.Count(line => line.Code == "drives-used"));
        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));

        // The first drive waits, and what the others bring is there; in this attempt, and not still of the one before
        Task IsHalfWay(int attempt) => cluster.Until(job, details =>
            details.Log.Count(line => line.Code == "drives-used") == attempt
            && details.Progress is { Files: > 10, Awaits: not null });
    }
}
