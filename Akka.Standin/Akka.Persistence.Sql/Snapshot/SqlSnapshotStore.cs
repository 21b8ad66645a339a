using System.Data.Common;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Snapshot;

namespace Akka.Persistence.Sql.Snapshot;

/// <summary>Snapshots as rows, in the table that Akka.Persistence.Sql makes by default.</summary>
internal sealed class SqlSnapshotStore(Config config) : SnapshotStore
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS snapshot(
            persistence_id NVARCHAR(255) NOT NULL,
            sequence_number BIGINT NOT NULL,
            created BIGINT NOT NULL,
            snapshot VARBINARY NULL,
            manifest NVARCHAR(500) NULL,
            serializer_id INTEGER NULL,
            PRIMARY KEY(persistence_id, sequence_number));
        CREATE INDEX IF NOT EXISTS snapshot_sequence_number_idx ON snapshot(sequence_number);
        CREATE INDEX IF NOT EXISTS snapshot_created_idx ON snapshot(created);
        """;

    private const string Fitting =
        "persistence_id = @id AND sequence_number BETWEEN @min AND @max AND created BETWEEN @after AND @before";

    private readonly SqlSerializer _serializer = new((ExtendedActorSystem)Context.System);
    private readonly SqlWorker _worker = new(config, provider => provider.InItsWords(Schema), "akka-snapshots");

    private sealed record Row(long SequenceNr, long Created, byte[] Snapshot, int SerializerId, string Manifest);

    protected override void PostStop()
    {
        _worker.Dispose();
        base.PostStop();
    }

    protected override async Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        var row = await _worker.Run(connection => Read(connection, persistenceId, criteria)).ConfigureAwait(false);
        return row is null ? null : new SelectedSnapshot(
            new SnapshotMetadata(persistenceId, row.SequenceNr, new DateTime(row.Created, DateTimeKind.Utc)),
            _serializer.Read(row.Snapshot, row.SerializerId, row.Manifest));
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        var (bytes, serializerId, manifest) = _serializer.Write(snapshot);
        return _worker.Write(connection => connection.Execute("""
            INSERT INTO snapshot(persistence_id, sequence_number, created, snapshot, manifest, serializer_id)
            VALUES(@id, @number, @created, @snapshot, @manifest, @serializer)
            ON CONFLICT(persistence_id, sequence_number) DO UPDATE SET
                created = excluded.created, snapshot = excluded.snapshot,
                manifest = excluded.manifest, serializer_id = excluded.serializer_id
            """,
            ("@id", metadata.PersistenceId), ("@number", metadata.SequenceNr), ("@created", metadata.Timestamp.Ticks),
            ("@snapshot", bytes), ("@manifest", manifest), ("@serializer", serializerId)));
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata) => _worker.Write(connection => connection.Execute(
        "DELETE FROM snapshot WHERE persistence_id = @id AND sequence_number = @number AND @created IN (0, created)",
        ("@id", metadata.PersistenceId), ("@number", metadata.SequenceNr), ("@created", metadata.Timestamp.Ticks)));

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        _worker.Write(connection =>
        connection.Execute("DELETE FROM snapshot WHERE " + Fitting, Parameters(persistenceId, criteria)));

    private static Row? Read(DbConnection connection, string persistenceId, SnapshotSelectionCriteria criteria)
    {
        using var command = connection.Command(
            $"""
            SELECT sequence_number, created, snapshot, serializer_id, manifest FROM snapshot WHERE {Fitting}
            ORDER BY sequence_number DESC LIMIT 1
            """, Parameters(persistenceId, criteria));
        using var reader = command.ExecuteReader();
        return reader.Read()
            ? new Row(reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.GetInt32(3),
                reader.IsDBNull(4) ? "" : reader.GetString(4))
            : null;
    }

    private static (string, object?)[] Parameters(string persistenceId, SnapshotSelectionCriteria criteria) =>
    [
        ("@id", persistenceId), ("@min", criteria.MinSequenceNr), ("@max", criteria.MaxSequenceNr),
        ("@after", (criteria.MinTimestamp ?? DateTime.MinValue).Ticks), ("@before", criteria.MaxTimeStamp.Ticks),
    ];
}
