using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>An actor whose state is the sum of its events: it recovers from the journal before it serves, and
/// commands wait while an event is being written. What handlers see is here; how messages move is in the other
/// parts.</summary>
public abstract partial class Eventsourced : ActorBase
{
    private static int _incarnations;

    private readonly int _incarnation = Interlocked.Increment(ref _incarnations);
    private readonly string _writerGuid = Guid.NewGuid().ToString("N");
    private long _sequenceNr;
    private IActorRef? _journal;
    private ILoggingAdapter? _log;

    protected Eventsourced()
    {
        Extension = Persistence.Instance.Apply(Context.System);
        _held = new StashImpl(Cell);
    }

    public abstract string PersistenceId { get; }
    public string? JournalPluginId { get; protected set; }

    public long LastSequenceNr { get; private set; }
    public bool IsRecovering => _phase < Phase.Serving;
    public IActorRef Journal => _journal ??= Extension.JournalFor(JournalPluginId);

    protected PersistenceExtension Extension { get; }
    protected virtual ILoggingAdapter Log => _log ??= Context.GetLogger();

    protected abstract bool ReceiveRecover(object message);
    protected abstract bool ReceiveCommand(object message);

    /// <summary>Writes the event, then calls the handler; no other command is handled in between.</summary>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        Expect(@event, handler);
        Write([@event]);
    }

    /// <summary>Writes the events all or none, then calls the handler for each; no other command is handled in
    /// between.</summary>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler)
    {
        var all = events.ToList();
        foreach (var @event in all) Expect(@event, handler);
        if (all.Count > 0) Write(all);
    }

    protected virtual void OnReplaySuccess() { }

    /// <summary>The actor could not recover; it stops afterwards, whatever its supervisor says.</summary>
    protected virtual void OnRecoveryFailure(Exception reason, object? message = null) =>
        Log.Error(reason, "{0} cannot recover: last sequence number {1}, message {2}", PersistenceId, LastSequenceNr,
            message?.GetType().ToString() ?? "none");

    /// <summary>It is unknown whether the event was written; the actor stops afterwards, whatever its supervisor
    /// says.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Log.Error(
            cause, "{0} could not persist {1} with sequence number {2}", PersistenceId, @event.GetType(), sequenceNr);

    /// <summary>The event was certainly not written; the actor goes on without calling the handler.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "{0}: the journal refused {1} with sequence number {2}", PersistenceId, @event.GetType(),
            sequenceNr);

    protected override void Unhandled(object message)
    {
        if (message is not RecoveryCompleted) base.Unhandled(message);
    }

    private void Write<TEvent>(List<TEvent> events) => _unsent.Add(new AtomicWrite(events
        .Select(e =>
            (IPersistentRepresentation)new Persistent(e!, ++_sequenceNr, PersistenceId, _writerGuid, Sender))
        .ToImmutableList()));

    private void Expect<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        if (IsRecovering)
            throw new InvalidOperationException(
                "Events can be persisted from RecoveryCompleted on, not while they are replayed.");
        ArgumentNullException.ThrowIfNull(@event);
        _expected.Enqueue(() => handler(@event));
    }
}
