using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Takes the content of one file that is restored. Only <see cref="Commit"/> of a verified content puts it in place;
/// disposing it without that removes what was written.
/// </summary>
public sealed class FileSink : IDisposable
{
    private readonly TreeWriter _writer;
    private long _end;
    private bool _failed;

    internal FileSink(
        TreeWriter writer, FileEntry entry, TargetLevel level, int descriptor, byte[] temporaryName, bool exists)
    {
        _writer = writer;
        (Entry, Level, Descriptor, TemporaryName, Exists) = (entry, level, descriptor, temporaryName, exists);
    }

    /// <summary>The file's entry.</summary>
    public FileEntry Entry { get; }

    /// <summary>True once a write failed, which was reported; further data is pointless.</summary>
    public bool Failed => _failed;

    internal TargetLevel Level { get; }

    internal int Descriptor { get; private set; }

    internal byte[] TemporaryName { get; }

    internal bool Exists { get; }

    internal bool IsOpen => Descriptor >= 0;

    /// <summary>Writes bytes; any order, gaps stay holes.</summary>
    /// <param name="offset">From the beginning.</param>
    /// <param name="data">Within the size of the entry.</param>
    /// <exception cref="ArgumentOutOfRangeException">The data lies beyond the entry's size.</exception>
    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        CheckRange(offset, data.Length);
        if (_failed || data.IsEmpty) return;
        var result = SystemCall.WriteAt(Descriptor, data, offset);
        if (result < 0) Fail("pwrite", -result);
        _end = Math.Max(_end, offset + data.Length);
    }

    /// <summary>Leaves a hole.</summary>
    /// <param name="offset">From the beginning.</param>
    /// <param name="length">Bytes, within the size of the entry.</param>
    /// <exception cref="ArgumentOutOfRangeException">The hole lies beyond the entry's size.</exception>
    public void Hole(long offset, long length)
    {
        CheckRange(offset, length);
        if (offset >= _end || _failed || length == 0) return;
        var result = SystemCall.PunchHole(Descriptor, offset, length); // written before: out of order
        if (result < 0) Fail("fallocate", -result);
    }

    /// <summary>Ends the file.</summary>
    /// <param name="verified">True when the content's digest was checked and is right; only then is the file put in
    /// place.</param>
    /// <returns>True when it is in place.</returns>
    public bool Commit(bool verified)
    {
        ObjectDisposedException.ThrowIf(!IsOpen, this);
        if (!verified && !_failed) _writer.Report(Entry, FileExceptionKind.ContentDamaged, "", 0);
        if (!verified || _failed) return Abandon();
        if (_end < Entry.Size && SystemCall.Truncate(Descriptor, Entry.Size) is < 0 and var cut)
            Fail("ftruncate", -cut);
        var status = default(FileStatus);
        if (!_failed && Entry.LinkCount > 1 && SystemCall.Status(Descriptor, out status) is < 0 and var unknown)
            Fail("statx", -unknown);
        if (_failed) return Abandon();
        var done = _writer.Finish(this, status);
        Close();
        return done;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsOpen) Abandon();
    }

    private bool Abandon()
    {
        TargetLevel.Remove(Level, TemporaryName);
        Close();
        return false;
    }

    private void Close()
    {
        SystemCall.Close(Descriptor);
        Descriptor = -1;
    }

    private void Fail(string operation, int errno)
    {
        _failed = true;
        _writer.Report(Entry, FileExceptionKind.NotWritten, operation, errno);
    }

    private void CheckRange(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(!IsOpen, this);
        if (offset < 0 || length < 0 || offset > Entry.Size - length)
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"{length} bytes at {offset} lie beyond the {Entry.Size} bytes of {Entry.Path}.");
    }
}
