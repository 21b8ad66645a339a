using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Pages of manifests, for clients and storage nodes.</summary>
internal static class ManifestReading
{
    public const int BlocksAtOnce = 8;

    public static CatalogAnswer<CatalogProtocol.ManifestPage> Page(
        CatalogStore store, CatalogProtocol.ReadManifest request) =>
        Page(new ManifestBlocks(store.Manifests.Read, store.Manifests.ReadFrom), request);

    /// <summary>As the other, from any place where blocks are.</summary>
    public static CatalogAnswer<CatalogProtocol.ManifestPage> Page(
        ManifestBlocks blocks, CatalogProtocol.ReadManifest request) =>
        request.Paths.Count == 0 ? Whole(blocks, request) : new ManifestMerge(blocks, request).Page();

    private static CatalogAnswer<CatalogProtocol.ManifestPage> Whole(
        ManifestBlocks source, CatalogProtocol.ReadManifest request)
    {
        if (!source.Read(request.Image, request.From - 1, BlocksAtOnce).Is(out var blocks, out var failure))
            return failure;
        var page = new PageBuilder();
        foreach (var block in blocks)
            if (!page.Add(block)) return page.Build(request.Image, block.Ordinal);
        return page.Build(request.Image, blocks.Count == BlocksAtOnce ? blocks[^1].Ordinal + 1 : null);
    }
}

/// <summary>Where the blocks of manifests are, as <see cref="ManifestTable"/> has them.</summary>
/// <param name="Read">Blocks of an image behind an ordinal, so many at most.</param>
/// <param name="ReadFrom">Blocks of an image from the one on in which a path is, so many at most.</param>
internal sealed record ManifestBlocks(
    Func<ImageId, long, int, CatalogAnswer<IReadOnlyList<ManifestBlock>>> Read,
    Func<ImageId, byte[], int, CatalogAnswer<IReadOnlyList<ManifestBlock>>> ReadFrom);

/// <summary>Blocks up to the size of a message.</summary>
internal sealed class PageBuilder
{
    private readonly List<byte[]> _blocks = [];
    private int _bytes;

    /// <summary>Takes a block, the first one whatever its size.</summary>
    /// <returns>False when the page is full.</returns>
    public bool Add(ManifestBlock block)
    {
        if (_blocks.Count > 0 && _bytes + block.Data.Length > CatalogProtocol.PieceBytesMax) return false;
        _blocks.Add(block.Data);
        _bytes += block.Data.Length;
        return true;
    }

    public CatalogProtocol.ManifestPage Build(ImageId image, long? next) => new(image, _blocks, next);
}
