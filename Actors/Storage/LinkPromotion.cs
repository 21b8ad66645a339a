using System.Runtime.CompilerServices;
using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// Selected entries such that every hard link has its content: where the first name of a file is not selected, the
/// first selected name takes its place, with the content of the one that is left out.
/// </summary>
internal sealed class LinkPromotion(CatalogInquiry catalog, ImageId image, IReadOnlyList<byte[]> paths)
{
    private readonly PathSelection _selection = new(paths);
    private readonly Dictionary<FilePath, FilePath> _placeOf = [];

    /// <summary>The entries, in walk order.</summary>
    public async IAsyncEnumerable<FileEntry> Read([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var entry in ManifestPages.Read(catalog, image, paths, cancellation)
            .ConfigureAwait(false))
        {
            if (entry is { Kind: FileKind.Regular, LinkTarget: { } other } && _selection.Contains(new FilePath(other)))
                yield return FurtherName.Of(entry);
            else if (entry.Kind != FileKind.HardLink) yield return entry;
            else yield return await Linked(entry, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<FileEntry> Linked(FileEntry link, CancellationToken cancellation)
    {
        var target = new FilePath(link.LinkTarget!);
        if (_selection.Contains(target)) return link;
        if (_placeOf.TryGetValue(target, out var place)) return link with { LinkTarget = place.ToArray() };
        await foreach (var first in ManifestPages.Read(catalog, image, [target.ToArray()], cancellation)
            .ConfigureAwait(false))
        {
            if (first.Path != target) continue;
            _placeOf[target] = link.Path;
            return first with { Path = link.Path };
        }
        return link; // the writer names it: its first name is nowhere
    }
}
