using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// The items of one directory, with what lies below each. Only those blocks are read in which one of its own items may
/// be. For one thread; it reads on by another.
/// </summary>
/// <param name="store">The catalog.</param>
/// <param name="image">The image.</param>
/// <param name="directory">The directory.</param>
/// <param name="recursive">All below, too, one by one.</param>
/// <param name="sizes">Adds up what lies below each directory; not with <paramref name="recursive"/>.</param>
internal sealed class FileListing(
    CatalogStore store, ImageId image, FilePath directory, bool recursive, bool sizes)
{
    private const int BlocksAtOnce = 16;

    private readonly List<ListedItem> _items = [];
    private FilePath? _shown;
    private bool _isAboveRoots;

    /// <summary>A page.</summary>
    /// <param name="after">Only items behind this one; null: from the first.</param>
    /// <param name="limit">Most items, 1 or more.</param>
    public (IReadOnlyList<ListedItem> Items, CatalogFailure? Failure) Read(FilePath? after, int limit)
    {
        _shown = after;
        if (recursive) return Scan(Begin(after), limit, skips: false) is { } unread ? ([], unread) : (_items, null);
        if (!IsItem(out var failure)) return failure is not null ? ([], failure) : AboveRoots(after, limit);
        failure = Scan(Begin(after), limit, skips: true);
        return failure is not null ? ([], failure) : (_items, null);
    }

    /// <summary>What lies above the roots is in no manifest: there each root is an item, however deep.</summary>
    private (IReadOnlyList<ListedItem> Items, CatalogFailure? Failure) AboveRoots(FilePath? after, int limit)
    {
        _isAboveRoots = true;
        for (var from = Begin(after); _items.Count < limit; from = Begin(_shown))
        {
            var before = _items.Count;
            if (Scan(from, before + 1, skips: false) is { } failure) return ([], failure);
            if (_items.Count == before) break;
            if (sizes && SumUp(_items[^1].Entry.Path) is { } unread) return ([], unread);
        }
        return (_items, null);
    }

    /// <summary>What lies below a root: the blocks at its ends are read, those in between have sums.</summary>
    private CatalogFailure? SumUp(FilePath root)
    {
        var manifests = store.Manifests;
        if (!manifests.Find(image, root.ToCatalog()).Is(out var first, out var failure)
            || !manifests.Find(image, [.. root.ToCatalog(), 1]).Is(out var last, out failure)) return failure;
        if (CountBelow(root, first, first + 1) is { } unread) return unread;
        if (last > first + 1)
        {
            if (!manifests.Sums(image, first + 1, last).Is(out var sums, out failure)) return failure;
            if (sums.Bytes is { } bytes) Count(sums.Entries, bytes);
            else if (CountBelow(root, first + 1, last) is { } lost) return lost;
        }
        return last > first ? CountBelow(root, last, last + 1) : null;
    }

    private CatalogFailure? CountBelow(FilePath root, long from, long end)
    {
        for (var at = from; at < end; at += BlocksAtOnce)
        {
            if (!store.Manifests.Read(image, at - 1, (int)Math.Min(BlocksAtOnce, end - at))
                .Is(out var blocks, out var failure)) return failure;
            foreach (var block in blocks)
            {
                var lines = ManifestEntries.Of(block.Data, static _ => false);
                for (var line = 0; line < lines.Count; line++)
                    if (root.Holds(lines.PathOf(line)) && lines.PathOf(line).Length > root.Bytes.Length)
                        Count(1, lines[line].ContentBytes);
            }
        }
        return null;
    }

    private bool IsItem(out CatalogFailure? failure)
    {
        if (!store.Manifests.ReadFrom(image, directory.ToCatalog(), 1).Is(out var blocks, out failure)) return false;
        if (blocks is not [var block]) return false;
        var lines = ManifestEntries.Of(block.Data, static _ => false);
        for (var at = 0; at < lines.Count; at++)
            if (lines.PathOf(at).SequenceEqual(directory.Bytes)) return true;
        return false;
    }

    private CatalogFailure? Scan(byte[] from, int limit, bool skips)
    {
        var scan = new ListingScan(store.Manifests, image, directory, skips, sizes);
        foreach (var step in scan.From(from))
        {
            Count(step.Items, step.Bytes);
            if (step.Block is { } block && Take(block, limit)) break;
        }
        return scan.Failure;
    }

    /// <summary>Where the first item behind another may be: all below a directory begins with it and 0x00.</summary>
    private byte[] Begin(FilePath? after) =>
        after is not { } past ? directory.ToCatalog()
        : recursive ? past.ToCatalog() : [.. past.ToCatalog(), 1];

    /// <returns>True at the end.</returns>
    private bool Take(ListedBlock block, int limit)
    {
        var lines = block.Lines;
        for (var at = 0; at < lines.Count; at++)
        {
            var path = lines.PathOf(at);
            var line = lines[at];
            if (FilePath.Compare(path, directory.Bytes) < 0) continue;
            if (!directory.Holds(path)) return true;
            if (_shown is { } last && FilePath.Compare(path, last.Bytes) <= 0) continue;
            if (!recursive && _shown is { } parent && parent.Holds(path) && parent != directory)
            {
                if (!_isAboveRoots) Count(1, line.ContentBytes); // there it is summed up by itself
                continue;
            }
            var isDirectory = line.Kind == FileKind.Directory;
            if (isDirectory && !recursive && path.Length == directory.Bytes.Length) continue;
            if (_items.Count == limit) return true;
            var entry = block.EntryAt(at);
            _items.Add(new ListedItem(entry));
            _shown = entry.Path;
            if (_items.Count == limit && !(sizes && !_isAboveRoots && isDirectory)) return true;
        }
        return false;
    }

    /// <summary>Something lies below what was shown last.</summary>
    private void Count(long items, long bytes)
    {
        if (_items is not [.., var last] || last.Entry.Path != _shown) return;
        last.ItemsBelow += items;
        last.BytesBelow += bytes;
    }
}

/// <summary>An item of a directory.</summary>
internal sealed class ListedItem(FileEntry entry)
{
    public FileEntry Entry => entry;

    public long ItemsBelow { get; set; }

    public long BytesBelow { get; set; }
}
