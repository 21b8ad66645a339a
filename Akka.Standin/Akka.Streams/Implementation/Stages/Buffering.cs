using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Elements in a row, so many at most, and what becomes of one more.</summary>
internal sealed class Overflow<T>(int size, OverflowStrategy strategy)
{
    private readonly LinkedList<T> _elements = [];

    public int Count => _elements.Count;

    public bool IsFull => _elements.Count >= size;

    /// <summary>Whether the element is in now; on a full buffer that fails or resists, it never is.</summary>
    public bool TryAdd(T element)
    {
        if (IsFull)
        {
            switch (strategy)
            {
                case OverflowStrategy.DropHead when size > 0: _elements.RemoveFirst(); break;
                case OverflowStrategy.DropTail when size > 0: _elements.RemoveLast(); break;
                case OverflowStrategy.DropBuffer when size > 0: _elements.Clear(); break;
                default: return false;
            }
        }
        _elements.AddLast(element);
        return true;
    }

    public T Take()
    {
        var first = _elements.First!.Value;
        _elements.RemoveFirst();
        return first;
    }
}

internal sealed class BufferLogic<T>(FlowShape<T, T> shape, Attributes attributes, int size, OverflowStrategy strategy)
    : FlowLogic<T, T>(shape, attributes)
{
    private readonly Overflow<T> _buffer = new(size, strategy);

    public override void PreStart() => Pull(In);

    public override void OnPush()
    {
        var element = Grab(In);
        if (_buffer.Count == 0 && IsAvailable(Out)) Push(Out, element);
        else if (!_buffer.TryAdd(element) && strategy == OverflowStrategy.Fail)
        {
            FailStage(new BufferOverflowException($"The buffer of {size} elements is full."));
            return;
        }
        PullWhenRoom();
    }

    public override void OnPull()
    {
        if (_buffer.Count > 0) Push(Out, _buffer.Take());
        if (IsClosed(In) && _buffer.Count == 0) CompleteStage();
        else PullWhenRoom();
    }

    public override void OnUpstreamFinish()
    {
        if (_buffer.Count == 0) CompleteStage();
    }

    private void PullWhenRoom()
    {
        if (strategy != OverflowStrategy.Backpressure || !_buffer.IsFull) PullOnce();
    }
}

/// <summary>Goes on emitting from what the function makes of the newest element until there is another.</summary>
internal sealed class ExpandLogic<TIn, TOut>(
    FlowShape<TIn, TOut> shape, Attributes attributes, Func<TIn, IEnumerator<TOut>> extrapolate)
    : FlowLogic<TIn, TOut>(shape, attributes)
{
    private IEnumerator<TOut>? _current;
    private bool _emitted;

    public override void PreStart() => Pull(In);

    public override void OnPush()
    {
        _current?.Dispose();
        _current = extrapolate(Grab(In));
        _emitted = false;
        if (IsAvailable(Out)) EmitNext();
        else PullOnce();
    }

    public override void OnPull() => EmitNext();

    public override void OnUpstreamFinish()
    {
        if (_current is null || _emitted) CompleteStage();
    }

    public override void PostStop() => _current?.Dispose();

    private void EmitNext()
    {
        if (_current is { } current && current.MoveNext())
        {
            _emitted = true;
            Push(Out, current.Current);
        }
        if (IsClosed(In)) CompleteStage();
        else PullOnce();
    }
}
