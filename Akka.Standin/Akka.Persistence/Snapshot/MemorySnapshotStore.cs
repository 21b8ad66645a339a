namespace Akka.Persistence.Snapshot;

/// <summary>Keeps snapshots as long as the actor system lives.</summary>
public class MemorySnapshotStore : SnapshotStore
{
    private readonly List<SelectedSnapshot> _snapshots = [];
    private readonly Lock _gate = new(); // a deriving store may come back to the base on another thread

    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_gate)
            return Task.FromResult(_snapshots
                .Where(s => s.Metadata.PersistenceId == persistenceId && criteria.Matches(s.Metadata))
                .MaxBy(s => s.Metadata.SequenceNr));
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        lock (_gate)
        {
            _snapshots.RemoveAll(s => IsSame(s.Metadata, metadata));
            _snapshots.Add(new SelectedSnapshot(metadata, snapshot));
        }
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata)
    {
        lock (_gate)
            _snapshots.RemoveAll(s => IsSame(s.Metadata, metadata)
                && (metadata.Timestamp == DateTime.MinValue || s.Metadata.Timestamp == metadata.Timestamp));
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        lock (_gate) _snapshots.RemoveAll(s => s.Metadata.PersistenceId == persistenceId && criteria.Matches(s.Metadata));
        return Task.CompletedTask;
    }

    private static bool IsSame(SnapshotMetadata a, SnapshotMetadata b) =>
        a.PersistenceId == b.PersistenceId && a.SequenceNr == b.SequenceNr;
}

/// <summary>Where no store is configured: there is no snapshot, and saving one fails.</summary>
internal sealed class NoSnapshotStore : SnapshotStore
{
    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        Task.FromResult<SelectedSnapshot?>(null);

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) => Refused();
    protected override Task DeleteAsync(SnapshotMetadata metadata) => Refused();
    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) => Refused();

    private static Task Refused() =>
        Task.FromException(new InvalidOperationException("No snapshot store is configured: set akka.persistence.snapshot-store.plugin."));
}
