using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>One event with all that the journal keeps of it.</summary>
public interface IPersistentRepresentation
{
    object Payload { get; }
    string PersistenceId { get; }
    long SequenceNr { get; }
    string WriterGuid { get; }
    IActorRef? Sender { get; }
}

/// <summary>Events of one Persist or PersistAll: written all or none.</summary>
public sealed class AtomicWrite
{
    private readonly IImmutableList<IPersistentRepresentation> _events;

    public AtomicWrite(IImmutableList<IPersistentRepresentation> payload)
    {
        if (payload.Count == 0) throw new ArgumentException(
            "An atomic write needs at least one event.", nameof(payload));
        _events = payload;
    }

    internal IImmutableList<IPersistentRepresentation> Events => _events;
}

internal sealed record Persistent(
    object Payload, long SequenceNr, string PersistenceId, string WriterGuid, IActorRef? Sender = null)
    : IPersistentRepresentation;
