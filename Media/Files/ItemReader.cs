using System.Globalization;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Opens items and reads their metadata, by the descriptor of the directory and without following a link.
/// </summary>
internal sealed class ItemReader(WalkOptions options, Action<FileException> onException)
{
    private const int LinkTargetBytesMax = 65_536;
    private readonly AttributeReader _attributes = new();
    private readonly PseudoFiles _pseudo = new();
    private readonly byte[] _linkTarget = new byte[LinkTargetBytesMax];

    internal LinkTable Links { get; } = new();

    /// <summary>
    /// Opens a file or directory for reading without changing its access time, where that is permitted.
    /// </summary>
    internal static int OpenForReading(int directory, ReadOnlySpan<byte> name, int flags)
    {
        flags |= OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking | OpenFlags.CloseOnExec
            | OpenFlags.NoTerminal;
        var descriptor = SystemCall.OpenAt(directory, name, flags | OpenFlags.NoAccessTime);
        return descriptor == -Errno.NotPermitted ? SystemCall.OpenAt(directory, name, flags) : descriptor;
    }

    /// <summary>
    /// Reads an item that is believed to be of a type. False when it turns out to be of another; then nothing was
    /// reported. A directory is only described.
    /// </summary>
    internal bool TryRead(
        WalkRoot root, int directory, ReadOnlySpan<byte> name, FilePath path, NodeType type, out WalkedItem? item)
    {
        item = null;
        var isFile = type == NodeType.Regular;
        var descriptor = isFile
            ? OpenForReading(directory, name, 0)
            : SystemCall.OpenAt(directory, name, OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec);
        if (descriptor is -Errno.Loop or -Errno.NoDevice) return false;
        if (descriptor < 0)
        {
            Report(path, descriptor == -Errno.NoEntry
                ? FileExceptionKind.Vanished : FileExceptionKind.Unreadable, "openat", -descriptor);
            return true;
        }
        var result = SystemCall.Status(descriptor, out var status);
        if (result >= 0 && status.Type == type)
        {
            item = type == NodeType.Socket ? Socket(path) : Describe(root, descriptor, !isFile, path, status);
            if (item is null || item.Descriptor < 0 || item.IsKept) SystemCall.Close(descriptor);
            return true;
        }
        SystemCall.Close(descriptor);
        if (result < 0) Report(path, FileExceptionKind.Unreadable, "statx", -result);
        return result < 0;
    }

    /// <summary>
    /// True when an item whose status is that of the base may have another content all the same: what a FIFO will give
    /// is not known before it is read, and a file is read where contents are compared.
    /// </summary>
    internal bool MayDiffer(WalkRoot root, int directory, ReadOnlySpan<byte> name, FilePath path, NodeType type)
    {
        if (type == NodeType.Fifo) return root.Operation.ReadFifos;
        if (type != NodeType.Regular || options.Base?.ContentOf(path) is not { } known) return false;
        var descriptor = OpenForReading(directory, name, 0);
        // Whoever reads it to save it says what is wrong
        if (descriptor < 0) return true;
        var isFile = SystemCall.Status(descriptor, out var status) >= 0 && status.Type == NodeType.Regular
            && !_pseudo.Holds(descriptor, status.Device);
        using var item = isFile ? File(root, descriptor, path, status, [], null) : null;
        if (item is null)
        {
            SystemCall.Close(descriptor);
            return true;
        }
        try
        {
            return options.Base.ArchivedDigestOf!(item, known.Algorithm) != known;
        }
        catch (PosixException)
        {
            return true;
        }
        finally
        {
            item.AdviseNotNeeded();
        }
    }

    /// <summary>
    /// The item that a descriptor is open on; it takes the descriptor over when it is a regular file's content.
    /// </summary>
    internal WalkedItem? Describe(WalkRoot root, int descriptor, bool byProc, FilePath path, in FileStatus status)
    {
        var attributes = _attributes.Read(
            descriptor, status, byProc, (call, errno, name) => AttributeFailed(path, call, errno, name));
        if (options.KeepsAccessTimes) attributes = AccessTime.AddTo(attributes, status.Accessed);
        var first = status.Type != NodeType.Directory && status.LinkCount > 1 ? Links.Note(status, path) : null;
        if (first is { Archived: true } archived)
            return new WalkedItem(
                Entry(path, FileKind.HardLink, status, attributes, 0, archived.First.ToArray()), root.Operation, -1)
            {
                IsFresh = IsFresh(status),
            };
        if (status.Type == NodeType.Regular)
            return File(root, descriptor, path, status, attributes, first?.First.ToArray());
        if (status.Type == NodeType.Fifo && options.FifoWait is not null && root.Operation.ReadFifos)
            return Fifo(root, descriptor, path, attributes, first?.First.ToArray());
        byte[]? target = null;
        if (status.Type == NodeType.Symlink)
        {
            var length = SystemCall.ReadLinkAt(descriptor, [], _linkTarget);
            if (length < 0)
            {
                Report(path, FileExceptionKind.Unreadable, "readlinkat", -length);
                return null;
            }
            target = _linkTarget.AsSpan(0, length).ToArray();
        }
        return new WalkedItem(Entry(path, KindOf(status.Type), status, attributes, 0, target), root.Operation, -1)
        {
            IsFresh = IsFresh(status),
        };
    }

