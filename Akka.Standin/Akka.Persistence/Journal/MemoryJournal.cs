using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>Keeps events as long as the actor system lives, in the order in which they were written.</summary>
public class MemoryJournal : AsyncWriteJournal
{
    private readonly Dictionary<string, List<IPersistentRepresentation>> _events = [];
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
        lock (_gate) return Task.FromResult(
            _events.GetValueOrDefault(persistenceId, []).Select(persistent => persistent.SequenceNr)
                .DefaultIfEmpty().Max());
    }

    protected override Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        lock (_gate)
            foreach (var persistent in messages.SelectMany(write => write.Events)) Add(persistent);
        return Task.FromResult<IImmutableList<Exception?>>(ImmutableList<Exception?>.Empty);
    }

    private protected List<IPersistentRepresentation> Read(
        string persistenceId, long fromSequenceNr, long toSequenceNr, long max)
    {
        lock (_gate)
            return _events.GetValueOrDefault(persistenceId, [])
                .Where(persistent => persistent.SequenceNr >= fromSequenceNr && persistent.SequenceNr <= toSequenceNr)
                .Take((int)Math.Min(max, int.MaxValue))
                .ToList();
    }

    private void Add(IPersistentRepresentation persistent)
    {
        if (!_events.TryGetValue(persistent.PersistenceId, out var events))
            _events[persistent.PersistenceId] = events = [];
        events.Add(persistent);
    }
}
