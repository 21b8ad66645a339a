using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>
/// A scheduler whose time moves only when it is told to; what is due then runs on the caller's thread.
/// </summary>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly List<Entry> _entries = [];
    private readonly Lock _lock = new();
    private DateTimeOffset _now = DateTimeOffset.UtcNow;
    private long _scheduled;

    public TestScheduler(Config schedulerConfig, ILoggingAdapter log) { }

    public IAdvancedScheduler Advanced => this;

    public DateTimeOffset Now
    {
        get
        {
            lock (_lock) return _now;
        }
    }

    public TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

    public void Advance(TimeSpan offset) => AdvanceTo(Now + offset);

    public void AdvanceTo(DateTimeOffset when)
    {
        Entry[] due;
        lock (_lock)
        {
            if (when < _now) throw new InvalidOperationException("Time does not go backwards.");
            _now = when;
            due = [.. _entries.Where(entry => entry.Due <= when).OrderBy(entry => entry.Due).ThenBy(entry =>
                entry.Number)];
            _entries.RemoveAll(entry => entry.Due <= when);
        }
        foreach (var entry in due)
        {
            if (entry.IsCancelled) continue;
            entry.Action();
            if (entry.Interval is { } interval && !entry.IsCancelled)
                Add(interval, interval, entry.Action, entry.Cancelable);
        }
    }

    private void Add(TimeSpan delay, TimeSpan? interval, Action action, ICancelable cancelable)
    {
        lock (_lock) _entries.Add(new Entry(_now + delay, _scheduled++, interval, action, cancelable));
    }

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) =>
        ScheduleTellOnce(delay, receiver, message, sender, null);

    public void ScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        ScheduleOnce(delay, () => receiver.Tell(message, sender), cancelable);

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender,
        ICancelable cancelable) =>
        ScheduleRepeatedly(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    public void ScheduleOnce(TimeSpan delay, Action action) => ScheduleOnce(delay, action, null);

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(delay.Checked("delay", mayBeZero: true), null, action, cancelable);

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(initialDelay.Checked("initialDelay", mayBeZero: true), interval.Checked("interval", mayBeZero: false),
            action, cancelable);

    private sealed record Entry(
        DateTimeOffset Due, long Number, TimeSpan? Interval, Action Action, ICancelable Cancelable)
    {
        internal bool IsCancelled => Cancelable is { IsCancellationRequested: true };
    }
}
