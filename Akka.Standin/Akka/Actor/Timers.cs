using Akka.Actor.Internal;

namespace Akka.Actor;

/// <summary>An actor with timers of its own; they end with it.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}

public interface ITimerScheduler
{
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}

/// <summary>The timers of one actor. A tick that was overtaken by a cancellation is recognised by its timer.</summary>
internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, Tick> _timers = [];

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Start(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
        Start(key, msg, initialDelay, interval);

    public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, null);

    private void Start(object key, object msg, TimeSpan delay, TimeSpan? interval)
    {
        Cancel(key);
        var scheduler = cell.SystemImpl.Scheduler;
        var cancelable = new Cancelable(scheduler.Advanced);
        var tick = msg is INotInfluenceReceiveTimeout
            ? new SilentTick(this, key, msg, interval is null, cancelable)
            : new Tick(this, key, msg, interval is null, cancelable);
        _timers[key] = tick;
        if (interval is { } period)
            scheduler.ScheduleTellRepeatedly(delay, period, cell.Self, tick, ActorRefs.NoSender, cancelable);
        else
            scheduler.ScheduleTellOnce(delay, cell.Self, tick, ActorRefs.NoSender, cancelable);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var tick)) tick.Cancelable.Cancel();
    }

    public void CancelAll()
    {
        foreach (var tick in _timers.Values) tick.Cancelable.Cancel();
        _timers.Clear();
    }

    private class Tick(TimerScheduler owner, object key, object message, bool isSingle, ICancelable cancelable)
        : ITimerTick, INoSerializationVerificationNeeded
    {
        internal ICancelable Cancelable => cancelable;

        public bool TryOpen(ActorCell cell, out object opened)
        {
            opened = message;
            if (!owner._timers.TryGetValue(key, out var current) || current != this) return false;
            if (isSingle) owner._timers.Remove(key);
            return true;
        }
    }

    private sealed class SilentTick(TimerScheduler owner, object key, object message, bool isSingle,
        ICancelable cancelable)
        : Tick(owner, key, message, isSingle, cancelable), INotInfluenceReceiveTimeout;
}
