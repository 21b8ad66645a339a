using Akka.Actor;

namespace Akka.Persistence;

/// <summary>A persistent actor that lists its handlers.</summary>
public abstract class ReceivePersistentActor : Eventsourced
{
    private readonly HandlerList _recover = new();
    private readonly HandlerList _command = new();

    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        _recover.Add(handler, shouldHandle);

    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        _command.Add(handler, shouldHandle);

    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Command(handler, shouldHandle);

    protected override bool Receive(object message) => ReceiveCommand(message);

    protected sealed override bool ReceiveCommand(object message) => _command.TryHandle(message);

    protected sealed override bool ReceiveRecover(object message) => _recover.TryHandle(message);
}
