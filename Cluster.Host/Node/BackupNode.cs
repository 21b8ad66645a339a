using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence.Sql;
using Backup.Actors.Catalog;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Host.Configuration;
using Backup.Host.Pbm;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Host.Node;

/// <summary>
/// A running node: the catalog, and two actor systems. The cluster's has catalog, jobs, allocator and gateway; the
/// local one has client, storage and their streams, so that the cluster's may be made anew without touching running
/// work.
/// </summary>
public sealed class BackupNode
{
    private readonly CatalogStore _store;
    private readonly ActorSystem _cluster;
    private readonly ActorSystem _local;

    private readonly NodeData _data;

    private BackupNode(
        CatalogStore store, NodeData data, ActorSystem cluster, ActorSystem local, NodeActors actors,
        IReadOnlyList<JobId> others) =>
        (_store, _data, _cluster, _local, Actors, Connection, OtherJobs) =
            (store, data, cluster, local, actors, new GatewayConnection(actors.Gateway), others);

    /// <summary>The node's gateway, within this process.</summary>
    public INodeConnection Connection { get; }

    /// <summary>Its actors, with what looks after them.</summary>
    internal NodeActors Actors { get; }

    /// <summary>The node's log.</summary>
    internal ILoggingAdapter Log => Logging.GetLogger(_cluster, "node");

    /// <summary>Jobs that have not ended and that this node does not take up (<see cref="NodeMode.Solo"/>).</summary>
    public IReadOnlyList<JobId> OtherJobs { get; }

    /// <summary>Completes when the node has stopped, by itself or by <see cref="Stop"/>.</summary>
    public Task Stopped => Task.WhenAll(_cluster.WhenTerminated, _local.WhenTerminated);

    /// <summary>The system of sessions, drives and streams, for tests that stop one of them.</summary>
    internal ActorSystem Local => _local;

