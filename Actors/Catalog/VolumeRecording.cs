using Backup.Messages.Catalog;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Records what a storage node says of a volume.</summary>
internal static class VolumeRecording
{
    /// <summary>
    /// A report that is older than the recorded one by less is late, and changes nothing: reports overtake each other.
    /// By more, somebody has set a clock.
    /// </summary>
    private static readonly TimeSpan LateMost = TimeSpan.FromMinutes(10);

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
        }, report.Replaces);
        if (recorded.Failure is not null) return recorded;
        if (!store.Volumes.Get(report.Name).Is(out var known, out var failure)) return failure;
        if (known.LastWrittenAt - report.At is { } late && late > TimeSpan.Zero && late < LateMost)
            return Recorded.Before;
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
