using Backup.Media.Files;

namespace Backup.Media.Fragments;

/// <summary>Cuts a run of entries into blocks, at places that depend on the paths alone. For one thread.</summary>
public sealed class EntryBlockBuilder
{
    private const int ContentBytesMax = 1 << 20;

    private readonly List<FileEntry> _entries = [];
    private long _contentBytes;

    /// <summary>Entries that wait for the block's end.</summary>
    public int Waiting => _entries.Count;

    /// <summary>Takes the next entry.</summary>
    /// <param name="entry">Behind the one before in walk order.</param>
    /// <returns>The block that this entry ends; null while it goes on.</returns>
    /// <exception cref="ArgumentException">The entry is not in walk order, or its digest has not its algorithm's
    /// length.</exception>
    public EntryBlock? Add(FileEntry entry) => Collect(entry)?.Encode();

    /// <summary>As <see cref="Add"/>, without encoding the block, which is most of the work.</summary>
    /// <param name="entry">Behind the one before in walk order.</param>
    /// <returns>The entries of the block that this one ends; null while it goes on.</returns>
    /// <exception cref="ArgumentException">The entry is not in walk order.</exception>
    public EntryRun? Collect(FileEntry entry)
    {
        if (_entries.Count > 0 && _entries[^1].Path.CompareTo(entry.Path) >= 0)
            throw new ArgumentException(
                $"{entry.Path} came after {_entries[^1].Path}: not in walk order.", nameof(entry));
        _entries.Add(entry);
        _contentBytes += entry.Path.Bytes.Length + (entry.LinkTarget?.Length ?? 0);
        foreach (var attribute in entry.Attributes) _contentBytes += attribute.Name.Length + attribute.Value.Length;
        return IsFull(entry) ? Rest() : null;
    }

    /// <summary>Ends the block that was begun, as at a fragment's end; null when there is none.</summary>
    /// <exception cref="ArgumentException">An entry's digest has not its algorithm's length.</exception>
    public EntryBlock? Flush() => Rest()?.Encode();

    /// <summary>As <see cref="Flush"/>, without encoding the block.</summary>
    public EntryRun? Rest()
    {
        if (_entries.Count == 0) return null;
        var run = new EntryRun([.. _entries], _contentBytes);
        _entries.Clear();
        _contentBytes = 0;
        return run;
    }

    /// <summary>The entries as one block.</summary>
    internal static EntryBlock Encode(IReadOnlyList<FileEntry> entries)
    {
        var bytes = EntryColumns.Encode(entries);
        return new EntryBlock(entries[0].Path, entries.Count, bytes, Messages.Sha256Digest.Of(bytes));
    }

    private bool IsFull(FileEntry entry) =>
        _entries.Count >= EntryBlock.EntriesMax
        || _contentBytes >= ContentBytesMax
        || (_entries.Count >= EntryBlock.EntriesMin && EntryBlock.CutsAfter(entry.Path));
}

/// <summary>The entries of a block that is cut and not encoded yet; may be encoded on any thread.</summary>
public sealed class EntryRun
{
    private readonly FileEntry[] _entries;

    internal EntryRun(FileEntry[] entries, long contentBytes) => (_entries, ContentBytes) = (entries, contentBytes);

    /// <summary>The entries, in walk order.</summary>
    public IReadOnlyList<FileEntry> Entries => _entries;

    /// <summary>Bytes of paths, targets and attributes: about what the block has before it is compressed.</summary>
    public long ContentBytes { get; }

    /// <summary>The block.</summary>
    /// <exception cref="ArgumentException">An entry's digest has not its algorithm's length.</exception>
    public EntryBlock Encode() => EntryBlockBuilder.Encode(_entries);
}
