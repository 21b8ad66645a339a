using Backup.Media.Files;
using Backup.Messages.Catalog;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Pages of manifests, for clients and storage nodes.</summary>
internal static class ManifestReading
{
    private const int BlocksAtOnce = 8;

    public static CatalogAnswer<CatalogProtocol.ManifestPage> Page(CatalogStore store, CatalogProtocol.ReadManifest request)
    {
        var paths = request.Paths.Select(path => new FilePath(path)).Order().ToList();
        var from = request.From;
        if (paths.Count == 0) return PageOf(request, store.Manifests.Read(request.Image, from - 1, BlocksAtOnce), null);
        // Walk order and path order are the same, so each path's tree is one run of blocks.
        foreach (var path in paths)
        {
            if (!store.Manifests.ReadFrom(request.Image, path.ToCatalog(), BlocksAtOnce).Is(out var start, out var failure)) return failure;
            if (start.Count == 0) continue;
            var page = start[0].Ordinal >= from
                ? CatalogAnswer<IReadOnlyList<ManifestBlock>>.Of(start)
                : store.Manifests.Read(request.Image, from - 1, BlocksAtOnce);
            if (!page.Is(out var blocks, out failure)) return failure;
            var within = blocks.TakeWhile(block => MayHold(block, path)).ToList();
            if (within.Count > 0) return PageOf(request, CatalogAnswer<IReadOnlyList<ManifestBlock>>.Of(within), path);
        }
        return new CatalogProtocol.ManifestPage(request.Image, [], null);
    }

    /// <summary>True unless the block begins behind the path's tree.</summary>
    private static bool MayHold(ManifestBlock block, FilePath path)
    {
        var first = FilePath.FromCatalog(block.FirstPath);
        return first.CompareTo(path) <= 0 || first.IsWithin(path);
    }

    private static CatalogAnswer<CatalogProtocol.ManifestPage> PageOf(
        CatalogProtocol.ReadManifest request, CatalogAnswer<IReadOnlyList<ManifestBlock>> answer, FilePath? within)
    {
        if (!answer.Is(out var blocks, out var failure)) return failure;
        if (blocks.Count == 0) return new CatalogProtocol.ManifestPage(request.Image, [], null);
        var sent = new List<byte[]>();
        var bytes = 0;
        foreach (var block in blocks)
        {
            if (sent.Count > 0 && bytes + block.Data.Length > CatalogProtocol.PieceBytesMax) break;
            sent.Add(block.Data);
            bytes += block.Data.Length;
        }
        // With paths, the end is only known when a further request finds nothing for any of them.
        var more = within is not null || sent.Count < blocks.Count || blocks.Count == BlocksAtOnce;
        return new CatalogProtocol.ManifestPage(request.Image, sent, more ? blocks[sent.Count - 1].Ordinal + 1 : null);
    }
}
