using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// Volumes, and pools. The label and the medium decide; this is what lists and plans read.
/// </summary>
public sealed class VolumeTable
{
    private readonly CatalogDatabase _database;

    internal VolumeTable(CatalogDatabase database) => _database = database;

    /// <summary>
    /// Records a volume that was labelled or found, and its pool. Of a volume that is known, library and pool are taken
    /// over; counters only grow and its state stays, since what is found in a library may be older than what is
    /// recorded.
    /// </summary>
    /// <param name="volume">The volume.</param>
    /// <param name="replaces">The identity that a volume of this name may have had before it was labelled anew; its
    /// record is then replaced, unless something lies on it.</param>
    /// <returns>Recorded; or a contradiction when another volume has this name.</returns>
    public CatalogAnswer<Recorded> Record(
        VolumeRecord volume, VolumeUuid? replaces = null) => _database.Write<Recorded>(transaction =>
    {
        transaction.Execute("INSERT INTO pool (name) VALUES (@Pool) ON CONFLICT (name) DO NOTHING",
            new { Pool = Columns.Of(volume.Pool.Value) });
        if (Find(transaction, volume.Name) is not { } known)
        {
            transaction.Execute(VolumeRow.Insert, VolumeRow.Of(volume));
            return Recorded.Now;
        }
        if (known.Uuid != volume.Uuid && known.Uuid == replaces && HeldParts.HoldsNothing(transaction, known.Name))
        {
            ReleasedRow.Forget(transaction, known.Name);
            transaction.Execute("DELETE FROM volume WHERE name = @Name", new { Name = Columns.Of(known.Name.Value) });
            transaction.Execute(VolumeRow.Insert, VolumeRow.Of(volume));
            return Recorded.Now;
        }
        if (known.Uuid != volume.Uuid)
            return new CatalogFailure.Contradiction($"volume {volume.Name}", $"identity {known.Uuid}",
                $"identity {volume.Uuid}");
        var merged = known with
        {
            Library = volume.Library,
            Pool = volume.Pool,
            BytesWritten = Math.Max(known.BytesWritten, volume.BytesWritten),
            TapeFiles = Math.Max(known.TapeFiles, volume.TapeFiles),
            CapacityBytes = volume.CapacityBytes ?? known.CapacityBytes,
            FirstWrittenAt = known.FirstWrittenAt ?? volume.FirstWrittenAt,
            LastWrittenAt = known.LastWrittenAt ?? volume.LastWrittenAt,
        };
        return Store(transaction, known, merged);
    });

    /// <summary>
    /// Changes a volume's record. Counters may only grow: the catalog may be an old copy, the medium is not.
    /// </summary>
    /// <param name="volume">The volume.</param>
    /// <param name="epoch">The epoch of the session that says so, not older than the recorded one; a newer one is taken
    /// over.</param>
    /// <param name="update">What changes.</param>
    /// <returns>Recorded; or unknown, or older epoch.</returns>
    public CatalogAnswer<Recorded> Update(VolumeName volume, Epoch epoch, VolumeUpdate update) =>
        _database.Write<Recorded>(transaction =>
        {
            if (Find(transaction, volume) is not { } known) return new CatalogFailure.Unknown($"volume {volume}");
            if (epoch.Value < known.Epoch.Value)
                return new CatalogFailure.OlderEpoch($"volume {volume}", epoch, known.Epoch);
            var changed = known with
            {
                State = update.State,
                Epoch = epoch,
                Library = update.Library ?? known.Library,
                BytesWritten = update.BytesWritten ?? known.BytesWritten, // less, when space was given back
                TapeFiles = Math.Max(known.TapeFiles, update.TapeFiles ?? 0),
                FirstWrittenAt = known.FirstWrittenAt ?? update.WrittenAt,
                LastWrittenAt = update.WrittenAt ?? known.LastWrittenAt,
                Error = update.Error
                    ?? (update.State is VolumeState.Error or VolumeState.Vaulted ? known.Error : null),
            };
            return Store(transaction, known, changed);
        });

    /// <summary>One volume.</summary>
    /// <param name="volume">Its name.</param>
    /// <returns>The volume; or unknown.</returns>
    public CatalogAnswer<VolumeRecord> Get(VolumeName volume) => _database.Read<VolumeRecord>(transaction =>
        Find(transaction, volume) is { } known ? known : new CatalogFailure.Unknown($"volume {volume}"));

    /// <summary>Volumes in the order of their names.</summary>
    /// <param name="filter">Which.</param>
    public CatalogAnswer<IReadOnlyList<VolumeRecord>> List(VolumeFilter filter) => _database.Read(transaction =>
    {
        var where = new Conditions()
            .And("library = @Library", filter.Library is not null)
            .And("pool = @Pool", filter.Pool is not null)
            .And("state = @State", filter.State is not null);
        return CatalogAnswer<IReadOnlyList<VolumeRecord>>.Of(transaction.Query<VolumeRow>(
            $"{VolumeRow.Select}{where} ORDER BY name",
            new
            {
                Library = Columns.OfOptional(filter.Library?.Value),
                Pool = Columns.OfOptional(filter.Pool?.Value),
                State = (int?)filter.State,
            })
            .ConvertAll(row => row.ToRecord()));
    });

    private static VolumeRecord? Find(CatalogTransaction transaction, VolumeName volume) =>
        transaction.One<VolumeRow>($"{VolumeRow.Select} WHERE name = @Name{transaction.Hold}",
            new { Name = Columns.Of(volume.Value) })?.ToRecord();

    private static CatalogAnswer<Recorded> Store(CatalogTransaction transaction, VolumeRecord known,
        VolumeRecord changed)
    {
        if (known == changed) return Recorded.Before;
        transaction.Execute(VolumeRow.Update, VolumeRow.Of(changed));
        return Recorded.Now;
    }
}
