using Akka.Actor;

namespace Akka.Persistence;

/// <summary>The last message of every recovery; what is persisted in its handler is done before the first
/// command.</summary>
public sealed class RecoveryCompleted
{
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted() { }
}

public sealed class RecoveryTimedOutException : AkkaException
{
    public RecoveryTimedOutException(string message, Exception? cause = null) : base(message, cause) { }
}
