using System.Collections.Immutable;
using System.Data.Common;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Journal;

namespace Akka.Persistence.Sql.Journal;

/// <summary>Events as rows, in the tables that Akka.Persistence.Sql makes by default.</summary>
internal sealed class SqlWriteJournal(Config config) : AsyncWriteJournal
{
    private const int RowsPerRead = 500;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS journal(
            ordering INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            created BIGINT NOT NULL,
            deleted BIT NOT NULL,
            persistence_id NVARCHAR(255) NOT NULL,
            sequence_number BIGINT NOT NULL,
            message VARBINARY NOT NULL,
            manifest NVARCHAR(500) NULL,
            identifier INTEGER NULL,
            writer_uuid NVARCHAR(128) NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS journal_uq ON journal(persistence_id, sequence_number);
        CREATE INDEX IF NOT EXISTS journal_sequence_number_idx ON journal(sequence_number);
        CREATE INDEX IF NOT EXISTS journal_created_idx ON journal(created);
        """;

    private readonly SqlSerializer _serializer = new((ExtendedActorSystem)Context.System);
    private readonly SqlWorker _worker = new(config, provider => provider.InItsWords(Schema), "akka-journal");

    private sealed record Row(
        string PersistenceId, long SequenceNr, long Created, string WriterGuid, byte[] Message, int SerializerId,
        string Manifest);

    protected override void PostStop()
    {
        _worker.Dispose();
        base.PostStop();
    }

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        _worker.Run(connection => connection.Number(
            "SELECT MAX(sequence_number) FROM journal WHERE persistence_id = @id", ("@id", persistenceId)) ?? 0);

    /// <summary>Reads in pages, so that a long journal neither fills the memory nor holds up the writers.</summary>
    public override async Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        var (from, left) = (fromSequenceNr, max);
        while (left > 0 && from <= toSequenceNr)
        {
            var wanted = (int)Math.Min(left, RowsPerRead);
            var rows = await _worker.Run(connection => Read(connection, persistenceId, from, toSequenceNr, wanted))
                .ConfigureAwait(false);
            foreach (var row in rows)
                recoveryCallback(new Persistent(
                    _serializer.Read(row.Message, row.SerializerId, row.Manifest), row.SequenceNr, row.PersistenceId,
                    row.WriterGuid));
            if (rows.Count < wanted) return;
            left -= rows.Count;
            from = rows[^1].SequenceNr + 1;
        }
    }

    protected override async Task<IImmutableList<Exception?>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        var refused = ImmutableList.CreateBuilder<Exception?>();
        var rows = new List<Row>();
        foreach (var write in messages)
        {
            try
            {
                rows.AddRange(write.Events.Select(ToRow).ToList());
                refused.Add(null);
            }
            catch (Exception cause) // of the serializer, whatever it is: the event is refused, the writer goes on
            {
                refused.Add(cause);
            }
        }
        if (rows.Count > 0) await _worker.Write(connection => rows.ForEach(row => Insert(connection, row)))
            .ConfigureAwait(false);
        return refused.ToImmutable();
    }

    private Row ToRow(IPersistentRepresentation persistent)
    {
        var (bytes, serializerId, manifest) = _serializer.Write(persistent.Payload);
        return new Row(persistent.PersistenceId, persistent.SequenceNr, DateTime.UtcNow.Ticks, persistent.WriterGuid,
            bytes, serializerId, manifest);
    }

    private static void Insert(DbConnection connection, Row row) => connection.Execute("""
        INSERT INTO journal(
            created, deleted, persistence_id, sequence_number, message, manifest, identifier, writer_uuid)
        VALUES(@created, @false, @id, @number, @message, @manifest, @serializer, @writer)
        """,
        ("@created", row.Created), ("@id", row.PersistenceId), ("@number", row.SequenceNr),
        ("@message", row.Message), ("@manifest", row.Manifest), ("@serializer", row.SerializerId),
        ("@writer", row.WriterGuid), ("@false", false));

    private static List<Row> Read(DbConnection connection, string persistenceId, long from, long to, int limit)
    {
        using var command = connection.Command("""
            SELECT sequence_number, created, writer_uuid, message, identifier, manifest FROM journal
            WHERE persistence_id = @id AND sequence_number BETWEEN @from AND @to AND deleted = @false
            ORDER BY sequence_number LIMIT @limit
            """, ("@id", persistenceId), ("@from", from), ("@to", to), ("@limit", limit),
            ("@false", false));
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
            rows.Add(new Row(
                persistenceId, reader.GetInt64(0), reader.GetInt64(1), Text(reader, 2), reader.GetFieldValue<byte[]>(3),
                reader.GetInt32(4), Text(reader, 5)));
        return rows;
    }

    private static string Text(DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? "" : reader.GetString(column);
}
