using Backup.Actors.Catalog;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// Says what backups would hold: the walk that a backup does, once for each level, with no content read but where
/// contents are compared. The base's manifest comes from the catalog page by page, in constant memory.
/// </summary>
internal sealed class EstimateWork(ClientProtocol.Estimate orders, ClientOptions options, CatalogInquiry catalog)
    : ITreeWork
{
    private readonly EstimateSpec _spec = orders.Spec;
    private ArchiveMeter? _meter;

    public string Phase => "estimating";

    public ClientName Client => _spec.Client;

    public (long Items, long Bytes) Progress =>
        Volatile.Read(ref _meter) is { } meter ? (meter.Items, meter.Bytes) : (0, 0);

    public async Task<TreeResult> Run(
        Action<FileException> onException, Func<DateTimeOffset> clock, CancellationToken cancellation)
    {
        var based = _spec.Levels.FirstOrDefault(level => level.Base is not null);
        var ahead = _spec.SelectBy != SelectBy.Manifest && based?.Base is { } known
            ? await ClockDifference.Ask(catalog, known, clock, cancellation).ConfigureAwait(false) : null;
        // A thread of its own: walking blocks, and so does waiting for the next page of a manifest
        var sizes = await Task.Factory.StartNew(
            () => Measure(onException, ahead, cancellation), cancellation, TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
        return new TreeResult("Measured", sizes[0].Items, sizes[0].Bytes, sizes);
    }

    private List<LevelSize> Measure(
        Action<FileException> onException, TimeSpan? clockAhead, CancellationToken cancellation)
    {
        var sizes = new List<LevelSize>();
        foreach (var asked in _spec.Levels)
        {
            var meter = new ArchiveMeter();
            Volatile.Write(ref _meter, meter);
            using var walker = new TreeWalker(
                _spec.FileSet,
                new WalkOptions
                {
                    TemporaryDirectory = options.WorkDirectory,
                    Base = BaseOf(asked, clockAhead, cancellation),
                    KeepsAccessTimes = _spec.Also.HasFlag(ExtraComparison.AccessTime),
                },
                // What one walk could not look at, the others cannot either
                sizes.Count == 0 ? onException : _ => { });
            while (walker.Next() is { } item)
            {
                using (item) meter.Add(item);
                cancellation.ThrowIfCancellationRequested();
            }
            sizes.Add(new LevelSize(asked.Level, asked.Base, meter.Items, meter.Bytes));
        }
        return sizes;
    }

    private BaseComparison? BaseOf(EstimatedLevel asked, TimeSpan? clockAhead, CancellationToken cancellation) =>
        asked.Base is { } known
            ? WalkBase.Of(
                catalog, known, ClockDifference.TimeStampsFrom(SelectionOf(asked), asked.Since!.Value, clockAhead),
                SelectionOf(asked), (_spec.Uncompared, _spec.Also), cancellation)
            : null;

    private SelectBy SelectionOf(EstimatedLevel asked) => asked.Level == 0 ? SelectBy.Manifest : _spec.SelectBy;
}
