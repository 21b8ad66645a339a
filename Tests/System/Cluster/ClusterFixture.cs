using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Backup.Host;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// A cluster on this machine, a process a node: directors d1 …, storage nodes s1 … and one client c1, with fast
/// timings.
/// </summary>
internal sealed class ClusterFixture : IAsyncDisposable
{
    private const int Port = 9111;
    private const int LogLines = 150;

    /// <summary>Some 13 MB in all: more than sockets and queues hold, so that a client has something to do.</summary>
    private const int Trees = 3;

    /// <summary>Some times what a take-over of busy processes takes, and whatever a test was told to wait.</summary>
    private static readonly TimeSpan Patience =
        TimeSpan.FromSeconds(90 + KillSpecs.Setting("BACKUP_DATABASE_AWAY", 0));

    private readonly ITestOutputHelper _output;
    private readonly string? _database;
    private int _asked;

    /// <param name="output">Gets the nodes' logs at the end.</param>
    /// <param name="directors">How many.</param>
    /// <param name="server">Keeps their catalog; null: SQLite.</param>
    /// <param name="lab">Gives each node a network of its own; null: they share loopback.</param>
    /// <param name="named">True: directors are called by names, which stand in a file of their own.</param>
    /// <param name="stores">Storage nodes: s1 has library tapes, s2 library cellar, both of the one pool.</param>
    public ClusterFixture(
        ITestOutputHelper output, int directors = 1, PostgresServer? server = null, NetworkLab? lab = null,
        int stores = 1, bool named = false)
    {
        (_output, Server, Lab, _database) = (output, server, lab, server?.Create());
        Root = Directory.CreateTempSubdirectory("backup-cluster-").FullName;
        Source = Directory.CreateDirectory(Path.Combine(Root, "source")).FullName;
        var network = lab is null ? FreeLoopback() : null;
        string[] names = [.. Enumerable.Range(1, directors).Select(number => $"d{number}"),
            .. Enumerable.Range(1, stores).Select(number => $"s{number}"), "c1"];
        Hosts = named ? Path.Combine(Root, "hosts") : null;
        Nodes = [.. names.Select((name, index) => new ClusterNode(
            name, name[0] switch { 'd' => "director", 's' => "storage", _ => "client" },
            lab is null ? $"{network}.{index + 1}" : lab.AddressOf(name), Path.Combine(Root, name))
        { NetworkNamespace = lab?.NamespaceOf(name), Hosts = Hosts })];
        Crowd = lab is null ? new ClientCrowd(Root, $"{network}.{names.Length + 1}") : null;
    }

    public string Root { get; }

    /// <summary>The file in which the nodes find the names of directors; null: they have none.</summary>
    public string? Hosts { get; }

    /// <summary>What is put before a director's own name in the network.</summary>
    public string NamePrefix { get; set; } = "";

    public string Source { get; }

    public string Library => Path.Combine(Root, "tapes");

    public PostgresServer? Server { get; }

    public NetworkLab? Lab { get; }

    public IReadOnlyList<ClusterNode> Nodes { get; }

    /// <summary>That of the second storage node.</summary>
    public string OtherLibrary => Path.Combine(Root, "cellar");

    public ClusterNode Storage => this["s1"];

    public ClusterNode Client => this["c1"];

    public IReadOnlyList<ClusterNode> Directors => [.. Nodes.Where(node => node.Role == "director")];

    public string DriveSpeedLimit { get; init; } = "4MB";

    public TimeSpan AbsentMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where the storage node takes data; 0: any port.</summary>
    public int DataPort { get; init; }

    /// <summary>
    /// True: whoever connects to a node's cluster port comes to a <see cref="FrameProxy"/> before it.
    /// </summary>
    public bool Proxied { get; init; }

    /// <summary>The proxies, one before each node.</summary>
    public IReadOnlyList<FrameProxy> Proxies { get; private set; } = [];

    /// <summary>Clients beside c1 that nobody starts unless a test does.</summary>
    public ClientCrowd? Crowd { get; }

