using Backup.Messages.Catalog;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Records what a storage node says of a volume.</summary>
internal static class VolumeRecording
{
    public static CatalogAnswer<Recorded> Record(CatalogStore store, VolumeReport report)
    {
        var recorded = store.Volumes.Record(new VolumeRecord
        {
            Name = report.Name,
            Uuid = report.Uuid,
            Library = report.Library,
            Pool = report.Pool,
            State = report.State,
            LabelledAt = report.LabelledAt,
            BytesWritten = report.Bytes,
            TapeFiles = report.TapeFiles,
            CapacityBytes = report.Capacity,
            Error = report.Error,
        });
        if (recorded.Failure is not null) return recorded;
        if (!store.Volumes.Get(report.Name).Is(out var known, out var failure)) return failure;
        return store.Volumes.Update(report.Name, known.Epoch, new VolumeUpdate(report.State)
        {
            Library = report.Library,
            BytesWritten = report.Bytes,
            TapeFiles = report.TapeFiles,
            WrittenAt = report.TapeFiles > 1 ? report.At : null,
            Error = report.Error,
        });
    }
}
