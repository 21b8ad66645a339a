using Akka.Actor;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;

namespace Backup.Actors.Catalog;

/// <summary>Reads an image's manifest from the catalog, page by page, in walk order.</summary>
public static class ManifestPages
{
    private const int PathsAtOnce = 256;

    /// <summary>The entries of a manifest that are one of some paths or lie below one.</summary>
    /// <param name="catalog">The catalog, or the way to it.</param>
    /// <param name="image">The image.</param>
    /// <param name="paths">The paths (bytes, `/` between components); empty: all entries.</param>
    /// <param name="within">How long one page may take.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog refuses, does not answer, or a block cannot be
    /// read.</exception>
    public static IAsyncEnumerable<FileEntry> Read(
        ICanTell catalog,
        ImageId image,
        IReadOnlyList<byte[]> paths,
        TimeSpan within,
        CancellationToken cancellation = default) =>
        Read(CatalogInquiry.Once(catalog, within), image, paths, cancellation);

    /// <summary>The entries of a manifest that are one of some paths or lie below one.</summary>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="image">The image.</param>
    /// <param name="paths">The paths (bytes, `/` between components); empty: all entries.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog refuses, does not answer, or a block cannot be
    /// read.</exception>
    public static async IAsyncEnumerable<FileEntry> Read(
        CatalogInquiry catalog,
        ImageId image,
        IReadOnlyList<byte[]> paths,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // Some paths at a time, in their order: a message must not grow with the number of paths, and each page costs
        // only those.
        var outermost = PathSelection.Outermost(paths).Select(path => path.ToArray()).ToList();
        var portions = outermost.Count == 0 ? [[]] : outermost.Chunk(PathsAtOnce);
        foreach (var portion in portions)
        {
            var selection = new PathSelection(portion);
            for (long? next = 0; next is { } from;)
            {
                var page = await catalog.Ask<CatalogProtocol.ManifestPage>(
                    new CatalogProtocol.ReadManifest(image, from, portion), cancellation).ConfigureAwait(false);
                foreach (var block in page.Blocks)
                    foreach (var entry in EntriesOf(block, image))
                        if (selection.Contains(entry.Path)) yield return entry;
                next = page.Next;
            }
        }
    }

    /// <summary>The blocks of a manifest, as they are kept, in walk order.</summary>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="image">The image.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog refuses, or does not answer.</exception>
    public static async IAsyncEnumerable<byte[]> Blocks(
        CatalogInquiry catalog,
        ImageId image,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (long? next = 0; next is { } from;)
        {
            var page = await catalog.Ask<CatalogProtocol.ManifestPage>(
                new CatalogProtocol.ReadManifest(image, from, []), cancellation).ConfigureAwait(false);
            foreach (var block in page.Blocks) yield return block;
            next = page.Next;
        }
    }

    private static IReadOnlyList<FileEntry> EntriesOf(byte[] block, ImageId image)
    {
        var defect = EntryBlockReader.Read(block, out var entries);
        return defect == EntryBlockDefect.None
            ? entries
            : throw new JobFailureException(new JobFailure.CatalogError(
                $"A block of the manifest of image {image} cannot be read ({defect}). Rebuild the catalog with "
                    + "`backup scan`."));
    }
}

/// <summary>Chosen paths, each with all below.</summary>
/// <param name="paths">Bytes with `/` between components; none: everything is chosen.</param>
public sealed class PathSelection(IReadOnlyList<byte[]> paths)
{
    private readonly FilePath[] _paths = Outermost(paths);

    /// <summary>True when a path is chosen or lies below one that is.</summary>
    /// <param name="path">Any path.</param>
    public bool Contains(FilePath path)
    {
        if (_paths.Length == 0) return true;
        var found = Array.BinarySearch(_paths, path);
        // None lies within another, so only the nearest before can hold it.
        return found >= 0 || (~found > 0 && path.IsWithin(_paths[~found - 1]));
    }

    /// <summary>The paths in walk order, without those that lie within another.</summary>
    internal static FilePath[] Outermost(IReadOnlyList<byte[]> paths)
    {
        var kept = new List<FilePath>();
        foreach (var path in paths.Select(path => new FilePath(path)).Order())
            if (kept.Count == 0 || !path.IsWithin(kept[^1])) kept.Add(path);
        return [.. kept];
    }
}