    /// <summary>How much there is to save; each has some 4 MB.</summary>
    public int SourceTrees { get; init; } = Trees;

    /// <summary>What may be asked at the nodes of clients.</summary>
    public string ClientsMay { get; init; } = "all";

    /// <summary>Of each library. A job takes some four.</summary>
    public int Slots { get; init; } = 200;

    /// <summary>Settings of all nodes, put behind the others.</summary>
    public string Extra { get; set; } = "";

    /// <summary>True: each node also listens for pbm and health checks, at its address and the usual ports.</summary>
    public bool AllDoors { get; init; }

    /// <summary>The directors' database on the server.</summary>
    public string Database => _database!;

    public ClusterNode this[string name] => Nodes.Single(node => node.Name == name);

    /// <summary>Fills the source, starts all nodes and waits until each is a member and has said what it has.</summary>
    public async Task Start(int seed = 1)
    {
        for (var tree = 0; tree < SourceTrees; tree++)
            Sources.Fill(
                Directory.CreateDirectory(Path.Combine(Source, $"tree-{tree}")).FullName, (seed * Trees) + tree);
        await WriteHosts();
        if (Proxied) Proxies = [.. Nodes.Select(node => new FrameProxy(HostOf(node.Address), node.Address, Port))];
        foreach (var node in Nodes) await WriteConfig(node);
        foreach (var (name, file, data) in Crowd?.Members ?? [])
            await File.WriteAllTextAsync(file, ConfigOf(name, "client", Crowd!.Address, data, port: 0));
        // The founder first: otherwise the others wait until they look for it again.
        await Nodes[0].Start();
        await Task.WhenAll(Nodes.Skip(1).Select(node => node.Start()));
        await AllAreThere();
    }

    public Task WriteConfig(ClusterNode node) => File.WriteAllTextAsync(
        node.ConfigFile, ConfigOf(node.Name, node.Role, node.Address, node.DataDirectory, Port));

    /// <summary>Directors that do not run get new addresses and new data directories.</summary>
    public async Task MoveDirectors(int by)
    {
        foreach (var director in Directors)
        {
            var last = director.Address.LastIndexOf('.') + 1;
            director.Address = string.Create(CultureInfo.InvariantCulture,
                $"{director.Address[..last]}{int.Parse(director.Address[last..], CultureInfo.InvariantCulture) + by}");
            director.DataDirectory += "-moved";
            await WriteConfig(director);
        }
        await WriteHosts();
    }

    /// <summary>In place: it is what the nodes have mounted.</summary>
    private async Task WriteHosts()
    {
        if (Hosts is null) return;
        await File.WriteAllLinesAsync(
            Hosts, ["127.0.0.1 localhost", .. Directors.Select(each => $"{each.Address} {HostOf(each)}")]);
    }

    /// <summary>Waits until every running node sees all nodes that are there as members that are up.</summary>
    public async Task AllAreThere()
    {
        var names = Nodes.Select(node => node.Name).Order(StringComparer.Ordinal).ToList();
        foreach (var asked in Nodes)
        {
            await Until(
                async () => await Try<NodeStatus>(asked, new ShowStatus()) is { Nodes: { } seen }
                    && seen.Where(node => node is { State: "up", SilentFor: not null }).Select(node => node.Node)
                        .Order(StringComparer.Ordinal).SequenceEqual(names)
                    && seen.All(node => node.State is "up" or "gone"),
                async () => $"Node {asked.Name} does not see all nodes, but "
                    + string.Join("; ", (await Try<NodeStatus>(asked, new ShowStatus()))?.Nodes ?? []));
        }
    }

