using Akka.Actor;

namespace Akka.Streams.Stage;

/// <summary>A stage with timers; one that was cancelled or set anew never fires, even when it was due.</summary>
public abstract class TimerGraphStageLogic : GraphStageLogic
{
    private readonly Dictionary<object, Timer> _timers = [];

    protected TimerGraphStageLogic(Shape shape) : base(shape) { }

    protected abstract void OnTimer(object timerKey);

    protected void ScheduleOnce(object timerKey, TimeSpan delay)
    {
        var timer = Replace(timerKey, repeats: false);
        timer.Cancelable = Materializer.ScheduleOnce(delay, GetAsyncCallback(() => Fire(timerKey, timer)));
    }

    protected void ScheduleRepeatedly(object timerKey, TimeSpan interval) =>
        ScheduleRepeatedly(timerKey, interval, interval);

    protected void ScheduleRepeatedly(object timerKey, TimeSpan initialDelay, TimeSpan interval)
    {
        var timer = Replace(timerKey, repeats: true);
        var tick = GetAsyncCallback(() => Fire(timerKey, timer));
        timer.Cancelable = Materializer.ScheduleRepeatedly(initialDelay, interval, tick);
    }

    protected void CancelTimer(object timerKey)
    {
        if (_timers.Remove(timerKey, out var timer)) timer.Cancelable?.Cancel();
    }

    protected bool IsTimerActive(object timerKey) => _timers.ContainsKey(timerKey);

    protected override void AfterPostStop()
    {
        foreach (var timer in _timers.Values) timer.Cancelable?.Cancel();
        _timers.Clear();
        base.AfterPostStop();
    }

    private Timer Replace(object timerKey, bool repeats)
    {
        CancelTimer(timerKey);
        return _timers[timerKey] = new Timer(repeats);
    }

    private void Fire(object timerKey, Timer timer)
    {
        if (!_timers.TryGetValue(timerKey, out var current) || current != timer) return;
        if (!timer.Repeats) _timers.Remove(timerKey);
        OnTimer(timerKey);
    }

    private sealed class Timer(bool repeats)
    {
        public bool Repeats => repeats;

        public ICancelable? Cancelable { get; set; }
    }
}
