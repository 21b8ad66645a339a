namespace Akka.Streams.Implementation.Stages;

/// <summary>When a stream has taken too long.</summary>
internal enum Deadline
{
    /// <summary>For its first element.</summary>
    Initial,

    /// <summary>As a whole.</summary>
    Completion,

    /// <summary>From one element to the next.</summary>
    Idle,

    /// <summary>From an element to the demand for the next.</summary>
    Backpressure,
}

internal sealed class TimeoutLogic<T>(FlowShape<T, T> shape, Attributes attributes, Deadline deadline, TimeSpan timeout)
    : FlowLogic<T, T>(shape, attributes)
{
    private TimeSpan _due;
    private bool _waiting;

    public override void PreStart()
    {
        _waiting = deadline != Deadline.Backpressure;
        _due = Clock + timeout;
        ScheduleOnce(deadline, timeout);
    }

    public override void OnPush()
    {
        if (deadline == Deadline.Initial) Stop();
        if (deadline is Deadline.Idle or Deadline.Backpressure) Restart();
        Push(Out, Grab(In));
    }

    public override void OnPull()
    {
        if (deadline == Deadline.Backpressure) _waiting = false;
        Pull(In);
    }

    protected override void OnTimer(object timerKey)
    {
        var left = _due - Clock;
        if (_waiting && left <= TimeSpan.Zero) FailStage(new TimeoutException(Reason()));
        else ScheduleOnce(deadline, left > TimeSpan.Zero ? left : timeout);
    }

    private void Restart()
    {
        _waiting = true;
        _due = Clock + timeout;
    }

    private void Stop()
    {
        _waiting = false;
        CancelTimer(deadline);
    }

    private string Reason() => deadline switch
    {
        Deadline.Initial => $"The first element has not come within {timeout}.",
        Deadline.Completion => $"The stream has not come to its end within {timeout}.",
        Deadline.Idle => $"No element has passed within {timeout}.",
        _ => $"No demand has come within {timeout}.",
    };
}

/// <summary>Lets elements pass at a rate, so much at once; it waits, or fails when asked to enforce.</summary>
internal sealed class ThrottleLogic<T>(
    FlowShape<T, T> shape, Attributes attributes, int cost, TimeSpan per, int maximumBurst, Func<T, int> calculateCost,
    ThrottleMode mode) : FlowLogic<T, T>(shape, attributes)
{
    private readonly double _costPerTick = (double)cost / per.Ticks;
    private readonly int _burst = Math.Max(maximumBurst, 1);
    private T _held = default!;
    private bool _holds;
    private double _tokens;
    private TimeSpan _counted;

    public override void PreStart() => (_tokens, _counted) = (_burst, Clock);

    public override void OnUpstreamFinish()
    {
        if (!_holds) CompleteStage();
    }

    protected override void OnElement(T element)
    {
        var now = Clock;
        _tokens = Math.Min(_burst, _tokens + (now - _counted).Ticks * _costPerTick) - calculateCost(element);
        _counted = now;
        if (_tokens >= 0) Push(Out, element);
        else if (mode == ThrottleMode.Enforcing)
            FailStage(new InvalidOperationException($"More than {cost} per {per} went through the throttle."));
        else
        {
            (_held, _holds) = (element, true);
            ScheduleOnce(nameof(Throttle), TimeSpan.FromTicks((long)Math.Ceiling(-_tokens / _costPerTick)));
        }
    }

    protected override void OnTimer(object timerKey) => Throttle();

    private void Throttle()
    {
        var element = _held;
        (_held, _holds) = (default!, false);
        Push(Out, element);
        if (IsClosed(In)) CompleteStage();
    }
}
