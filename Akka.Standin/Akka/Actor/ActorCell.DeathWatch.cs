using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

internal sealed partial class ActorCell
{
    private Dictionary<IActorRef, object> _watching;         // what to say when it ends; null: Terminated
    private Dictionary<IActorRef, object> _terminatedQueued; // ended, and the message is in the mailbox
    private HashSet<IActorRef> _watchedBy;

    public IActorRef Watch(IActorRef subject) => WatchFor(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return WatchFor(subject, message);
    }

    private IActorRef WatchFor(IActorRef subject, object message)
    {
        if (subject.Equals(_self)) return subject;
        _watching ??= [];
        if (_watching.TryAdd(subject, message)) subject.Inner().SendSystemMessage(new Watch(subject, _self));
        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_watching is not null && _watching.Remove(subject))
            subject.Inner().SendSystemMessage(new Unwatch(subject, _self));
        _terminatedQueued?.Remove(subject);
        return subject;
    }

    private void AddWatcher(IActorRef watcher) => (_watchedBy ??= []).Add(watcher);

    private void WatchedActorTerminated(DeathWatchNotification gone)
    {
        if (_watching is not null && _watching.Remove(gone.Actor, out var message)
            && _restartOrStop != Waiting.Termination)
        {
            (_terminatedQueued ??= [])[gone.Actor] = message;
            _self.Tell(new Terminated(gone.Actor, gone.ExistenceConfirmed, gone.AddressTerminated), gone.Actor);
        }
        if (TryGetChild(gone.Actor, out _)) ChildTerminated(gone.Actor);
    }

    private void ReceivedTerminated(Terminated terminated)
    {
        if (_terminatedQueued is null || !_terminatedQueued.Remove(terminated.ActorRef, out var message)) return;
        ReceiveMessage(message ?? terminated);
    }

    private void TellWatchersWeDied()
    {
        if (_watchedBy is null) return;
        foreach (var watcher in _watchedBy)
            if (!watcher.Equals(ParentRef))
                watcher.Inner().SendSystemMessage(new DeathWatchNotification(_self, true, false));
        _watchedBy = null;
    }

    private void UnwatchAll()
    {
        if (_watching is null) return;
        foreach (var subject in _watching.Keys) subject.Inner().SendSystemMessage(new Unwatch(subject, _self));
        _watching = null;
        _terminatedQueued = null;
    }
}
