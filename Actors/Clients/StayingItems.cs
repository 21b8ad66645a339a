using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// Which files of a restore stay at its target as they are, by the replace rule, so that nothing of them need be read.
/// </summary>
internal sealed class StayingItems : IDisposable
{
    private readonly TargetProbe _probe;
    private readonly SharedPlaces? _shared;

    private StayingItems(TargetProbe probe, SharedPlaces? shared) => (_probe, _shared) = (probe, shared);

    /// <summary>Looks at a target.</summary>
    /// <param name="spec">What is restored.</param>
    /// <param name="attempt">Counts from 1.</param>
    /// <param name="catalog">How the manifest is read, where two items may come to one path.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>Null: nothing stays.</returns>
    public static async Task<StayingItems?> At(
        RestoreSpec spec, int attempt, CatalogInquiry catalog, CancellationToken cancellation)
    {
        if (!Directory.Exists(spec.Target) || (spec.Replace == ReplaceRule.Always && attempt <= 1)) return null;
        // By these rules the one that comes first may take the place of what was right for the other. By age what is
        // there only becomes newer, or older, and by Never nothing is ever replaced: what stays now, stays.
        var shared = spec.Replace is ReplaceRule.Changed or ReplaceRule.Always && RestoreOrder.MayMeet(spec)
            ? new SharedPlaces() : null;
        if (shared is not null)
            await foreach (var entry in new LinkPromotion(catalog, spec).Read(cancellation).ConfigureAwait(false))
                if (entry.Kind != FileKind.Directory) shared.Add(entry.Path);
        return new StayingItems(new TargetProbe(spec.Target, spec.Replace, isResumed: attempt > 1), shared);
    }

    /// <summary>Whether an item does.</summary>
    /// <param name="entry">As it is restored.</param>
    public bool Contains(FileEntry entry) => _shared?.IsAlone(entry.Path) != false && _probe.Keeps(entry);

    /// <inheritdoc/>
    public void Dispose() => _probe.Dispose();
}
