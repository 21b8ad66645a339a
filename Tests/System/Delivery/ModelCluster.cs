using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Retention;
using Backup.Host.Configuration;
using Backup.Host.Node;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Xunit;

namespace Backup.Tests.System.Delivery;

/// <summary>
/// A director, a storage node and a client in one process, with the actors of the product and their real data plane,
/// but a <see cref="Postman"/> at every place where a message goes from one role to another.
/// </summary>
public sealed class ModelCluster : IAsyncLifetime
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(150);
    /// <summary>A node is absent when three are missing, which must not happen on a busy machine.</summary>
    private static readonly TimeSpan AnnounceEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMilliseconds(400);

    /// <summary>Behind the second time of asking again, and behind every patience.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(600);

    private const int FragmentBytes = 64 << 10;

    private readonly Dictionary<string, LocalSide> _local = [];
    private readonly Dictionary<string, IActorRef> _faces = [];
    private ActorSystem _system = null!;
    private IActorRef _link = ActorRefs.Nobody;
    private int _lives;

    public string Root { get; } = Directory.CreateTempSubdirectory("backup-model-").FullName;

    public string Source => Path.Combine(Root, "source");

    internal Postman Postman { get; private set; } = null!;

    internal CatalogStore Store { get; private set; } = null!;

    /// <summary>The allocator itself, for looking.</summary>
    internal IActorRef Allocator { get; private set; } = ActorRefs.Nobody;

    /// <summary>The gateway, by way of the postman.</summary>
    internal IActorRef Gateway { get; private set; } = ActorRefs.Nobody;

    internal ActorSystem System => _system;

    public async Task InitializeAsync()
    {
        Fill("source", files: 3, bytes: 100_000, _ => "");
        // An index that does not compress, and is longer than a piece.
        Fill("many", files: 1500, bytes: 8, random => Convert.ToHexString(Sources.Bytes(random, 60)));
        var director = Settings("d1", "director");
        Store = await CatalogOpening.Open(director, NodeMode.All, CancellationToken.None);
        _system = ActorSystem.Create(NodeConfig.SystemName, NodeConfig.Cluster(director, joins: false));
        Postman = new Postman(_system, Late);
        StartDirector(director);
        await Join();
        await StartNode("s1");
        await StartNode("c1");
    }

    public async Task DisposeAsync()
    {
        foreach (var side in _local.Values) await side.Stop();
        await _system.Terminate();
        Store.Dispose();
        await Shell.Run("rm", "-rf", Root);
    }

    /// <summary>Asks as somebody at a node that is no director; once.</summary>
    public async Task<IReply> Ask(IRequest request, Asker? by = null) => await _link.Ask<IReply>(
        by is null ? request : new NodeProtocol.Asked(by, request), TimeSpan.FromSeconds(20));

    /// <summary>The node leaves its cluster and joins again; what runs on it goes on.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="away">How long it is no member.</param>
    public async Task Rejoin(string node, TimeSpan away = default)
    {
        await _faces[node].GracefulStop(TimeSpan.FromSeconds(5));
        await Task.Delay(away);
        StartFace(node);
    }

    /// <summary>Jobs that begin from now on wait so long for a volume that is not there.</summary>
    public void WaitForVolumes(TimeSpan wait) => Local("s1").Storage.Tell(
        OptionsOf(Settings("s1")).Storage with { WaitForVolume = wait });

    /// <summary>The node's process is another one.</summary>
    public async Task Restart(string node, Action<BackupSettings> meanwhile)
    {
        await _faces[node].GracefulStop(TimeSpan.FromSeconds(5));
        await _local[node].Stop();
        meanwhile(Settings(node));
        await StartNode(node);
    }

    /// <summary>The actors of client or storage on a node.</summary>
    internal LocalActors Local(string node) => _local[node].Actors;

    /// <summary>Whether a session of the job is left on any node.</summary>
    internal async Task<bool> HasSessions(JobId job, int attempts)
    {
        foreach (var (node, side) in _local)
            for (var epoch = 1; epoch <= attempts; epoch++)
            {
                var parent = node == "s1" ? "storage" : "client";
                var found = await side.System.ActorSelection($"/user/{parent}/job-{job}-epoch-{epoch}")
                    .Ask<ActorIdentity>(new Identify(null), TimeSpan.FromSeconds(5));
                if (found.Subject is not null) return true;
            }
        return false;
    }

    private void Fill(string folder, int files, int bytes, Func<Random, string> ending)
    {
        for (var file = 0; file < files; file++)
        {
            var path = Directory.CreateDirectory(Path.Combine(Root, folder, $"folder-{file % 3}")).FullName;
            var random = new Random(file);
            File.WriteAllBytes(
                Path.Combine(path, $"file-{file:0000}{ending(random)}"), Sources.Bytes(random, bytes));
        }
    }

    private async Task Join()
    {
        var cluster = Akka.Cluster.Cluster.Get(_system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        cluster.Join(cluster.SelfAddress);
        await up.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>As <see cref="ClusterSide"/> does, but for what stands between.</summary>
    private void StartDirector(BackupSettings settings)
    {
        var options = OptionsOf(settings);
        var catalog = _system.ActorOf(CatalogActor.Props(Store), "catalog-itself");
        Postman.Door("catalog", catalog);
        Allocator = _system.ActorOf(Backup.Actors.Jobs.Allocator.Props(options.Allocator, catalog), "allocator-itself");
        var allocator = Postman.Door("allocator", Allocator);
        var directory = Postman.Door(
            "directory", _system.ActorOf(NodeDirectory.Props(allocator), "directory-itself"));
        var neighbours = new JobNeighbours(allocator, catalog, directory);
        var jobs = Postman.Door(
            "jobs", JobShards.Start(_system, DirectorsLink.Role, neighbours, options.Job));
        _system.ActorOf(JobKeeper.Props(catalog, jobs, AskAgainAfter), "keeper");
        var desk = new GuardedDesk(new GatewaySetup(
            "d1", "1", DateTimeOffset.UnixEpoch, null, () => [.. settings.Clients.Keys],
            () => [.. NodeOptions.Policies(settings).Select(InSmallFragments)], () => [.. settings.Libraries.Keys],
            () => settings.Pools.ToDictionary(pool => pool.Key, pool => pool.Value.Libraries), Store, catalog, jobs,
            allocator, directory, () => NodeRoster.MembersOf(_system), _system.Scheduler, AnswerWithin,
            _ => new ConfigurationReloaded(["job"], []), () => settings.Job.RestoreDrives,
            Retention: _system.ActorOf(RetentionKeeper.Props(new RetentionSetup(
                catalog, directory, () => NodeOptions.Policies(settings), () => settings.Retention,
                _system.Scheduler, TimeZoneInfo.Utc, AnswerWithin)))));
        var pace = new FollowPace(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        Gateway = Postman.Door(
            "gateway", _system.ActorOf(GatewayActor.Props(desk, pace), "gateway-itself"));
        _link = _system.ActorOf(DirectorsLink.Props(AskAgainAfter), "directors");
    }

    /// <summary>Several of them, so that a job is not over with its first.</summary>
    private static PolicyDefinition InSmallFragments(PolicyDefinition policy) => policy.Name.Value == "many"
        ? policy
        : policy with { SpecFor = client => policy.SpecFor(client) with { FragmentBytes = FragmentBytes } };

    private async Task StartNode(string node)
    {
        var settings = Settings(node, node == "s1" ? "storage" : "client");
        _local[node] = await LocalSide.Start(settings, NodeMode.All, OptionsOf(settings));
        StartFace(node);
    }

    private void StartFace(string node)
    {
        var settings = Settings(node, node == "s1" ? "storage" : "client");
        _faces[node] = _system.ActorOf(
            NodeFace.Props(OptionsOf(settings).Announced, _local[node].Actors,
                new Directors(_link, _link, _link, ComeAndGo: true)),
            $"{node}-{_lives++}");
    }

    private static NodeOptions OptionsOf(BackupSettings settings)
    {
        var usual = NodeOptions.Of(settings);
        return usual with
        {
            Client = usual.Client with { CatalogWithin = AnswerWithin, ProgressEvery = ProgressEvery },
            Storage = usual.Storage with { CatalogWithin = AnswerWithin },
            Announced = usual.Announced with { Every = AnnounceEvery },
            CatalogWithin = AnswerWithin,
        };
    }

    private BackupSettings Settings(string node, string role = "storage")
    {
        var data = Path.Combine(Root, node);
        foreach (var folder in (string[])["sessions", "work"]) Directory.CreateDirectory(Path.Combine(data, folder));
        var file = Path.Combine(Root, node + ".conf");
        File.WriteAllText(file, $$"""
            backup {
              node { name = {{node}}, data-directory = "{{data}}", roles = [{{role}}] }
              cluster { seeds = ["127.0.0.1:9"], address = 127.0.0.1, port = 9 }
              catalog.provider = sqlite
              pbm.enabled = off
              log.level = error
              client.scripts = ["{{Root}}"]
              retention { every = 0s, grace = 0s }
              clients { c1 { }, c9 { } }
              libraries {
                tapes { node = s1, directory = "{{Root}}/tapes", slots = 2000, volume-capacity = 64MiB }
                slow {
                  node = s1, directory = "{{Root}}/slow", slots = 2000, volume-capacity = 64MiB, drives = 2
                  drive-speed-limit = 1MB
                }
                hurt { node = s1, directory = "{{Root}}/hurt", slots = 2000, volume-capacity = 64MiB }
                full { node = s1, directory = "{{Root}}/full", slots = 1, volume-capacity = 64MiB, autolabel = off }
              }
              pools {
                disk { library = tapes }
                second { library = tapes }
                once { library = tapes, use-once = on }
                slowly { library = slow }
                hurt { library = hurt }
                full { library = full }
              }
              file-sets {
                all.operations = [ { roots = ["{{Source}}"] } ]
                many.operations = [ { roots = ["{{Root}}/many"] } ]
                none.operations = [ { roots = ["{{Root}}/none"] } ]
              }
              plans.office { }
              policies {
                nightly { file-set = all, pool = disk, clients = [c1], attempts = 100, restart-delay = 100ms }
                slowly { file-set = all, pool = slowly, clients = [c1], attempts = 100, restart-delay = 100ms }
                scripted {
                  file-set = all, pool = disk, clients = [c1], attempts = 100, restart-delay = 100ms
                  scripts = [{ command = ["{{Root}}/note"] }, { when = after, command = ["{{Root}}/note"] }]
                }
                many { file-set = many, pool = disk, clients = [c1], attempts = 100, restart-delay = 100ms }
                hurt { file-set = all, pool = hurt, clients = [c1] }
                planned { file-set = all, pool = disk, clients = [c1], plan = office }
                kept { file-set = all, pool = once, clients = [c1], attempts = 100, retention.last = 1 }
                none { file-set = none, pool = disk, clients = [c1], attempts = 1 }
                full { file-set = all, pool = full, clients = [c1], attempts = 1 }
                away { file-set = all, pool = disk, clients = [c9] }
              }
              job { ask-again-after = {{AskAgainAfter.TotalMilliseconds}}ms, progress-interval = 50ms }
              storage { outbox-retry-delay = {{AskAgainAfter.TotalMilliseconds}}ms, data-address = 127.0.0.1, wait-for-volume = 0s }
            }
            akka {
              remote.dot-netty.tcp.port = 0
              cluster {
                seed-nodes = []
                gossip-interval = 50ms, leader-actions-interval = 50ms, periodic-tasks-initial-delay = 50ms
              }
            }
            """);
        var (settings, problems) = SettingsReader.Read(file);
        return settings ?? throw new InvalidOperationException(SettingProblems.Render(problems));
    }
}
