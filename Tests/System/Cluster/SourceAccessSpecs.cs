using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// S0-01: the client's process is the only way to the files that are saved and restored, for directors and storage
/// alike. By what the kernel was asked for.
/// </summary>
public sealed class SourceAccessSpecs(ITestOutputHelper output)
{
    private const int DataPort = 9112;

    [NeedsFact(root: false, "setpriv", "strace")]
    public async Task Only_the_clients_process_touches_the_files_of_the_client()
    {
        await using var cluster = new ClusterFixture(output)
        {
            DriveSpeedLimit = "0",
            SourceTrees = 1,
            DataPort = DataPort,
        };
        // CL-40: storage connects to the client, which connects to no data port.
        cluster.Extra = $$"""
            backup.storage.data-calls = ["c1={{cluster.Client.Address}}:9114"]
            backup.client { call-address = {{cluster.Client.Address}}, call-port = 9114 }
            """;
        foreach (var node in cluster.Nodes)
        {
            // As a grandchild (-D), so that the node is the process that is killed. With the names of descriptors (-y),
            // since the client opens files by their directories.
            node.Tracer =
            [
                "strace", "-D", "-f", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", "trace=%file,connect",
                "-o", TraceOf(cluster, node),
            ];
        }
        await cluster.Start();

        var backup = await cluster.Completed(await cluster.Run());
        var image = backup.Job.Image!.Value.ToString();
        foreach (var against in (VerifyTarget[])[VerifyTarget.Disk, VerifyTarget.Media])
            await cluster.Completed((await cluster.Ask<JobsStarted>(
                new VerifyImage(RequestId.New(), image, against))).Jobs[0]);
        var target = Path.Combine(cluster.Root, "restored");
        var restore = (await cluster.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), image, [], target))).Jobs[0];
        await cluster.Completed(restore);
        Assert.Empty(NodeFixture.Differences(cluster.Source, target + cluster.Source));
        foreach (var node in cluster.Nodes) await node.Stop();

        var touched = File.ReadLines(TraceOf(cluster, cluster.Client)).ToList();
        foreach (var file in Directory.EnumerateFiles(cluster.Source, "file-*", SearchOption.AllDirectories).Take(20))
            Assert.Contains(touched, line => Opens(line, file));
        Assert.Contains(touched, line => line.Contains(target, StringComparison.Ordinal));
        foreach (var node in cluster.Nodes.Where(node => node != cluster.Client))
        {
            var others = File.ReadLines(TraceOf(cluster, node)).ToList();
            Assert.Contains(others, line => line.Contains(node.DataDirectory, StringComparison.Ordinal));
            Assert.DoesNotContain(others, line =>
                line.Contains(cluster.Source, StringComparison.Ordinal)
                || line.Contains(target, StringComparison.Ordinal));
        }
        Assert.Contains(File.ReadLines(TraceOf(cluster, cluster.Storage)), line => Connects(line, 9114));
        Assert.DoesNotContain(touched, line => Connects(line, DataPort));
        Assert.Contains(
            File.ReadLines(TraceOf(cluster, cluster.Storage)),
            line => line.Contains(cluster.Library, StringComparison.Ordinal));
    }

    private static bool Connects(string line, int port) =>
        line.Contains("connect(", StringComparison.Ordinal)
        && line.Contains(string.Create(CultureInfo.InvariantCulture, $"_port=htons({port})"), StringComparison.Ordinal);

    private static string TraceOf(ClusterFixture cluster, ClusterNode node) =>
        Path.Combine(cluster.Root, $"{node.Name}.strace");

    /// <summary>By its path, or by its directory and its name; what it got is named behind the call.</summary>
    private static bool Opens(string line, string file) =>
        line.Contains("open", StringComparison.Ordinal) && line.Contains($"<{file}>", StringComparison.Ordinal);
}
