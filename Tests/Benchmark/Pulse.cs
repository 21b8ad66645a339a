using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Cluster;

namespace Backup.Benchmark;

/// <summary>How other members answered.</summary>
/// <param name="Answers">How many answers came.</param>
/// <param name="MedianMs">Milliseconds from question to answer, of half of them at most.</param>
/// <param name="WorstMs">Of the slowest.</param>
/// <param name="GapMs">The longest time between two answers of one member.</param>
/// <param name="Unreachable">How often the cluster called a member unreachable.</param>
/// <param name="LateMs">How late at worst the machine woke a thread of the process that only sleeps.</param>
internal sealed record PulseReading(
    int Answers, double MedianMs, double WorstMs, double GapMs, int Unreachable, double LateMs)
{
    public string Line => string.Create(CultureInfo.InvariantCulture,
        $"{Answers}\t{MedianMs:F1}\t{WorstMs:F1}\t{GapMs:F0}\t{Unreachable}\t{LateMs:F0}");
}

/// <summary>A thread that only sleeps: what it is late is the machine's doing, and no program's.</summary>
internal sealed class Sleeper
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(20);
    private readonly Lock _lock = new();
    private double _worst;

    public Sleeper() => new Thread(Sleep) { IsBackground = true, Name = "sleeper" }.Start();

    /// <summary>Milliseconds that it was late at worst since this was last asked.</summary>
    public double Worst()
    {
        lock (_lock)
        {
            var worst = _worst;
            _worst = 0;
            return worst;
        }
    }

    private void Sleep()
    {
        while (true)
        {
            var began = Stopwatch.GetTimestamp();
            Thread.Sleep(Nap);
            var late = (Stopwatch.GetElapsedTime(began) - Nap).TotalMilliseconds;
            lock (_lock) _worst = Math.Max(_worst, late);
        }
    }
}

/// <summary>
/// Asks the other members ten times a second whether they are there, by a message that takes the way of the cluster's
/// heartbeats: the same scheduler, connection, dispatcher, and an actor of the other's system. Counts what the cluster
/// itself calls unreachable.
/// </summary>
internal sealed class Pulse : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly Dictionary<Address, long> _answered = [];
    private readonly List<double> _took = [];
    private readonly Sleeper _sleeper = new();
    private double _gap;
    private int _unreachable;

    public Pulse()
    {
        Receive<Look>(_ => Ask());
        Receive<ActorIdentity>(OnAnswer);
        Receive<ClusterEvent.UnreachableMember>(_ => _unreachable++);
        Receive<ClusterEvent.CurrentClusterState>(_ => { });
        Receive<Read>(_ => OnRead());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, typeof(ClusterEvent.UnreachableMember));
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Every, Every);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Ask()
    {
        foreach (var member in _cluster.State.Members.Where(each => each.Address != _cluster.SelfAddress))
            Context.ActorSelection(new RootActorPath(member.Address) / "user" / "pulse")
                .Tell(new Identify(Stopwatch.GetTimestamp()));
    }

    private void OnAnswer(ActorIdentity answer)
    {
        _took.Add(Stopwatch.GetElapsedTime((long)answer.MessageId).TotalMilliseconds);
        var from = Sender.Path.Address;
        if (_answered.TryGetValue(from, out var before))
            _gap = Math.Max(_gap, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        _answered[from] = Stopwatch.GetTimestamp();
    }

    /// <summary>A silence that still lasts counts.</summary>
    private void OnRead()
    {
        foreach (var before in _answered.Values)
            _gap = Math.Max(_gap, Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        _took.Sort();
        Sender.Tell(new PulseReading(_took.Count, _took.Count == 0 ? 0 : _took[_took.Count / 2],
            _took.Count == 0 ? 0 : _took[^1], _gap, _unreachable, _sleeper.Worst()));
        _took.Clear();
        (_gap, _unreachable) = (0, 0);
    }

    /// <summary>Asks for the reading; then it begins anew.</summary>
    public sealed record Read : INoSerializationVerificationNeeded
    {
        public static readonly Read Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
