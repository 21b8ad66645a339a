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
    public EntryBlock? Add(FileEntry entry)
    {
        if (_entries.Count > 0 && _entries[^1].Path.CompareTo(entry.Path) >= 0)
            throw new ArgumentException(
                $"{entry.Path} came after {_entries[^1].Path}: not in walk order.", nameof(entry));
        _entries.Add(entry);
        _contentBytes += entry.Path.Bytes.Length + (entry.LinkTarget?.Length ?? 0);
        foreach (var attribute in entry.Attributes) _contentBytes += attribute.Name.Length + attribute.Value.Length;
        return IsFull(entry) ? Flush() : null;
    }

    /// <summary>Ends the block that was begun, as at a fragment's end; null when there is none.</summary>
    /// <exception cref="ArgumentException">An entry's digest has not its algorithm's length.</exception>
    public EntryBlock? Flush()
    {
        if (_entries.Count == 0) return null;
        var block = Encode(_entries);
        _entries.Clear();
        _contentBytes = 0;
        return block;
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
