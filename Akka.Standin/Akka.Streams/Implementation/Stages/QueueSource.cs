using Akka.Pattern;
using Akka.Streams.Stage;

namespace Akka.Streams.Implementation.Stages;

/// <summary>Emits what is offered to its queue.</summary>
internal sealed class QueueSourceLogic<T>(SourceShape<T> shape, int size, OverflowStrategy strategy)
    : SourceLogic<T>(shape), ISourceQueueWithComplete<T>
{
    private readonly Overflow<T> _buffer = new(size, strategy);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Offer? _waiting;
    private bool _completing;

    public Task<IQueueOfferResult> OfferAsync(T element)
    {
        var offer = new Offer(this, element);
        Island.Post(offer);
        return offer.Answer.Task;
    }

    public Task WatchCompletionAsync() => _ended.Task;

    public void Complete() => GetAsyncCallback(Finish)();

    public void Fail(Exception ex) => GetAsyncCallback<Exception>(OnFail)(ex);

    public override void OnPull()
    {
        if (_buffer.Count > 0)
        {
            Push(Out, _buffer.Take());
            if (_waiting is not null && _buffer.TryAdd(_waiting.Element)) Accept();
        }
        else if (_waiting is not null)
        {
            Push(Out, _waiting.Element);
            Accept();
        }
        CompleteWhenEmpty();
    }

    public override void OnDownstreamFinish(Exception cause)
    {
        _waiting?.Answer.TrySetResult(QueueOfferResult.QueueClosed.Instance);
        if (cause is SubscriptionWithCancelException.NonFailureCancellation) _ended.TrySetResult();
        else _ended.TrySetException(cause);
        CancelStage(cause);
    }

    public override void PostStop() => _ended.TrySetException(StreamDetachedException.Instance);

    private void Take(Offer offer)
    {
        if (_completing) offer.Answer.TrySetResult(QueueOfferResult.QueueClosed.Instance);
        else if (_buffer.Count == 0 && IsAvailable(Out))
        {
            Push(Out, offer.Element);
            offer.Answer.TrySetResult(QueueOfferResult.Enqueued.Instance);
        }
        else if (_buffer.TryAdd(offer.Element)) offer.Answer.TrySetResult(QueueOfferResult.Enqueued.Instance);
        else Refuse(offer);
    }

    private void Refuse(Offer offer)
    {
        if (strategy == OverflowStrategy.Fail)
        {
            var overflow = new BufferOverflowException($"The queue of {size} elements is full.");
            offer.Answer.TrySetResult(new QueueOfferResult.Failure(overflow));
            OnFail(overflow);
        }
        else if (strategy != OverflowStrategy.Backpressure)
            offer.Answer.TrySetResult(QueueOfferResult.Dropped.Instance);
        else if (_waiting is null) _waiting = offer;
        else offer.Answer.TrySetException(new IllegalStateException("Another offer to the queue is still waiting."));
    }

    private void Accept()
    {
        _waiting!.Answer.TrySetResult(QueueOfferResult.Enqueued.Instance);
        _waiting = null;
    }

    private void Finish()
    {
        _completing = true;
        CompleteWhenEmpty();
    }

    private void CompleteWhenEmpty()
    {
        if (!_completing || _buffer.Count > 0 || _waiting is not null) return;
        _ended.TrySetResult();
        CompleteStage();
    }

    private void OnFail(Exception e)
    {
        _waiting?.Answer.TrySetResult(new QueueOfferResult.Failure(e));
        _ended.TrySetException(e);
        FailStage(e);
    }

    private sealed class Offer(QueueSourceLogic<T> stage, T element) : Message(stage)
    {
        public T Element => element;

        public TaskCompletionSource<IQueueOfferResult> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run() => stage.Take(this);

        public override void Drop() => Answer.TrySetException(StreamDetachedException.Instance);
    }
}
