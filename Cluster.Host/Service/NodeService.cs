using System.Runtime.InteropServices;
using Akka.Event;
using Backup.Host.CommandLine;
using Backup.Host.Configuration;
using Backup.Host.Http;
using Backup.Host.Node;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.Service;

/// <summary>
/// The node as a service: what the service manager and monitoring are told of it from before its start until it has
/// stopped, and SIGHUP.
/// </summary>
internal sealed class NodeService : IAsyncDisposable
{
    private const string Source = "service";
    private readonly ServiceNotifier _manager;
    private readonly HealthServer? _page;
    private readonly PosixSignalRegistration _hangup;
    private readonly Lock _lock = new();
    private BackupNode? _node;
    private bool _reloadIsDue;
    private NodeWatch? _watch;

    private NodeService(NodeHealth health, ServiceNotifier manager, HealthServer? page, CommandContext context)
    {
        (Health, _manager, _page) = (health, manager, page);
        _hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            // From a terminal it says that the terminal is gone, and with it whoever would look after the node.
            if (context.Screen.IsInteractive) context.Interrupts.Raise();
            else Reload();
        });
    }

    /// <summary>How the node is.</summary>
    public NodeHealth Health { get; }

    /// <summary>Begins, before the node does.</summary>
    public static async Task<NodeService> Start(BackupSettings settings, CommandContext context)
    {
        var manager = ServiceNotifier.OfProcess(sentence =>
            LogText.Write(new Warning(Source, typeof(NodeService), sentence), settings.Log.Format));
        manager.Status("Starting.");
        var health = new NodeHealth(TimeProvider.System);
        return new NodeService(health, manager, await StartPage(settings, health), context);
    }

    /// <summary>The node serves.</summary>
    public void Ready(BackupNode node)
    {
        Health.Watch(node.Alive, node.Ready);
        _watch = NodeWatch.Start(Health, _manager, node.Log);
        _manager.Ready("Running.");
        bool reloadIsDue;
        lock (_lock) (_node, reloadIsDue) = (node, _reloadIsDue);
        if (reloadIsDue) Reload();
    }

    /// <summary>The node begins to stop.</summary>
    public void Stopping()
    {
        Health.Stopping();
        _manager.Stopping("Stopping; jobs that run are taken up again by the next start.");
    }

    public async ValueTask DisposeAsync()
    {
        _hangup.Dispose();
        if (_watch is not null) await _watch.DisposeAsync();
        if (_page is not null) await _page.DisposeAsync();
    }

    private static async Task<HealthServer?> StartPage(BackupSettings settings, NodeHealth health)
    {
        var page = settings.Health;
        if (!page.Enabled) return null;
        try
        {
            return await HealthServer.Start(health, page.Host, page.Port);
        }
        catch (IOException refused)
        {
            LogText.Write(
                new Error(refused, Source, typeof(NodeService), $"{page.Host}:{page.Port} cannot be listened on; the "
                    + "node runs without /healthz and /readyz there (`backup.health.port`)."), settings.Log.Format);
            return null;
        }
    }

    /// <summary>What the answer says is in the log too: who sends a signal gets none.</summary>
    private void Reload()
    {
        BackupNode? node;
        lock (_lock) (node, _reloadIsDue) = (_node, true);
        if (node is null) return; // it is done when the node runs
        _manager.Reloading();
        var reply = node.Reload.Reload(new ReloadConfiguration(RequestId.New()));
        _manager.Ready(reply is Refused
            ? "The configuration was refused, see the log; the one before stays in force."
            : "Running; the configuration was read again.");
    }
}
