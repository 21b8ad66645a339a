using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>A spool while several clients use it and the director dies (ST-15, ST-18).</summary>
public sealed class SpoolClusterSpecs(ITestOutputHelper output)
{
    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public async Task Two_clients_spool_beside_a_despool_whose_director_dies()
    {
        await using var cluster = new ClusterFixture(output);
        cluster.Extra = $$"""
            backup.libraries.tapes.spool { directory = "{{Path.Combine(cluster.Root, "spool")}}", start-at = 1TiB }
            backup.policies.pair {
              file-set = all, pool = disk, clients = [c1, c2], attempts = 100, node-stops = 1000, restart-delay = 200ms
            }
            """;
        await cluster.Start();
        await cluster.Crowd!.Start();
        var first = await cluster.Completed(await cluster.Run());
        Assert.NotNull(first.Spool);

        var despool = (await Flush(cluster)).Single();
        await cluster.Until(despool, details => details.Log.Any(line => line.Code == "fragment-copied"));
        var pair = (await cluster.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("pair")))).Jobs;
        var director = cluster.Directors.Single();
        await director.Kill();
        await director.Start();
        var backups = new List<JobDetails> { first };
        foreach (var job in pair) backups.Add(await cluster.Completed(job));
        var despooled = await cluster.Completed(despool);

        Assert.True(
            backups.TrueForAll(backup => backup.Job.Created < despooled.Job.Ended), NodeFixture.Describe(despooled));
        Assert.All(
            backups, backup => Assert.All(
                backup.Report!.Volumes, volume => Assert.StartsWith("disk.spool-", volume.Value)));
        foreach (var job in await Flush(cluster)) await cluster.Completed(job);
        foreach (var backup in backups) await cluster.IsWhole(backup);
        var spool = Assert.Single((await cluster.Ask<NodeStatus>(new ShowStatus())).Spools!);
        Assert.Equal((0, 0), (spool.Images, spool.Leaving.Count));
    }

    private static async Task<IReadOnlyList<JobId>> Flush(ClusterFixture cluster) =>
        (await cluster.Ask<JobsStarted>(new FlushSpool(RequestId.New()))).Jobs;
}
