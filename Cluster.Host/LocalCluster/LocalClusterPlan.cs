using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;

namespace Backup.Host.LocalCluster;

/// <summary>One node of a local cluster.</summary>
/// <param name="Name">As `director1`.</param>
/// <param name="Role">Its one role.</param>
/// <param name="Port">Of the cluster.</param>
/// <param name="ConsolePort">Of its console.</param>
internal sealed record LocalNode(string Name, NodeRole Role, int Port, int ConsolePort);

/// <summary>Who is in a local cluster, and the files that say so: what a person would write.</summary>
/// <param name="Place">The folder of everything.</param>
/// <param name="Catalog">The object `backup.catalog`.</param>
/// <param name="Nodes">Directors first.</param>
internal sealed record LocalClusterPlan(string Place, string Catalog, IReadOnlyList<LocalNode> Nodes)
{
    public const int NodesMin = 3;
    public const string Policy = "nightly";
    public const string CommonFile = "common.conf";

    // Two directors are no more than one: of two halves that do not see each other none is the majority.
    private const int DirectorsForFailOver = 3;
    private const int NodesForFailOver = 5;
    private const int NodesUsual = 6;
    private const int NodesUsualAlone = 4;

    /// <summary>What is saved.</summary>
    public string Source => Path.Combine(Place, "source");

    public bool HasFailOver => Nodes.Count(node => node.Role == NodeRole.Director) > 1;

    public static LocalClusterPlan Of(string place, string catalog, bool shared, int? count)
    {
        var all = count ?? (shared ? NodesUsual : NodesUsualAlone);
        var directors = shared && all >= NodesForFailOver ? DirectorsForFailOver : 1;
        using var ports = new FreePorts();
        LocalNode Node(NodeRole role, int number) => new(
            string.Create(CultureInfo.InvariantCulture, $"{role.ToString().ToLowerInvariant()}{number}"), role,
            ports.Next(), ports.Next());
        return new LocalClusterPlan(place, catalog,
        [
            .. Enumerable.Range(1, directors).Select(number => Node(NodeRole.Director, number)),
            Node(NodeRole.Storage, 1),
            .. Enumerable.Range(1, all - directors - 1).Select(number => Node(NodeRole.Client, number)),
        ]);
    }

    public string FileOf(LocalNode node) => Path.Combine(Place, $"{node.Name}.conf");

    public string LogOf(LocalNode node) => Path.Combine(Place, $"{node.Name}.log");

    /// <summary>Writes the files, and reads them again as the nodes will.</summary>
    /// <exception cref="CommandFailure">A node would not take them: its folder's path is too long, say.</exception>
    public void Write()
    {
        File.WriteAllText(Path.Combine(Place, CommonFile), Common());
        foreach (var node in Nodes) File.WriteAllText(FileOf(node), Own(node));
        foreach (var node in Nodes)
        {
            var (settings, problems) = SettingsReader.Read(FileOf(node));
            if (settings is null) throw CommandFailure.Usage(SettingProblems.Render(problems).TrimEnd());
        }
    }

    private string Common()
    {
        var clients = string.Join(", ", Nodes.Where(node => node.Role == NodeRole.Client).Select(node => node.Name));
        var seeds = string.Join(", ", Nodes.Where(node => node.Role == NodeRole.Director)
            .Select(node => string.Create(CultureInfo.InvariantCulture, $"\"127.0.0.1:{node.Port}\"")));
        return $$"""
            # What all nodes of this cluster have in common. Each node's own file includes it.
            backup {
              cluster {
                seeds        = [{{seeds}}]      # all directors, the same list everywhere
                stable-after = 3s      # short, to look on; on a real network the default of 10s
              }

              catalog { {{Catalog}} }

              # A director that begins to give out drives first hears for three times this what jobs hold already.
              job.ask-again-after = 2s

              clients { {{string.Join(", ", clients.Split(", ").Select(client => $"{client} {{ }}"))}} }

              libraries.tapes {
                node              = storage1
                directory         = tapes
                slots             = 200
                volume-capacity   = 64MiB
                drives            = 2
                drive-speed-limit = 4MB      # so that a job lasts long enough to kill something under it
              }

              pools.disk { library = tapes, fragment-size = 8MiB }

              file-sets.sample.operations = [
                { roots = [{{JsonSerializer.Serialize(Source)}}], one-file-system = off }
              ]

              policies.{{Policy}} { file-set = sample, pool = disk, clients = [{{clients}}] }
            }

            """;
    }

    private static string Own(LocalNode node) => string.Create(CultureInfo.InvariantCulture, $$"""
        include "common.conf"

        backup {
          node {
            name           = {{node.Name}}
            roles          = [{{node.Role.ToString().ToLowerInvariant()}}]
            data-directory = {{node.Name}}
          }
          cluster.port = {{node.Port}}
          pbm.port     = {{node.ConsolePort}}
        }

        """);

    /// <summary>Ports that are free now, each another: all are held until the last is found.</summary>
    private sealed class FreePorts : IDisposable
    {
        private readonly List<TcpListener> _held = [];

        public int Next()
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _held.Add(listener);
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        public void Dispose() => _held.ForEach(listener => listener.Dispose());
    }
}
