using System.Globalization;
using System.Text;

namespace Backup.Media.Posix;

/// <summary>
/// The only way to durability in this program. .NET 10 on Linux loses the error of a failed fsync
/// (`FileStream.Flush(true)`, `RandomAccess.FlushToDisk`), so these calls go to the C library and every failure is a
/// <see cref="PosixException"/>. After a failed fsync the kernel has already marked the pages clean, so a second fsync
/// of the same descriptor succeeds and proves nothing: whoever gets the exception must take the file for damaged, write
/// its data anew elsewhere, and never retry here. For the same reason an interrupted call (EINTR) is a failure too.
/// </summary>
public static class Durable
{
    private static long _temporaryCount;

    /// <summary>
    /// Data and metadata of a file, or the names in a directory, are on the medium when this returns (fsync(2)).
    /// </summary>
    /// <param name="file">Open in any mode.</param>
    /// <exception cref="PosixException">They are not, and a retry would lie.</exception>
    public static void Sync(Descriptor file)
    {
        using var held = new Descriptor.Held(file);
        PosixException.Check(SystemCall.Sync(held.Number), "fsync", file.Path);
    }

    /// <summary>Data of a file, and its size, are on the medium when this returns (fdatasync(2)).</summary>
    /// <param name="file">Open in any mode.</param>
    /// <exception cref="PosixException">They are not, and a retry would lie.</exception>
    public static void SyncData(Descriptor file)
    {
        using var held = new Descriptor.Held(file);
        PosixException.Check(SystemCall.SyncData(held.Number), "fdatasync", file.Path);
    }

    /// <summary>Names that were made, renamed or removed in a directory are on the medium when this returns.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="PosixException">They are not, or the directory cannot be opened.</exception>
    public static void SyncDirectory(string path)
    {
        using var directory = Descriptor.OpenDirectory(path);
        Sync(directory);
    }

    /// <summary>
    /// Starts to write dirty pages of a range and does not wait (sync_file_range(2)): keeps a later fsync short. A hint
    /// that promises nothing, so file systems that lack it are no error; a write error that it meets is, and the next
    /// fsync reports it as well.
    /// </summary>
    /// <param name="file">Open for writing.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes; 0 means to the end.</param>
    /// <exception cref="PosixException">Earlier data could not be written.</exception>
    public static void StartWriteback(Descriptor file, long offset, long length)
    {
        using var held = new Descriptor.Held(file);
        var result = SystemCall.StartWriteback(held.Number, offset, length);
        if (result is -Errno.NoCall or -Errno.NotSupported or -Errno.Invalid) return;
        PosixException.Check(result, "sync_file_range", file.Path);
    }

    /// <summary>
    /// Puts a whole file in place: after a crash at any moment the path holds either the old content or the new, and
    /// when this returns, the new one. The new file is made beside it and renamed over it.
    /// </summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Permission bits of the new file.</param>
    /// <exception cref="PosixException">The old content is still there, or, when the directory's synchronisation
    /// failed, either.</exception>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> content, uint mode = 0x1a0)
    {
        var whole = System.IO.Path.GetFullPath(path);
        var directory = System.IO.Path.GetDirectoryName(whole) ?? "/";
        var number = Interlocked.Increment(ref _temporaryCount);
        var temporary = string.Create(CultureInfo.InvariantCulture, $"{whole}.{Environment.ProcessId}-{number}.new");
        Remove(temporary); // of an earlier process with this number that died here
        try
        {
            using var file = Descriptor.CreateNew(temporary, mode);
            file.Write(content);
            Sync(file);
        }
        catch (PosixException)
        {
            Remove(temporary);
            throw;
        }
        Rename(temporary, whole);
        SyncDirectory(directory);
    }

    /// <summary>
    /// Renames within a file system, over what is there; durable only after <see cref="SyncDirectory"/> of both
    /// directories.
    /// </summary>
    /// <param name="from">Existing name.</param>
    /// <param name="to">New name.</param>
    /// <exception cref="PosixException">Nothing was renamed.</exception>
    public static void Rename(string from, string to)
    {
        var result = SystemCall.RenameAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(from),
            SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(to), noReplace: false);
        PosixException.Check(result, "renameat2", to);
    }

    private static void Remove(string path)
    {
        var result = SystemCall.UnlinkAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(path));
        if (result != -Errno.NoEntry) PosixException.Check(result, "unlinkat", path);
    }
}
