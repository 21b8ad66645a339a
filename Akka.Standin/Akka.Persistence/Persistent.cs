using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>One event with all that the journal keeps of it.</summary>
public interface IPersistentRepresentation
{
    object Payload { get; }
    string Manifest { get; }
    string PersistenceId { get; }
    long SequenceNr { get; }
    string WriterGuid { get; }
    bool IsDeleted { get; }
    IActorRef? Sender { get; }
    IPersistentRepresentation WithPayload(object payload);
    IPersistentRepresentation WithManifest(string manifest);
}

/// <summary>What an actor hands to the journal in one go.</summary>
public interface IPersistentEnvelope
{
    IActorRef? Sender { get; }
}

/// <summary>Events of one Persist or PersistAll: written all or none.</summary>
public sealed class AtomicWrite : IPersistentEnvelope
{
    private readonly IImmutableList<IPersistentRepresentation> _events;

    public AtomicWrite(IImmutableList<IPersistentRepresentation> payload)
    {
        if (payload.Count == 0) throw new ArgumentException(
            "An atomic write needs at least one event.", nameof(payload));
        _events = payload;
    }

    public IActorRef? Sender => _events[0].Sender;
    public string PersistenceId => _events[0].PersistenceId;
    internal IImmutableList<IPersistentRepresentation> Events => _events;
}

internal sealed record Persistent(
    object Payload, long SequenceNr, string PersistenceId, string Manifest, string WriterGuid, IActorRef? Sender = null,
    bool IsDeleted = false, long Timestamp = 0) : IPersistentRepresentation
{
    public IPersistentRepresentation WithPayload(object payload) => this with { Payload = payload };
    public IPersistentRepresentation WithManifest(string manifest) => this with { Manifest = manifest };
}

/// <summary>Goes through the journal unwritten, to keep its place among the events around it.</summary>
internal sealed record NonPersistentMessage(object Payload, IActorRef? Sender) : IPersistentEnvelope
{
    public int Size => 1;
}
