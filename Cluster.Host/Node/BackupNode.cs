using System.Net.Sockets;
using System.Reflection;
using Akka.Actor;
using Akka.Event;
using Backup.Host.Configuration;
using Backup.Host.Pbm;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Host.Node;

/// <summary>
/// A running node: the catalog where it is a director, and two actor systems. The cluster's has the director's actors;
/// the local one has client, storage and their streams. In a cluster, the first is made anew whenever it ends without
/// the node being stopped: its side of a partition gave way, or no director was left.
/// </summary>
public sealed class BackupNode
{
    private static readonly TimeSpan BeforeJoiningAgain = TimeSpan.FromSeconds(1);
    private readonly NodeParts _parts;
    private readonly LocalSide _local;
    private readonly DataDirectoryLock _lock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly GatewayConnection _connection;
    private volatile ClusterSide _cluster;
    private PbmSettings? _console;

    private BackupNode(NodeParts parts, LocalSide local, DataDirectoryLock held, IReadOnlyList<JobId> others)
    {
        (_local, _lock, OtherJobs) = (local, held, others);
        _parts = parts with { End = End };
        var settings = parts.Settings;
        _connection = new GatewayConnection(parts.Reload, new Messages.Operations.Asker(
            settings.Node.Name, settings.Node.Is(NodeRole.Client) ? settings.Node.Client : null));
        var waits = SeedMajority.Concerns(settings.Cluster) && ClusterMemory.Remembers(settings.Node);
        _cluster = ClusterSide.Start(_parts, joins: !waits);
        if (waits) _ = JoinWithOthers(_cluster);
        _connection.Gateway = _cluster.Gateway;
        var seeds = settings.Cluster.Seeds;
        parts.Reload.Changed += changed =>
        {
            NodeConfig.Log(_cluster.System, changed.Log);
            if (changed.Cluster.Seeds.SequenceEqual(seeds)) return;
            seeds = changed.Cluster.Seeds;
            SeekAnew();
        };
        Stopped = Task.WhenAll(Membership(), local.System.WhenTerminated);
    }

    /// <summary>The node's gateway, within this process.</summary>
    public INodeConnection Connection => _connection;

    /// <summary>Jobs that have not ended and that this node does not take up (<see cref="NodeMode.Solo"/>).</summary>
    public IReadOnlyList<JobId> OtherJobs { get; }

    /// <summary>Completes when the node has stopped, by itself or by <see cref="Stop"/>.</summary>
    public Task Stopped { get; }

    /// <summary>Reads its configuration again.</summary>
    internal NodeReload Reload => _parts.Reload;

    /// <summary>The node's log.</summary>
    internal ILoggingAdapter Log => _local.Log;

    /// <summary>
    /// What must be so of a process that lives. The cluster's system may end at any moment and is made anew; where
    /// there is no cluster it may not.
    /// </summary>
    internal IReadOnlyList<HealthCheck> Alive =>
        _parts.Settings.Cluster.IsAlone ? [_local.Answers, ClusterAnswers] : [_local.Answers];

    /// <summary>What else must be so where the node can do its work.</summary>
    internal IReadOnlyList<HealthCheck> Ready =>
    [
        .. (HealthCheck[])(_parts.Settings.Cluster.IsAlone ? [] : [ClusterAnswers]),
        // By name, since the system that they ask may be another by then.
        .. _cluster.Checks.Select((check, at) => new HealthCheck(
            check.Name, cancellation => _cluster.Checks[at].Trouble(cancellation))),
        .. _local.Checks,
    ];

    private HealthCheck ClusterAnswers => new("cluster-system",
        cancellation => NodeChecks.Answers("", _cluster.Gateway).Trouble(cancellation));

    /// <summary>The system of sessions, drives and streams, for tests that stop one of them.</summary>
    internal ActorSystem Local => _local.System;

    /// <summary>The system of the director's actors, for tests that stop it.</summary>
    internal ActorSystem Cluster => _cluster.System;

