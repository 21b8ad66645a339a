using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>What a scheduled tick says when its turn comes; nothing when it is out of date by then.</summary>
internal interface ITimerTick
{
    bool TryOpen(ActorCell cell, out object message);
}

internal sealed partial class ActorCell
{
    private TimeSpan? _receiveTimeout;
    private TimeSpan _lastActivity;
    private IdleCheck _idleCheck;

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        _receiveTimeout = timeout is { } given && given > TimeSpan.Zero ? given : null;
        _idleCheck?.Pending.Cancel();
        _idleCheck = null;
        if (_receiveTimeout is null) return;
        _lastActivity = SystemImpl.SchedulerClock;
        ScheduleIdleCheck(_receiveTimeout.Value);
    }

    // Rescheduling at every message would cost more than the message: the check itself looks how long it was silent.
    private void NoteActivity(object message)
    {
        if (_receiveTimeout is null || message is INotInfluenceReceiveTimeout or IdleCheck) return;
        _lastActivity = SystemImpl.SchedulerClock;
    }

    private void ScheduleIdleCheck(TimeSpan delay)
    {
        _idleCheck = new IdleCheck(new Cancelable(SystemImpl.Scheduler));
        SystemImpl.Scheduler.ScheduleTellOnce(delay, _self, _idleCheck, _self, _idleCheck.Pending);
    }

    private sealed class IdleCheck(ICancelable pending)
        : ITimerTick, INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded
    {
        internal ICancelable Pending => pending;

        public bool TryOpen(ActorCell cell, out object message)
        {
            message = Akka.Actor.ReceiveTimeout.Instance;
            if (!ReferenceEquals(cell._idleCheck, this) || cell._receiveTimeout is not { } timeout) return false;
            var now = cell.SystemImpl.SchedulerClock;
            var silent = now - cell._lastActivity;
            if (silent < timeout)
            {
                cell.ScheduleIdleCheck(timeout - silent);
                return false;
            }
            cell._lastActivity = now;
            cell.ScheduleIdleCheck(timeout);
            return true;
        }
    }
}
