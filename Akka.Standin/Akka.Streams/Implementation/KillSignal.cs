namespace Akka.Streams.Implementation;

/// <summary>Something from outside that ends streams.</summary>
internal interface IKillSignal
{
    /// <summary>Whether the end was called for already, and whether as a failure.</summary>
    bool IsThrown(out Exception cause);

    /// <summary>The action is called once when the end is called for, or at once.</summary>
    IDisposable Register(Action<Exception> action);
}

internal sealed class TokenSignal(CancellationToken token, bool graceful) : IKillSignal
{
    public bool IsThrown(out Exception cause)
    {
        cause = Cause;
        return token.IsCancellationRequested;
    }

    public IDisposable Register(Action<Exception> action) => token.Register(() => action(Cause));

    private Exception Cause => graceful ? null : new OperationCanceledException(token);
}

/// <summary>Thrown once; what is thrown later does not count.</summary>
internal sealed class KillSignal : IKillSignal
{
    private readonly Lock _lock = new();
    private readonly HashSet<Action<Exception>> _waiting = [];
    private bool _thrown;
    private Exception _cause;

    public void Throw(Exception cause)
    {
        Action<Exception>[] told;
        lock (_lock)
        {
            if (_thrown) return;
            (_thrown, _cause) = (true, cause);
            told = [.. _waiting];
            _waiting.Clear();
        }
        foreach (var action in told) action(cause);
    }

    public bool IsThrown(out Exception cause)
    {
        lock (_lock)
        {
            cause = _cause;
            return _thrown;
        }
    }

    public IDisposable Register(Action<Exception> action)
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

    private void Forget(Action<Exception> action)
    {
        lock (_lock) _waiting.Remove(action);
    }

    private sealed class Registration(KillSignal signal, Action<Exception> action) : IDisposable
    {
        public void Dispose() => signal.Forget(action);
    }
}

/// <summary>Passes elements until a signal from outside, which ends the stream both ways.</summary>
internal sealed class KillLogic<T>(FlowShape<T, T> shape, Attributes attributes, IKillSignal signal)
    : FlowLogic<T, T>(shape, attributes)
{
    private IDisposable _registration;

    public override void PreStart()
    {
        _registration = signal.Register(GetAsyncCallback<Exception>(OnThrown));
        // A later stream of a thrown switch must not let through even what is ready at its start.
        if (signal.IsThrown(out var cause)) OnThrown(cause);
    }

    public override void OnPush() => Push(Out, Grab(In));

    public override void PostStop() => _registration?.Dispose();

    private void OnThrown(Exception cause)
    {
        if (cause is null) CompleteStage();
        else FailStage(cause);
    }
}
