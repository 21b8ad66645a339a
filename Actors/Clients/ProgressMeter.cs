using Akka.Actor;

namespace Backup.Actors.Clients;

/// <summary>The rate of a growing count over the last seconds.</summary>
internal sealed class ProgressMeter(IScheduler clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);
    private readonly Queue<(TimeSpan At, long Count)> _samples = new();

    /// <summary>Takes a sample; units a second over the window.</summary>
    public double Rate(long count)
    {
        var now = clock.MonotonicClock;
        _samples.Enqueue((now, count));
        while (_samples.Count > 2 && now - _samples.Peek().At > Window) _samples.Dequeue();
        var (since, before) = _samples.Peek();
        var seconds = (now - since).TotalSeconds;
        return seconds <= 0 ? 0 : (count - before) / seconds;
    }
}
