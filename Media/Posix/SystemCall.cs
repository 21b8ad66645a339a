using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backup.Media.Posix;

/// <summary>
/// System calls on descriptors and names that are bytes. As in the kernel's own interface a negative result is the
/// negative errno, so that the many failures a walk expects cost no exception; <see cref="PosixException.Check(long,
/// string, ReadOnlySpan{byte})"/> turns one into an exception. Calls that a signal interrupts are repeated. Names are
/// given without NUL and must not hold one.
/// </summary>
[SkipLocalsInit]
internal static unsafe partial class SystemCall
{
    internal const int CurrentDirectory = -100;
    internal const uint StatusMount = 0x1000;
    internal const uint StatusBorn = 0x800;
    private const uint StatusWanted = 0x7ff | StatusBorn | StatusMount;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int RemoveDirectoryFlag = 0x200;
    private const nint OpenAt2Number = 437; // the same on every architecture

    internal static readonly uint EffectiveUser = Native.EffectiveUser();

    internal static int OpenAt(int directory, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room))
        {
            int result;
            do result = Result(Native.OpenAt(directory, path, flags, mode));
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    internal static int OpenAt2(int directory, ReadOnlySpan<byte> name, int flags, uint mode, ulong resolve)
    {
        Span<byte> room = stackalloc byte[Room];
        var how = new OpenHow((ulong)(uint)flags, mode, resolve);
        fixed (byte* path = Terminated(name, room))
        {
            int result;
            do result = Result((int)Native.Call(OpenAt2Number, directory, (nint)path, (nint)(&how), sizeof(OpenHow)));
            while (result is -Errno.Interrupted or -Errno.TryAgain);
            return result;
        }
    }

    /// <summary>
    /// Waits until there is something to read, or the end; 0 when the time is over, or a signal came.
    /// </summary>
    internal static int WaitReadable(int descriptor, TimeSpan atMost)
    {
        var asked = new PollDescriptor(descriptor, Asked: 1, Found: 0);
        var result = Result(Native.Poll(&asked, 1, (int)Math.Ceiling(atMost.TotalMilliseconds)));
        return result == -Errno.Interrupted ? 0 : result;
    }

    /// <summary>Closes; on Linux the descriptor is gone whatever the result, so it is never repeated.</summary>
    internal static int Close(int descriptor) => Result(Native.Close(descriptor));

    internal static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* target = buffer)
        {
            int result;
            do result = Result((int)Native.Read(descriptor, target, (nuint)buffer.Length));
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    internal static int ReadAt(int descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* target = buffer)
        {
            int result;
            do result = Result((int)Native.ReadAt(descriptor, target, (nuint)buffer.Length, offset));
            while (result == -Errno.Interrupted);
            return result;
        }
    }

    /// <summary>Writes all of the bytes, or fails; bytes before the failure may have been written.</summary>
    internal static int Write(int descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* source = data)
        {
            for (var done = 0; done < data.Length;)
            {
                var result = Result((int)Native.Write(descriptor, source + done, (nuint)(data.Length - done)));
                if (result < 0 && result != -Errno.Interrupted) return result;
                if (result == 0) return -Errno.InputOutput;
                if (result > 0) done += result;
            }
        }
        return 0;
    }

    /// <summary>As <see cref="Write"/>, at an offset.</summary>
    internal static int WriteAt(int descriptor, ReadOnlySpan<byte> data, long offset)
    {
        fixed (byte* source = data)
        {
            for (var done = 0; done < data.Length;)
            {
                var result =
                    Result((int)Native.WriteAt(descriptor, source + done, (nuint)(data.Length - done), offset + done));
                if (result < 0 && result != -Errno.Interrupted) return result;
                if (result == 0) return -Errno.InputOutput;
                if (result > 0) done += result;
            }
        }
        return 0;
    }

    internal static int Status(int descriptor, out FileStatus status)
    {
        byte nothing = 0;
        fixed (FileStatus* target = &status)
            return Result(Native.StatX(descriptor, &nothing, EmptyPath, StatusWanted, target));
    }

    /// <summary>Status of a name, of the link itself where it is one.</summary>
    internal static int StatusAt(int directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room))
        fixed (FileStatus* target = &status)
            return Result(Native.StatX(directory, path, NoFollow, StatusWanted, target));
    }

    internal static int ReadDirectory(int descriptor, Span<byte> buffer)
    {
        fixed (byte* target = buffer) return Result(
            (int)Native.ReadDirectory(descriptor, target, (nuint)buffer.Length));
    }

    /// <summary>Target of a link that is open by O_PATH, or of the name in the directory.</summary>
    internal static int ReadLinkAt(int directory, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room))
        fixed (byte* target = buffer)
            return Result((int)Native.ReadLinkAt(directory, path, target, (nuint)buffer.Length));
    }

    internal static int SymlinkAt(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> name)
    {
        Span<byte> targetRoom = stackalloc byte[Room];
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* to = Terminated(target, targetRoom))
        fixed (byte* path = Terminated(name, room))
            return Result(Native.SymlinkAt(to, directory, path));
    }

    /// <summary>A further name; a symbolic link is never followed.</summary>
    internal static int LinkAt(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to)
    {
        Span<byte> fromRoom = stackalloc byte[Room];
        Span<byte> toRoom = stackalloc byte[Room];
        fixed (byte* source = Terminated(from, fromRoom))
        fixed (byte* target = Terminated(to, toRoom))
            return Result(Native.LinkAt(fromDirectory, source, toDirectory, target, 0));
    }

    internal static int MakeDirectoryAt(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room)) return Result(Native.MakeDirectoryAt(directory, path, mode));
    }

    internal static int MakeNodeAt(
        int directory, ReadOnlySpan<byte> name, NodeType type, uint mode, uint major, uint minor)
    {
        Span<byte> room = stackalloc byte[Room];
        var device = ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8)
            | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);
        fixed (byte* path = Terminated(name, room))
            return Result(Native.MakeNodeAt(directory, path, ((uint)type << 12) | mode, device));
    }

    internal static int UnlinkAt(int directory, ReadOnlySpan<byte> name)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room)) return Result(Native.UnlinkAt(directory, path, 0));
    }

    internal static int RemoveDirectoryAt(int directory, ReadOnlySpan<byte> name)
    {
        Span<byte> room = stackalloc byte[Room];
        fixed (byte* path = Terminated(name, room)) return Result(Native.UnlinkAt(
            directory, path, RemoveDirectoryFlag));
    }

    internal static int RenameAt(
        int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to, bool noReplace)
    {
        Span<byte> fromRoom = stackalloc byte[Room];
        Span<byte> toRoom = stackalloc byte[Room];
        fixed (byte* source = Terminated(from, fromRoom))
        fixed (byte* target = Terminated(to, toRoom))
            return Result(Native.RenameAt(fromDirectory, source, toDirectory, target, noReplace ? 1u : 0u));
    }

    /// <summary>Bytes of stack for a name; longer ones go to the heap.</summary>
    private const int Room = 512;

    private static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> name, Span<byte> room)
    {
        var target = name.Length < room.Length ? room : new byte[name.Length + 1];
        name.CopyTo(target);
        target[name.Length] = 0;
        return target;
    }

    private static int Result(int value) => value >= 0 ? value : -Marshal.GetLastPInvokeError();
}
