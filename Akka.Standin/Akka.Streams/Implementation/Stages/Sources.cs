using Akka.Actor;
using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Completes, fails, or does neither.</summary>
internal sealed class EndedLogic<T>(SourceShape<T> shape, bool completes, Exception? failure) : SourceLogic<T>(shape)
{
    public override void PreStart()
    {
        if (failure is not null) FailStage(failure);
        else if (completes) CompleteStage();
    }

    public override void OnPull() { }
}

/// <summary>Emits while the function gives elements.</summary>
internal sealed class UnfoldLogic<T>(SourceShape<T> shape, Func<Option<T>> next) : SourceLogic<T>(shape)
{
    public override void OnPull()
    {
        var element = next();
        if (element.HasValue) Push(Out, element.Value);
        else CompleteStage();
    }
}

/// <summary>Emits while the function gives elements, one task after another.</summary>
internal sealed class UnfoldAsyncLogic<T>(SourceShape<T> shape, Func<Task<Option<T>>> next) : SourceLogic<T>(shape)
{
    public override void OnPull() => Pending<Option<T>>.Await(this, next(), OnNext);

    private void OnNext(Task<Option<T>> task)
    {
        if (task.IsFaulted) FailStage(task.Exception!);
        else if (task.IsCanceled || !task.Result.HasValue) CompleteStage();
        else Push(Out, task.Result.Value);
    }
}

/// <summary>Emits one element, or none, when its task is over.</summary>
internal sealed class TaskLogic<T>(SourceShape<T> shape, Func<Task<Option<T>>> start) : SourceLogic<T>(shape)
{
    private Option<T> _element = Option<T>.None;

    public override void PreStart() => Pending<Option<T>>.Await(this, start(), OnEnd);

    public override void OnPull()
    {
        if (_element.HasValue) Emit();
    }

    private void OnEnd(Task<Option<T>> task)
    {
        if (task.IsFaulted) FailStage(task.Exception!.InnerException!);
        else if (task.IsCanceled) FailStage(new TaskCanceledException(task));
        else if (!task.Result.HasValue) CompleteStage();
        else
        {
            _element = task.Result;
            if (IsAvailable(Out)) Emit();
        }
    }

    private void Emit()
    {
        Push(Out, _element.Value);
        CompleteStage();
    }
}

/// <summary>
/// Runs one element ahead of demand, disposes the enumerator at its natural end only,
/// and wraps what it throws: so Akka.NET does.
/// </summary>
internal sealed class EnumerableLogic<T>(SourceShape<T> shape, Func<IEnumerator<T>> open) : SourceLogic<T>(shape)
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
                Push(Out, _enumerator.Current);
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
internal sealed class AsyncEnumerableLogic<T>(SourceShape<T> shape, Func<IAsyncEnumerable<T>> open)
    : SourceLogic<T>(shape)
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
        else if (task.Result) Push(Out, _enumerator!.Current);
        else CompleteStage();
    }
}

internal sealed class TickLogic<T> : SourceLogic<T>
{
    private readonly TimeSpan _initialDelay;
    private readonly TimeSpan _interval;
    private readonly T _tick;

    public TickLogic(SourceShape<T> shape, TimeSpan initialDelay, TimeSpan interval, T tick, ICancelable cancelable)
        : base(shape)
    {
        (_initialDelay, _interval, _tick) = (initialDelay, interval, tick);
        Cancelable = cancelable;
    }

    private ICancelable Cancelable { get; }

    public override void PreStart()
    {
        var complete = GetAsyncCallback(CompleteStage);
        Cancelable.Token.Register(complete);
        ScheduleRepeatedly(nameof(TickLogic<T>), _initialDelay, _interval);
    }

    public override void OnPull() { }

    protected override void OnTimer(object timerKey)
    {
        if (IsAvailable(Out)) Push(Out, _tick);
    }
}

/// <summary>Emits what its actor is told; there is no back-pressure, so a full buffer drops or fails.</summary>
internal sealed class ActorLogic<T> : SourceLogic<T>
{
    private readonly Overflow<T> _buffer;
    private readonly OverflowStrategy _strategy;
    private readonly StageActor _actor;
    private bool _completing;

    public ActorLogic(SourceShape<T> shape, ActorMaterializer materializer, int size, OverflowStrategy strategy)
        : base(shape)
    {
        (_strategy, _buffer) = (strategy, new Overflow<T>(size, strategy));
        _actor = new StageActor((ActorMaterializerImpl)materializer, GetAsyncCallback, OnTold);
    }

    public IActorRef Actor => _actor.Ref;

    public override void OnPull()
    {
        if (_buffer.Count > 0) Push(Out, _buffer.Take());
        if (_completing && _buffer.Count == 0) CompleteStage();
    }

    public override void PostStop() => _actor.Stop();

    private void OnTold((IActorRef Sender, object Message) told)
    {
        switch (told.Message)
        {
            case StageActorBody.Gone: CompleteStage(); break;
            case Status.Failure failure: FailStage(failure.Cause); break;
            case Status.Success: Finish(); break;
            case T element when !_completing: Offer(element); break;
        }
    }

    private void Finish()
    {
        _completing = true;
        if (_buffer.Count == 0) CompleteStage();
    }

    private void Offer(T element)
    {
        if (_buffer.Count == 0 && IsAvailable(Out)) Push(Out, element);
        else if (!_buffer.TryAdd(element) && _strategy == OverflowStrategy.Fail)
            FailStage(new BufferOverflowException("The buffer of the actor's source is full."));
    }
}
