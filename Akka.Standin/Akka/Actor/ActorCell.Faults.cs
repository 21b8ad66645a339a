using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Creation, failure, restart and the end.</summary>
internal sealed partial class ActorCell
{
    private enum Waiting { Nothing, Creation, Recreation, Termination }

    private volatile Waiting _restartOrStop;
    private Exception _restartCause;
    private IActorRef _perpetrator; // who failed: this actor or the child whose failure was escalated

    private SupervisorStrategy ChildrenStrategy => Props.SupervisorStrategy ?? _actor.StrategyForChildren();

    private void CreateActor()
    {
        try
        {
            Mailbox.Resume();
            _actor = NewActor();
            _actor.AroundPreStart();
        }
        catch (Exception e)
        {
            DropActor();
            throw new ActorInitializationException(_self, $"Exception during creation: {e.Message}", e);
        }
    }

    private ActorBase NewActor()
    {
        var actor = Props.NewActor();
        actor.Initialize();
        if (actor is IActorStash stashing) stashing.Stash ??= new StashImpl(this);
        return actor;
    }

    /// <summary>Lets go of the instance: its stash goes back to the mailbox, its resources are released.</summary>
    private void DropActor()
    {
        var actor = _actor;
        _actor = null;
        _timers?.CancelAll();
        if (actor is null) return;
        if (actor is IActorStash { Stash: not null } stashing) stashing.Stash.UnstashAll();
        if (actor is IDisposable disposable) disposable.Dispose();
    }

    private void Fail(Exception cause, IActorRef perpetrator)
    {
        if (_restartOrStop == Waiting.Termination || IsTerminated)
        {
            Publish(cause, "while terminating: " + cause.Message);
            return;
        }
        if (_perpetrator is not null) return;
        _perpetrator = perpetrator ?? _self;
        Mailbox.Suspend();
        foreach (var entry in Entries())
            if (!entry.Child.Equals(perpetrator)) entry.Child.ReceiveSystem(Dispatch.SysMsg.Suspend.Instance);
        ParentRef.SendSystemMessage(new Failed(_self, cause));
    }

    private void Publish(Exception cause, string message) =>
        SystemImpl.EventStream.Publish(new Error(cause, _self.Path.ToString(), _actor?.GetType() ?? Props.Type,
            message));

    private void SuspendAll()
    {
        Mailbox.Suspend();
        foreach (var entry in Entries()) entry.Child.ReceiveSystem(Dispatch.SysMsg.Suspend.Instance);
    }

    private void ResumeAll(Exception causedByFailure)
    {
        if (_actor is null && causedByFailure is not null)
        {
            BeginRestart(causedByFailure); // it never came to be, so there is nothing to resume
            return;
        }
        var perpetrator = _perpetrator;
        if (causedByFailure is not null) _perpetrator = null;
        _current = default;
        Mailbox.Resume();
        foreach (var entry in Entries())
            entry.Child.ReceiveSystem(new Resume(entry.Child.Equals(perpetrator) ? causedByFailure : null));
    }

    private void BeginRestart(Exception cause)
    {
        if (_restartOrStop != Waiting.Nothing) return;
        if (_actor is not null)
        {
            try
            {
                _actor.AroundPreRestart(cause, _current.Message);
            }
            catch (Exception e)
            {
                Publish(new PreRestartException(_self, e, cause, _current.Message), e.Message);
            }
        }
        else
        {
            foreach (var child in GetChildren()) Stop(child);
        }
        DropActor();
        _current = default;
        _restartCause = cause;
        _restartOrStop = Waiting.Recreation;
        if (!Entries().Any(entry => entry.IsDying)) FinishRestart();
    }

    private void FinishRestart()
    {
        var cause = _restartCause;
        var survivors = Entries();
        _restartOrStop = Waiting.Nothing;
        _restartCause = null;
        _perpetrator = null;
        Mailbox.Resume();
        try
        {
            _actor = NewActor();
            _actor.AroundPostRestart(cause, null);
        }
        catch (Exception e)
        {
            DropActor();
            throw new PostRestartException(_self, e, cause);
        }
        foreach (var entry in survivors) entry.Child.ReceiveSystem(new Recreate(cause));
    }

    private void ChildFailed(Failed failed)
    {
        if (!TryGetChild(failed.Child, out var entry)) return;
        var sender = _current;
        _current = new Envelope(null, failed.Child);
        try
        {
            var strategy = _actor is null ? SupervisorStrategy.DefaultStrategy : ChildrenStrategy;
            if (!strategy.HandleFailure(this, entry, failed.Cause))
                global::System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed.Cause);
        }
        finally
        {
            _current = sender;
        }
    }

    private void ChildTerminated(IActorRef child)
    {
        RemoveChild(child);
        if (_restartOrStop == Waiting.Recreation && !Entries().Any(entry => entry.IsDying)) FinishRestart();
        else if (_restartOrStop == Waiting.Termination && !HasChildren) FinishTermination();
    }

    private void BeginTermination()
    {
        if (_restartOrStop == Waiting.Termination) return;
        SetReceiveTimeout(null);
        lock (_children) _restartOrStop = Waiting.Termination;
        Mailbox.Suspend();
        foreach (var child in GetChildren()) Stop(child);
        if (!HasChildren) FinishTermination();
    }

    private void FinishTermination()
    {
        try
        {
            _actor?.AroundPostStop();
            DropActor();
        }
        catch (Exception e)
        {
            Publish(e, e.Message);
            _actor = null;
        }
        Mailbox.Close();
        Dispatcher.ActorStopped(Mailbox);
        ParentRef.SendSystemMessage(new DeathWatchNotification(_self, true, false));
        TellWatchersWeDied();
        UnwatchAll();
        _current = default;
    }
}