    /// <summary>Starts a node.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="mode">Which jobs it takes up.</param>
    /// <param name="cancellation">Gives up before the first actor is made.</param>
    /// <exception cref="NodeStartException">It cannot start; nothing runs.</exception>
    public static async Task<BackupNode> Start(BackupSettings settings, NodeMode mode, CancellationToken cancellation)
    {
        Prepare(settings.Node);
        var store = await CatalogOpening.Open(settings, mode, cancellation).ConfigureAwait(false);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            if (!OthersOf(mode, store).Is(out var others, out var failure))
                throw new NodeStartException(CatalogFailureText.Sentence(failure), 1);
            var local = ActorSystem.Create("backup-local", NodeConfig.Local(settings));
            var data = await StartData(settings, mode, local).ConfigureAwait(false);
            var cluster = ActorSystem.Create("backup", NodeConfig.Cluster(settings));
            var actors = StartActors(settings, mode, store, data.Plane, cluster, local);
            return new BackupNode(store, data, cluster, local, actors, others);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Begins to answer `pbm`.</summary>
    public void StartConsole(PbmSettings settings) => PbmConsole.Start(_cluster, Connection, settings);

    /// <summary>A node for all jobs reads them by itself, and again as long as the catalog cannot be read.</summary>
    private static CatalogAnswer<IReadOnlyList<JobId>> OthersOf(NodeMode mode, CatalogStore store)
    {
        if (mode == NodeMode.All) return CatalogAnswer<IReadOnlyList<JobId>>.Of([]);
        return store.Jobs.Unfinished().Is(out var unfinished, out var failure)
            ? CatalogAnswer<IReadOnlyList<JobId>>.Of([.. unfinished.Select(job => job.Job)])
            : failure;
    }

    /// <summary>
    /// Stops: streams end, drives are given back, jobs that have not ended are taken up by the next start.
    /// </summary>
    public async Task Stop()
    {
        await CoordinatedShutdown.Get(_cluster).Run(CoordinatedShutdown.ClrExitReason.Instance).ConfigureAwait(false);
        await _local.Terminate().ConfigureAwait(false);
        await Stopped.ConfigureAwait(false);
        await _data.DisposeAsync().ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        _store.Dispose();
    }

    private static async Task<NodeData> StartData(BackupSettings settings, NodeMode mode, ActorSystem local)
    {
        try
        {
            return NodeData.Start(settings, listens: mode == NodeMode.All, local);
        }
        catch (NodeStartException)
        {
            await local.Terminate().ConfigureAwait(false);
            throw;
        }
    }

    private static NodeActors StartActors(
        BackupSettings settings, NodeMode mode, CatalogStore store, DataPlane plane, ActorSystem cluster,
        ActorSystem local)
    {
        var options = NodeOptions.Of(settings);
        var uplink = local.ActorOf(Uplink.Props(options.CatalogWithin), "uplink");
        var client = local.ActorOf(ClientActor.Props(options.Client, plane, uplink), "client");
        var storage = local.ActorOf(
            StorageActor.Props(options.Storage, plane, uplink).WithDispatcher("backup.storage-dispatcher"), "storage");
        var catalog = cluster.ActorOf(CatalogActor.Props(store), "catalog");
        var allocator = cluster.ActorOf(Allocator.Props(options.Allocator), "allocator");
        var directory = cluster.ActorOf(NodeDirectory.Props(allocator), "directory");
        var jobs = cluster.ActorOf(
            JobRegion.Props(new JobNeighbours(allocator, catalog, directory), options.Job, mode == NodeMode.Solo
                ? new JobId(0) : null), "jobs");
        cluster.ActorOf(
            NodeFace.Props(options.Announced, new LocalActors(uplink, client, storage),
                new Directors(directory, catalog, jobs)), "node");
        var policies = new PolicyBook(NodeOptions.Policies(settings));
        var reload = new NodeReload(
            settings,
            Logging.GetLogger(cluster, "node"),
            changed => policies.Replace(NodeOptions.Policies(changed)),
            changed => client.Tell(NodeOptions.Of(changed).Client),
            changed => storage.Tell(NodeOptions.Of(changed).Storage),
            changed => allocator.Tell(new Allocator.SlotsPerClient(changed.Client.JobsMax)),
            changed => NodeConfig.Log(cluster, changed.Log),
            changed => NodeConfig.Log(local, changed.Log));
        var setup = new GatewaySetup(
            settings.Node.Name.Value,
            Version,
            DateTimeOffset.UtcNow,
            settings.Node.Client,
            policies,
            [.. settings.Libraries.Keys],
            store,
            catalog,
            jobs,
            allocator,
            cluster.Scheduler,
            options.CatalogWithin,
            reload.Reload);
        var gateway = cluster.ActorOf(GatewayActor.Props(new GatewayDesk(setup)), "gateway");
        return new NodeActors(gateway, uplink, storage, catalog, jobs, reload);
    }

    /// <summary>The program's version.</summary>
    public static string Version =>
        typeof(BackupNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";

    private static void Prepare(NodeSettings node)
    {
        try
        {
            Directory.CreateDirectory(node.DataDirectory);
            Directory.CreateDirectory(node.SessionsDirectory);
            Directory.CreateDirectory(node.WorkDirectory);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new NodeStartException(
                $"The data directory {node.DataDirectory} cannot be made or written: {refused.Message} Choose "
                    + "another (`backup.node.data-directory`) or change its owner.", 2);
        }
    }

    /// <summary>The gateway of a node in this process.</summary>
    private sealed class GatewayConnection(IActorRef gateway) : INodeConnection
    {
        private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

        public async Task<Messages.Operations.IReply> Ask(
            Messages.Operations.IRequest request, CancellationToken cancellation)
        {
            try
            {
                return await gateway.Ask<Messages.Operations.IReply>(request, Within, cancellation)
                    .ConfigureAwait(false);
            }
            catch (AskTimeoutException)
            {
                throw new NodeUnreachableException("The node did not answer within five minutes; see its log.");
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>Which jobs a node takes up when it starts.</summary>
public enum NodeMode
{
    /// <summary>All that have not ended.</summary>
    All,

    /// <summary>None: it runs the jobs that are started through it, and ends.</summary>
    Solo,
}

/// <summary>A node cannot start.</summary>
/// <param name="message">What was expected, what was found, what to do.</param>
/// <param name="exitCode">The program's exit code: 1 failed, 2 configuration.</param>
public sealed class NodeStartException(string message, int exitCode) : Exception(message)
{
    /// <summary>The program's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}
