using Akka.Actor;

namespace Akka.Persistence;

/// <summary>The right to recover: bounds how many actors read the journal at the same time.</summary>
internal sealed class RecoveryPermit : IDisposable
{
    private readonly SemaphoreSlim _permits;
    private readonly CancellationTokenSource _givenUp = new();
    private readonly Lock _gate = new();
    private bool _held, _over;

    private RecoveryPermit(SemaphoreSlim permits) => _permits = permits;

    /// <summary>Waits for a permit without a thread and then tells <paramref name="granted"/>.</summary>
    public static RecoveryPermit Request(SemaphoreSlim permits, IActorRef actor, Reply granted)
    {
        var permit = new RecoveryPermit(permits);
        permits.WaitAsync(permit._givenUp.Token).ContinueWith(
            _ => { if (permit.Take()) actor.Tell(granted, ActorRefs.NoSender); },
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return permit;
    }

    private bool Take()
    {
        lock (_gate)
        {
            if (_over) _permits.Release();
            _held = !_over;
            return _held;
        }
    }

    /// <summary>Gives the permit back, or the place in the queue up; may be called twice.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_over) return;
            _over = true;
            if (_held) _permits.Release();
        }
        _givenUp.Cancel();
        _givenUp.Dispose();
    }
}
