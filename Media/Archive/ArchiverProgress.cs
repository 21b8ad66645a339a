using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>How far an archiver got; written by its thread alone, readable from any.</summary>
public sealed class ArchiverProgress
{
    private long _files;
    private long _archiveBytes;
    private long _contentBytes;
    private byte[] _current = [];

    /// <summary>Members done.</summary>
    public long Files => Interlocked.Read(ref _files);

    /// <summary>Archive bytes made, headers and padding included.</summary>
    public long ArchiveBytes => Interlocked.Read(ref _archiveBytes);

    /// <summary>Bytes of file content read; of sparse files, their data.</summary>
    public long ContentBytes => Interlocked.Read(ref _contentBytes);

    /// <summary>The path worked on.</summary>
    public FilePath Current => new(Volatile.Read(ref _current));

    internal void Begin(FilePath path) => Volatile.Write(ref _current, path.ToArray());

    internal void AddFile() => Interlocked.Increment(ref _files);

    internal void AddArchive(long bytes) => Interlocked.Add(ref _archiveBytes, bytes);

    internal void AddContent(long bytes) => Interlocked.Add(ref _contentBytes, bytes);
}
