namespace Backup.Host.Service;

/// <summary>
/// How the node of this process is, from before it starts until it has stopped: whether it lives (a service manager
/// starts one anew that does not), and whether it can do its work.
/// </summary>
internal sealed class NodeHealth(TimeProvider clock)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AliveFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadyFor = TimeSpan.FromSeconds(5);
    private volatile Looks _looks = Looks.At("It starts.", clock);

    /// <summary>Whether <see cref="Stopping"/> was called.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Whether the process lives.</summary>
    public Task<HealthReport> Alive() => _looks.Alive.Look();

    /// <summary>Whether the node can do its work.</summary>
    public Task<HealthReport> Ready() => _looks.Ready.Look();

    /// <summary>The node has started; from now on these say how it is.</summary>
    /// <param name="alive">What must be so of a process that lives.</param>
    /// <param name="ready">What else must be so where the node can do its work.</param>
    public void Watch(IReadOnlyList<HealthCheck> alive, IReadOnlyList<HealthCheck> ready) => _looks = new Looks(
        new CheckList(alive, Within, AliveFor, clock), new CheckList([.. alive, .. ready], Within, ReadyFor, clock));

    /// <summary>The node stops: it lives, and takes no more work.</summary>
    public void Stopping() => (IsStopping, _looks) = (true, Looks.At("It stops.", clock));

    private sealed record Looks(CheckList Alive, CheckList Ready)
    {
        public static Looks At(string stage, TimeProvider clock) => new(
            new CheckList([], Within, AliveFor, clock),
            new CheckList([new HealthCheck("node", _ => Task.FromResult<string?>(stage))], Within, AliveFor, clock));
    }
}
