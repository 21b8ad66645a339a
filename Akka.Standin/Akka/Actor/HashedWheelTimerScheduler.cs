using System.Diagnostics;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// The scheduler of a system: one thread that sleeps until the next entry is due, so that it costs nothing while idle.
/// (The name is the one that configurations hold.)
/// </summary>
internal sealed class HashedWheelTimerScheduler : IScheduler, IAdvancedScheduler, IDisposable
{
    private readonly PriorityQueue<Entry, long> _entries = new();
    private readonly ILoggingAdapter _log;
    private readonly Thread _thread;
    private int _compactAt = 1024;
    private bool _stopped;

    public HashedWheelTimerScheduler(Config config, ILoggingAdapter log)
    {
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "akka-scheduler" };
        _thread.Start();
    }

    public IAdvancedScheduler Advanced => this;
    public DateTimeOffset Now => DateTimeOffset.UtcNow;
    public TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

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
        Add(new Entry(action, cancelable, TimeSpan.Zero), delay.Checked("delay", mayBeZero: true));

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(new Entry(action, cancelable, interval.Checked("interval", mayBeZero: false)),
            initialDelay.Checked("initialDelay", mayBeZero: true));

    public void Dispose()
    {
        lock (_entries)
        {
            _stopped = true;
            _entries.Clear();
            Monitor.Pulse(_entries);
        }
    }

    private void Add(Entry entry, TimeSpan delay)
    {
        lock (_entries)
        {
            if (_stopped) throw new SchedulerException("The scheduler has been shut down.");
            if (_entries.Count >= _compactAt) DropCancelled();
            var due = Stopwatch.GetTimestamp() + Ticks(delay);
            var isNext = !_entries.TryPeek(out _, out var next) || due < next;
            _entries.Enqueue(entry, due);
            if (isNext) Monitor.Pulse(_entries);
        }
    }

    private static long Ticks(TimeSpan time) => (long)(Math.Min(time.TotalSeconds, 1e9) * Stopwatch.Frequency);

    private void DropCancelled()
    {
        var live = _entries.UnorderedItems.Where(item => !item.Element.IsCancelled).ToArray();
        _entries.Clear();
        _entries.EnqueueRange(live);
        _compactAt = Math.Max(1024, 2 * live.Length);
    }

    private void Run()
    {
        while (TakeNext(out var entry, out var due))
        {
            if (entry.IsCancelled) continue;
            try
            {
                entry.Action();
            }
            catch (Exception e)
            {
                _log.Error(e, "Error while executing scheduled task");
            }
            if (entry.Interval > TimeSpan.Zero) Repeat(entry, due);
        }
    }

    private void Repeat(Entry entry, long due)
    {
        lock (_entries)
            if (!_stopped && !entry.IsCancelled)
                _entries.Enqueue(entry, Math.Max(due + Ticks(entry.Interval), Stopwatch.GetTimestamp()));
    }

    /// <summary>Waits for the next entry to be due; false at the end.</summary>
    private bool TakeNext(out Entry entry, out long due)
    {
        lock (_entries)
        {
            while (!_stopped)
            {
                if (!_entries.TryPeek(out entry, out due))
                {
                    Monitor.Wait(_entries);
                    continue;
                }
                var wait = due - Stopwatch.GetTimestamp();
                if (wait <= 0)
                {
                    _entries.Dequeue();
                    return true;
                }
                Monitor.Wait(_entries, (int)Math.Min(int.MaxValue, (wait * 1000 / Stopwatch.Frequency) + 1));
            }
        }
        (entry, due) = (null, 0);
        return false;
    }

    private sealed class Entry(Action action, ICancelable cancelable, TimeSpan interval)
    {
        internal Action Action => action;
        internal TimeSpan Interval => interval;
        internal bool IsCancelled => cancelable is { IsCancellationRequested: true };
    }
}
