using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>A recorded state of a client's disk.</summary>
/// <param name="State">Its id.</param>
/// <param name="Job">The job that recorded it.</param>
/// <param name="Client">Whose disk.</param>
/// <param name="FileSet">What of it.</param>
/// <param name="At">When the recording began.</param>
/// <param name="Entries">Items.</param>
/// <param name="Blocks">Blocks of them.</param>
public sealed record DiskState(
    ImageId State, JobId Job, ClientName Client, FileSetName FileSet, DateTimeOffset At, long Entries, long Blocks);

/// <summary>A piece of a state.</summary>
/// <param name="State">The state's id.</param>
/// <param name="Job">The job that records it.</param>
/// <param name="Epoch">The attempt.</param>
/// <param name="Number">Counts from 0.</param>
/// <param name="Entries">Entries in the block; 0: there is no block.</param>
/// <param name="Block">An entry block.</param>
/// <param name="Last">No piece comes behind it.</param>
public sealed record StatePiece(
    ImageId State, JobId Job, Epoch Epoch, int Number, int Entries, byte[] Block, bool Last);

/// <summary>
/// Recorded states of clients' disks. Of each client and file set the newest whole one is kept, and what jobs that have
/// not ended are recording.
/// </summary>
public sealed class StateTable
{
    private const string Select =
        "SELECT id AS Id, job AS Job, epoch AS Epoch, client AS Client, file_set AS FileSet, "
        + "recorded_at AS RecordedAt, entries AS Entries, blocks AS Blocks, whole AS Whole FROM disk_state";

    private readonly CatalogDatabase _database;
    private readonly TimeProvider _clock;

    internal StateTable(CatalogDatabase database, TimeProvider clock) => (_database, _clock) = (database, clock);

    /// <summary>
    /// Records a piece. Pieces of one attempt come in order; those of an older one are dropped with the first of a
    /// newer one.
    /// </summary>
    /// <param name="piece">The piece.</param>
    /// <returns>Now; Before when it is there; or unknown job, older epoch, or a contradiction when one before it is
    /// missing.</returns>
    public CatalogAnswer<Recorded> Put(StatePiece piece) => _database.Write<Recorded>(transaction =>
    {
        if (JobTable.Fence(transaction, piece.Job, piece.Epoch) is { } refused) return refused;
        var id = Columns.Of(piece.State);
        var known = Find(transaction, piece.State);
        if (known is { Whole: 1 }) return Recorded.Before;
        if (known is null || known.Epoch != piece.Epoch.Value)
        {
            if (Begin(transaction, piece, known) is { } failure) return failure;
            known = Find(transaction, piece.State)!;
        }
        if (piece.Number < known.Blocks) return Recorded.Before;
        if (piece.Number > known.Blocks) return Gap(piece, known.Blocks);
        if (piece.Entries > 0)
            transaction.Execute(
                "INSERT INTO disk_state_block (state, number, entries, data) VALUES (@Id, @Number, @Entries, @Data)",
                new { Id = id, piece.Number, piece.Entries, Data = piece.Block });
        transaction.Execute(
            "UPDATE disk_state SET entries = entries + @Entries, blocks = blocks + @Blocks, whole = @Whole "
                + "WHERE id = @Id",
            new { Id = id, piece.Entries, Blocks = piece.Entries > 0 ? 1 : 0, Whole = piece.Last ? 1 : 0 });
        if (piece.Last) RemoveOlder(transaction, known);
        return Recorded.Now;
    });