    private WalkedItem? File(
        WalkRoot root, int descriptor, FilePath path, in FileStatus status,
        IReadOnlyList<ExtendedAttribute> attributes, byte[]? first)
    {
        if (_pseudo.Holds(descriptor, status.Device))
        {
            var result = PseudoFiles.Read(descriptor, out var content, out var isWhole);
            if (result < 0)
            {
                Report(path, FileExceptionKind.Unreadable, "read", -result);
                return null;
            }
            if (!isWhole) Report(path, FileExceptionKind.Truncated, "", 0);
            return new WalkedItem(
                Entry(path, FileKind.Regular, status, attributes, content.Length, first), root.Operation, descriptor)
            {
                Content = content,
            };
        }
        var extents = status.Blocks * 512 < status.Size
            ? SparseMap.Read(descriptor, status.Size, options.ExtentsMax) : null;
        var entry = Entry(path, FileKind.Regular, status, attributes, status.Size, first, extents is not null);
        return new WalkedItem(entry, root.Operation, descriptor) { Extents = extents, IsFresh = IsFresh(status) };
    }

    private WalkedItem? Fifo(
        WalkRoot root, int descriptor, FilePath path, IReadOnlyList<ExtendedAttribute> attributes, byte[]? first)
    {
        try
        {
            using var content = FifoContent.Keep(descriptor, path, options);
            // Its time is that of the last write
            PosixException.Check(SystemCall.Status(descriptor, out var status), "statx", path.Bytes);
            var entry = Entry(path, FileKind.Regular, status, attributes, content.Status().Size, first);
            return new WalkedItem(entry, root.Operation, content.Detach()) { IsKept = true };
        }
        catch (PosixException error)
        {
            var cause = error.Errno != Errno.TimedOut
                ? error.Message.TrimEnd('.')
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"in {options.FifoWait!.Value.TotalSeconds:0.#} s nobody wrote into it, or who did neither wrote "
                        + $"on nor closed it");
            onException(new FileException(path.ToArray(), FileExceptionKind.Unreadable, error.Operation, error.Errno,
                $"A FIFO whose content is to be saved (read-fifos) is not in the backup: {cause}."));
            return null;
        }
    }

    private bool IsFresh(in FileStatus status)
    {
        if (options.TickMax == TimeSpan.Zero) return false;
        var now = (options.Clock.GetUtcNow() - options.TickMax - DateTimeOffset.UnixEpoch).Ticks;
        var changed = status.Changed;
        return changed.Seconds > now / TimeSpan.TicksPerSecond
            || (changed.Seconds == now / TimeSpan.TicksPerSecond
                && changed.Nanoseconds / 100 >= now % TimeSpan.TicksPerSecond);
    }

    private static FileEntry Entry(
        FilePath path, FileKind kind, in FileStatus status, IReadOnlyList<ExtendedAttribute> attributes, long size,
        byte[]? target,
        bool sparse = false) => new()
        {
            Path = path,
            Kind = kind,
            Mode = status.Mode,
            UserId = status.UserId,
            GroupId = status.GroupId,
            Size = size,
            Modified = status.Modified,
            Changed = status.Changed,
            Device = status.Device,
            Inode = status.Inode,
            LinkCount = status.LinkCount,
            LinkTarget = target,
            DeviceMajor = status.DeviceMajor,
            DeviceMinor = status.DeviceMinor,
            Attributes = attributes,
            Sparse = sparse,
        };

    private static FileKind KindOf(NodeType type) => type switch
    {
        NodeType.Directory => FileKind.Directory,
        NodeType.Symlink => FileKind.Symlink,
        NodeType.CharacterDevice => FileKind.CharacterDevice,
        NodeType.BlockDevice => FileKind.BlockDevice,
        NodeType.Fifo => FileKind.Fifo,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "This type of file has no kind."),
    };

    private WalkedItem? Socket(FilePath path)
    {
        Report(path, FileExceptionKind.SocketSkipped, "", 0);
        return null;
    }

    private void AttributeFailed(FilePath path, string call, int errno, byte[] name)
    {
        var what = name.Length == 0 ? "The list of its attributes" : $"Its attribute {PathText.Escape(name)}";
        var detail = $"{what} could not be read and is not in the backup: {Errno.Describe(errno)}.";
        onException(new FileException(path.ToArray(), FileExceptionKind.AttributesUnreadable, call, errno, detail));
    }

    private void Report(FilePath path, FileExceptionKind kind, string operation, int errno) =>
        onException(Exception(path, kind, operation, errno));

    /// <summary>The exception with its sentence for the operator.</summary>
    internal static FileException Exception(FilePath path, FileExceptionKind kind, string operation, int errno)
    {
        var cause = errno == 0 ? "" : $": {Errno.Describe(errno)}";
        var detail = kind switch
        {
            FileExceptionKind.Vanished => "It was removed before it could be opened and is not in the backup.",
            FileExceptionKind.RootMissing =>
                $"The root of the file set cannot be found{cause}; check its path, or whether it is mounted.",
            FileExceptionKind.SocketSkipped =>
                "A socket has no content that could be restored; the program that made it makes it again.",
            FileExceptionKind.Replaced =>
                "It was replaced by an item of another type again and again and is not in the backup.",
            FileExceptionKind.DirectoryUnreadable =>
                $"The directory could not be listed, or not to its end{cause}; what it holds is missing in the "
                    + "backup, at least in part.",
            FileExceptionKind.Truncated =>
                $"A file of a kernel's file system has more than {PseudoFiles.BytesMax} bytes; the backup holds these.",
            _ => $"It could not be read and is not in the backup{cause}.",
        };
        return new FileException(path.ToArray(), kind, operation, errno, detail);
    }
}
