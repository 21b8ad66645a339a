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

        public bool Archived { get; init; } = true;

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

    /// <summary>The first name of a file, when another was noted before; else null. Notes nothing.</summary>
    internal FilePath? FirstOf(in FileStatus status) =>
        _files.TryGetValue((status.Device, status.Inode), out var known) && known.Is(status) ? known.First : null;

    /// <summary>Notes a name of a file; returns the first name when this is a later one, else null.</summary>
    /// <param name="status">The file.</param>
    /// <param name="path">The name.</param>
    /// <param name="archives">Whether this name is archived; one that is not has its content in an earlier
    /// image.</param>
    internal LinkedName? Note(in FileStatus status, FilePath path, bool archives = true)
    {
        var key = (status.Device, status.Inode);
        if (_files.TryGetValue(key, out var known) && known.Is(status))
        {
            if (--known.Remaining == 0) _files.Remove(key);
            return new LinkedName(known.First, known.Archived);
        }
        _files[key] = new Known(path, status.Born, status.Size, status.Modified)
        {
            Remaining = status.LinkCount - 1,
            Archived = archives,
        };
        return null;
    }

    /// <summary>Takes over a name that an earlier attempt archived, in walk order.</summary>
    /// <param name="entry">As it is known.</param>
    /// <param name="archives">False: it is known from an earlier image, and this one does not hold it.</param>
    internal void Seed(FileEntry entry, bool archives = true)
    {
        if (entry.LinkCount < 2 || entry.Kind == FileKind.Directory) return;
        var key = (entry.Device, entry.Inode);
        if (entry.Kind != FileKind.HardLink)
            _files[key] = new Known(entry.Path, null, entry.Size, entry.Modified)
            {
                Remaining = entry.LinkCount - 1,
                Archived = archives,
            };
        else if (_files.TryGetValue(key, out var known) && --known.Remaining == 0)
            _files.Remove(key);
    }
}

/// <summary>The first name of a file that has several.</summary>
/// <param name="First">That name.</param>
/// <param name="Archived">True when this image holds it; a link never names something outside its image.</param>
internal readonly record struct LinkedName(FilePath First, bool Archived);
