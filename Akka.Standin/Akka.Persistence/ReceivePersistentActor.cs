using Akka.Actor;

namespace Akka.Persistence;

/// <summary>A persistent actor that lists its handlers: those of commands may change with Become, those of recovery do
/// not.</summary>
public abstract class ReceivePersistentActor : UntypedPersistentActor
{
    private readonly HandlerList _recover = new();
    private readonly HandlerList _initial = new();
    private HandlerList? _configured;

    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        _recover.Add(Guarded(handler, shouldHandle));
    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => Recover(handler, shouldHandle);
    protected void Recover<T>(Func<T, bool> handler) => _recover.Add(handler);
    protected void RecoverAny(Action<object> handler) => _recover.AddLast(Guarded(handler, null));

    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Commands.Add(Guarded(handler, shouldHandle));
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Command(handler, shouldHandle);
    protected void Command<T>(Func<T, bool> handler) => Commands.Add(handler);
    protected void CommandAny(Action<object> handler) => Commands.AddLast(Guarded(handler, null));

    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Commands.Add(Guarded(message => RunTask(() => handler(message)), shouldHandle));

    protected void Become(Action configure) => Become(Configured(configure));
    protected sealed override void OnCommand(object message) => Handle(_initial, message);
    protected sealed override void OnRecover(object message) => Handle(_recover, message);

    private HandlerList Commands => _configured ?? _initial;

    private UntypedReceive Configured(Action configure)
    {
        var outer = _configured;
        var handlers = _configured = new HandlerList();
        try
        {
            configure();
        }
        finally
        {
            _configured = outer;
        }
        return message => Handle(handlers, message);
    }

    private void Handle(HandlerList handlers, object message)
    {
        if (!handlers.Handle(message)) Unhandled(message);
    }

    private static Func<T, bool> Guarded<T>(Action<T> handler, Predicate<T>? shouldHandle) => message =>
    {
        if (shouldHandle is not null && !shouldHandle(message)) return false;
        handler(message);
        return true;
    };

    private sealed class HandlerList
    {
        private readonly List<Func<object, bool>> _handlers = [];
        private bool _closed;

        public void Add<T>(Func<T, bool> handler)
        {
            if (_closed) throw new InvalidOperationException(
                "A handler after one for any message would never be called.");
            _handlers.Add(message => message is T typed && handler(typed));
        }

        public void AddLast(Func<object, bool> handler)
        {
            Add(handler);
            _closed = true;
        }

        public bool Handle(object message)
        {
            foreach (var handler in _handlers)
                if (handler(message))
                    return true;
            return false;
        }
    }
}
