using System.Runtime.InteropServices;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Host.Http;
using Backup.Media.Posix;
using Backup.Messages.Operations;

namespace Backup.Host.LocalCluster;

/// <summary>A line of `backup local-cluster --json`: all nodes are up.</summary>
/// <param name="Directory">Where everything is.</param>
/// <param name="Database">`postgresql` or `sqlite`.</param>
/// <param name="FailOver">Whether another director takes over from one that dies.</param>
/// <param name="Nodes">The processes.</param>
internal sealed record LocalClusterUp(
    string Directory, string Database, bool FailOver, IReadOnlyList<LocalClusterNode> Nodes);

/// <summary>One process of a local cluster.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Process">Its number.</param>
/// <param name="Config">Its configuration, for `$BACKUP_CONFIG`.</param>
/// <param name="Log">The file of what it writes.</param>
internal sealed record LocalClusterNode(string Node, string Role, int Process, string Config, string Log);

/// <summary>A line of `backup local-cluster --json`: a process ended without being asked to.</summary>
/// <param name="Name">The node, or `postgres`.</param>
/// <param name="Process">Its number.</param>
/// <param name="Code">Its exit code; 128 and the number of a signal.</param>
/// <param name="Command">What starts it again.</param>
internal sealed record LocalClusterEnded(string Name, int Process, int Code, string Command);

/// <summary>The last line of `backup local-cluster --json`.</summary>
/// <param name="Directory">Where everything is, or was.</param>
/// <param name="Killed">Processes that had to be killed.</param>
internal sealed record LocalClusterStopped(string Directory, IReadOnlyList<string> Killed);

/// <summary>One run of a local cluster, from its files to the end of its last process.</summary>
internal sealed class LocalClusterRun(CommandContext context, LocalClusterRequest request)
{
    private static readonly TimeSpan UpWithin = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly Screen _screen = context.Screen;
    private readonly List<(LocalNode Node, ChildProcess Process)> _children = [];
    private PrivatePostgres? _postgres;

