using Akka.Event;

namespace Backup.Host.Service;

/// <summary>
/// Looks after a node while it runs: the service manager hears that it lives as long as it does, and its status line
/// and the log say when it cannot do its work and when it can again.
/// </summary>
internal sealed class NodeWatch : IAsyncDisposable
{
    private const int LooksPerWatchdog = 3;
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(15);
    private readonly NodeHealth _health;
    private readonly ServiceNotifier _manager;
    private readonly ILoggingAdapter _log;
    private readonly CancellationTokenSource _ended = new();
    private Task _watching = Task.CompletedTask;
    private string _dead = "";
    private string? _status;

    public NodeWatch(NodeHealth health, ServiceNotifier manager, ILoggingAdapter log) =>
        (_health, _manager, _log) = (health, manager, log);

    /// <summary>Begins. Not before the node is started.</summary>
    public static NodeWatch Start(NodeHealth health, ServiceNotifier manager, ILoggingAdapter log)
    {
        var watch = new NodeWatch(health, manager, log);
        watch._watching = Task.Run(watch.Run);
        return watch;
    }

    /// <summary>How often it looks: often enough that one late look is no death.</summary>
    internal static TimeSpan IntervalFor(TimeSpan? watchdog) =>
        watchdog is { } within && within / LooksPerWatchdog < LongestInterval
            ? within / LooksPerWatchdog
            : LongestInterval;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        _ended.Dispose();
    }

    /// <summary>Looks once.</summary>
    internal async Task Look()
    {
        var alive = await _health.Alive().ConfigureAwait(false);
        if (alive.Ok && _manager.Watchdog is not null) _manager.Alive();
        if (alive.Troubles != _dead)
        {
            if (!alive.Ok) _log.Error("The node does not answer itself: {0}", alive.Troubles);
            _dead = alive.Troubles;
        }
        if (_health.IsStopping) return;
        var ready = await _health.Ready().ConfigureAwait(false);
        var status = ready.Ok ? "Ready." : $"Not ready: {ready.Troubles}";
        if (status == _status) return;
        if (!ready.Ok) _log.Warning("The node is not ready: {0}", ready.Troubles);
        else if (_status is not null) _log.Info("The node is ready again.");
        _manager.Status(status);
        _status = status;
    }

    private async Task Run()
    {
        using var timer = new PeriodicTimer(IntervalFor(_manager.Watchdog));
        try
        {
            do await Look().ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The node stops.
        }
    }
}
