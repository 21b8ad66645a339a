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
    /// <summary>The entries of a manifest that are one of some paths or lie below one.</summary>
    /// <param name="catalog">The catalog, or the way to it.</param>
    /// <param name="image">The image.</param>
    /// <param name="paths">The paths (bytes, `/` between components); empty: all entries.</param>
    /// <param name="within">How long one page may take.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog refuses, does not answer, or a block cannot be read.</exception>
    public static async IAsyncEnumerable<FileEntry> Read(
        ICanTell catalog,
        ImageId image,
        IReadOnlyList<byte[]> paths,
        TimeSpan within,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var selection = new PathSelection(paths);
        for (long? next = 0; next is { } from;)
        {
            var page = await Page(catalog, new CatalogProtocol.ReadManifest(image, from, paths), within, cancellation).ConfigureAwait(false);
            foreach (var block in page.Blocks)
            {
                var defect = EntryBlockReader.Read(block, out var entries);
                if (defect != EntryBlockDefect.None)
                    throw new JobFailureException(new JobFailure.CatalogError(
                        $"A block of the manifest of image {image} cannot be read ({defect}). Rebuild the catalog with `backup scan`."));
                foreach (var entry in entries)
                    if (selection.Contains(entry.Path)) yield return entry;
            }
            next = page.Next;
        }
    }

    private static async Task<CatalogProtocol.ManifestPage> Page(
        ICanTell catalog, CatalogProtocol.ReadManifest request, TimeSpan within, CancellationToken cancellation)
    {
        var answer = await catalog.Ask<CatalogProtocol.IAnswer>(request, within, cancellation).ConfigureAwait(false);
        return answer switch
        {
            CatalogProtocol.ManifestPage page => page,
            CatalogProtocol.Failed failed => throw new JobFailureException(failed.Failure),
            _ => throw new JobFailureException(new JobFailure.Internal($"The catalog answered {answer.GetType().Name} to a request for a manifest.")),
        };
    }
}

/// <summary>Chosen paths, each with all below.</summary>
/// <param name="paths">Bytes with `/` between components; none: everything is chosen.</param>
public sealed class PathSelection(IReadOnlyList<byte[]> paths)
{
    private readonly FilePath[] _paths = [.. paths.Select(path => new FilePath(path)).Order()];

    /// <summary>True when a path is chosen or lies below one that is.</summary>
    /// <param name="path">Any path.</param>
    public bool Contains(FilePath path) => _paths.Length == 0 || Array.Exists(_paths, path.IsWithin);
}
