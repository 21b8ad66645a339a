using Akka.Actor;

namespace Akka.Persistence;

public sealed class SnapshotMetadata(string persistenceId, long sequenceNr, DateTime timestamp)
{
    public string PersistenceId { get; } = persistenceId;
    public long SequenceNr { get; } = sequenceNr;
    public DateTime Timestamp { get; } = timestamp;
    public override string ToString() => $"SnapshotMetadata<pid: {PersistenceId}, seqNr: {SequenceNr}, timestamp: {Timestamp:O}>";
}

public sealed class SnapshotSelectionCriteria(
    long maxSequenceNr, DateTime maxTimeStamp, long minSequenceNr = 0, DateTime? minTimestamp = null)
{
    public static SnapshotSelectionCriteria None { get; } = new(0, DateTime.MinValue);
    public static SnapshotSelectionCriteria Latest { get; } = new(long.MaxValue, DateTime.MaxValue);

    public SnapshotSelectionCriteria(long maxSequenceNr) : this(maxSequenceNr, DateTime.MaxValue) { }

    public long MaxSequenceNr { get; } = maxSequenceNr;
    public DateTime MaxTimeStamp { get; } = maxTimeStamp;
    public long MinSequenceNr { get; } = minSequenceNr;
    public DateTime? MinTimestamp { get; } = minTimestamp;

    internal SnapshotSelectionCriteria Limit(long toSequenceNr) =>
        toSequenceNr < MaxSequenceNr ? new(toSequenceNr, MaxTimeStamp, MinSequenceNr, MinTimestamp) : this;

    internal bool Matches(SnapshotMetadata metadata) =>
        metadata.SequenceNr >= MinSequenceNr && metadata.SequenceNr <= MaxSequenceNr
        && metadata.Timestamp <= MaxTimeStamp && metadata.Timestamp >= (MinTimestamp ?? DateTime.MinValue);
}

public sealed class SelectedSnapshot(SnapshotMetadata metadata, object snapshot)
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public object Snapshot { get; } = snapshot;
}

/// <summary>Given to the Recover handlers before the events that follow the snapshot.</summary>
public sealed class SnapshotOffer(SnapshotMetadata metadata, object snapshot)
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public object Snapshot { get; } = snapshot;
    public override string ToString() => $"SnapshotOffer<{Metadata}>";
}

public sealed class SaveSnapshotSuccess(SnapshotMetadata metadata) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public override string ToString() => $"SaveSnapshotSuccess<{Metadata}>";
}

public sealed class SaveSnapshotFailure(SnapshotMetadata metadata, Exception cause) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public Exception Cause { get; } = cause;
    public override string ToString() => $"SaveSnapshotFailure<{Metadata}, cause: {Cause}>";
}

public sealed class DeleteSnapshotSuccess(SnapshotMetadata metadata) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public override string ToString() => $"DeleteSnapshotSuccess<{Metadata}>";
}

public sealed class DeleteSnapshotFailure(SnapshotMetadata metadata, Exception cause) : INoSerializationVerificationNeeded
{
    public SnapshotMetadata Metadata { get; } = metadata;
    public Exception Cause { get; } = cause;
    public override string ToString() => $"DeleteSnapshotFailure<{Metadata}, cause: {Cause}>";
}

public sealed class DeleteSnapshotsSuccess(SnapshotSelectionCriteria criteria) : INoSerializationVerificationNeeded
{
    public SnapshotSelectionCriteria Criteria { get; } = criteria;
}

public sealed class DeleteSnapshotsFailure(SnapshotSelectionCriteria criteria, Exception cause) : INoSerializationVerificationNeeded
{
    public SnapshotSelectionCriteria Criteria { get; } = criteria;
    public Exception Cause { get; } = cause;
    public override string ToString() => $"DeleteSnapshotsFailure<cause: {Cause}>";
}

internal sealed record SaveSnapshot(SnapshotMetadata Metadata, object Snapshot) : INoSerializationVerificationNeeded;

internal sealed record DeleteSnapshot(SnapshotMetadata Metadata) : INoSerializationVerificationNeeded;

internal sealed record DeleteSnapshots(string PersistenceId, SnapshotSelectionCriteria Criteria) : INoSerializationVerificationNeeded;
