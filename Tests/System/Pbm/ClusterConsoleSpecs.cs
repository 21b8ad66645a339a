using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Tests.System.Cluster;
using Pbm;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Pbm;

/// <summary>What `pbm` shows at the nodes of a cluster: Petabridge's palettes beside ours.</summary>
public sealed class ClusterConsoleSpecs(ITestOutputHelper output)
{
    private const int Port = 9110;

    [OnOurHostFact]
    public async Task Members_and_jobs_are_seen_and_members_are_taken_out_from_any_node()
    {
        await using var cluster = new ClusterFixture(output) { AllDoors = true, DriveSpeedLimit = "1MB" };
        await cluster.Start();
        var (director, storage, client) = (cluster.Directors[0], cluster.Storage, cluster.Client);

        foreach (var node in cluster.Nodes)
        {
            var members = await Said(node, "cluster show");
            foreach (var member in cluster.Nodes)
                Assert.Matches($@"(?m)^{AddressOf(member)} \| Up \| \[{member.Role}\] \| reachable", members);
            Assert.EndsWith("Count: 3 members\n", members, StringComparison.Ordinal);
            Assert.Contains($"{AddressOf(node)}\n", await Said(node, "actor system"), StringComparison.Ordinal);
        }
        Assert.Contains("job\n", await Said(director, "cluster-sharding list-regions"), StringComparison.Ordinal);
        Assert.Contains("/user/gateway\n", await Said(director, "actor hierarchy -s /user -d 1"),
            StringComparison.Ordinal);
        Assert.Contains("no palette cluster-sharding", await Refused(storage, "cluster-sharding list-regions"),
            StringComparison.Ordinal);

        // Of the running job, asked for at a node that is no director
        Assert.Contains("Job 1 was accepted", await Said(storage, "backup run -p nightly"), StringComparison.Ordinal);
        var job = new JobId(1);
        await cluster.FragmentClosed(job);
        Assert.Matches(@"(?m)^\S+ \| 1$", await Said(director, "cluster-sharding list-shards -t job"));
        Assert.Contains("Expected a type", await Refused(director, "cluster-sharding list-shards -t none"),
            StringComparison.Ordinal);

        // One that leaves comes back by itself, as its sessions are not the cluster's; its job goes on.
        Assert.Contains("leaves", await Said(director, $"cluster leave -a {AddressOf(client)}"),
            StringComparison.Ordinal);
        Assert.Equal(1, (await cluster.Completed(job)).Job.Attempts);
        await cluster.AllAreThere();

        Assert.Contains("Expected the address of a member", await Refused(storage, "cluster down -a nowhere"),
            StringComparison.Ordinal);
        await client.Kill();
        Assert.Contains("is declared dead", await Said(storage, $"cluster down -a {AddressOf(client)}"),
            StringComparison.Ordinal);
        await ClusterFixture.Until(
            async () => (await Said(director, "cluster show")).EndsWith("Count: 2 members\n", StringComparison.Ordinal),
            () => Said(director, "cluster show"));
    }

    private static string AddressOf(ClusterNode node) => $"akka.tcp://backup@{node.Address}:9111";

    private static async Task<string> Said(ClusterNode node, string line)
    {
        var (code, said, wrong) = await TestHost.RunPbm(node.Address, Port, line);
        Assert.True(code == PbmShell.Done, $"{node.Name}, {line}: {wrong}");
        return said;
    }

    private static async Task<string> Refused(ClusterNode node, string line)
    {
        var (code, said, wrong) = await TestHost.RunPbm(node.Address, Port, line);
        Assert.Equal((PbmShell.Failed, ""), (code, said));
        return wrong;
    }
}
