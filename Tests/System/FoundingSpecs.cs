using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Xunit;

namespace Backup.Tests.System;

/// <summary>When the first seed founds a cluster, and when it waits for the others.</summary>
public sealed class FoundingSpecs : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("backup-seed-").FullName;
    private readonly int _port = FreePorts.Take();
    private readonly int _other = FreePorts.Take();

    public void Dispose() => Media.Files.TreeRemover.Remove(_root);

    [Fact]
    public async Task A_first_seed_that_was_in_a_cluster_with_others_waits_for_more_than_half_of_the_seeds()
    {
        var settings = Settings();
        var began = Stopwatch.GetTimestamp();
        await using (var first = await Started(settings)) await Founded(first.Node); // a new one founds
        var founding = Stopwatch.GetElapsedTime(began);
        await File.WriteAllTextAsync(ClusterMemory.FileOf(settings.Node), "as if another director had been there");

        await using var again = await Started(settings);
        for (began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < 2 * founding; await Task.Delay(50))
            Assert.Empty(MembersOf(again.Node)); // for longer than founding takes

        using var other = new TcpListener(IPAddress.Loopback, _other); // it is there, and in no cluster
        other.Start();
        await Founded(again.Node);
    }

    private static async Task Founded(BackupNode node)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (MembersOf(node).Count == 0) await Task.Delay(50, limit.Token);
    }

    private static IReadOnlyCollection<Akka.Cluster.Member> MembersOf(BackupNode node) =>
        Akka.Cluster.Cluster.Get(node.Cluster).State.Members;

    private static async Task<Running> Started(BackupSettings settings) =>
        new(await BackupNode.Start(settings, NodeMode.All, CancellationToken.None));

    private BackupSettings Settings()
    {
        var file = Path.Combine(_root, "node.conf");
        File.WriteAllText(file, $$"""
            backup {
              node { name = d1, data-directory = "{{_root}}/data", roles = [director] }
              cluster { seeds = ["127.0.0.1:{{_port}}", "127.0.0.1:{{_other}}"], port = {{_port}} }
              pbm.enabled = off
            }
            akka.cluster { seed-node-timeout = 1s, gossip-interval = 200ms, leader-actions-interval = 200ms }
            """);
        var (settings, problems) = SettingsReader.Read(file);
        return settings ?? throw new InvalidOperationException(SettingProblems.Render(problems));
    }

    private sealed record Running(BackupNode Node) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Node.Stop();
    }
}
