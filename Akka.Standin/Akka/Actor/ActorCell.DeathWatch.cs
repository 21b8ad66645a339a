using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

internal sealed partial class ActorCell
{
    private HashSet<IActorRef> _watching;
    private HashSet<IActorRef> _terminatedQueued; // ended, and the message is in the mailbox
    private HashSet<IActorRef> _watchedBy;

    public IActorRef Watch(IActorRef subject)
    {
        if (subject.Equals(_self)) return subject;
        _watching ??= [];
        if (_watching.Add(subject)) subject.Inner().SendSystemMessage(new Watch(subject, _self));
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
        if (_watching is not null && _watching.Remove(gone.Actor) && _restartOrStop != Waiting.Termination)
        {
            (_terminatedQueued ??= []).Add(gone.Actor);
            _self.Tell(new Terminated(gone.Actor, gone.ExistenceConfirmed, gone.AddressTerminated), gone.Actor);
        }
        if (TryGetChild(gone.Actor, out _)) ChildTerminated(gone.Actor);
    }

    private void ReceivedTerminated(Terminated terminated)
    {
        if (_terminatedQueued is not null && _terminatedQueued.Remove(terminated.ActorRef)) ReceiveMessage(terminated);
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
        foreach (var subject in _watching) subject.Inner().SendSystemMessage(new Unwatch(subject, _self));
        _watching = null;
        _terminatedQueued = null;
    }
}
