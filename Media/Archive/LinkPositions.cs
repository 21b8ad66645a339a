using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>Digest and position of the first names of files with several, until the last name was seen.</summary>
internal sealed class LinkPositions
{
    private readonly Dictionary<FilePath, First> _firsts = [];

    private sealed record First(ContentDigest Digest, ContentPosition Position, EntryFlags Flags)
    {
        public required uint Remaining { get; set; }
    }

    /// <summary>Notes an archived first name, or a name of an earlier attempt, in walk order.</summary>
    internal void Note(FileEntry entry)
    {
        if (entry.LinkCount < 2 || entry.Kind == FileKind.Directory) return;
        if (entry.Kind == FileKind.HardLink) Find(entry, out _);
        else _firsts[entry.Path] = new First(entry.Digest, entry.Position, entry.Flags)
        {
            Remaining = entry.LinkCount - 1,
        };
    }

    /// <summary>
    /// The link's entry with digest and position of its first name; false when that is not in the archive.
    /// </summary>
    internal bool Find(FileEntry link, out FileEntry found)
    {
        found = link;
        var path = new FilePath(link.LinkTarget ?? []);
        if (!_firsts.TryGetValue(path, out var first)) return false;
        if (--first.Remaining == 0) _firsts.Remove(path);
        found = ArchivedEntry.Of(link, first.Digest, first.Position, first.Flags);
        return true;
    }
}

/// <summary>Entries with what only the archiver knows.</summary>
internal static class ArchivedEntry
{
    internal static FileEntry Of(FileEntry entry, ContentDigest digest, ContentPosition position, EntryFlags flags) =>
        entry with { Digest = digest, Position = position, Flags = flags };

    /// <summary>As the file is now, before it is read again.</summary>
    internal static FileEntry Refreshed(FileEntry entry, FileState now) =>
        entry with { Size = now.Size, Modified = now.Modified, Changed = now.Changed };
}
