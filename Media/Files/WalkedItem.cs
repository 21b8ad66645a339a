using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// One item of a walk, open for reading when it is a regular file. The holder disposes it, which closes it.
/// </summary>
public sealed class WalkedItem : IDisposable
{
    private int _descriptor;

    internal WalkedItem(FileEntry entry, SaveOperation operation, int descriptor) =>
        (Entry, Operation, _descriptor) = (entry, operation, descriptor);

    /// <summary>Its metadata, without digest and position.</summary>
    public FileEntry Entry { get; }

    /// <summary>The save operation whose root it lies below.</summary>
    public SaveOperation Operation { get; }

    /// <summary>
    /// The open file, or the one that keeps what a FIFO gave; -1 for all but regular files, and once disposed. Belongs
    /// to this item.
    /// </summary>
    public int Descriptor => _descriptor;

    /// <summary>Where a sparse file has data, in order, cut to its size; null when the file has no holes.</summary>
    public IReadOnlyList<DataExtent>? Extents { get; internal init; }

    /// <summary>
    /// The content, where it had to be read to know its size: files of procfs, sysfs and the like announce a size that
    /// is not theirs. Null for all others.
    /// </summary>
    public ReadOnlyMemory<byte>? Content { get; internal init; }

    /// <summary>True for what was read out of a FIFO: it does not change any more.</summary>
    public bool IsKept { get; internal init; }

    /// <summary>
    /// Of a directory in a walk against a base: the names that it holds, as GNU tar's dumpdir (a letter, the name, NUL;
    /// NUL at the end). Null where they are not known, or the list is too long
    /// (<see cref="WalkOptions.DumpdirBytesMax"/>).
    /// </summary>
    public byte[]? Dumpdir { get; internal set; }

    /// <summary>True when it changed so shortly before that its time stamps need not tell a further change.</summary>
    public bool IsFresh { get; internal init; }

    /// <summary>Reads content; fewer bytes than asked for are no end, only 0 is.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="offset">From the beginning.</param>
    /// <exception cref="PosixException">The file cannot be read there.</exception>
    public int Read(Span<byte> buffer, long offset)
    {
        if (Content is not { } content)
            return (int)PosixException.Check(SystemCall.ReadAt(_descriptor, buffer, offset), "pread", Entry.Path.Bytes);
        if (offset >= content.Length) return 0;
        var count = (int)Math.Min(buffer.Length, content.Length - offset);
        content.Span.Slice((int)offset, count).CopyTo(buffer);
        return count;
    }

    /// <summary>Asks the file system again for what tells that a file changed.</summary>
    /// <param name="now">Size and times as they are now; those of <see cref="Entry"/> where nothing is open.</param>
    /// <returns>True when they are still those of <see cref="Entry"/>.</returns>
    /// <exception cref="PosixException">The file system does not answer.</exception>
    public bool Refresh(out FileState now)
    {
        var then = FileState.Of(Entry);
        now = then;
        if (_descriptor < 0 || Content is not null || IsKept) return true;
        PosixException.Check(SystemCall.Status(_descriptor, out var status), "statx", Entry.Path.Bytes);
        now = new FileState(status.Size, status.Modified, status.Changed);
        return now == then;
    }

    /// <summary>
    /// Where the file has data now, as <see cref="Extents"/>; to be asked again before a sparse file that changed is
    /// read anew.
    /// </summary>
    /// <param name="size">Size to cut at.</param>
    /// <param name="extentsMax">Most extents that are told apart.</param>
    public IReadOnlyList<DataExtent> FindExtents(long size, int extentsMax = 65_536) =>
        SparseMap.Read(_descriptor, size, extentsMax) ?? [new DataExtent(0, size)];

    /// <summary>
    /// Tells the kernel that the file's pages are not needed again, so that a backup does not push others' out; a hint.
    /// </summary>
    public void AdviseNotNeeded()
    {
        if (_descriptor >= 0) SystemCall.Advise(_descriptor, 0, 0, Advice.DontNeed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0) SystemCall.Close(descriptor);
    }
}

/// <summary>A run of bytes in a file that is not a hole.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes, 1 or more.</param>
public readonly record struct DataExtent(long Offset, long Length);

/// <summary>What tells that a file changed.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">mtime.</param>
/// <param name="Changed">ctime.</param>
public readonly record struct FileState(long Size, UnixTime Modified, UnixTime Changed)
{
    /// <summary>As an entry says.</summary>
    /// <param name="entry">A regular file.</param>
    public static FileState Of(FileEntry entry) => new(entry.Size, entry.Modified, entry.Changed);
}