    /// <summary>Starts a backup, asked for at a node or at any.</summary>
    public async Task<JobId> Run(ClusterNode? at = null) =>
        (await Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("nightly")), at)).Jobs.Single();

    /// <summary>Asks a node, or any that runs, until it has an answer; fails the test at any other refusal.</summary>
    public async Task<T> Ask<T>(IRequest request, ClusterNode? at = null)
        where T : class, IReply
    {
        T? answer = null;
        await Until(async () => (answer = await Try<T>(at ?? Any(), request)) is not null,
            () => Task.FromResult($"Nobody answers {request}."));
        return answer!;
    }

    /// <summary>The answer; null when there is none now and may be one later.</summary>
    public async Task<T?> Try<T>(ClusterNode node, IRequest request)
        where T : class, IReply
    {
        try
        {
            var reply = await node.Ask(request);
            if (reply is Refused { Code: RefusalCode.Unavailable }) return null;
            return reply as T ?? throw new InvalidOperationException($"Node {node.Name} answers {request}: {reply}");
        }
        catch (NodeUnreachableException)
        {
            return null;
        }
    }

    /// <summary>Waits for the end of a job.</summary>
    public Task<JobDetails> Ended(JobId job) => Until(job, details => details.Job.State == "ended");

    /// <summary>The library in which the image of a backup lies.</summary>
    public string LibraryOf(JobDetails backup) => backup.Report!.Volumes.All(
        volume => volume.Value.StartsWith("disk-cellar-", StringComparison.Ordinal)) ? OtherLibrary : Library;

    /// <summary>Waits for the end of a job; fails the test unless it is complete.</summary>
    public async Task<JobDetails> Completed(JobId job)
    {
        var details = await Ended(job);
        Assert.True(details.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(details));
        return details;
    }

    /// <summary>Waits until a job is somewhere; fails the test when it ended in another way than complete.</summary>
    public async Task<JobDetails> Until(JobId job, Func<JobDetails, bool> condition)
    {
        JobDetails? details = null;
        await Until(
            async () =>
            {
                details = await Try<JobDetails>(Any(), new ShowJob(job)) ?? details;
                if (details is { Job.State: "ended" })
                    Assert.True(details.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(details));
                return details is not null && condition(details);
            },
            () => Task.FromResult(
                $"Job {job} does not get there: {(details is null ? "" : NodeFixture.Describe(details))}"));
        return details!;
    }

    /// <summary>Waits until a fragment of a job is in catalog and journal.</summary>
    public Task<JobDetails> FragmentClosed(JobId job) =>
        Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

    /// <summary>Waits until something holds; fails the test when it does not.</summary>
    public static async Task Until(Func<Task<bool>> holds, Func<Task<string>> otherwise)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await holds())
        {
            if (limit.IsCancellationRequested) Assert.Fail(await otherwise());
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <summary>Restores the image of a job and compares; each path stands once on the media.</summary>
    /// <param name="backup">The job.</param>
    /// <param name="library">The library's directory; null: that of the first.</param>
    public async Task IsWhole(JobDetails backup, string? library = null)
    {
        var image = backup.Job.Image!.Value;
        var target = Path.Combine(Root, "restored-" + Guid.NewGuid().ToString("N"));
        var restore = await Ask<JobsStarted>(new RestoreFiles(RequestId.New(), image.ToString(), [], target));
        await Completed(restore.Jobs.Single());
        Assert.Empty(NodeFixture.Differences(Source, target + Source));
        await Shell.Run("rm", "-rf", target);
        await ClusterMedia.EachPathOnce(library ?? Library, image, Source);
    }

    public async ValueTask DisposeAsync()
    {
        if (Crowd is not null) await Crowd.DisposeAsync();
        foreach (var proxy in Proxies) proxy.Dispose();
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
            var lines = node.Log.Split('\n');
            _output.WriteLine($"---- {node.Name}, {lines.Length} lines");
            foreach (var line in lines.TakeLast(LogLines)) _output.WriteLine(line);
        }
        if (Server is not null) _output.WriteLine($"---- PostgreSQL\n{Server.Log}");
        await Shell.Run("rm", "-rf", Root);
    }

    private ClusterNode Any()
    {
        var able = Nodes.Where(node => node is { Runs: true, IsPaused: false }).ToList();
        return able[_asked++ % able.Count];
    }

    private string ClientLine(string client) => $"{client}.may = [{ClientsMay}]";

    private IEnumerable<string> Clients => (Crowd?.Members.Select(member => member.Name) ?? []).Append("c1");

    /// <summary>What the others are told to connect to: a node, or the proxy before it.</summary>
    private string HostOf(string address)
    {
        var last = address.LastIndexOf('.') + 1;
        return Proxied ? address[..last] + "10" + address[last..] : address;
    }

    private string HostOf(ClusterNode node) => Hosts is not null && node.Role == "director"
        ? $"{NamePrefix}{node.Name}.backup.test" : HostOf(node.Address);

    private string ConfigOf(string name, string role, string address, string data, int port) => $$"""
        backup {
          node { name = {{name}}, data-directory = "{{data}}", roles = [{{role}}] }
          cluster {
            seeds = [{{string.Join(", ", Directors.Select(director => $"\"{HostOf(director)}:{Port}\""))}}]
            address = {{address}}
            host = {{(Hosts is not null && role == "director" ? HostOf(this[name]) : HostOf(address))}}
            port = {{port}}
            stable-after = 1s
          }
          catalog { {{Catalog}} }
          pbm { {{(AllDoors ? $"enabled = on, host = {address}" : "enabled = off")}} }
          health { {{(AllDoors ? $"enabled = on, host = {address}" : "enabled = off")}} }
          security.plain-network = {{(Lab is null && Hosts is null ? "off" : "on")}}
          clients { {{string.Join(", ", Clients.Select(ClientLine))}} }
          libraries.tapes {
            node = s1, directory = "{{Library}}", slots = {{Slots}}, volume-capacity = 4MiB
            drive-speed-limit = {{DriveSpeedLimit}}
          }
          {{(Nodes.Count(node => node.Role == "storage") == 1 ? "" : Cellar)}}
          pools.disk { library = tapes, fragment-size = 1MiB }
          file-sets.all.operations = [ { roots = ["{{Source}}"] } ]
          policies.nightly {
            file-set = all, pool = disk, clients = [c1], attempts = 100, node-stops = 1000, restart-delay = 200ms
          }
          policies.crowd {
            file-set = all, pool = disk, attempts = 100, node-stops = 1000, restart-delay = 200ms
            clients = [{{string.Join(", ", Clients)}}]
          }
          job {
            ask-again-after = 500ms, progress-interval = 200ms, absent-max = {{AbsentMax.TotalMilliseconds:0}}ms
          }
          storage {
            chunks-in-flight = 2, outbox-retry-delay = 200ms
            data-address = {{address}}, data-port = {{DataPort}}
            data-heartbeat = 500ms, data-silence = 3s, data-reconnect-within = 3s
          }
        }
        akka.cluster {
          gossip-interval = 200ms, leader-actions-interval = 200ms, unreachable-nodes-reaper-interval = 200ms
          periodic-tasks-initial-delay = 200ms, seed-node-timeout = 1s, retry-unsuccessful-join-after = 1s
          failure-detector { heartbeat-interval = 300ms, acceptable-heartbeat-pause = 2s }
        }
        {{Extra}}
        """;

    private string Cellar => $$"""
        libraries.cellar {
          node = s2, directory = "{{OtherLibrary}}", slots = {{Slots}}, volume-capacity = 4MiB
        }
        pools.disk.other-libraries = [cellar]
        """;

    private string Catalog => Server is null ? "provider = sqlite"
        : $"provider = postgresql, host = \"{Server.Host}\", database = {_database}, user = {PostgresServer.User}";

    /// <summary>
    /// A part of 127.0.0.0/8 of its own: its ports are taken neither by another cluster nor, while a node is dead, by
    /// somebody's outgoing connection.
    /// </summary>
    private static string FreeLoopback()
    {
        for (var tries = 0; tries < 100; tries++)
        {
            var network = $"127.{Random.Shared.Next(64, 250)}.{Random.Shared.Next(1, 250)}";
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Parse(network + ".1"), Port));
                return network;
            }
            catch (SocketException)
            {
                // Another cluster's: the next one.
            }
        }
        throw new InvalidOperationException("No free address was found in 127.0.0.0/8.");
    }
}
