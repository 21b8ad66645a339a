namespace Akka.Actor;

/// <summary>The base of the exceptions of the actor system.</summary>
public abstract class AkkaException : Exception
{
    protected AkkaException(string message, Exception cause = null) : base(message, cause) { }
}

public class ActorInitializationException : AkkaException
{
    public ActorInitializationException(string message) : base(message) { }

    public ActorInitializationException(IActorRef actor, string message, Exception cause = null)
        : base(message, cause) => Actor = actor;

    public IActorRef Actor { get; set; }

    public override string ToString() => Actor is null ? base.ToString() : Actor + ": " + base.ToString();
}

public class PreRestartException : ActorInitializationException
{
    public PreRestartException(IActorRef actor, Exception restartException, Exception cause, object optionalMessage)
        : base(actor, $"Exception in PreRestart({cause.GetType()}, {optionalMessage?.GetType()})", cause) =>
        RestartException = restartException;

    public Exception RestartException { get; }
}

public class PostRestartException(IActorRef actor, Exception cause, Exception originalCause)
    : ActorInitializationException(actor, $"Exception post restart ({originalCause.GetType()})", cause)
{
    public Exception OriginalCause { get; } = originalCause;
}

public class ActorKilledException(string message) : AkkaException(message);

public class ActorNotFoundException(string message, Exception innerException = null)
    : AkkaException(message, innerException);

public class AskTimeoutException(string message) : AkkaException(message);

public class DeathPactException(IActorRef deadActor) : AkkaException($"Monitored actor [{deadActor}] terminated")
{
    public IActorRef DeadActor { get; } = deadActor;
}

public class InvalidActorNameException(string message) : AkkaException(message);

public class IllegalActorStateException(string message) : AkkaException(message);

public sealed class SchedulerException(string message) : AkkaException(message);
