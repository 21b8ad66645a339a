using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>
/// The two queues of an actor. Many may post; whoever finds it unscheduled hands it to the dispatcher, and at most
/// one thread runs it at a time.
/// </summary>
internal sealed class Mailbox(ActorCell cell, MessageDispatcher dispatcher) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<SystemMessage> _system = new();
    private readonly ConcurrentQueue<Envelope> _user = new();
    private Stack<Envelope> _front; // unstashed messages, ahead of the queue; touched by the running thread only
    private int _suspended = 1;     // until the actor is created; changed by the running thread only
    private int _scheduled;
    private volatile bool _closed;

    internal bool IsClosed => _closed;
    internal void Post(in Envelope envelope)
    {
        _user.Enqueue(envelope);
        Posted();
    }

    internal void PostSystem(SystemMessage message)
    {
        _system.Enqueue(message);
        Posted();
    }

    // The fences here and in Close: either the poster sees that the mailbox is closed or the closer sees the message.
    private void Posted()
    {
        Interlocked.MemoryBarrier();
        if (_closed) DrainToDeadLetters();
        else Schedule();
    }

    /// <summary>Puts messages ahead of all others. Only while this mailbox runs.</summary>
    internal void Prepend(IReadOnlyList<Envelope> envelopes)
    {
        _front ??= new Stack<Envelope>();
        for (var i = envelopes.Count - 1; i >= 0; i--) _front.Push(envelopes[i]);
    }

    internal void Suspend() => _suspended++;

    internal void Resume() => _suspended = Math.Max(0, _suspended - 1);

    internal void Close()
    {
        _closed = true;
        Interlocked.MemoryBarrier();
        DrainToDeadLetters();
    }

    void IThreadPoolWorkItem.Execute() => Run();

    internal void Run()
    {
        var before = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = cell;
        try
        {
            RunSystem();
            for (var left = dispatcher.Throughput; left > 0 && _suspended == 0 && !_closed; left--)
            {
                if (!TryTake(out var envelope)) break;
                cell.Invoke(envelope);
                RunSystem();
            }
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = before;
            Interlocked.Exchange(ref _scheduled, 0);
            if (!_closed && HasWork) Schedule();
        }
    }

    private bool HasWork => !_system.IsEmpty || (_suspended == 0 && (_front is { Count: > 0 } || !_user.IsEmpty));

    private void RunSystem()
    {
        while (!_closed && _system.TryDequeue(out var message)) cell.InvokeSystem(message);
    }

    private bool TryTake(out Envelope envelope) =>
        (_front is not null && _front.TryPop(out envelope)) || _user.TryDequeue(out envelope);

    private void Schedule()
    {
        if (Interlocked.CompareExchange(ref _scheduled, 1, 0) == 0) dispatcher.ExecuteMailbox(this);
    }

    private void DrainToDeadLetters()
    {
        // A stack is not safe for others, and only the thread that closed the mailbox can find anything in it.
        if (ReferenceEquals(InternalCurrentActorCellKeeper.Current, cell) && _front is not null)
            while (_front.TryPop(out var unstashed)) ToDeadLetters(unstashed);
        while (_user.TryDequeue(out var envelope)) ToDeadLetters(envelope);
        while (_system.TryDequeue(out var message))
            if (message is Watch watch)
                watch.Watcher.Inner().SendSystemMessage(new DeathWatchNotification(watch.Watchee, false, false));
    }

    private void ToDeadLetters(in Envelope envelope)
    {
        // A dead letter for a listener that has ended itself says nothing more, and would go round for ever.
        if (envelope.Message is ITimerTick or AllDeadLetters) return;
        if (envelope.Message is ActorSelectionMessage selection && selection.Message is Identify identify)
            envelope.Sender.Tell(new ActorIdentity(identify.MessageId, null), ActorRefs.NoSender);
        else
            cell.System.DeadLetters.Tell(new DeadLetter(envelope.Message, envelope.Sender, cell.Self), cell.Self);
    }
}
