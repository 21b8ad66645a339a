namespace Akka.Actor;

/// <summary>
/// An actor whose handlers are declared by message type; the first that fits, in order, takes the message.
/// </summary>
public abstract class ReceiveActor : UntypedActor
{
    private readonly Stack<HandlerList> _configuring = new();
    private HandlerList _initial;

    protected ReceiveActor() => _configuring.Push(new HandlerList());

    internal sealed override void Initialize() => _initial ??= _configuring.Pop();

    protected sealed override void OnReceive(object message) => Handle(_initial, message);

    private void Handle(HandlerList handlers, object message)
    {
        if (!handlers.TryHandle(message)) Unhandled(message);
    }

    protected void Become(Action configure)
    {
        var handlers = Configure(configure);
        Become((UntypedReceive)(message => Handle(handlers, message)));
    }

    private HandlerList Configure(Action configure)
    {
        var handlers = new HandlerList();
        _configuring.Push(handlers);
        try
        {
            configure();
        }
        finally
        {
            _configuring.Pop();
        }
        return handlers;
    }

    private HandlerList Handlers => _configuring.TryPeek(out var handlers)
        ? handlers
        : throw new InvalidOperationException(
            "You may only call Receive-methods when constructing the actor and inside Become().");

    protected void Receive<T>(Action<T> handler, Predicate<T> shouldHandle = null) =>
        Handlers.Add(handler, shouldHandle);

    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    protected void Receive<T>(Func<T, bool> handler) => Handlers.Add(handler, takesAll: false);

    protected void ReceiveAny(Action<object> handler) => Receive(handler);
}

/// <summary>Handlers in the order of their declaration.</summary>
internal sealed class HandlerList
{
    private Func<object, bool>[] _handlers = [];
    private bool _complete;

    internal void Add<T>(Action<T> handler, Predicate<T> shouldHandle) =>
        Add<T>(message =>
        {
            if (shouldHandle is not null && !shouldHandle(message)) return false;
            handler(message);
            return true;
        }, takesAll: typeof(T) == typeof(object) && shouldHandle is null);

    internal void Add<T>(Func<T, bool> handler, bool takesAll)
    {
        if (_complete)
            throw new InvalidOperationException(
                "A handler that catches all messages has been added. No handler can be added after that.");
        _complete = takesAll;
        _handlers = [.. _handlers, message => message is T typed && handler(typed)];
    }

    internal bool TryHandle(object message)
    {
        foreach (var handler in _handlers)
            if (handler(message)) return true;
        return false;
    }
}
