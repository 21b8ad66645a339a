namespace Akka.Streams.Implementation;

/// <summary>Thrown once; tells all that are registered, and later ones at once.</summary>
internal sealed class KillSignal
{
    private readonly Lock _lock = new();
    private readonly HashSet<Action<Exception?>> _waiting = [];
    private bool _thrown;
    private Exception? _cause;

    public void Throw(Exception? cause)
    {
        Action<Exception?>[] told;
        lock (_lock)
        {
            if (_thrown) return;
            (_thrown, _cause) = (true, cause);
            told = [.. _waiting];
            _waiting.Clear();
        }
        foreach (var action in told) action(cause);
    }

    public IDisposable Register(Action<Exception?> action)
    {
        lock (_lock)
        {
            if (!_thrown)
            {
                _waiting.Add(action);
                return new Registration(this, action);
            }
        }
        action(_cause);
        return new Registration(this, action);
    }

    private void Forget(Action<Exception?> action)
    {
        lock (_lock) _waiting.Remove(action);
    }

    private sealed class Registration(KillSignal signal, Action<Exception?> action) : IDisposable
    {
        public void Dispose() => signal.Forget(action);
    }
}

/// <summary>Passes elements until a signal from outside, which ends the stream both ways.</summary>
internal sealed class KillLogic<T>(
    FlowShape<T, T> shape, Attributes attributes, Func<Action<Exception?>, IDisposable> register)
    : FlowLogic<T, T>(shape, attributes)
{
    private IDisposable? _registration;

    public override void PreStart() => _registration = register(GetAsyncCallback<Exception?>(OnThrown));

    public override void OnPush() => Push(Out, Grab(In));

    public override void PostStop() => _registration?.Dispose();

    private void OnThrown(Exception? cause)
    {
        if (cause is null) CompleteStage();
        else FailStage(cause);
    }
}
