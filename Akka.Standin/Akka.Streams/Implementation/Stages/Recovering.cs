using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Passes elements, and puts another failure in place of one.</summary>
internal sealed class SelectErrorLogic<T>(
    FlowShape<T, T> shape, Attributes attributes, Func<Exception, Exception> selector)
    : FlowLogic<T, T>(shape, attributes)
{
    public override void OnPush() => Push(Out, Grab(In));

    public override void OnUpstreamFailure(Exception e) => FailStage(selector(e));
}

/// <summary>Emits one last element in place of a failure.</summary>
internal sealed class RecoverLogic<T>(
    FlowShape<T, T> shape, Attributes attributes, Func<Exception, Option<T>> recover)
    : FlowLogic<T, T>(shape, attributes)
{
    private Option<T> _last = Option<T>.None;

    public override void OnPush() => Push(Out, Grab(In));

    public override void OnPull()
    {
        if (_last.HasValue) Finish();
        else Pull(In);
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _last = recover(e);
        if (!_last.HasValue) FailStage(e);
        else if (IsAvailable(Out)) Finish();
    }

    private void Finish()
    {
        Push(Out, _last.Value);
        CompleteStage();
    }
}

/// <summary>Goes on with another source after a failure, so many times (for ever when negative).</summary>
internal sealed class RecoverWithLogic<T, TMat>(
    FlowShape<T, T> shape, Attributes attributes, Func<Exception, IGraph<SourceShape<T>, TMat>?> recover, int attempts)
    : FlowLogic<T, T>(shape, attributes)
{
    private SubInlet<T>? _other;
    private int _attempt;

    public override void OnPush() => Push(Out, Grab(In));

    public override void OnPull()
    {
        if (_other is null) Pull(In);
        else _other.Pull();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        if (_attempt == attempts || recover(e) is not { } source)
        {
            FailStage(e);
            return;
        }
        _attempt++;
        _other = new SubInlet<T>(this, () => Push(Out, _other!.Grab()), CompleteStage, OnUpstreamFailure);
        _other.Run(source, Attributes);
        if (IsAvailable(Out)) _other.Pull();
    }
}

/// <summary>Tells by a task how the stream ended.</summary>
internal sealed class TerminationLogic<T>(FlowShape<T, T> shape, Attributes attributes)
    : FlowLogic<T, T>(shape, attributes)
{
    private readonly TaskCompletionSource<Done> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Done> Ended => _ended.Task;

    public override void OnPush() => Push(Out, Grab(In));

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
