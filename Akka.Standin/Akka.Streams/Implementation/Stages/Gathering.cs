using Akka.Streams.Stage;
using Akka.Streams.Supervision;

namespace Akka.Streams.Implementation.Stages;

internal sealed class AggregateLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, TOut zero, Func<TOut, TIn, TOut> aggregate)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private TOut _result = zero;

    public override void OnPull()
    {
        if (IsClosed(In)) Finish();
        else PullOnce();
    }

    public override void OnUpstreamFinish()
    {
        if (IsAvailable(Out)) Finish();
    }

    protected override void OnElement(TIn element)
    {
        _result = aggregate(_result, element);
        Pull(In);
    }

    protected override void Reset() => _result = zero;

    private void Finish()
    {
        Push(Out, _result);
        CompleteStage();
    }
}

internal sealed class AggregateAsyncLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, TOut zero, Func<TOut, TIn, Task<TOut>> aggregate)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private TOut _result = zero;
    private bool _busy;

    public override void OnPull()
    {
        if (IsClosed(In)) FinishWhenIdle();
        else if (!_busy) PullOnce();
    }

    public override void OnUpstreamFinish() => FinishWhenIdle();

    protected override void OnElement(TIn element)
    {
        _busy = true;
        Pending<TOut>.Await(this, aggregate(_result, element), OnResult);
    }

    protected override void Reset() => _result = zero;

    protected override void Resume()
    {
        _busy = false;
        PullOnce();
        if (IsClosed(In)) FinishWhenIdle();
    }

    private void OnResult(Task<TOut> task)
    {
        if (task.IsCanceled)
        {
            CompleteStage();
            return;
        }
        if (task.IsFaulted)
        {
            Judge(task.Exception!);
            return;
        }
        _result = task.Result;
        Resume();
    }

    private void FinishWhenIdle()
    {
        if (_busy || !IsAvailable(Out)) return;
        Push(Out, _result);
        CompleteStage();
    }
}

/// <summary>Emits its zero first, then the result after each element.</summary>
internal sealed class ScanLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, TOut zero, Func<TOut, TIn, TOut> aggregate)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private TOut _result = zero;
    private bool _begun;

    public override void OnPull()
    {
        if (_begun)
        {
            Pull(In);
            return;
        }
        _begun = true;
        Push(Out, _result);
        if (IsClosed(In)) CompleteStage();
    }

    public override void OnUpstreamFinish()
    {
        if (_begun) CompleteStage();
    }

    protected override void OnElement(TIn element) => Push(Out, _result = aggregate(_result, element));

    protected override void Reset() => _result = zero;
}

internal sealed class GroupedLogic<T>(FlowShape<T, IEnumerable<T>> shape, Attributes attributes, int size)
    : FlowLogic<T, IEnumerable<T>>(shape, attributes)
{
    private List<T> _group = new(size);

    public override void OnPush()
    {
        _group.Add(Grab(In));
        if (_group.Count < size) Pull(In);
        else Emit();
    }

    public override void OnUpstreamFinish()
    {
        // A pull is always under way while the group is not full, so what is left can be pushed.
        if (_group.Count > 0) Emit();
        CompleteStage();
    }

    private void Emit()
    {
        var group = _group;
        _group = new List<T>(size);
        Push(Out, group);
    }
}

/// <summary>
/// Groups bounded by number, weight and the age of their first element; a heavier element goes alone.
/// </summary>
internal sealed class GroupedWithinLogic<T>(
    FlowShape<T, IEnumerable<T>> shape, Attributes attributes, long weightMax, int countMax, TimeSpan interval,
    Func<T, long> cost) : FlowLogic<T, IEnumerable<T>>(shape, attributes)
{
    private const string Age = "age";
    private readonly Queue<List<T>> _ready = new();
    private List<T> _group = [];
    private long _weight;
    private TimeSpan _due;
    private bool _overdue;

    public override void PreStart() => Pull(In);

    protected override void OnElement(T element)
    {
        var elementCost = cost(element);
        if (_group.Count > 0 && _weight + elementCost > weightMax) CloseGroup();
        if (_group.Count == 0) Begin();
        _group.Add(element);
        _weight += elementCost;
        if (_group.Count >= countMax || _weight >= weightMax) CloseGroup();
        Emit();
    }

    public override void OnPull() => Emit();

    public override void OnUpstreamFinish()
    {
        if (_group.Count > 0) CloseGroup();
        Emit();
    }

    protected override void OnTimer(object timerKey)
    {
        if (_group.Count == 0) return;
        var left = _due - Clock;
        if (left > TimeSpan.Zero)
        {
            ScheduleOnce(Age, left);
            return;
        }
        _overdue = true;
        Emit();
    }

    private void Begin()
    {
        _due = Clock + interval;
        _overdue = false;
        if (!IsTimerActive(Age)) ScheduleOnce(Age, interval);
    }

    private void CloseGroup()
    {
        _ready.Enqueue(_group);
        (_group, _weight, _overdue) = ([], 0, false);
    }

    private void Emit()
    {
        if (IsAvailable(Out))
        {
            if (_ready.Count == 0 && _overdue && _group.Count > 0) CloseGroup();
            if (_ready.TryDequeue(out var group)) Push(Out, group);
        }
        if (_ready.Count > 0) return;
        if (IsClosed(In)) CompleteStage();
        else PullOnce();
    }
}

/// <summary>Gathers elements while downstream is slow, up to a weight; a heavier element goes alone.</summary>
internal sealed class BatchLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, long weightMax, Func<TIn, long> cost, Func<TIn, TOut> seed,
    Func<TOut, TIn, TOut> aggregate) : FlowLogic<TIn, TOut>(shape, attributes)
{
    private TOut _batch = default!;
    private TIn _next = default!;
    private bool _hasBatch;
    private bool _hasNext;
    private long _left = weightMax;

    public override void PreStart() => Pull(In);

    protected override void OnElement(TIn element)
    {
        var elementCost = cost(element);
        if (!_hasBatch) Begin(element, elementCost);
        else if (_left >= elementCost)
        {
            _batch = aggregate(_batch, element);
            _left -= elementCost;
        }
        else (_next, _hasNext) = (element, true);
        Emit();
    }

    public override void OnPull() => Emit();

    public override void OnUpstreamFinish() => Emit();

    protected override void Reset()
    {
        (_hasBatch, _hasNext, _left) = (false, false, weightMax);
        (_batch, _next) = (default!, default!);
    }

    private void Emit()
    {
        if (_hasBatch && IsAvailable(Out))
        {
            var batch = _batch;
            (_hasBatch, _batch, _left) = (false, default!, weightMax);
            Push(Out, batch);
            if (_hasNext)
            {
                var next = _next;
                (_hasNext, _next) = (false, default!);
                Begin(next, cost(next));
            }
        }
        if (IsClosed(In) && !_hasBatch) CompleteStage();
        else if (!_hasNext) PullOnce();
    }

    private void Begin(TIn first, long firstCost)
    {
        _batch = seed(first);
        (_hasBatch, _left) = (true, weightMax - firstCost);
    }
}
