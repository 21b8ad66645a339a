using System.Runtime.InteropServices;
using System.Text;
using Backup.Media.Files;

namespace Backup.Media.Posix;

/// <summary>
/// An open file, directory or device. Unlike a FileStream it has no buffer, and every failure is reported, that of a
/// write back at <see cref="Durable"/> included. Safe to dispose from another thread: a call that runs keeps it open.
/// All but the position-bound <see cref="Read"/> and <see cref="Write"/> may run at once.
/// </summary>
public sealed class Descriptor : SafeHandle
{
    internal Descriptor(int descriptor, string path)
        : base(-1, ownsHandle: true)
    {
        handle = descriptor;
        Path = path;
    }

    /// <summary>The path it was opened by, escaped for people.</summary>
    public string Path { get; }

    /// <summary>The number, for a call that this class does not have; valid until it is disposed.</summary>
    public int Number => (int)handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">As the process sees it.</param>
    /// <exception cref="PosixException">It cannot be opened.</exception>
    public static Descriptor OpenRead(string path) => Open(path, OpenFlags.ReadOnly, 0);

    /// <summary>Opens an existing file for reading and writing.</summary>
    /// <param name="path">As the process sees it.</param>
    /// <exception cref="PosixException">It cannot be opened.</exception>
    public static Descriptor OpenReadWrite(string path) => Open(path, OpenFlags.ReadWrite, 0);

    /// <summary>Opens for reading and writing, and makes the file when it is not there.</summary>
    /// <param name="path">As the process sees it.</param>
    /// <param name="mode">Permission bits of a new file.</param>
    /// <exception cref="PosixException">It cannot be opened or made.</exception>
    public static Descriptor OpenOrCreate(
        string path, uint mode = 0x1a0) => Open(path, OpenFlags.ReadWrite | OpenFlags.Create, mode);

