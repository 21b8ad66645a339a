using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Emits nothing and does not end by itself.</summary>
internal sealed class NeverLogic<T> : SourceLogic<T>;

/// <summary>Emits while the function gives elements, one task after another.</summary>
internal sealed class UnfoldAsyncLogic<TState, T>(TState state, Func<TState, Task<Option<(TState, T)>>> unfold)
    : SourceLogic<T>
{
    private TState _state = state;

    public override void OnPull() => Pending<Option<(TState, T)>>.Await(this, unfold(_state), OnNext);

    private void OnNext(Task<Option<(TState, T)>> task)
    {
        if (task.IsFaulted) FailStage(task.Exception!);
        else if (task.IsCanceled || !task.Result.HasValue) CompleteStage();
        else
        {
            (_state, var element) = task.Result.Value;
            Out.Push(element);
        }
    }
}

/// <summary>
/// Runs one element ahead of demand, disposes the enumerator at its natural end only,
/// and wraps what it throws: so Akka.NET does.
/// </summary>
internal sealed class EnumerableLogic<T>(Func<IEnumerator<T>> open) : SourceLogic<T>
{
    private IEnumerator<T>? _enumerator;
    private bool _hasNext;

    public override void OnPull()
    {
        try
        {
            if (_enumerator is null)
            {
                _enumerator = open();
                _hasNext = _enumerator.MoveNext();
            }
            if (_hasNext)
            {
                Out.Push(_enumerator.Current);
                _hasNext = _enumerator.MoveNext();
            }
            if (_hasNext) return;
            _enumerator.Dispose();
        }
        catch (Exception e)
        {
            FailStage(new AggregateException(e));
            return;
        }
        CompleteStage();
    }
}

/// <summary>
/// Advances on demand only. When downstream cancels it cancels the token, and disposes unless a move is under way:
/// that one ends by the token or not at all.
/// </summary>
internal sealed class AsyncEnumerableLogic<T>(Func<IAsyncEnumerable<T>> open)
    : SourceLogic<T>
{
    private readonly CancellationTokenSource _cancelled = new();
    private IAsyncEnumerator<T>? _enumerator;
    private bool _moving;

    public override void PreStart() => _enumerator = open().GetAsyncEnumerator(_cancelled.Token);

    public override void OnPull()
    {
        _moving = true;
        Pending<bool>.Await(this, _enumerator!.MoveNextAsync().AsTask(), OnMoved);
    }

    public override void PostStop()
    {
        _cancelled.Cancel();
        if (_enumerator is { } enumerator && !_moving) _ = DisposeOf(enumerator);
    }

    private static async Task DisposeOf(IAsyncEnumerator<T> enumerator) => await enumerator.DisposeAsync();

    private void OnMoved(Task<bool> task)
    {
        _moving = false;
        if (task.IsFaulted) FailStage(task.Exception!.InnerException!);
        else if (task.IsCanceled) FailStage(new TaskCanceledException(task));
        else if (task.Result) Out.Push(_enumerator!.Current);
        else CompleteStage();
    }
}
