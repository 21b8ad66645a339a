using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>An actor whose state is the sum of its events: it recovers from the journal before it serves, and
/// commands wait while an event is being written. What handlers see is here; how messages move is in the other
/// parts.</summary>
public abstract partial class Eventsourced : ActorBase, IWithUnboundedStash
{
    private static int _incarnations;

    private readonly int _incarnation = Interlocked.Increment(ref _incarnations);
    private readonly string _writerGuid = Guid.NewGuid().ToString("N");
    private long _sequenceNr;
    private IActorRef? _journal, _snapshotStore;
    private ILoggingAdapter? _log;

    protected Eventsourced()
    {
        Extension = Persistence.Instance.Apply(Context.System);
        _held = new StashImpl(Cell);
        Stash = new UserStash(this);
    }

    public abstract string PersistenceId { get; }
    public virtual Recovery Recovery => Recovery.Default;
    public string? JournalPluginId { get; protected set; }
    public string? SnapshotPluginId { get; protected set; }
    public string SnapshotterId => PersistenceId;

    public long LastSequenceNr { get; private set; }
    public long SnapshotSequenceNr => LastSequenceNr;
    public bool IsRecovering => _phase < Phase.Serving;
    public IActorRef Journal => _journal ??= Extension.JournalFor(JournalPluginId);
    public IActorRef SnapshotStore => _snapshotStore ??= Extension.SnapshotStoreFor(SnapshotPluginId);

    /// <summary>The stash of the handlers. The actor's own, which holds commands back while events are written, is
    /// another.</summary>
    public IStash Stash
    {
        get;
        // The cell injects a stash of its own kind, which would put messages before those that wait already.
        set => field = value as UserStash ?? field;
    }

    protected PersistenceExtension Extension { get; }
    protected virtual ILoggingAdapter Log => _log ??= Context.GetLogger();

    protected abstract bool ReceiveRecover(object message);
    protected abstract bool ReceiveCommand(object message);

    /// <summary>Writes the event, then calls the handler; no other command is handled in between.</summary>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        Expect(@event, handler, holdsCommands: true);
        Write([@event]);
    }

    /// <summary>Writes the events all or none, then calls the handler for each; no other command is handled in
    /// between.</summary>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        WriteAll(events, handler, holdsCommands: true);

    /// <summary>As Persist, but commands go on meanwhile.</summary>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        Expect(@event, handler, holdsCommands: false);
        Write([@event]);
    }

    /// <summary>As PersistAll, but commands go on meanwhile.</summary>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler) =>
        WriteAll(events, handler, holdsCommands: false);

    /// <summary>Calls the handler after those of all events that are being written: at once when there are
    /// none.</summary>
    public void DeferAsync<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        RefuseInRecovery();
        if (_expected.Count == 0)
        {
            handler(@event);
            return;
        }
        Expect(@event, handler, holdsCommands: false);
        _unsent.Add(new NonPersistentMessage(@event!, Sender));
    }

    /// <summary>Deletes the events up to the number; answered by DeleteMessagesSuccess or
    /// DeleteMessagesFailure.</summary>
    public void DeleteMessages(long toSequenceNr) =>
        Journal.Tell(new DeleteMessagesTo(PersistenceId, toSequenceNr, Self), Self);

    /// <summary>Saves the state as of the last sequence number; answered by SaveSnapshotSuccess or
    /// SaveSnapshotFailure.</summary>
    public void SaveSnapshot(object snapshot) =>
        SnapshotStore.Tell(new SaveSnapshot(Metadata(SnapshotSequenceNr, DateTime.UtcNow), snapshot), Self);

    public void DeleteSnapshots(SnapshotSelectionCriteria criteria) =>
        SnapshotStore.Tell(new DeleteSnapshots(SnapshotterId, criteria), Self);

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
        switch (message)
        {
            case RecoveryCompleted:
                break;
            case SaveSnapshotFailure or DeleteSnapshotFailure or DeleteSnapshotsFailure or DeleteMessagesFailure:
                Log.Warning("{0}: {1}", PersistenceId, message);
                break;
            default:
                base.Unhandled(message);
                break;
        }
    }

    private SnapshotMetadata Metadata(long sequenceNr, DateTime timestamp) => new(SnapshotterId, sequenceNr, timestamp);

    private void WriteAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler, bool holdsCommands)
    {
        var all = events.ToList();
        foreach (var @event in all) Expect(@event, handler, holdsCommands);
        if (all.Count > 0) Write(all);
    }

    private void Write<TEvent>(List<TEvent> events) => _unsent.Add(new AtomicWrite(events
        .Select(e =>
            (IPersistentRepresentation)new Persistent(e!, ++_sequenceNr, PersistenceId, "", _writerGuid, Sender))
        .ToImmutableList()));

    private void Expect<TEvent>(TEvent @event, Action<TEvent> handler, bool holdsCommands)
    {
        RefuseInRecovery();
        ArgumentNullException.ThrowIfNull(@event);
        _expected.Enqueue(new Expected(() => handler(@event), holdsCommands));
        if (holdsCommands) _holding++;
    }

    private void RefuseInRecovery()
    {
        if (IsRecovering)
            throw new InvalidOperationException(
                "Events can be persisted from RecoveryCompleted on, not while they are replayed.");
    }
}
