using Backup.Host.Configuration;
using Backup.Host.Http;
using Backup.Host.Node;
using Backup.Host.Service;

namespace Backup.Tests.System.Protocol;

/// <summary>
/// The nodes that a conformance client meets: one that does everything, its door for a process that runs one job alone,
/// and one of a cluster whose directors are not there.
/// </summary>
internal sealed class ConformanceNode : IAsyncDisposable
{
    private readonly NodeFixture _node;
    private readonly List<NodeServer> _servers = [];
    private readonly string _strandedRoot = Directory.CreateTempSubdirectory("backup-spec-").FullName;
    private BackupNode? _stranded;

    public ConformanceNode() => _node = new NodeFixture("""
        backup {
          libraries.vault { directory = "${root}/vault", slots = 1, volume-capacity = 2MiB }
          libraries.slow { directory = "${root}/slow", drive-speed-limit = 1MiB }
          pools.second { library = tapes, fragment-size = 1MiB }
          pools.third { library = tapes, fragment-size = 1MiB }
          pools.vault { library = vault, fragment-size = 1MiB }
          pools.slow { library = slow, fragment-size = 1MiB }
          file-sets.other { operations = [ { roots = ["${root}/source"] } ] }
          policies.unseen { file-set = other, pool = disk }
          policies.waiting { file-set = all, pool = vault }
          policies.slow { file-set = all, pool = slow }
          policies.left-out { file-set = all, pool = disk, plan = none }
          policies.planned { file-set = all, pool = disk, plan = office }
          plans.none { strategy = skip }
          plans.office { cycle-days = 7 }
        }
        """)
    { WaitForVolume = "1h" };

    /// <summary>Refusals that need a state which other tests make.</summary>
    public static IReadOnlySet<(string Operation, string Code)> Elsewhere { get; } =
        new HashSet<(string, string)>
        {
            // Read by the node itself, which needs no director for it.
            ("reload-configuration", "unavailable"),
            // A clock that cannot be right: RetentionTurnSpecs, RetentionSpecs.
            ("run-retention", "conflict"),
        };

    public string Root => _node.Root;

    public string Source => _node.Source;

    public string Library => _node.Library;

    public string ConfigFile => _node.ConfigFile;

    public string Socket => _node.Settings().Node.SocketFile;

    public string SoloSocket => Path.Combine(Root, "solo.sock");

    public string StrandedSocket => Path.Combine(_strandedRoot, "backup.sock");

    public async Task Start()
    {
        _node.Extra = _node.Extra.Replace("${root}", Root, StringComparison.Ordinal);
        var random = new Random(1);
        var noise = new byte[4 << 20];
        random.NextBytes(noise);
        File.WriteAllBytes(Path.Combine(Source, "noise"), noise);
        File.WriteAllText(Path.Combine(Source, "hosts"), "127.0.0.1 localhost\n");
        Directory.CreateDirectory(Path.Combine(Source, "empty"));
        await _node.Start();
        var health = new NodeHealth(TimeProvider.System);
        _servers.Add(await NodeServer.Start(_node.Connection, Socket, health));
        _servers.Add(await NodeServer.Start(new SoloDoor(_node.Connection), SoloSocket, health));
        var file = Path.Combine(_strandedRoot, "node.conf");
        await File.WriteAllTextAsync(file, $$"""
            backup {
              node { name = stranded, roles = [client], data-directory = "{{_strandedRoot}}/data" }
              cluster { seeds = ["127.0.0.1:1"], port = 0 }
            }
            """);
        var (settings, problems) = SettingsReader.Read(file);
        _stranded = await BackupNode.Start(
            settings ?? throw new InvalidOperationException(SettingProblems.Render(problems)), NodeMode.All,
            CancellationToken.None);
        _servers.Add(await NodeServer.Start(_stranded.Connection, StrandedSocket, health));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        if (_stranded is not null) await _stranded.Stop();
        Directory.Delete(_strandedRoot, recursive: true);
        await _node.DisposeAsync();
    }
}
