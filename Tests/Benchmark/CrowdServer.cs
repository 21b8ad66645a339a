using System.Globalization;
using Akka.Actor;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Actors.Node;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Nodes;

namespace Backup.Benchmark;

/// <summary>
/// Many clients in one process: each has the actors of a real one, and all of them one place in the cluster and one
/// data plane. Commands come as to <see cref="NodeServer"/>.
/// </summary>
internal static class CrowdServer
{
    public const string Mode = "crowd-of-benchmark";

    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CatalogWithin = TimeSpan.FromSeconds(30);

    /// <summary>The names of so many clients.</summary>
    public static IReadOnlyList<string> Names(int clients) =>
        [.. Enumerable.Range(1, clients).Select(number => string.Create(CultureInfo.InvariantCulture, $"c{number:000}"))];

    /// <summary>Serves until its input ends.</summary>
    /// <param name="root">Holds node.conf.</param>
    public static async Task<int> Run(string root)
    {
        var settings = NodeServer.Settings(root);
        Directory.CreateDirectory(settings.Node.WorkDirectory);
        var local = ActorSystem.Create("backup-local", NodeConfig.Local(settings));
        var cluster = ActorSystem.Create(NodeConfig.SystemName, NodeConfig.Cluster(settings, joins: true));
        var link = cluster.ActorOf(DirectorsLink.Props(settings.Job.AskAgainAfter), "directors");
        var directors = new Directors(link, link, link, ComeAndGo: true);
        var plane = new DataPlane(new DataPlaneOptions { Node = settings.Node.Name.Value });
        foreach (var name in settings.Clients.Keys.Where(each => each != settings.Node.Client))
        {
            var uplink = local.ActorOf(Uplink.Props(CatalogWithin));
            var client = local.ActorOf(ClientActor.Props(
                new ClientOptions(
                    name, settings.Node.WorkDirectory, 1, TimeSpan.FromSeconds(1), CatalogWithin,
                    settings.Client.FifoWait),
                plane, uplink));
            cluster.ActorOf(NodeFace.Props(
                new NodeProtocol.Announce(new NodeName(name.Value), name, [], AnnounceEvery),
                new LocalActors(uplink, client, ActorRefs.Nobody), directors));
        }
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(line == "took\t" ? NodeServer.Took()
                : throw new ArgumentException($"Unknown command: {line}"));
        await CoordinatedShutdown.Get(cluster).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await local.Terminate();
        return 0;
    }
}
