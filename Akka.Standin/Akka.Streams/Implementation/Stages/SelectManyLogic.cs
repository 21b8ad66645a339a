namespace Akka.Streams.Implementation.Stages;

/// <summary>Emits all that the function makes of an element before it asks for the next.</summary>
internal sealed class SelectManyLogic<TIn, TOut>(Func<TIn, IEnumerable<TOut>> map) : FlowLogic<TIn, TOut>
{
    private IEnumerator<TOut>? _current;
    private bool _hasNext;

    public override void OnPush()
    {
        _current = map(In.Grab()).GetEnumerator();
        Advance();
        if (_hasNext) Emit();
        else In.Pull();
    }

    public override void OnPull()
    {
        if (_hasNext) Emit();
        else In.Pull();
    }

    public override void OnUpstreamFinish()
    {
        if (!_hasNext) CompleteStage();
    }

    public override void PostStop() => _current?.Dispose();

    private void Emit()
    {
        Out.Push(_current!.Current);
        Advance();
        if (!_hasNext && In.InClosed) CompleteStage();
    }

    private void Advance()
    {
        _hasNext = _current!.MoveNext();
        if (_hasNext) return;
        _current.Dispose();
        _current = null;
    }
}
