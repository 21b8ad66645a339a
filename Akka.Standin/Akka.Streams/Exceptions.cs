using Akka.Actor;
using Akka.Streams.Stage;

namespace Akka.Streams;

/// <summary>The stage was stopped from outside: its system, materializer or owning actor ended.</summary>
public sealed class AbruptStageTerminationException : Exception
{
    public AbruptStageTerminationException(GraphStageLogic logic)
        : base($"The stage {logic} was stopped before it was done, because its materializer was shut down.") { }
}

public class BufferOverflowException : Exception
{
    public BufferOverflowException(string message) : base(message) { }

    public BufferOverflowException(string message, Exception innerException) : base(message, innerException) { }
}

public class NoSuchElementException : Exception
{
    public NoSuchElementException(string message) : base(message) { }
}

public class StreamDetachedException : Exception
{
    public static readonly StreamDetachedException Instance = new();

    public StreamDetachedException() : base("The stream has ended; the stage takes no more calls.") { }

    public StreamDetachedException(string message) : base(message) { }
}

public class StreamLimitReachedException : Exception
{
    public StreamLimitReachedException(long max) : base($"The limit of {max} was reached.") { }
}

public class WatchedActorTerminatedException : AkkaException
{
    public WatchedActorTerminatedException(string stageName, IActorRef actorRef)
        : base($"The actor {actorRef} that {stageName} watches has stopped.") { }
}

/// <summary>Why downstream cancelled when nothing went wrong.</summary>
public static class SubscriptionWithCancelException
{
    public abstract class NonFailureCancellation : Exception
    {
        protected NonFailureCancellation() { }

        public sealed override string StackTrace => "";
    }

    public sealed class NoMoreElementsNeeded : NonFailureCancellation
    {
        public static readonly NoMoreElementsNeeded Instance = new();

        private NoMoreElementsNeeded() { }
    }

    public sealed class StageWasCompleted : NonFailureCancellation
    {
        public static readonly StageWasCompleted Instance = new();

        private StageWasCompleted() { }
    }
}
