using System.Runtime.CompilerServices;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
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
    private readonly PathChange _change = new(
        [.. (spec.Rename ?? []).Select(PathRename.Parse)], spec.Strip, spec.Prefix, spec.Suffix);
    private readonly Dictionary<FilePath, FilePath> _placeOf = []; // the first name, and what took its place

    /// <summary>Files that stay at the target as they are: they are given without content. Null: none.</summary>
    public SparedItems? Spared { get; init; }

    /// <summary>True for a file that is given without its content, since it stays at the target as it is.</summary>
    /// <param name="entry">As it was given.</param>
    public static bool IsSpared(FileEntry entry) =>
        entry is { Kind: FileKind.Regular, Size: > 0, Position.Length: 0 };

    /// <summary>The entries, in walk order of the image.</summary>
    public async IAsyncEnumerable<FileEntry> Read([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var item = 0L;
        await foreach (var entry in ManifestPages.Read(catalog, spec.Image, spec.Paths, cancellation)
            .ConfigureAwait(false))
        {
            if (_change.Of(entry.Path, entry.Kind == FileKind.Directory) is not { } path) continue;
            var made = await Made(entry, path, cancellation).ConfigureAwait(false);
            yield return Spared?.Contains(item++) is true && made.Kind == FileKind.Regular
                ? made with { Position = made.Position with { Length = 0 } } : made;
        }
    }

    private async ValueTask<FileEntry> Made(FileEntry entry, FilePath path, CancellationToken cancellation)
    {
        var isLink = entry.Kind == FileKind.HardLink;
        if ((!isLink && entry.Kind != FileKind.Regular) || entry.LinkTarget is not { } named)
            return path == entry.Path ? entry : entry with { Path = path };
        var target = new FilePath(named);
        var made = _selection.Contains(target) ? _change.Of(target, isDirectory: false) : null;
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
}
