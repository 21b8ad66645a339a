using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

internal sealed record WriteMessages(IReadOnlyList<AtomicWrite> Messages, IActorRef Writer, int Incarnation)
    : INoSerializationVerificationNeeded;

internal sealed record ReplayMessages(string PersistenceId, IActorRef Reader, int Incarnation)
    : INoSerializationVerificationNeeded;

/// <summary>An answer to the machinery of a persistent actor, never to its handlers.
/// One that was meant for an earlier incarnation of the actor is dropped.</summary>
internal abstract record Reply(int Incarnation) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

internal sealed record RecoveryPermitGranted(int Incarnation) : Reply(Incarnation);
internal sealed record RecoveryTick(int Incarnation) : Reply(Incarnation);
internal sealed record ReplayedMessage(IPersistentRepresentation Persistent, int Incarnation) : Reply(Incarnation);
internal sealed record RecoverySuccess(long HighestSequenceNr, int Incarnation) : Reply(Incarnation);
internal sealed record ReplayMessagesFailure(Exception Cause, int Incarnation) : Reply(Incarnation);
internal sealed record WriteMessageSuccess(IPersistentRepresentation Persistent, int Incarnation) : Reply(Incarnation);
internal sealed record WriteMessageRejected(IPersistentRepresentation Persistent, Exception Cause, int Incarnation)
    : Reply(Incarnation);
internal sealed record WriteMessageFailure(IPersistentRepresentation Persistent, Exception Cause, int Incarnation)
    : Reply(Incarnation);

/// <summary>The last answer to a WriteMessages: the next one may be sent, so that answers of two never mix.</summary>
internal sealed record WriteMessagesDone(int Incarnation) : Reply(Incarnation);
