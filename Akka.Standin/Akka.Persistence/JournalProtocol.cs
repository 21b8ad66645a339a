using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

public sealed class DeleteMessagesSuccess(long toSequenceNr)
{
    public long ToSequenceNr { get; } = toSequenceNr;
    public override string ToString() => $"DeleteMessagesSuccess<toSequenceNr: {ToSequenceNr}>";
}

public sealed class DeleteMessagesFailure(Exception cause, long toSequenceNr) : INoSerializationVerificationNeeded
{
    public Exception Cause { get; } = cause;
    public long ToSequenceNr { get; } = toSequenceNr;
    public override string ToString() => $"DeleteMessagesFailure<cause: {Cause}, toSequenceNr: {ToSequenceNr}>";
}

internal sealed record WriteMessages(IReadOnlyList<IPersistentEnvelope> Messages, IActorRef Writer, int Incarnation)
    : INoSerializationVerificationNeeded;

internal sealed record ReplayMessages(
    string PersistenceId, long FromSequenceNr, long ToSequenceNr, long Max, IActorRef Reader, int Incarnation)
    : INoSerializationVerificationNeeded;

internal sealed record DeleteMessagesTo(string PersistenceId, long ToSequenceNr, IActorRef ReplyTo)
    : INoSerializationVerificationNeeded;

internal sealed record LoadSnapshot(string PersistenceId, SnapshotSelectionCriteria Criteria, long ToSequenceNr, int Incarnation)
    : INoSerializationVerificationNeeded;

/// <summary>An answer to the machinery of a persistent actor, never to its handlers.
/// One that was meant for an earlier incarnation of the actor is dropped.</summary>
internal abstract record Reply(int Incarnation) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

internal sealed record RecoveryPermitGranted(int Incarnation) : Reply(Incarnation);
internal sealed record RecoveryTick(int Incarnation) : Reply(Incarnation);
internal sealed record LoadSnapshotResult(SelectedSnapshot? Snapshot, int Incarnation) : Reply(Incarnation);
internal sealed record LoadSnapshotFailed(Exception Cause, int Incarnation) : Reply(Incarnation);
internal sealed record ReplayedMessage(IPersistentRepresentation Persistent, int Incarnation) : Reply(Incarnation);
internal sealed record RecoverySuccess(long HighestSequenceNr, int Incarnation) : Reply(Incarnation);
internal sealed record ReplayMessagesFailure(Exception Cause, int Incarnation) : Reply(Incarnation);
internal sealed record WriteMessageSuccess(IPersistentRepresentation Persistent, int Incarnation) : Reply(Incarnation);
internal sealed record WriteMessageRejected(IPersistentRepresentation Persistent, Exception Cause, int Incarnation) : Reply(Incarnation);
internal sealed record WriteMessageFailure(IPersistentRepresentation Persistent, Exception Cause, int Incarnation) : Reply(Incarnation);
internal sealed record LoopMessageSuccess(int Incarnation) : Reply(Incarnation);

/// <summary>The last answer to a WriteMessages: the next one may be sent, so that answers of two never mix.</summary>
internal sealed record WriteMessagesDone(int Incarnation) : Reply(Incarnation);
