
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

internal sealed class BufferLogic<T>(int size, OverflowStrategy strategy)
    : FlowLogic<T, T>
{
    private readonly Overflow<T> _buffer = new(size, strategy);

    public override void PreStart() => In.Pull();

    public override void OnPush()
    {
        var element = In.Grab();
        if (_buffer.Count == 0 && Out.CanPush) Out.Push(element);
        else if (!_buffer.TryAdd(element) && strategy == OverflowStrategy.Fail)
        {
            FailStage(new BufferOverflowException($"The buffer of {size} elements is full."));
            return;
        }
        PullWhenRoom();
    }

    public override void OnPull()
    {
        if (_buffer.Count > 0) Out.Push(_buffer.Take());
        if (In.InClosed && _buffer.Count == 0) CompleteStage();
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
