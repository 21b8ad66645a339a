using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>
/// Files with several names: the first name in walk order holds the content, later ones refer to it. Holds a file only
/// until the last of its names was seen.
/// </summary>
internal sealed class LinkTable
{
    private readonly Dictionary<(ulong Device, ulong Inode), Known> _files = [];

    private sealed record Known(FilePath First, UnixTime? Born, long Size, UnixTime Modified)
    {
        public required uint Remaining { get; set; }

        // A file system may give the number of a removed file to a new one. The time of birth tells them apart; where
        // it is not known, as for names of an earlier attempt, size and mtime must do, and in doubt the content is
        // stored once more.
        public bool Is(in FileStatus status) =>
            Born is { } born && status.Born is { } other
                ? born == other : HasSizeOf(status) && Modified == status.Modified;

        // Of other types an entry keeps no size.
        private bool HasSizeOf(in FileStatus status) => status.Type != NodeType.Regular || Size == status.Size;
    }

    /// <summary>Files that wait for further names.</summary>
    internal int Count => _files.Count;

    /// <summary>Notes a name of a file; returns the first name when this is a later one, else null.</summary>
    internal FilePath? Note(in FileStatus status, FilePath path)
    {
        var key = (status.Device, status.Inode);
        if (_files.TryGetValue(key, out var known) && known.Is(status))
        {
            if (--known.Remaining == 0) _files.Remove(key);
            return known.First;
        }
        _files[key] = new Known(path, status.Born, status.Size, status.Modified) { Remaining = status.LinkCount - 1 };
        return null;
    }

    /// <summary>Takes over a name that an earlier attempt archived, in walk order.</summary>
    internal void Seed(FileEntry entry)
    {
        if (entry.LinkCount < 2 || entry.Kind == FileKind.Directory) return;
        var key = (entry.Device, entry.Inode);
        if (entry.Kind != FileKind.HardLink)
            _files[key] = new Known(entry.Path, null, entry.Size, entry.Modified) { Remaining = entry.LinkCount - 1 };
        else if (_files.TryGetValue(key, out var known) && --known.Remaining == 0)
            _files.Remove(key);
    }
}
