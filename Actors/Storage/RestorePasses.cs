using System.Runtime.CompilerServices;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// What a restore reads, in an order that passes each volume once. Of one image that is walk order. Of a chain the
/// content comes image by image, oldest first, each in walk order, which is its order on the media; then further names,
/// when all first names are there; then the directories, which get their times when nothing is made in them any more.
/// Each pass reads the image's complete manifest and takes its share of it: memory does not grow with the chain.
/// </summary>
/// <param name="spec">What is restored.</param>
/// <param name="catalog">How the catalog is asked.</param>
internal sealed class RestorePasses(RestoreSpec spec, CatalogInquiry catalog)
{
    private readonly IReadOnlyList<ImageId> _chain = spec.Chain ?? [spec.Image];

    /// <summary>The batches; the last one says so.</summary>
    /// <param name="feeds">One for each image of the chain.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async IAsyncEnumerable<RestoreBatch> Batches(
        IReadOnlyList<RestoreFeed> feeds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (feed, takes) in Passes(feeds))
            await foreach (var batch in feed.Batches(Entries(takes, cancellation), cancellation).ConfigureAwait(false))
            {
                if (batch.Last) batch.Dispose();
                else yield return batch;
            }
        yield return new RestoreBatch([], null, last: true);
    }

    private IEnumerable<(RestoreFeed Feed, Func<FileEntry, bool> Takes)> Passes(IReadOnlyList<RestoreFeed> feeds)
    {
        if (_chain.Count == 1 && spec.Strip == 0) return [(feeds[0], _ => true)];
        return
        [
            .. feeds.Select((feed, at) => (feed, (Func<FileEntry, bool>)(entry =>
                entry.Kind is not (FileKind.Directory or FileKind.HardLink) && ImageOf(entry) == at))),
            (feeds[^1], entry => entry.Kind == FileKind.HardLink),
            (feeds[^1], entry => entry.Kind == FileKind.Directory),
        ];
    }

    private int ImageOf(FileEntry entry)
    {
        for (var at = 0; at < _chain.Count; at++)
            if (_chain[at] == entry.Position.Image) return at;
        throw new JobFailureException(new JobFailure.ImageNotUsable(
            spec.Image,
            $"its manifest says that /{entry.Path} lies in image {entry.Position.Image}, which is none that it builds "
                + "on."));
    }

    private async IAsyncEnumerable<FileEntry> Entries(
        Func<FileEntry, bool> takes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entry in new LinkPromotion(catalog, spec).Read(cancellation).ConfigureAwait(false))
            if (takes(entry)) yield return entry;
    }
}