    /// <summary>Makes a new file for reading and writing.</summary>
    /// <param name="path">As the process sees it.</param>
    /// <param name="mode">Permission bits.</param>
    /// <exception cref="PosixException">It exists (EEXIST), or cannot be made.</exception>
    public static Descriptor CreateNew(string path, uint mode = 0x1a0) =>
        Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, mode);

    /// <summary>Opens a directory, to synchronise or lock it.</summary>
    /// <param name="path">As the process sees it.</param>
    /// <exception cref="PosixException">It is none, or cannot be opened.</exception>
    public static Descriptor OpenDirectory(string path) => Open(path, OpenFlags.ReadOnly | OpenFlags.Directory, 0);

    /// <summary>Makes a file without a name, for reading and writing; it is gone with its last descriptor.</summary>
    /// <param name="directory">A directory of the file system that is to hold it.</param>
    /// <exception cref="PosixException">It cannot be made.</exception>
    public static Descriptor CreateUnnamed(string directory)
    {
        var path = System.IO.Path.Combine(directory, $".backup-{Guid.NewGuid():n}");
        var file = CreateNew(path, 0x180);
        var result = SystemCall.UnlinkAt(SystemCall.CurrentDirectory, Encoding.UTF8.GetBytes(path));
        if (result >= 0) return file;
        file.Dispose();
        throw new PosixException("unlinkat", path, -result);
    }

    private static Descriptor Open(string path, int flags, uint mode)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        var shown = PathText.Escape(bytes);
        if (bytes.AsSpan().Contains((byte)0)) throw new PosixException("openat", shown, Errno.Invalid);
        var result = SystemCall.OpenAt(
            SystemCall.CurrentDirectory, bytes, flags | OpenFlags.CloseOnExec | OpenFlags.NoTerminal, mode);
        return new Descriptor(PosixException.Check(result, "openat", shown), shown);
    }

    /// <summary>Reads at the position; fewer bytes than asked for are no end, only 0 is.</summary>
    /// <param name="buffer">Not empty.</param>
    public int Read(Span<byte> buffer)
    {
        using var held = new Held(this);
        return PosixException.Check(SystemCall.Read(held.Number, buffer), "read", Path);
    }

    /// <summary>Reads at an offset; fewer bytes than asked for are no end, only 0 is.</summary>
    /// <param name="buffer">Not empty.</param>
    /// <param name="offset">From the beginning.</param>
    public int ReadAt(Span<byte> buffer, long offset)
    {
        using var held = new Held(this);
        return PosixException.Check(SystemCall.ReadAt(held.Number, buffer, offset), "pread", Path);
    }

    /// <summary>Reads at an offset until the buffer is full or the file ends; returns the bytes read.</summary>
    /// <param name="buffer">To be filled.</param>
    /// <param name="offset">From the beginning.</param>
    public int ReadFullyAt(Span<byte> buffer, long offset)
    {
        var done = 0;
        while (done < buffer.Length && ReadAt(buffer[done..], offset + done) is > 0 and var count) done += count;
        return done;
    }

    /// <summary>Writes all bytes at the position. After a failure it is unknown how many were written.</summary>
    /// <param name="data">Any length.</param>
    public void Write(ReadOnlySpan<byte> data)
    {
        using var held = new Held(this);
        PosixException.Check(SystemCall.Write(held.Number, data), "write", Path);
    }

    /// <summary>Writes all bytes at an offset. After a failure it is unknown how many were written.</summary>
    /// <param name="data">Any length.</param>
    /// <param name="offset">From the beginning.</param>
    public void WriteAt(ReadOnlySpan<byte> data, long offset)
    {
        using var held = new Held(this);
        PosixException.Check(SystemCall.WriteAt(held.Number, data, offset), "pwrite", Path);
    }

    /// <summary>Cuts or extends the file.</summary>
    /// <param name="length">New size in bytes.</param>
    public void Truncate(long length)
    {
        using var held = new Held(this);
        PosixException.Check(SystemCall.Truncate(held.Number, length), "ftruncate", Path);
    }

    /// <summary>Type, size, owner, times and so on as they are now.</summary>
    public FileStatus Status()
    {
        using var held = new Held(this);
        PosixException.Check(SystemCall.Status(held.Number, out var status), "statx", Path);
        return status;
    }

    /// <summary>
    /// Locks against other opens of the same file (flock(2)), also within this process; the lock ends with the
    /// descriptor.
    /// </summary>
    /// <param name="exclusive">Alone, or with others that share.</param>
    /// <returns>False when somebody else holds it.</returns>
    public bool TryLock(bool exclusive)
    {
        using var held = new Held(this);
        var operation = (exclusive ? FileLock.Exclusive : FileLock.Shared) | FileLock.NoWait;
        var result = SystemCall.Lock(held.Number, operation);
        if (result == -Errno.TryAgain) return false;
        PosixException.Check(result, "flock", Path);
        return true;
    }

    /// <summary>Tells the kernel that the file is read from front to back; a hint, so a refusal is no error.</summary>
    public void AdviseSequential()
    {
        using var held = new Held(this);
        SystemCall.Advise(held.Number, 0, 0, Advice.Sequential);
    }

    /// <summary>
    /// Tells the kernel that a range will not be needed again, so that a backup does not push others' files out of
    /// memory; a hint.
    /// </summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes; 0 means to the end.</param>
    public void AdviseNotNeeded(long offset, long length)
    {
        using var held = new Held(this);
        SystemCall.Advise(held.Number, offset, length, Advice.DontNeed);
    }

    /// <summary>Gives the open number away; whoever takes it closes it.</summary>
    internal int Detach()
    {
        var number = Number;
        SetHandleAsInvalid();
        return number;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => SystemCall.Close((int)handle) >= 0;

    /// <summary>Keeps a descriptor open for the time of one call.</summary>
    internal readonly ref struct Held
    {
        private readonly Descriptor _descriptor;

        internal Held(Descriptor descriptor)
        {
            var added = false;
            descriptor.DangerousAddRef(ref added);
            _descriptor = descriptor;
        }

        internal int Number => (int)_descriptor.handle;

        public void Dispose() => _descriptor.DangerousRelease();
    }
}