    public async Task<int> Run(CancellationToken cancellation)
    {
        // The end of the terminal, too, would otherwise leave the processes alone.
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            context.Interrupts.Raise();
        });
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var interrupted = Interrupted(stopping);
        var place = new LocalClusterFolder(request.Directory, request.Keep, _screen);
        try
        {
            await Start(place.Path, stopping.Token);
            await Watch(interrupted);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            _screen.Note("Stopped before all nodes were up.");
        }
        catch (CommandFailure)
        {
            place.Keep();
            throw;
        }
        finally
        {
            _screen.Reply(new LocalClusterStopped(place.Path, await Stop()));
            place.Leave();
        }
        return ExitCode.Complete;
    }

    private async Task Interrupted(CancellationTokenSource stopping)
    {
        await context.Interrupts.Next();
        await stopping.CancelAsync();
    }

    private async Task Start(string place, CancellationToken cancellation)
    {
        var store = LocalClusterStore.Of(request);
        if (store.Why is { } why) _screen.Note(why);
        var plan = LocalClusterPlan.Of(place, store.CatalogIn(place), store.IsShared, request.Nodes);
        if (!plan.HasFailOver)
            _screen.Note("One director: nobody takes over from it. What runs goes on without it, and is recorded "
                + "when it is started again.");
        plan.Write();
        LocalClusterFolder.Fill(plan.Source);
        if (store.Programs is { } programs)
            _postgres = await PrivatePostgres.Start(programs, place, cancellation);
        foreach (var node in plan.Nodes)
            _children.Add((node, ChildProcess.Start(plan.LogOf(node), Command(plan, node))));
        _screen.Line($"Starting {Quantity.Count(plan.Nodes.Count, "node")} in {place} …");
        await AllUp(plan, cancellation);
        Show(plan, store);
    }

    private static IEnumerable<string> Command(LocalClusterPlan plan, LocalNode node) =>
        [.. ChildProcess.ThisProgram, "node", plan.FileOf(node)];

    private async Task AllUp(LocalClusterPlan plan, CancellationToken cancellation)
    {
        var since = TimeProvider.System.GetTimestamp();
        foreach (var (node, process) in _children)
        {
            while (!await IsUp(plan, node, cancellation))
            {
                if (_children.FirstOrDefault(child => child.Process.HasEnded) is { Process: { } ended } gone)
                    throw ended.Failure($"Node {gone.Node.Name} ended with {ended.Code} before it was up");
                if (TimeProvider.System.GetElapsedTime(since) > UpWithin)
                    throw process.Failure($"Node {node.Name} is not up after {Quantity.Time(UpWithin)}");
                await Task.Delay(Pause, cancellation);
            }
        }
    }

    /// <summary>Whether a node answers, and sees all of them up.</summary>
    private static async Task<bool> IsUp(LocalClusterPlan plan, LocalNode node, CancellationToken cancellation)
    {
        var socket = Path.Combine(plan.Place, node.Name, "backup.sock");
        try
        {
            if (!await HttpNodeConnection.Answers(socket, cancellation)) return false;
            await using var connection = new HttpNodeConnection(socket);
            return await connection.Ask(new ShowStatus(), cancellation) is NodeStatus { Nodes: { } seen }
                && plan.Nodes.All(each => seen.Any(one => one.Node == each.Name && one.State == "up"));
        }
        catch (NodeUnreachableException)
        {
            return false;
        }
    }

    private void Show(LocalClusterPlan plan, LocalClusterStore store)
    {
        var nodes = _children.Select(child => new LocalClusterNode(
            child.Node.Name, child.Node.Role.ToString().ToLowerInvariant(), child.Process.Id,
            plan.FileOf(child.Node), child.Process.Log)).ToList();
        _screen.Reply(
            new LocalClusterUp(plan.Place, store.IsShared ? "postgresql" : "sqlite", plan.HasFailOver, nodes));
        var table = new ListTable("NODE", "ROLE", ">PROCESS", "CONSOLE", "CONFIGURATION", "LOG");
        foreach (var (node, child) in nodes.Zip(_children))
            table.Row(node.Node, node.Role, $"{node.Process}", $"127.0.0.1:{child.Node.ConsolePort}", node.Config,
                node.Log);
        table.Print(_screen);
        var client = plan.Nodes.First(node => node.Role == NodeRole.Client);
        var called = string.Join(' ', ChildProcess.ThisProgram);
        _screen.Line();
        _screen.Line("All nodes are up. In another terminal:");
        if (called != "backup") _screen.Line($"  alias backup='{called}'");
        _screen.Line($"  export BACKUP_CONFIG={plan.FileOf(client)}");
        _screen.Line($"  backup run {LocalClusterPlan.Policy}        # saves {plan.Source} of each client");
        _screen.Line("  backup status             # the nodes; also: backup jobs, backup job 1, backup volumes");
        _screen.Line($"  backup restore latest --to {Path.Combine(plan.Place, "restored")}");
        _screen.Line($"  kill -9 {nodes[0].Process}              # a node dies; it is said here how to start it again");
        _screen.Line("Ctrl-C or SIGTERM stops all of them.");
    }

    /// <summary>Tells of those that end, until all are to stop.</summary>
    private async Task Watch(Task interrupted)
    {
        var alive = _children.Select(child => (child.Node.Name, child.Process)).ToList();
        if (_postgres is not null) alive.Add(("postgres", _postgres.Server));
        while (alive.Count > 0)
        {
            await Task.WhenAny([interrupted, .. alive.Select(child => child.Process.Ended)]);
            if (interrupted.IsCompleted) return;
            foreach (var (name, process) in alive.Where(child => child.Process.HasEnded).ToList())
            {
                alive.Remove((name, process));
                _screen.Reply(new LocalClusterEnded(name, process.Id, process.Code, process.Command));
                _screen.Line($"{name} (process {process.Id}) ended with {process.Code}. Start it again by hand:");
                _screen.Line($"  {process.Command}");
            }
        }
        _screen.Line("Nothing runs any more. Ctrl-C ends this.");
        await interrupted;
    }

    /// <summary>Directors last, so that the others can say good-bye; the database behind all.</summary>
    /// <returns>Who had to be killed.</returns>
    private async Task<IReadOnlyList<string>> Stop()
    {
        _screen.Line("Stopping …");
        var killed = new List<string>();
        foreach (var group in _children.GroupBy(child => child.Node.Role == NodeRole.Director)
            .OrderBy(group => group.Key))
        {
            var stopped = await Task.WhenAll(group.Select(async child => (
                child.Node.Name, InTime: await child.Process.Stop(ProcessSignal.Terminate, StopsWithin))));
            killed.AddRange(stopped.Where(each => !each.InTime).Select(each => each.Name));
        }
        if (_postgres is not null && !await _postgres.Stop()) killed.Add("postgres");
        foreach (var (_, process) in _children) process.Dispose();
        _postgres?.Dispose();
        if (killed.Count > 0) _screen.Note($"Did not stop in time and were killed: {string.Join(", ", killed)}.");
        _screen.Line("Stopped.");
        return killed;
    }
}
