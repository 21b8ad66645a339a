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
        var links = new LinkPromotion(catalog, spec.Image, spec.Paths);
        await foreach (var entry in links.Read(cancellation).ConfigureAwait(false))
            if (takes(entry) && Renamed(entry) is { } renamed) yield return renamed;
    }

    /// <summary>The entry where it is to be at the target; null when nothing of its path is left.</summary>
    private FileEntry? Renamed(FileEntry entry)
    {
        if (spec.Strip == 0 && spec.Prefix is null) return entry;
        if (PathOf(entry.Path) is not { } path) return null;
        return entry.Kind == FileKind.HardLink && entry.LinkTarget is { } target
            ? entry with { Path = path, LinkTarget = PathOf(new FilePath(target))?.ToArray() ?? [] }
            : entry with { Path = path };
    }

    private FilePath? PathOf(FilePath path)
    {
        var rest = path.Bytes;
        for (var stripped = 0; stripped < spec.Strip; stripped++)
        {
            var cut = rest.IndexOf((byte)'/');
            if (cut < 0) return null;
            rest = rest[(cut + 1)..];
        }
        if (spec.Prefix is not { Length: > 0 } prefix) return new FilePath(rest.ToArray());
        return rest.IsEmpty ? new FilePath(prefix) : new FilePath([.. prefix, (byte)'/', .. rest]);
    }
}
