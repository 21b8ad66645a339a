using System.Runtime.InteropServices;
using Backup.Media.Files;

namespace Backup.Media.Posix;

/// <summary>
/// The calls that read and change attributes, positions and durability of what a descriptor is open on.
/// </summary>
internal static unsafe partial class SystemCall
{
    internal static int ChangeMode(int descriptor, uint mode) => Result(Native.ChangeMode(descriptor, mode));

    internal static int ChangeOwner(int descriptor, uint user, uint group)
    {
        byte nothing = 0; // with AT_EMPTY_PATH this also works on O_PATH descriptors, so for links and devices
        return Result(Native.ChangeOwnerAt(descriptor, &nothing, user, group, EmptyPath));
    }

    /// <summary>Sets mtime, and atime where one is given.</summary>
    internal static int SetTimes(int descriptor, UnixTime modified, UnixTime? accessed, bool byProc)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        var times = stackalloc TimeSpec[2]
        {
            accessed is { } time ? new(time.Seconds, time.Nanoseconds) : new(0, TimeSpec.Omit),
            new(modified.Seconds, modified.Nanoseconds),
        };
        fixed (byte* path = ProcPath(descriptor, room))
            return Result(byProc
                ? Native.SetTimesAt(CurrentDirectory, path, times, 0) : Native.SetTimes(descriptor, times));
    }

    /// <summary>mtime of a name, of the link itself where it is one.</summary>
    internal static int SetModifiedAt(int directory, ReadOnlySpan<byte> name, long seconds, long nanoseconds)
    {
        Span<byte> room = stackalloc byte[Room];
        var times = stackalloc TimeSpec[2] { new(0, TimeSpec.Omit), new(seconds, nanoseconds) };
        fixed (byte* path = Terminated(name, room)) return Result(Native.SetTimesAt(directory, path, times, NoFollow));
    }

    /// <summary>A further name of what a descriptor is open on, whatever its first name leads to now.</summary>
    internal static int LinkByProc(int descriptor, int directory, ReadOnlySpan<byte> name)
    {
        Span<byte> procRoom = stackalloc byte[ProcRoom];
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* from = ProcPath(descriptor, procRoom))
        fixed (byte* to = Terminated(name, room))
            // AT_SYMLINK_FOLLOW: the link in /proc
            return Result(Native.LinkAt(CurrentDirectory, from, directory, to, 0x400));
    }

    /// <summary>
    /// A name of what a descriptor is open on, without /proc. ENOENT when the kernel does not allow that.
    /// </summary>
    internal static int LinkDescriptor(int descriptor, int directory, ReadOnlySpan<byte> name)
    {
        byte nothing = 0;
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* to = Terminated(name, room))
            return Result(Native.LinkAt(descriptor, &nothing, directory, to, EmptyPath));
    }

    /// <summary>Opens what an O_PATH descriptor is open on, whatever its name leads to now.</summary>
    internal static int OpenByProc(int descriptor, int flags)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        fixed (byte* path = ProcPath(descriptor, room)) return Result(Native.OpenAt(CurrentDirectory, path, flags, 0));
    }

    /// <summary>Mode by /proc of what an O_PATH descriptor is open on, which fchmod refuses.</summary>
    internal static int ChangeModeByProc(int descriptor, uint mode)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        fixed (byte* path = ProcPath(descriptor, room)) return Result(Native.ChangeModeAt(
            CurrentDirectory, path, mode, 0));
    }

    internal static int ListAttributes(int descriptor, Span<byte> names, bool byProc)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        fixed (byte* target = names)
        fixed (byte* path = ProcPath(descriptor, room))
            return Result((int)(byProc
                ? Native.ListAttributesOf(path, target, (nuint)names.Length)
                : Native.ListAttributes(descriptor, target, (nuint)names.Length)));
    }

    internal static int GetAttribute(int descriptor, ReadOnlySpan<byte> name, Span<byte> value, bool byProc)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        Span<byte> nameRoom = stackalloc byte[Room];
        fixed (byte* target = value)
        fixed (byte* path = ProcPath(descriptor, room))
        fixed (byte* attribute = Terminated(name, nameRoom))
            return Result((int)(byProc
                ? Native.GetAttributeOf(path, attribute, target, (nuint)value.Length)
                : Native.GetAttribute(descriptor, attribute, target, (nuint)value.Length)));
    }

    internal static int SetAttribute(int descriptor, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool byProc)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        Span<byte> nameRoom = stackalloc byte[Room];
        byte none = 0;
        fixed (byte* content = value)
        fixed (byte* path = ProcPath(descriptor, room))
        fixed (byte* attribute = Terminated(name, nameRoom))
        {
            var source = content is null ? &none : content;
            return Result(byProc
                ? Native.SetAttributeOf(path, attribute, source, (nuint)value.Length, 0)
                : Native.SetAttribute(descriptor, attribute, source, (nuint)value.Length, 0));
        }
    }

    internal static int RemoveAttribute(int descriptor, ReadOnlySpan<byte> name, bool byProc)
    {
        Span<byte> room = stackalloc byte[ProcRoom];
        Span<byte> nameRoom = stackalloc byte[Room];
        fixed (byte* path = ProcPath(descriptor, room))
        fixed (byte* attribute = Terminated(name, nameRoom))
            return Result(byProc
                ? Native.RemoveAttributeOf(path, attribute) : Native.RemoveAttribute(descriptor, attribute));
    }

    /// <summary>Inode flags (FS_IOC_GETFLAGS of ioctl_iflags(2)); the kernel writes 32 bits.</summary>
    internal static int GetFlags(int descriptor, out uint flags)
    {
        uint found = 0;
        var result = Result(Native.Control(descriptor, 0x80086601, &found));
        flags = found;
        return result;
    }

    internal static int SetFlags(int descriptor, uint flags) =>
        Result(Native.Control(descriptor, 0x40086602, &flags));

    internal static long Seek(int descriptor, long offset, SeekFrom origin)
    {
        var result = Native.Seek(descriptor, offset, (int)origin);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    internal static int Truncate(int descriptor, long length)
    {
        int result;
        do result = Result(Native.Truncate(descriptor, length));
        while (result == -Errno.Interrupted);
        return result;
    }

    internal static int Sync(int descriptor) => Result(Native.Sync(descriptor));

    internal static int SyncData(int descriptor) => Result(Native.SyncData(descriptor));

    internal static int StartWriteback(int descriptor, long offset, long length) =>
        Result(Native.SyncRange(descriptor, offset, length, 2)); // SYNC_FILE_RANGE_WRITE

    internal static int Advise(int descriptor, long offset, long length, Advice advice) =>
        -Native.Advise(descriptor, offset, length, (int)advice);

    /// <summary>Frees the bytes of a range and leaves the size (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE).</summary>
    internal static int PunchHole(int descriptor, long offset, long length) =>
        Result(Native.Allocate(descriptor, 3, offset, length));

    internal static int Lock(int descriptor, FileLock operation) => Result(Native.Lock(descriptor, (int)operation));

    /// <summary>The magic number of the file system's type (statfs(2)).</summary>
    internal static int FileSystem(int descriptor, out long magic)
    {
        FileSystemStatus status;
        var result = Result(Native.FileSystem(descriptor, &status));
        magic = result < 0 ? 0 : status.Magic;
        return result;
    }

    private const int ProcRoom = 32;

    // The link in /proc leads to the very object that is open, a symbolic link included, and no further.
    private static ReadOnlySpan<byte> ProcPath(int descriptor, Span<byte> room)
    {
        "/proc/self/fd/"u8.CopyTo(room);
        descriptor.TryFormat(room[14..], out var digits, default, null);
        room[14 + digits] = 0;
        return room;
    }
}

/// <summary>Origins of lseek(2).</summary>
internal enum SeekFrom
{
    /// <summary>SEEK_SET.</summary>
    Start = 0,

    /// <summary>SEEK_DATA: the next byte that is not in a hole.</summary>
    Data = 3,

    /// <summary>SEEK_HOLE: the next hole, or the end.</summary>
    Hole = 4,
}

/// <summary>Advice of posix_fadvise(2).</summary>
internal enum Advice
{
    /// <summary>Read from front to back.</summary>
    Sequential = 2,

    /// <summary>Will be read soon.</summary>
    WillNeed = 3,

    /// <summary>Not needed again: drop it from memory.</summary>
    DontNeed = 4,
}

/// <summary>Operations of flock(2).</summary>
[Flags]
public enum FileLock
{
    /// <summary>With others that share.</summary>
    Shared = 1,

    /// <summary>Alone.</summary>
    Exclusive = 2,

    /// <summary>Do not wait: fails with EWOULDBLOCK.</summary>
    NoWait = 4,

    /// <summary>Give it back.</summary>
    Release = 8,
}
