using System.Runtime.CompilerServices;
using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// The entries that a restore makes, as they are to be at its target, such that every hard link has its content: where
/// the first name of a file is not made, because it is not selected or nothing of its path is left, the first name that
/// is made takes its place, with the content of the one that is left out.
/// </summary>
internal sealed class LinkPromotion(CatalogInquiry catalog, RestoreSpec spec)
{
    private readonly PathSelection _selection = new(spec.Paths);
    private readonly Dictionary<FilePath, FilePath> _placeOf = []; // the first name, and what took its place

    /// <summary>The entries, in walk order of the image.</summary>
    public async IAsyncEnumerable<FileEntry> Read([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var entry in ManifestPages.Read(catalog, spec.Image, spec.Paths, cancellation)
            .ConfigureAwait(false))
            if (PathOf(entry.Path) is { } path)
                yield return await Made(entry, path, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<FileEntry> Made(FileEntry entry, FilePath path, CancellationToken cancellation)
    {
        var isLink = entry.Kind == FileKind.HardLink;
        if ((!isLink && entry.Kind != FileKind.Regular) || entry.LinkTarget is not { } named)
            return path == entry.Path ? entry : entry with { Path = path };
        var target = new FilePath(named);
        var made = _selection.Contains(target) ? PathOf(target) : null;
        if (made is null && _placeOf.TryGetValue(target, out var place)) made = place;
        if (made is { } first) return FurtherName.Of(entry) with { Path = path, LinkTarget = first.ToArray() };
        _placeOf[target] = path;
        // One that has the content itself keeps it
        var content = isLink ? await Find(target, cancellation).ConfigureAwait(false) : entry;
        return (content ?? entry) with { Path = path }; // of a link to nowhere the writer says so
    }

    private async Task<FileEntry?> Find(FilePath path, CancellationToken cancellation)
    {
        await foreach (var found in ManifestPages.Read(catalog, spec.Image, [path.ToArray()], cancellation)
            .ConfigureAwait(false))
            if (found.Path == path) return found;
        return null;
    }

    /// <summary>Where a path is at the target; null when nothing of it is left.</summary>
    private FilePath? PathOf(FilePath path)
    {
        if (spec.Strip == 0 && spec.Prefix is null) return path;
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
