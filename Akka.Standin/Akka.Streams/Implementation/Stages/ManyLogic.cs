using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Emits all that the function makes of an element before it asks for the next.</summary>
internal sealed class SelectManyLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, Func<Func<TIn, IEnumerable<TOut>>> begin)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private Func<TIn, IEnumerable<TOut>> _map = begin();
    private IEnumerator<TOut>? _current;
    private bool _hasNext;

    public override void OnPull()
    {
        if (!_hasNext)
        {
            Pull(In);
            return;
        }
        try { Emit(); }
        catch (Exception e) { Judge(e); }
    }

    public override void OnUpstreamFinish()
    {
        if (!_hasNext) CompleteStage();
    }

    public override void PostStop() => _current?.Dispose();

    protected override void OnElement(TIn element)
    {
        _current = _map(element).GetEnumerator();
        Advance();
        if (_hasNext) Emit();
        else Pull(In);
    }

    protected override void Reset() => _map = begin();

    protected override void Resume()
    {
        (_current, _hasNext) = (null, false);
        if (IsClosed(In)) CompleteStage();
        else PullOnce();
    }

    private void Emit()
    {
        Push(Out, _current!.Current);
        Advance();
        if (!_hasNext && IsClosed(In)) CompleteStage();
    }

    private void Advance()
    {
        _hasNext = _current!.MoveNext();
        if (_hasNext) return;
        _current.Dispose();
        _current = null;
    }
}

/// <summary>Runs the sources that the elements are made into, up to so many at a time.</summary>
internal sealed class FlattenLogic<TIn, TOut, TMat>(
    FlowShape<TIn, TOut> shape, Attributes attributes, int breadth, Func<TIn, IGraph<SourceShape<TOut>, TMat>> map)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private readonly Queue<SubInlet<TOut>> _ready = new();
    private int _running;

    public override void OnPull()
    {
        if (_ready.TryDequeue(out var inner)) Emit(inner);
        else PullWhenRoom();
    }

    public override void OnUpstreamFinish()
    {
        if (_running == 0) CompleteStage();
    }

    protected override void OnElement(TIn element)
    {
        var source = map(element);
        SubInlet<TOut> inner = null!;
        inner = new SubInlet<TOut>(this, () => OnInnerPush(inner), () => OnInnerFinish(inner), FailStage);
        inner.Run(source, Attributes);
        _running++;
        inner.Pull();
        PullWhenRoom();
    }

    private void OnInnerPush(SubInlet<TOut> inner)
    {
        if (IsAvailable(Out)) Emit(inner);
        else _ready.Enqueue(inner);
    }

    private void OnInnerFinish(SubInlet<TOut> inner)
    {
        if (!inner.IsAvailable) OnEnd();
    }

    private void Emit(SubInlet<TOut> inner)
    {
        Push(Out, inner.Grab());
        if (inner.IsClosed) OnEnd();
        else inner.Pull();
    }

    private void OnEnd()
    {
        _running--;
        if (IsClosed(In) && _running == 0) CompleteStage();
        else PullWhenRoom();
    }

    private void PullWhenRoom()
    {
        if (_running < breadth) PullOnce();
    }
}
