using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>What becomes of a child that failed.</summary>
public enum Directive
{
    Resume,
    Restart,
    Escalate,
    Stop,
}

public interface IDecider
{
    Directive Decide(Exception cause);
}

public class LocalOnlyDecider : IDecider
{
    private readonly Func<Exception, Directive> _decide;

    internal LocalOnlyDecider(Func<Exception, Directive> decide) => _decide = decide;

    public Directive Decide(Exception cause) => _decide(cause);
}

public static class Decider
{
    public static LocalOnlyDecider From(Func<Exception, Directive> localOnlyDecider) => new(localOnlyDecider);
}

/// <summary>How a parent deals with the failures of its children.</summary>
public abstract class SupervisorStrategy
{
    public static IDecider DefaultDecider = Actor.Decider.From(cause => cause switch
    {
        ActorInitializationException or ActorKilledException or DeathPactException => Directive.Stop,
        _ => Directive.Restart,
    });

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    private protected SupervisorStrategy(IDecider decider, int? maxRetries, TimeSpan? window, bool loggingEnabled)
    {
        Decider = decider;
        MaxRetries = maxRetries is < 0 ? null : maxRetries;
        Window = window is { } given && given > TimeSpan.Zero ? given : null;
        LoggingEnabled = loggingEnabled;
    }

    public virtual IDecider Decider { get; }
    protected bool LoggingEnabled { get; set; }
    internal int? MaxRetries { get; }
    internal TimeSpan? Window { get; }

    /// <summary>Whether the failure is dealt with here; otherwise it is the parent's own.</summary>
    internal bool HandleFailure(ActorCell parent, ChildEntry child, Exception cause)
    {
        var directive = Decider.Decide(cause);
        LogFailure(parent, child.Child, cause, directive);
        switch (directive)
        {
            case Directive.Resume: child.Child.ReceiveSystem(new Resume(cause)); return true;
            case Directive.Escalate: return false;
            default: Apply(parent, directive == Directive.Restart, child, cause); return true;
        }
    }

    internal abstract void Apply(ActorCell parent, bool restart, ChildEntry child, Exception cause);

    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        if (!LoggingEnabled || directive == Directive.Escalate) return;
        var message = cause is ActorInitializationException { InnerException: not null }
            ? cause.InnerException.Message : cause.Message;
        LogEvent entry = directive == Directive.Resume
            ? new Warning(child.Path.ToString(), GetType(), message)
            : new Error(cause, child.Path.ToString(), GetType(), message);
        if (context.System.EventStream.LogLevel <= entry.LogLevel()) context.System.EventStream.Publish(entry);
    }
}

/// <summary>Only the child that failed is dealt with.</summary>
public class OneForOneStrategy : SupervisorStrategy, IEquatable<OneForOneStrategy>
{
    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider)
        : this(Actor.Decider.From(localOnlyDecider)) { }

    public OneForOneStrategy(IDecider decider) : this(null, null, decider) { }

    public OneForOneStrategy(
        int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, Actor.Decider.From(localOnlyDecider)) { }

    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : base(decider, maxNrOfRetries, withinTimeRange, loggingEnabled: true) { }

    internal override void Apply(ActorCell parent, bool restart, ChildEntry child, Exception cause)
    {
        if (restart && child.MayRestart(MaxRetries, Window)) child.Child.ReceiveSystem(new Recreate(cause));
        else parent.Stop(child.Child);
    }

    public bool Equals(OneForOneStrategy other) =>
        other is not null && MaxRetries == other.MaxRetries && Window == other.Window && Equals(Decider, other.Decider);

    public override bool Equals(object obj) => Equals(obj as OneForOneStrategy);

    public override int GetHashCode() => HashCode.Combine(MaxRetries, Window, Decider);
}

/// <summary>Makes the strategy of the guardian of user actors, named by configuration.</summary>
public abstract class SupervisorStrategyConfigurator
{
    public abstract SupervisorStrategy Create();

    internal static SupervisorStrategyConfigurator CreateConfigurator(string typeName) =>
        (SupervisorStrategyConfigurator)Activator.CreateInstance(Type.GetType(typeName, throwOnError: true));
}

public class DefaultSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.DefaultStrategy;
}
