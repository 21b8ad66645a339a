namespace Akka.Streams.Implementation.Stages;

/// <summary>The operators that look at one element at a time.</summary>
internal sealed class SelectLogic<TIn, TOut>(Func<TIn, TOut> map) : FlowLogic<TIn, TOut>
{
    public override void OnPush() => Out.Push(map(In.Grab()));
}

internal sealed class TakeLogic<T>(long count) : FlowLogic<T, T>
{
    private long _left = count;

    public override void PreStart()
    {
        if (_left <= 0) CompleteStage();
    }

    public override void OnPush()
    {
        Out.Push(In.Grab());
        if (--_left == 0) CompleteStage();
    }
}

internal sealed class AggregateLogic<TIn, TOut>(TOut zero, Func<TOut, TIn, TOut> aggregate) : FlowLogic<TIn, TOut>
{
    private TOut _result = zero;

    public override void OnPush()
    {
        _result = aggregate(_result, In.Grab());
        In.Pull();
    }

    public override void OnPull()
    {
        if (In.InClosed) Finish();
        else PullOnce();
    }

    public override void OnUpstreamFinish()
    {
        if (Out.CanPush) Finish();
    }

    private void Finish()
    {
        Out.Push(_result);
        CompleteStage();
    }
}

/// <summary>Tells by a task how the stream ended.</summary>
internal sealed class TerminationLogic<T> : FlowLogic<T, T>
{
    private readonly TaskCompletionSource<Done> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Done> Ended => _ended.Task;

    public override void OnPush() => Out.Push(In.Grab());

    public override void OnUpstreamFinish()
    {
        _ended.TrySetResult(Done.Instance);
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _ended.TrySetException(e);
        FailStage(e);
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        if (cause is SubscriptionWithCancelException.NonFailureCancellation) _ended.TrySetResult(Done.Instance);
        else _ended.TrySetException(cause);
        CancelStage(cause);
    }

    public override void PostStop() => _ended.TrySetException(new AbruptStageTerminationException(this));
}
