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
    private readonly List<ListedItem> _items = [];
    private FilePath? _shown;

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
        if (sizes) return Scan(Begin(after), limit, skips: false) is { } unread ? ([], unread) : (_items, null);
        for (var from = Begin(after); _items.Count < limit; from = Begin(_shown))
        {
            var before = _items.Count;
            if (Scan(from, before + 1, skips: false) is { } failure) return ([], failure);
            if (_items.Count == before) break;
        }
        return (_items, null);
    }

    private bool IsItem(out CatalogFailure? failure)
    {
        var scan = new ListingScan(store.Manifests, image, directory, skips: false, sizes: false);
        var found = scan.From(directory.ToCatalog()).FirstOrDefault()?.Entries.Any(entry => entry.Path == directory);
        failure = scan.Failure;
        return found == true;
    }

    private CatalogFailure? Scan(byte[] from, int limit, bool skips)
    {
        var scan = new ListingScan(store.Manifests, image, directory, skips, sizes);
        foreach (var step in scan.From(from))
        {
            Count(step.Items, step.Bytes);
            if (Take(step.Entries, limit)) break;
        }
        return scan.Failure;
    }

    /// <summary>Where the first item behind another may be: all below a directory begins with it and 0x00.</summary>
    private byte[] Begin(FilePath? after) =>
        after is not { } past ? directory.ToCatalog()
        : recursive ? past.ToCatalog() : [.. past.ToCatalog(), 1];

    /// <returns>True at the end.</returns>
    private bool Take(IReadOnlyList<FileEntry> block, int limit)
    {
        foreach (var entry in block)
        {
            if (entry.Path.CompareTo(directory) < 0) continue;
            if (!entry.Path.IsWithin(directory)) return true;
            if (_shown is { } last && entry.Path.CompareTo(last) <= 0) continue;
            if (!recursive && _shown is { } parent && entry.Path.IsWithin(parent) && parent != directory)
            {
                Count(1, ManifestEntries.Bytes([entry]));
                continue;
            }
            if (entry.Path == directory && entry.Kind == FileKind.Directory && !recursive) continue;
            if (_items.Count == limit) return true;
            _items.Add(new ListedItem(entry));
            _shown = entry.Path;
            if (_items.Count == limit && !(sizes && entry.Kind == FileKind.Directory)) return true;
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
