using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Persistence.Catalog;

/// <summary>
/// Where volumes were taken to, and when they came back. The newest move of a volume says where it is.
/// </summary>
public sealed class VaultTable
{
    private const string Select =
        "SELECT volume AS Volume, moved_at AS MovedAt, moved_by AS MovedBy, place AS Place, note AS Note "
        + "FROM volume_move m";

    private readonly CatalogDatabase _database;

    internal VaultTable(CatalogDatabase database) => _database = database;

    /// <summary>Records a move; the same request records a volume's move once.</summary>
    /// <param name="move">The move.</param>
    /// <param name="request">Makes it idempotent.</param>
    public CatalogAnswer<Recorded> Record(
        VolumeMove move, RequestId request) => _database.Write<Recorded>(transaction =>
    {
        var key = new { Volume = Columns.Of(move.Volume.Value), Request = Columns.Of(request.Value) };
        if (transaction.Number(
            "SELECT COUNT(*) FROM volume_move WHERE volume = @Volume AND request = @Request", key) > 0)
            return Recorded.Before;
        transaction.Execute(
            "INSERT INTO volume_move (volume, seq, moved_at, moved_by, place, note, request) VALUES (@Volume, "
            + "(SELECT COALESCE(MAX(seq), 0) + 1 FROM volume_move WHERE volume = @Volume), "
            + "@At, @By, @Place, @Note, @Request)",
            new
            {
                key.Volume,
                At = Columns.Of(move.At),
                By = Columns.Of(move.By),
                Place = Columns.OfOptional(move.Place),
                Note = Columns.OfOptional(move.Note),
                key.Request,
            });
        return Recorded.Now;
    });

    /// <summary>The volumes that are not in their library, by place and name.</summary>
    public CatalogAnswer<IReadOnlyList<VolumeMove>> Away() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<VolumeMove>>.Of(transaction.Query<MoveRow>(
            $"{Select} WHERE place IS NOT NULL AND seq = (SELECT MAX(seq) FROM volume_move n "
            + "WHERE n.volume = m.volume) ORDER BY place, volume").ConvertAll(row => row.ToMove())));

    /// <summary>Moves, newest first.</summary>
    /// <param name="volume">Of this volume; null: of all.</param>
    /// <param name="countMax">Most in the answer.</param>
    public CatalogAnswer<IReadOnlyList<VolumeMove>> Log(VolumeName? volume, int countMax) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<VolumeMove>>.Of(transaction.Query<MoveRow>(
            $"{Select}{new Conditions().And("volume = @Volume", volume is not null)} "
            + "ORDER BY moved_at DESC, volume, seq DESC LIMIT @Max",
            new { Volume = Columns.OfOptional(volume?.Value), Max = countMax }).ConvertAll(row => row.ToMove())));

    private sealed class MoveRow
    {
        public string Volume { get; set; } = "";

        public long MovedAt { get; set; }

        public string MovedBy { get; set; } = "";

        public string? Place { get; set; }

        public string? Note { get; set; }

        public VolumeMove ToMove() =>
            new(new VolumeName(Volume), Columns.Time(MovedAt), Place, MovedBy, Note);
    }
}
