using System.Collections.Immutable;
using Akka.Actor;
using Akka.Pattern;
using Akka.Streams.Stage;
using Akka.Util;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Runs an action on every element and tells when all are done, but nothing of an abrupt end.</summary>
internal sealed class EachLogic<T>(SinkShape<T> shape, Attributes attributes, Action<T> action) : SinkLogic<T>(shape)
{
    private readonly TaskCompletionSource<Done> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Done> Finished => _done.Task;

    public override void OnPush()
    {
        try { action(Grab(In)); }
        catch (Exception e)
        {
            if (FlowLogic<T, T>.Deciding(attributes)(e) == Supervision.Directive.Stop)
            {
                _done.TrySetException(e);
                throw;
            }
        }
        Pull(In);
    }

    public override void OnUpstreamFinish()
    {
        _done.TrySetResult(Done.Instance);
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _done.TrySetException(e);
        FailStage(e);
    }
}

internal sealed class SeqLogic<T>(SinkShape<T> shape) : SinkLogic<T>(shape)
{
    private readonly TaskCompletionSource<IImmutableList<T>> _all =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly ImmutableArray<T>.Builder _elements = ImmutableArray.CreateBuilder<T>();

    public Task<IImmutableList<T>> All => _all.Task;

    public override void OnPush()
    {
        _elements.Add(Grab(In));
        Pull(In);
    }

    public override void OnUpstreamFinish()
    {
        _all.TrySetResult(_elements.DrainToImmutable());
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _all.TrySetException(e);
        FailStage(e);
    }

    public override void PostStop() => _all.TrySetException(new AbruptStageTerminationException(this));
}

/// <summary>Keeps the first or the last element; without any it gives what the function makes of that.</summary>
internal sealed class OneLogic<T>(SinkShape<T> shape, bool first, Func<T>? whenEmpty) : SinkLogic<T>(shape)
{
    private readonly TaskCompletionSource<T> _one = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Option<T> _last = Option<T>.None;

    public Task<T> One => _one.Task;

    public override void OnPush()
    {
        var element = Grab(In);
        if (first)
        {
            _one.TrySetResult(element);
            CompleteStage();
            return;
        }
        _last = Option<T>.Create(element);
        Pull(In);
    }

    public override void OnUpstreamFinish()
    {
        if (_last.HasValue) _one.TrySetResult(_last.Value);
        else if (whenEmpty is not null) _one.TrySetResult(whenEmpty());
        else _one.TrySetException(new NoSuchElementException("The stream ended without an element."));
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _one.TrySetException(e);
        FailStage(e);
    }
}

internal sealed class CancelledLogic<T>(SinkShape<T> shape) : SinkLogic<T>(shape)
{
    public override void PreStart() => Cancel(In);

    public override void OnPush() { }
}

internal sealed class OnCompleteLogic<T>(SinkShape<T> shape, Action success, Action<Exception> failure)
    : SinkLogic<T>(shape)
{
    private bool _told;

    public override void OnPush()
    {
        Grab(In);
        Pull(In);
    }

    public override void OnUpstreamFinish()
    {
        _told = true;
        success();
        CompleteStage();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        _told = true;
        failure(e);
        FailStage(e);
    }

    public override void PostStop()
    {
        if (!_told) failure(new AbruptStageTerminationException(this));
    }
}

/// <summary>Gives elements to whoever pulls, and reads so many ahead.</summary>
internal sealed class QueueSinkLogic<T>(SinkShape<T> shape, int size) : SinkLogic<T>(shape), ISinkQueue<T>
{
    private readonly Queue<T> _buffer = new();
    private Request? _waiting;
    private Exception? _failure;

    public Task<Option<T>> PullAsync()
    {
        var request = new Request(this);
        Island.Post(request);
        return request.Answer.Task;
    }

    public override void PreStart()
    {
        SetKeepGoing(true);
        Pull(In);
    }

    public override void OnPush()
    {
        _buffer.Enqueue(Grab(In));
        Serve();
    }

    public override void OnUpstreamFinish() => Serve();

    public override void OnUpstreamFailure(Exception e)
    {
        _failure = e;
        Serve();
    }

    private void Ask(Request request)
    {
        if (_waiting is not null)
        {
            request.Answer.TrySetException(new IllegalStateException("Another pull of the queue is still waiting."));
            return;
        }
        _waiting = request;
        Serve();
    }

    private void Serve()
    {
        if (_waiting is { } request)
        {
            if (_buffer.TryDequeue(out var element)) request.Answer.TrySetResult(Option<T>.Create(element));
            else if (IsClosed(In)) End(request);
            else return;
            _waiting = null;
        }
        if (_buffer.Count < size && !IsClosed(In) && !HasBeenPulled(In)) Pull(In);
    }

    private void End(Request request)
    {
        if (_failure is null) request.Answer.TrySetResult(Option<T>.None);
        else request.Answer.TrySetException(_failure);
        CompleteStage();
    }

    private sealed class Request(QueueSinkLogic<T> stage) : Message(stage)
    {
        public TaskCompletionSource<Option<T>> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run() => stage.Ask(this);

        public override void Drop() => Answer.TrySetException(StreamDetachedException.Instance);
    }
}

/// <summary>Tells an actor one element after another, each when the one before is acknowledged.</summary>
internal sealed class AckLogic<T>(
    SinkShape<T> shape, IActorRef actor, object onInit, object ack, object onComplete,
    Func<Exception, object>? onFailure) : SinkLogic<T>(shape)
{
    private bool _unacknowledged;

    public override void PreStart()
    {
        SetKeepGoing(true);
        GetStageActor(OnTold).Watch(actor);
        Say(onInit);
    }

    public override void OnPush() => Say(Grab(In)!);

    public override void OnUpstreamFinish()
    {
        if (!_unacknowledged) Finish();
    }

    public override void OnUpstreamFailure(Exception e)
    {
        actor.Tell((onFailure ?? (cause => new Status.Failure(cause)))(e), StageActor.Ref);
        FailStage(e);
    }

    private void OnTold((IActorRef Sender, object Message) told)
    {
        if (told.Message is Terminated) CompleteStage();
        else if (told.Message.Equals(ack) && _unacknowledged)
        {
            _unacknowledged = false;
            if (IsClosed(In)) Finish();
            else Pull(In);
        }
    }

    private void Finish()
    {
        actor.Tell(onComplete, StageActor.Ref);
        CompleteStage();
    }

    private void Say(object message)
    {
        _unacknowledged = true;
        actor.Tell(message, StageActor.Ref);
    }
}
