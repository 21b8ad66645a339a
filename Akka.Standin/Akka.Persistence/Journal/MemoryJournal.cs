using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>Keeps events as long as the actor system lives, in the order in which they were written.</summary>
public class MemoryJournal : AsyncWriteJournal
{
    private readonly Dictionary<string, List<IPersistentRepresentation>> _events = [];
    private readonly Dictionary<string, long> _highest = [];
    private readonly Lock _gate = new(); // a deriving journal may come back to the base on another thread

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (var persistent in Read(persistenceId, fromSequenceNr, toSequenceNr, max)) recoveryCallback(persistent);
        return Task.CompletedTask;
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        lock (_gate) return Task.FromResult(_highest.GetValueOrDefault(persistenceId));
    }

    protected override Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        lock (_gate)
            foreach (var persistent in messages.SelectMany(write => write.Events))
                Add(persistent.Payload is Tagged tagged ? persistent.WithPayload(tagged.Payload) : persistent);
        return Task.FromResult<IImmutableList<Exception?>>(ImmutableList<Exception?>.Empty);
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        lock (_gate) _events.GetValueOrDefault(persistenceId)?.RemoveAll(persistent => persistent.SequenceNr <= toSequenceNr);
        return Task.CompletedTask;
    }

    private protected List<IPersistentRepresentation> Read(string persistenceId, long fromSequenceNr, long toSequenceNr, long max)
    {
        lock (_gate)
            return _events.GetValueOrDefault(persistenceId, [])
                .Where(persistent => persistent.SequenceNr >= fromSequenceNr && persistent.SequenceNr <= toSequenceNr)
                .Take((int)Math.Min(max, int.MaxValue))
                .ToList();
    }

    private void Add(IPersistentRepresentation persistent)
    {
        var id = persistent.PersistenceId;
        if (!_events.TryGetValue(id, out var events)) _events[id] = events = [];
        events.Add(persistent);
        _highest[id] = Math.Max(_highest.GetValueOrDefault(id), persistent.SequenceNr);
    }
}
