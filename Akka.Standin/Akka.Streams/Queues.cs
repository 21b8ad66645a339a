using Akka.Util;

namespace Akka.Streams;

public interface ISourceQueue<in T>
{
    /// <summary>Completes once the element is taken or dropped; only one offer may wait at a time.</summary>
    Task<IQueueOfferResult> OfferAsync(T element);

    Task WatchCompletionAsync();
}

public interface ISourceQueueWithComplete<in T> : ISourceQueue<T>
{
    void Complete();

    void Fail(Exception ex);

    new Task WatchCompletionAsync();
}

public interface ISinkQueue<T>
{
    /// <summary>The next element, or none at the end of the stream; only one call may wait at a time.</summary>
    Task<Option<T>> PullAsync();
}

public interface IQueueOfferResult;

public sealed class QueueOfferResult
{
    public sealed class Enqueued : IQueueOfferResult
    {
        public static readonly Enqueued Instance = new();

        private Enqueued() { }
    }

    public sealed class Dropped : IQueueOfferResult
    {
        public static readonly Dropped Instance = new();

        private Dropped() { }
    }

    public sealed class Failure : IQueueOfferResult
    {
        public Failure(Exception cause) => Cause = cause;

        public Exception Cause { get; }
    }

    public sealed class QueueClosed : IQueueOfferResult
    {
        public static readonly QueueClosed Instance = new();

        private QueueClosed() { }
    }
}
