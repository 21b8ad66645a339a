using Backup.Media.Files;
using Backup.Messages.Catalog;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// The blocks of a manifest that may hold one of some paths or something below it: a merge of the sorted paths with the
/// sorted blocks. The order of paths is the order of blocks, so each path's tree is one run of blocks, no path is
/// looked up for which the blocks at hand answer, and those whose tree lies before the page's beginning are passed over
/// unread.
/// </summary>
internal sealed class ManifestMerge(ManifestBlocks source, CatalogProtocol.ReadManifest request)
{
    private readonly FilePath[] _paths = PathSelection.Outermost(request.Paths);
    private readonly PageBuilder _page = new();
    private IReadOnlyList<ManifestBlock> _window = [];
    private int _at;
    private long _next = request.From;

    /// <summary>The page from the ordinal on that is asked for.</summary>
    public CatalogAnswer<CatalogProtocol.ManifestPage> Page()
    {
        var path = 0;
        if (request.From > 0)
        {
            if (Load(request.From - 1) is { } failure) return failure;
            if (_window.Count == 0) return _page.Build(request.Image, null);
            path = FirstNotBefore(FirstOf(_window[0]));
        }
        for (; path < _paths.Length; path++)
        {
            if (Seek(_paths[path]) is { } failure) return failure;
            for (var more = true; more;)
            {
                if (_at == _window.Count && _window.Count > 0 && Load(_window[^1].Ordinal) is { } broken) return broken;
                more = _at < _window.Count && MayHold(_window[_at], _paths[path]);
                if (!more) continue;
                var block = _window[_at];
                if (block.Ordinal >= _next && !_page.Add(block)) return _page.Build(request.Image, block.Ordinal);
                _next = Math.Max(_next, block.Ordinal + 1);
                _at++;
            }
        }
        return _page.Build(request.Image, null);
    }

    /// <summary>The first path that is not wholly before another: those before lie in blocks that were sent.</summary>
    private int FirstNotBefore(FilePath first)
    {
        var found = Array.BinarySearch(_paths, first);
        if (found >= 0) return found;
        return ~found > 0 && first.IsWithin(_paths[~found - 1]) ? ~found - 1 : ~found;
    }

    /// <summary>To the block in which a path's tree begins; in the blocks at hand where they reach behind it.</summary>
    private CatalogFailure? Seek(FilePath path)
    {
        if (_window.Count > 0 && FirstOf(_window[^1]).CompareTo(path) > 0)
        {
            _at = 0;
            while (_at + 1 < _window.Count && FirstOf(_window[_at + 1]).CompareTo(path) <= 0) _at++;
            return null;
        }
        if (!source.ReadFrom(request.Image, path.ToCatalog(), ManifestReading.BlocksAtOnce)
            .Is(out var found, out var failure)) return failure;
        (_window, _at) = (found, 0);
        // What was sent is not read again: the tree may begin in the last block of the page before and go on for long.
        return found.Count > 0 && found[^1].Ordinal < _next ? Load(_next - 1) : null;
    }

    private CatalogFailure? Load(long after)
    {
        if (!source.Read(request.Image, after, ManifestReading.BlocksAtOnce).Is(out var found, out var failure))
            return failure;
        (_window, _at) = (found, 0);
        return null;
    }

    /// <summary>True unless the block begins behind the path's tree.</summary>
    private static bool MayHold(ManifestBlock block, FilePath path)
    {
        var first = FirstOf(block);
        return first.CompareTo(path) <= 0 || first.IsWithin(path);
    }

    private static FilePath FirstOf(ManifestBlock block) => FilePath.FromCatalog(block.FirstPath);
}
