using Akka.Streams.Implementation;

namespace Akka.Streams;

/// <summary>The stage was stopped from outside: its system, materializer or owning actor ended.</summary>
public sealed class AbruptStageTerminationException : Exception
{
    internal AbruptStageTerminationException(StageLogic logic)
        : base($"The stage {logic} was stopped before it was done, because its materializer was shut down.") { }
}

public class NoSuchElementException : Exception
{
    public NoSuchElementException(string message) : base(message) { }
}

/// <summary>Why downstream cancelled when nothing went wrong.</summary>
public static class SubscriptionWithCancelException
{
    public abstract class NonFailureCancellation : Exception
    {
        protected NonFailureCancellation() { }

        public sealed override string StackTrace => "";
    }

    public sealed class StageWasCompleted : NonFailureCancellation
    {
        public static readonly StageWasCompleted Instance = new();

        private StageWasCompleted() { }
    }
}
