using Backup.Media.Files;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// The entries of a manifest's blocks, most of which are asked for one behind the other: the longer that was so, the
/// more are read at once, and decoded side by side. For one thread.
/// </summary>
/// <param name="read">The data of blocks from an ordinal on, so many at most.</param>
internal sealed class DecodedBlocks(Func<long, int, CatalogAnswer<IReadOnlyList<byte[]>>> read)
{
    private const int AtOnceMax = 8;

    private IReadOnlyList<IReadOnlyList<FileEntry>> _window = [];
    private long _first;
    private int _atOnce = 1;

    /// <summary>The entries of a block.</summary>
    /// <param name="ordinal">The block's place.</param>
    /// <param name="count">Blocks that are known to be there from this one on, 1 or more.</param>
    public CatalogAnswer<IReadOnlyList<FileEntry>> Entries(long ordinal, long count)
    {
        if (ordinal < _first || ordinal >= _first + _window.Count)
        {
            _atOnce = ordinal == _first + _window.Count ? Math.Min(2 * _atOnce, AtOnceMax) : 1;
            if (!read(ordinal, (int)Math.Min(_atOnce, count)).Is(out var blocks, out var failure)) return failure;
            (_window, _first) = (Decode(blocks), ordinal);
        }
        return CatalogAnswer<IReadOnlyList<FileEntry>>.Of(_window[(int)(ordinal - _first)]);
    }

    /// <summary>Decodes blocks side by side.</summary>
    public static IReadOnlyList<IReadOnlyList<FileEntry>> Decode(IReadOnlyList<byte[]> blocks) =>
        blocks.Count == 1
            ? [ManifestEntries.Of(blocks[0])]
            : [.. blocks.AsParallel().AsOrdered().Select(block => ManifestEntries.Of(block))];
}