    /// <summary>Starts a node.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="mode">Which jobs it takes up.</param>
    /// <param name="cancellation">Gives up before the first actor is made.</param>
    /// <exception cref="NodeStartException">It cannot start; nothing runs.</exception>
    public static async Task<BackupNode> Start(BackupSettings settings, NodeMode mode, CancellationToken cancellation)
    {
        Prepare(settings.Node);
        var held = DataDirectoryLock.Take(settings.Node.DataDirectory);
        CatalogStore? store = null;
        try
        {
            NodeTrust.Establish(settings);
            if (settings.Node.Is(NodeRole.Director))
                store = await CatalogOpening.Open(settings, mode, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (!OthersOf(mode, store).Is(out var others, out var failure))
                throw new NodeStartException(CatalogFailureText.Sentence(failure), 1);
            var local = await LocalSide.Start(settings, mode, NodeOptions.Of(settings)).ConfigureAwait(false);
            var reload = new NodeReload(settings, local.Log);
            reload.Changed += local.Adopt;
            var parts = new NodeParts(reload, mode, store, local.Actors, DateTimeOffset.UtcNow, () => { });
            try
            {
                return new BackupNode(parts, local, held, others);
            }
            catch (Exception refused) when (refused is AkkaException or AggregateException or SocketException)
            {
                await local.Stop().ConfigureAwait(false);
                var cluster = settings.Cluster;
                throw new NodeStartException(
                    $"The cluster's port {cluster.Address}:{cluster.Port} cannot be listened on ({refused.Message}). "
                        + "Choose another (`backup.cluster.address`, `port`).", 2);
            }
        }
        catch
        {
            store?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Begins to answer `pbm`.</summary>
    public void StartConsole(PbmSettings settings)
    {
        _console = settings;
        ShowConsole(settings);
    }

    private void ShowConsole(PbmSettings settings) => PbmConsole.Start(
        _cluster.System, Connection, settings, isMember: !_parts.Settings.Cluster.IsAlone,
        isDirector: _parts.Settings.Node.Is(NodeRole.Director));

    /// <summary>A node for all jobs reads them by itself, and again as long as the catalog cannot be read.</summary>
    private static CatalogAnswer<IReadOnlyList<JobId>> OthersOf(NodeMode mode, CatalogStore? store)
    {
        if (mode == NodeMode.All || store is null) return CatalogAnswer<IReadOnlyList<JobId>>.Of([]);
        return store.Jobs.Unfinished().Is(out var unfinished, out var failure)
            ? CatalogAnswer<IReadOnlyList<JobId>>.Of([.. unfinished.Select(job => job.Job)])
            : failure;
    }

    /// <summary>
    /// Stops: streams end, drives are given back, jobs that have not ended are taken up by another director, or by the
    /// next start.
    /// </summary>
    public async Task Stop()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await CoordinatedShutdown.Get(_cluster.System).Run(CoordinatedShutdown.ClrExitReason.Instance)
            .ConfigureAwait(false);
        await _local.Stop().ConfigureAwait(false);
        await Stopped.ConfigureAwait(false);
        await Connection.DisposeAsync().ConfigureAwait(false);
        if (_parts is { Mode: NodeMode.Solo, Store: { } store }) SoloCatalogBackup.Make(store, _parts.Settings);
        _parts.Store?.Dispose();
        _lock.Dispose();
        _stopping.Dispose();
    }

    /// <summary>By itself: the local system ends as the cluster's does, and <see cref="Stopped"/> completes.</summary>
    private void End()
    {
        _stopping.Cancel();
        _ = Local.Terminate();
    }

    /// <summary>Ends when the node is no member and will not be one again.</summary>
    private async Task Membership()
    {
        while (true)
        {
            await _cluster.System.WhenTerminated.ConfigureAwait(false);
            if (_parts.Settings.Cluster.IsAlone || _stopping.IsCancellationRequested) return;
            _connection.Gateway = ActorRefs.Nobody;
            Say("The cluster's actor system ended; it is made anew and joins again. Sessions of this node go on.");
            if (!await JoinAgain().ConfigureAwait(false)) return;
        }
    }

    /// <summary>Who is in a cluster stays there, and seeks by the new seeds when it joins again.</summary>
    private void SeekAnew()
    {
        if (_parts.Settings.Cluster.IsAlone || !_cluster.IsSeeking) return;
        Say("The seeds have changed, and this node seeks its cluster by the new ones.");
        if (SeedMajority.Concerns(_parts.Settings.Cluster)) _ = JoinWithOthers(_cluster);
        else _cluster.Join();
    }

    /// <summary>The first seed of a cluster that others may have by now founds none of its own.</summary>
    private async Task JoinWithOthers(ClusterSide cluster)
    {
        try
        {
            await SeedsReached().ConfigureAwait(false);
            if (!cluster.System.WhenTerminated.IsCompleted) cluster.Join();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            Log.Debug("The node stops before it has joined a cluster.");
        }
    }

    private Task SeedsReached() => SeedMajority.Reached(
        () => _parts.Settings.Cluster, ClusterMemory.FileOf(_parts.Settings.Node), Say, _stopping.Token);

    private async Task<bool> JoinAgain()
    {
        while (true)
        {
            try
            {
                await Task.Delay(BeforeJoiningAgain, _stopping.Token).ConfigureAwait(false);
                await SeedsReached().ConfigureAwait(false);
                _cluster = ClusterSide.Start(_parts);
                _connection.Gateway = _cluster.Gateway;
                // Who stopped the node meanwhile has stopped the system before this one
                if (_stopping.IsCancellationRequested) await _cluster.System.Terminate().ConfigureAwait(false);
                else if (_console is { } console) ShowConsole(console);
                return true;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception refused) when (refused is not OutOfMemoryException)
            {
                // Whatever it is, a port that is still taken or a certificate that has just ended, it may pass, and a
                // node that gave up would have to be started by a person.
                Say($"The cluster cannot be joined: {refused.GetBaseException().Message} It is tried again.");
            }
        }
    }

    private void Say(string text) => Log.Warning("{0}", text);

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
    private sealed class GatewayConnection(NodeReload reload, Messages.Operations.Asker node) : INodeConnection
    {
        private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);
        private volatile IActorRef _gateway = ActorRefs.Nobody;

        public IActorRef Gateway
        {
            set => _gateway = value;
        }

        public Task<Messages.Operations.IReply> Ask(
            Messages.Operations.IRequest request, CancellationToken cancellation) =>
            AskAs(request, null, cancellation);

        public async Task<Messages.Operations.IReply> AskAs(
            Messages.Operations.IRequest request, string? user, CancellationToken cancellation)
        {
            // Of this node, also where the gateway is another's.
            if (request is Messages.Operations.ReloadConfiguration again)
                return await Task.Run(() => reload.Reload(again), cancellation).ConfigureAwait(false);
            if (_gateway.IsNobody())
                return new Messages.Operations.Refused(Messages.Operations.RefusalCode.Unavailable,
                    "This node is in no cluster now and joins again; see its log. What runs goes on.");
            try
            {
                return await _gateway.Ask<Messages.Operations.IReply>(
                    new Messages.Nodes.NodeProtocol.Asked(node with { User = user }, request), Within, cancellation)
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
