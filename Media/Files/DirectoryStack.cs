using Backup.Media.Posix;

namespace Backup.Media.Files;

/// <summary>A directory on the current path of a walk.</summary>
internal sealed class OpenDirectory(
    WalkRoot root, OpenDirectory? above, FilePath path, int descriptor, FileStatus status) : IDisposable
{
    internal WalkRoot Root { get; } = root;

    internal OpenDirectory? Above { get; } = above;

    internal FilePath Path { get; } = path;

    internal FileStatus Status { get; } = status;

    /// <summary>-1 while it is closed to save descriptors, or when it was lost.</summary>
    internal int Descriptor { get; set; } = descriptor;

    internal DirectoryNames Names { get; set; } = DirectoryNames.Empty();

    /// <summary>True when <see cref="Names"/> are all that it holds.</summary>
    internal bool IsListed { get; set; }

    internal bool IsOnFileSystemOf(OpenDirectory other) =>
        Status.Device == other.Status.Device && Status.Mount == other.Status.Mount;

    internal void Close()
    {
        if (Descriptor >= 0) SystemCall.Close(Descriptor);
        Descriptor = -1;
    }

    public void Dispose()
    {
        Close();
        Names.Dispose();
    }
}

/// <summary>
/// The directories from a root down to the current one. The lowest of them and the root are open; those between are
/// opened again on the way back, by `..` or from the root downwards, and only taken when device and inode are still the
/// same.
/// </summary>
internal sealed class DirectoryStack(int openMax) : IDisposable
{
    private readonly List<OpenDirectory> _directories = [];

    internal OpenDirectory? Top => _directories is [.., var top] ? top : null;

    internal OpenDirectory? Bottom => _directories is [var bottom, ..] ? bottom : null;

    internal void Push(OpenDirectory directory)
    {
        _directories.Add(directory);
        var tooMany = _directories.Count - openMax;
        if (tooMany > 0) _directories[tooMany].Close();
    }

    /// <summary>
    /// Leaves the current directory; returns the one above when it cannot be opened again, so that its rest is lost.
    /// </summary>
    internal OpenDirectory? Pop()
    {
        using var left = _directories[^1];
        _directories.RemoveAt(_directories.Count - 1);
        if (Top is not { Descriptor: < 0 } above) return null;
        above.Descriptor = left.Descriptor >= 0 ? OpenSame(left.Descriptor, ".."u8, above) : -1;
        if (above.Descriptor < 0) above.Descriptor = OpenFromRoot(above);
        return above.Descriptor < 0 ? above : null;
    }

    public void Dispose()
    {
        foreach (var directory in _directories) directory.Dispose();
        _directories.Clear();
    }

    private int OpenFromRoot(OpenDirectory wanted)
    {
        var current = _directories[0].Descriptor;
        if (current < 0) return -1;
        foreach (var next in _directories.Skip(1))
        {
            var opened = OpenSame(current, next.Path.Name, next);
            if (current != _directories[0].Descriptor) SystemCall.Close(current);
            if (opened < 0 || ReferenceEquals(next, wanted)) return opened;
            current = opened;
        }
        return -1;
    }

    private static int OpenSame(int directory, ReadOnlySpan<byte> name, OpenDirectory expected)
    {
        var descriptor = ItemReader.OpenForReading(directory, name, OpenFlags.Directory);
        if (descriptor < 0) return -1;
        var known = SystemCall.Status(descriptor, out var status) >= 0
            && status.Device == expected.Status.Device && status.Inode == expected.Status.Inode;
        if (known) return descriptor;
        SystemCall.Close(descriptor);
        return -1;
    }
}
