using System.Collections.Concurrent;

namespace Akka.Streams.Implementation;

/// <summary>Stages that run as one: at any moment at most one thread works in an island.</summary>
internal sealed class Island(ActorMaterializerImpl materializer) : IThreadPoolWorkItem
{
    // After so many steps the thread goes back to the pool, so that an endless stream starves nobody.
    private const int StepsPerTurn = 2000;

    private readonly Lock _working = new();
    private readonly ConcurrentQueue<Message> _inbox = new();
    private readonly Queue<Wire> _signals = new();
    private readonly List<StageLogic> _stages = [];
    private volatile bool _aborted;
    private bool _started;
    private int _scheduled;
    private int _running;

    /// <summary>The stage whose handler runs now; what it throws is its failure.</summary>
    public StageLogic? Active { get; set; }

    public void Add(StageLogic logic)
    {
        logic.Island = this;
        _stages.Add(logic);
        _running++;
    }

    public void Start() => Schedule();

    public void Signal(Wire wire) => _signals.Enqueue(wire);

    public void Post(Message message)
    {
        _inbox.Enqueue(message);
        Schedule();
    }

    /// <summary>Stops every stage at once, wherever it is; returns when all have stopped.</summary>
    public void Abort()
    {
        _aborted = true;
        lock (_working)
        {
            _signals.Clear();
            foreach (var logic in _stages.ToArray()) Stop(logic);
        }
    }

    public void Execute()
    {
        bool more;
        lock (_working)
        {
            if (!_started) StartStages();
            more = Work();
        }
        if (more)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }
        // A full fence: the inbox must not be looked at before others can see that nobody works here.
        Interlocked.Exchange(ref _scheduled, 0);
        if (!_inbox.IsEmpty) Schedule();
    }

    private void StartStages()
    {
        _started = true;
        foreach (var logic in _stages.ToArray())
            if (!logic.Stopped) Do(logic, logic.PreStart);
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool Work()
    {
        for (var steps = 0; steps < StepsPerTurn; steps++)
        {
            if (_aborted) _signals.Clear();
            if (_signals.TryDequeue(out var wire)) Deliver(wire);
            else if (_inbox.TryDequeue(out var message)) Handle(message);
            else return false;
        }
        return true;
    }

    private void Handle(Message message)
    {
        if (message.Logic.Stopped) message.Drop();
        else Do(message.Logic, message.Run);
    }

    private void Deliver(Wire wire)
    {
        try { wire.Deliver(); }
        catch (Exception e) { Crash(e); }
        AfterStep();
    }

    private void Do(StageLogic logic, Action action)
    {
        Active = logic;
        try { action(); }
        catch (Exception e) { Crash(e); }
        AfterStep();
    }

    private void Crash(Exception e)
    {
        materializer.Report(e, Active!);
        Active!.FailStage(e);
    }

    private void AfterStep()
    {
        if (Active is { Stopped: false, MayStop: true } logic) Stop(logic);
    }

    private void Stop(StageLogic logic)
    {
        if (logic.Stopped) return;
        _stages.Remove(logic);
        try { logic.End(); }
        catch (Exception e) { materializer.Report(e, logic); }
        if (--_running == 0) materializer.Forget(this);
    }
}