    /// <summary>The newest whole state of a client's file set.</summary>
    /// <param name="client">The client.</param>
    /// <param name="fileSet">The file set.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<DiskState>> Newest(ClientName client, FileSetName fileSet) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<DiskState>>.Of(transaction.Query<StateRow>(
            $"{Select} WHERE client = @Client AND file_set = @FileSet AND whole = 1 ORDER BY job DESC LIMIT 1",
            new { Client = Columns.Of(client.Value), FileSet = Columns.Of(fileSet.Value) })
            .ConvertAll(row => row.ToRecord())));

    /// <summary>Some blocks of a whole state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="from">The number of the first of them.</param>
    /// <param name="countMax">Most blocks in the answer.</param>
    /// <returns>The blocks, none at the end; or unknown, also when a newer one has taken its place.</returns>
    public CatalogAnswer<IReadOnlyList<byte[]>> Read(ImageId state, long from, int countMax) =>
        _database.Read<IReadOnlyList<byte[]>>(transaction =>
        {
            if (Find(transaction, state) is not { Whole: 1 } known)
                return new CatalogFailure.Unknown($"recorded state {state}");
            var blocks = transaction.Query<BlockData>(
                "SELECT data AS Data FROM disk_state_block WHERE state = @Id AND number >= @From AND number < @End "
                    + "ORDER BY number",
                new { Id = Columns.Of(state), From = from, End = from + countMax });
            return blocks.Count == Math.Clamp(known.Blocks - from, 0, countMax)
                ? CatalogAnswer<IReadOnlyList<byte[]>>.Of([.. blocks.Select(block => block.Data)])
                : new CatalogFailure.Corrupt(_database.Place, $"blocks of recorded state {state} are missing");
        });

    private static StateRow? Find(CatalogTransaction transaction, ImageId state) => transaction.One<StateRow>(
        $"{Select} WHERE id = @Id{transaction.Hold}", new { Id = Columns.Of(state) });

    private CatalogFailure? Begin(CatalogTransaction transaction, StatePiece piece, StateRow? known)
    {
        if (piece.Number > 0) return Gap(piece, 0);
        if (known is not null) Remove(transaction, known.Id);
        var job = JobTable.Find(transaction, piece.Job)!;
        transaction.Execute(
            "INSERT INTO disk_state (id, job, epoch, client, file_set, recorded_at, entries, blocks, whole) "
                + "VALUES (@Id, @Job, @Epoch, @Client, @FileSet, @At, 0, 0, 0)",
            new
            {
                Id = Columns.Of(piece.State),
                Job = piece.Job.Value,
                Epoch = piece.Epoch.Value,
                Client = Columns.Of(job.Client.Value),
                FileSet = Columns.Of(job.FileSet?.Value ?? ""),
                At = Columns.Of(_clock.GetUtcNow()),
            });
        return null;
    }

    /// <summary>What an older job recorded, and what jobs left behind that have ended.</summary>
    private static void RemoveOlder(CatalogTransaction transaction, StateRow newest)
    {
        foreach (var other in transaction.Query<StateRow>(
            $"{Select} WHERE client = @Client AND file_set = @FileSet AND id <> @Id AND ((whole = 1 AND job < @Job) "
                + $"OR (whole = 0 AND job IN (SELECT id FROM job WHERE phase = {(int)JobPhase.Ended})))",
            new { newest.Client, newest.FileSet, newest.Id, newest.Job }))
            Remove(transaction, other.Id);
    }

    private static void Remove(CatalogTransaction transaction, byte[] id)
    {
        transaction.Execute("DELETE FROM disk_state_block WHERE state = @Id", new { Id = id });
        transaction.Execute("DELETE FROM disk_state WHERE id = @Id", new { Id = id });
    }

    private static CatalogFailure.Contradiction Gap(StatePiece piece, long blocks) => new(
        $"recorded state {piece.State}", $"{blocks} pieces of attempt {piece.Epoch}", $"piece {piece.Number}");

    private sealed class BlockData
    {
        public byte[] Data { get; set; } = [];
    }

    private sealed class StateRow
    {
        public byte[] Id { get; set; } = [];

        public long Job { get; set; }

        public long Epoch { get; set; }

        public string Client { get; set; } = "";

        public string FileSet { get; set; } = "";

        public long RecordedAt { get; set; }

        public long Entries { get; set; }

        public long Blocks { get; set; }

        public long Whole { get; set; }

        public DiskState ToRecord() => new(
            Columns.Image(Id), new JobId(Job), new ClientName(Client), new FileSetName(FileSet),
            Columns.Time(RecordedAt), Entries, Blocks);
    }
}
