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

    private static TimeSpan Pause(TimeSpan? interval, TimeSpan until)
    {
        var pause = interval ?? PollInterval;
        var left = until - Now;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < pause ? left : pause;
    }

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default)
    {
        var limit = RemainingOrDilated(max);
        if (!AwaitConditionNoThrow(conditionIsFulfilled, limit, null, cancellationToken))
            _assertions.Fail("Timeout - {0} has expired while waiting for condition.", limit);
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
}
