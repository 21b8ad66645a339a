namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    public void AwaitAssert(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default)
    {
        var until = Now + RemainingOrDilated(duration);
        while (true)
        {
            try
            {
                assertion();
                return;
            }
            catch (Exception) when (Now < until && !cancellationToken.IsCancellationRequested)
            {
                Thread.Sleep(Pause(interval, until));
            }
        }
    }

    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(() =>
        {
            assertion();
            return Task.CompletedTask;
        }, duration, interval, cancellationToken);

    public async Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null,
        CancellationToken cancellationToken = default)
    {
        var until = Now + RemainingOrDilated(duration);
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (Now < until && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(Pause(interval, until), cancellationToken);
            }
        }
    }

    private static TimeSpan Pause(TimeSpan? interval, TimeSpan until)
    {
        var pause = interval ?? PollInterval;
        var left = until - Now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < pause ? left : pause;
    }

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string message = null,
        CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        if (!AwaitConditionNoThrow(conditionIsFulfilled, limit, interval, cancellationToken))
            _assertions.Fail("Timeout - {0} has expired while waiting for condition. {1}", limit, message);
    }

    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null,
        CancellationToken cancellationToken = default)
    {
        var until = Now + max;
        while (!conditionIsFulfilled())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Now >= until) return false;
            Thread.Sleep(Pause(interval, until));
        }
        return true;
    }

    public async Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string message = null,
        CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        var until = Now + limit;
        while (!await conditionIsFulfilled())
        {
            if (Now >= until) _assertions.Fail("Timeout - {0} has expired while waiting for condition. {1}", limit,
                message);
            await Task.Delay(Pause(interval, until), cancellationToken);
        }
    }

    public void Within(
        TimeSpan max, Action action, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    public void Within(
        TimeSpan min, TimeSpan max, Action action, string hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        var (start, limit, before) = Enter(min, max);
        try
        {
            action();
        }
        finally
        {
            _end = before;
        }
        Leave(start, min, limit, hint, epsilonValue);
    }

    public T Within<T>(
        TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    public T Within<T>(
        TimeSpan min, TimeSpan max, Func<T> function, string hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        T result = default;
        Within(min, max, () => { result = function(); }, hint, epsilonValue, cancellationToken);
        return result;
    }

    public Task WithinAsync(
        TimeSpan max, Func<Task> actionAsync, TimeSpan? epsilonValue = null,
            CancellationToken cancellationToken = default) =>
        WithinAsync(TimeSpan.Zero, max, actionAsync, null, epsilonValue, cancellationToken);

    public async Task WithinAsync(
        TimeSpan min, TimeSpan max, Func<Task> actionAsync, string hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        var (start, limit, before) = Enter(min, max);
        try
        {
            await actionAsync();
        }
        finally
        {
            _end = before;
        }
        Leave(start, min, limit, hint, epsilonValue);
    }

    private (TimeSpan Start, TimeSpan Limit, TimeSpan? Before) Enter(TimeSpan min, TimeSpan max)
    {
        max = Dilated(max);
        var start = Now;
        var left = _end - start ?? TimeSpan.MaxValue;
        _assertions.AssertTrue(left >= min, "Required min time {0} not possible, only {1} left.", min, left);
        var limit = max < left ? max : left;
        var before = _end;
        _lastWasNoMessage = false;
        _end = start + limit;
        return (start, limit, before);
    }

    private void Leave(TimeSpan start, TimeSpan min, TimeSpan limit, string hint, TimeSpan? epsilon)
    {
        var elapsed = Now - start;
        if (elapsed < min)
            _assertions.Fail("Failed: Block took {0}, should have at least been {1}. {2}", elapsed, min, hint);
        if (!_lastWasNoMessage && elapsed > limit + (epsilon ?? TimeSpan.Zero))
            _assertions.Fail("Failed: Block took {0}, exceeding {1}. {2}", elapsed, limit, hint);
    }
}
