namespace Backup.Tests.Unit.Data;

/// <summary>A clock that a test moves. Timers fire while it is moved past them, on the thread that moves it.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Alarm> _alarms = [];
    private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public void Move(TimeSpan by)
    {
        Alarm[] due;
        lock (_lock)
        {
            _now += by;
            due = [.. _alarms.Where(alarm => alarm.Due <= _now).OrderBy(alarm => alarm.Due)];
        }
        foreach (var alarm in due) alarm.Ring();
    }

    public void Set(DateTimeOffset now)
    {
        lock (_lock) _now = now;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        return alarm;
    }

    /// <summary>Rings once each time that the clock is moved past it, however far.</summary>
    private sealed class Alarm(ManualTime time, Action ring) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : time._now + dueTime;
                if (!time._alarms.Contains(this)) time._alarms.Add(this);
            }
            return true;
        }

        public void Ring()
        {
            lock (time._lock)
            {
                if (Due > time._now) return;
                Due = _period > TimeSpan.Zero ? time._now + _period : DateTimeOffset.MaxValue;
            }
            ring();
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                Due = DateTimeOffset.MaxValue;
                time._alarms.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
