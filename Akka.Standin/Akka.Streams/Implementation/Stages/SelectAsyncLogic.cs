using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>
/// Runs up to so many tasks at a time and emits their results in the order of the elements.
/// A failed task fails the stream at once; a cancelled one completes it, as Akka.NET does.
/// </summary>
internal sealed class SelectAsyncLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, int parallelism, Func<TIn, Task<TOut>> map)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private readonly Queue<Slot> _slots = new(Math.Min(parallelism, 16));

    public override void OnPull() => Emit();

    public override void OnUpstreamFinish() => Emit();

    protected override void OnElement(TIn element)
    {
        var slot = new Slot();
        var task = map(element);
        _slots.Enqueue(slot);
        Pending<TOut>.Await(this, task, done => Settle(slot, done));
        if (!IsClosed(Out)) PullWhenRoom();
    }

    protected override void Resume() => PullWhenRoom();

    private void Settle(Slot slot, Task<TOut> done)
    {
        slot.Done = true;
        slot.Cancelled = done.IsCanceled;
        if (done.IsFaulted) Drop(slot, done.Exception!);
        else if (!done.IsCanceled)
        {
            slot.Result = done.Result;
            if (slot.Result is null) Drop(slot, new ArgumentNullException(nameof(map), "An element must not be null."));
        }
        if (!IsClosed(Out)) Emit();
    }

    private void Drop(Slot slot, Exception e)
    {
        slot.Dropped = true;
        Judge(e);
    }

    private void Emit()
    {
        while (_slots.TryPeek(out var first) && first.Done)
        {
            if (first.Cancelled)
            {
                CompleteStage();
                return;
            }
            if (!first.Dropped && !IsAvailable(Out)) break;
            _slots.Dequeue();
            if (!first.Dropped) Push(Out, first.Result!);
        }
        if (IsClosed(In) && _slots.Count == 0) CompleteStage();
        else PullWhenRoom();
    }

    private void PullWhenRoom()
    {
        if (_slots.Count < parallelism) PullOnce();
    }

    private sealed class Slot
    {
        public bool Done;
        public bool Dropped;
        public bool Cancelled;
        public TOut? Result;
    }
}

/// <summary>Runs up to so many tasks at a time and emits each result as soon as there is demand.</summary>
internal sealed class SelectAsyncUnorderedLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, int parallelism, Func<TIn, Task<TOut>> map)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private readonly Queue<TOut> _ready = new();
    private int _running;

    public override void OnPull()
    {
        if (_ready.TryDequeue(out var result)) Push(Out, result);
        GoOn();
    }

    public override void OnUpstreamFinish() => GoOn();

    protected override void OnElement(TIn element)
    {
        var task = map(element);
        _running++;
        Pending<TOut>.Await(this, task, Settle);
        if (!IsClosed(Out)) GoOn();
    }

    protected override void Resume() => GoOn();

    private void Settle(Task<TOut> done)
    {
        _running--;
        if (done.IsCanceled) CompleteStage();
        else if (done.IsFaulted) Judge(done.Exception!);
        else if (done.Result is null) Judge(new ArgumentNullException(nameof(map), "An element must not be null."));
        else
        {
            if (IsAvailable(Out)) Push(Out, done.Result);
            else _ready.Enqueue(done.Result);
            GoOn();
        }
    }

    private void GoOn()
    {
        if (IsClosed(In) && _running + _ready.Count == 0) CompleteStage();
        else if (_running + _ready.Count < parallelism) PullOnce();
    }
}
