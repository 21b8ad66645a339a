using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Operations;

namespace Backup.Media.Files;

/// <summary>
/// Writes entries below a target directory and nowhere else. Entries come from outside and are not trusted: a name with
/// `..`, an empty component or NUL is refused. The target is not trusted either: every step is relative to a descriptor
/// and follows no symbolic link (openat2 with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS), so a link
/// that is there already, or is put there meanwhile, is never followed or written through; that is also why links need
/// not wait until the end. A new file has no name before it is whole, where the file system can do that; whatever else
/// is not a directory is made under a temporary name and renamed into place. All get their metadata by their
/// descriptor. Entries come in walk order; mode and times of a directory are set when the order leaves it. Not safe for
/// several threads.
/// </summary>
public sealed class TreeWriter : IDisposable
{
    private readonly RestoreOptions _options;
    private readonly Action<FileException> _onException;
    private readonly TargetStack _stack;
    private readonly MetadataWriter _metadata;
    private readonly UnnamedFiles _unnamed;
    private readonly Dictionary<FilePath, Created> _links;
    private readonly List<TreeWriter> _all; // that write below this target, the first one first
    private FileSink? _sink;

    /// <summary>Opens the target directory, and makes it when it is not there.</summary>
    /// <param name="targetDirectory">As the process sees it; links in it are followed, since whoever restores named
    /// it.</param>
    /// <param name="options">How to write.</param>
    /// <param name="onException">Told of each item that is not written, or not as it was.</param>
    /// <exception cref="PosixException">The target cannot be opened.</exception>
    public TreeWriter(string targetDirectory, RestoreOptions options, Action<FileException> onException)
    {
        _options = options;
        _onException = onException;
        _metadata = new MetadataWriter(options, onException);
        (_unnamed, _links, _all) = (new UnnamedFiles(), [], [this]);
        System.IO.Directory.CreateDirectory(targetDirectory);
        _stack = new TargetStack(targetDirectory, options, _metadata, onException, NamesInUse);
    }

    private TreeWriter(TreeWriter first)
    {
        (_options, _onException, _metadata) = (first._options, first._onException, first._metadata);
        (_unnamed, _links, _all) = (first._unnamed, first._links, first._all);
        UsesUnnamedFiles = first.UsesUnnamedFiles;
        _stack = first._stack.Another();
        _all.Add(this);
    }

    /// <summary>Items put in place so far, directories included.</summary>
    public long Written { get; private set; }

    /// <summary>
    /// Items that were there already, by type, mtime and, of a file, size: <see cref="ReplaceRule.Changed"/> leaves
    /// them as they are, and so does a further attempt; that is no exception.
    /// </summary>
    public long Unchanged { get; private set; }

    /// <summary>Items that were left out, and named, because the options do not ask for such.</summary>
    public long Unasked { get; private set; }

    /// <summary>False: temporary names alone, as on a file system that cannot make a file without a name.</summary>
    internal bool UsesUnnamedFiles { get; init; } = true;

    /// <summary>
    /// A further writer with a place of its own in the tree, for another sequence of entries of the same restore: files
    /// of both may be open at once. They are used in turns, not by several threads, and only with
    /// <see cref="RestoreOptions.DirectoriesLast"/>; the first one completes and disposes all.
    /// </summary>
    public TreeWriter Another() => _options.DirectoriesLast
        ? new TreeWriter(this)
        : throw new InvalidOperationException("A directory gets its times when only one writer may still make items.");

    /// <summary>
    /// Makes a directory, or uses the one that is there. An entry for the root is the target directory itself.
    /// </summary>
    /// <param name="entry">A directory.</param>
    public void Directory(FileEntry entry)
    {
        if (IsSafe(entry) && _stack.Enter(entry.Path, entry)) Written++;
    }

    /// <summary>Begins a regular file.</summary>
    /// <param name="entry">A regular file.</param>
    /// <returns>Takes the content, and is disposed before the next entry; null when the file is kept or refused, which
    /// was reported.</returns>
    public FileSink? BeginFile(FileEntry entry)
    {
        if (_sink is { IsOpen: true }) throw new InvalidOperationException("The file before has not been disposed.");
        if (!TryPrepare(entry, out var level, out var exists)) return null;
        var (descriptor, name, made) = (-1, default(byte[]), default(Creation?));
        if (!exists && UsesUnnamedFiles)
            descriptor = _unnamed.Open(level, entry.Mode & MetadataWriter.PermissionBits, out made);
        if (descriptor < 0) descriptor = OpenNamed(level, name = TargetLevel.TemporaryName());
        if (descriptor < 0)
        {
            Report(entry, FileExceptionKind.NotWritten, "openat2", -descriptor);
            return null;
        }
        if (level.HasDefaultAcl) MetadataWriter.DropInheritedAcl(descriptor);
        _metadata.SetFlags(entry, descriptor, InodeFlags.First);
        return _sink = new FileSink(this, entry, level, descriptor)
        {
            TemporaryName = name,
            Exists = exists,
            Made = made,
        };
    }

    /// <summary>Leaves a regular file of which no content comes, since it was found to stay as it is.</summary>
    /// <param name="entry">A regular file.</param>
    public void Leave(FileEntry entry)
    {
        if (TryPrepare(entry, out _, out _, hasNoContent: true))
            Report(entry, FileExceptionKind.NotWritten, "", 0,
                "The file at the target was to stay, and was changed or removed meanwhile. Restore it again.");
    }

    /// <summary>Makes a symbolic link with its target as it was.</summary>
    /// <param name="entry">A symbolic link.</param>
    public void Symlink(FileEntry entry)
    {
        var target = entry.LinkTarget ?? [];
        if (target.Length == 0 || target.Contains((byte)0)) Report(entry, FileExceptionKind.UnsafeName, "", 0);
        else MakeNode(entry, NodeType.Symlink, "symlinkat", (
            directory, name) => SystemCall.SymlinkAt(target, directory, name));
    }

    /// <summary>Makes a FIFO.</summary>
    /// <param name="entry">A FIFO.</param>
    public void Fifo(FileEntry entry) =>
        MakeNode(entry, NodeType.Fifo, "mknodat", (
            directory, name) => SystemCall.MakeNodeAt(directory, name, NodeType.Fifo, 0x180, 0, 0));

    /// <summary>Makes a device node, when the options say so.</summary>
    /// <param name="entry">A character or block device.</param>
    public void Device(FileEntry entry)
    {
        if (!_options.Devices)
        {
            Unasked++;
            Report(entry, FileExceptionKind.NotWritten, "", 0,
                "Device nodes are only made when the restore asks for them.");
            return;
        }
        var type = entry.Kind == FileKind.BlockDevice ? NodeType.BlockDevice : NodeType.CharacterDevice;
        MakeNode(entry, type, "mknodat", (directory, name) =>
            SystemCall.MakeNodeAt(directory, name, type, 0x180, entry.DeviceMajor, entry.DeviceMinor));
    }

    /// <summary>Makes a further name of a file that this writer made; of nothing else.</summary>
    /// <param name="entry">A hard link.</param>
    public void HardLink(FileEntry entry)
    {
        var first = new FilePath(entry.LinkTarget ?? []);
        if (!_links.TryGetValue(first, out var created))
        {
            Report(entry, FileExceptionKind.NotWritten, "linkat", 0,
                $"Its first name, {first}, was not written by this restore.");
            return;
        }
        if (!TryPrepare(entry, out var level, out var exists)) return;
        var original = _stack.OpenCreated(first, created.Device, created.Inode);
        if (original < 0)
        {
            Report(entry, FileExceptionKind.NotWritten, "openat2", -original);
            return;
        }
        var name = TargetLevel.TemporaryName();
        var result = SystemCall.LinkByProc(original, level.Descriptor, name);
        SystemCall.Close(original);
        if (result < 0) Report(entry, FileExceptionKind.NotWritten, "linkat", -result);
        else if (PutInPlace(entry, level, name, exists) && --created.Remaining == 0) _links.Remove(first);
    }

    /// <summary>Writes an entry that has no content: any kind but a regular file.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="ArgumentException">It is a regular file.</exception>
    public void Write(FileEntry entry)
    {
        switch (entry.Kind)
        {
            case FileKind.Directory: Directory(entry); break;
            case FileKind.Symlink: Symlink(entry); break;
            case FileKind.HardLink: HardLink(entry); break;
            case FileKind.Fifo: Fifo(entry); break;
            case FileKind.CharacterDevice or FileKind.BlockDevice: Device(entry); break;
            default: throw new ArgumentException("A regular file has content: use BeginFile.", nameof(entry));
        }
    }

    /// <summary>
    /// Sets metadata of the directories that are still open, and what must come last. Call once, after the last entry.
    /// </summary>
    public void Complete()
    {
        foreach (var other in _all.Skip(1)) other._stack.LeaveLevels();
        _stack.LeaveAll();
        _metadata.SetLast(_stack.OpenCreated);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var writer in _all[0] == this ? _all : [this])
        {
            writer._sink?.Dispose();
            writer._stack.Dispose();
        }
    }

    private bool NamesInUse(byte[] name) => _all.Exists(writer =>
        writer._sink is { IsOpen: true, TemporaryName: { } used } && used.AsSpan().SequenceEqual(name));

    internal bool Finish(FileSink sink, in FileStatus status)
    {
        _metadata.Set(sink.Entry, sink.Descriptor, byProc: false, sink.Made);
        if (_options.Sync && SystemCall.Sync(sink.Descriptor) is < 0 and var failed)
        {
            Report(sink.Entry, FileExceptionKind.NotWritten, "fsync", -failed);
            sink.RemoveName();
            return false;
        }
        var inPlace = sink.TemporaryName is { } name
            ? PutInPlace(sink.Entry, sink.Level, name, sink.Exists) : Link(sink);
        if (!inPlace) return false;
        _metadata.NoteLast(sink.Entry, sink.Descriptor);
        Remember(sink.Entry, status);
        return true;
    }

    internal void Report(
        FileEntry entry, FileExceptionKind kind, string operation, int errno, string? reason = null) =>
        _onException(RestoreSentence.For(entry.Path, kind, operation, errno, reason));

    private sealed record Created(ulong Device, ulong Inode)
    {
        public required uint Remaining { get; set; }
    }

    private void Remember(FileEntry entry, in FileStatus status)
    {
        if (entry.LinkCount > 1)
            _links[entry.Path] = new Created(status.Device, status.Inode) { Remaining = entry.LinkCount - 1 };
    }

    private bool IsSafe(FileEntry entry)
    {
        if (TargetLevel.IsSafe(entry.Path) && (!entry.Path.IsRoot || entry.Kind == FileKind.Directory)) return true;
        Report(entry, FileExceptionKind.UnsafeName, "", 0);
        return false;
    }

    /// <summary>
    /// Enters the directory of an item and asks the replace rule; false when the item is not to be written.
    /// </summary>
    private bool TryPrepare(FileEntry entry, out TargetLevel level, out bool exists, bool hasNoContent = false)
    {
        (level, exists) = (null!, false);
        if (!IsSafe(entry) || !_stack.Enter(entry.Path.Parent, null, entry)) return false;
        level = _stack.Top;
        // Nothing but this restore's own items is in it; a rename that replaces nothing proves it
        if (level.IsNew && !_options.PathsMayMeet) return true;
        var result = SystemCall.StatusAt(level.Descriptor, entry.Path.Name, out var status);
        if (result == -Errno.NoEntry) return true;
        if (result < 0)
        {
            Report(entry, FileExceptionKind.NotWritten, "statx", -result);
            return false;
        }
        exists = true;
        if (status.Type == NodeType.Directory)
        {
            Report(entry, FileExceptionKind.NotWritten, "renameat2", Errno.IsDirectory);
            return false;
        }
        // Under Always equal need not mean right, unless somebody has compared more than TryPrepare can
        var leavesEqual = _options.Replace == ReplaceRule.Changed
            || (_options.AcceptEqual && (hasNoContent || _options.Replace != ReplaceRule.Always));
        if (leavesEqual && IsThere(entry, status))
        {
            if (_options.AcceptEqual) _metadata.NoteLast(entry, status.Device, status.Inode);
            Unchanged++;
            return false;
        }
        if (_options.AcceptEqual && IsEqual(entry, status)) return true;
        if (IsReplaced(_options.Replace, entry, status)) return true;
        Report(entry, FileExceptionKind.Kept, "", 0);
        return false;
    }

    /// <summary>What a rule says of an entry, other than a directory, whose name is taken.</summary>
    internal static bool IsReplaced(ReplaceRule rule, FileEntry entry, in FileStatus status) => rule switch
    {
        ReplaceRule.Always => true,
        ReplaceRule.Newer => entry.Modified.CompareTo(status.Modified) > 0,
        ReplaceRule.Older => entry.Modified.CompareTo(status.Modified) < 0,
        ReplaceRule.Changed => !IsEqual(entry, status),
        _ => false,
    };

    /// <summary>Whether an item needs not be made; its further names may be.</summary>
    private bool IsThere(FileEntry entry, in FileStatus status)
    {
        if (entry.Kind == FileKind.HardLink)
            return _links.TryGetValue(new FilePath(entry.LinkTarget ?? []), out var first)
                && (first.Device, first.Inode) == (status.Device, status.Inode);
        if (status.Type != TypeOf(entry.Kind) || !IsEqual(entry, status)) return false;
        if (entry.Kind == FileKind.Regular) Remember(entry, status);
        return true;
    }

    private static NodeType TypeOf(FileKind kind) => kind switch
    {
        FileKind.Regular => NodeType.Regular,
        FileKind.Symlink => NodeType.Symlink,
        FileKind.Fifo => NodeType.Fifo,
        FileKind.BlockDevice => NodeType.BlockDevice,
        FileKind.CharacterDevice => NodeType.CharacterDevice,
        _ => NodeType.Directory,
    };

    private static bool IsEqual(FileEntry entry, in FileStatus status) => entry.Modified == status.Modified
        && (entry.Kind != FileKind.Regular || (status.Type == NodeType.Regular && entry.Size == status.Size));

    private void MakeNode(FileEntry entry, NodeType type, string operation, Func<int, byte[], int> make)
    {
        if (!TryPrepare(entry, out var level, out var exists)) return;
        var name = TargetLevel.TemporaryName();
        var result = make(level.Descriptor, name);
        if (result < 0)
        {
            Report(entry, FileExceptionKind.NotWritten, operation, -result);
            return;
        }
        var descriptor = SystemCall.OpenAt(
            level.Descriptor, name, OpenFlags.PathOnly | OpenFlags.NoFollow | OpenFlags.CloseOnExec);
        // What is open is checked, not what the name said: another may own the directory.
        var isOurs = descriptor >= 0 && SystemCall.Status(descriptor, out var status) >= 0
            && status.Type == type && status.LinkCount == 1;
        if (isOurs)
        {
            if (level.HasDefaultAcl && type != NodeType.Symlink)
                MetadataWriter.DropInheritedAcl(descriptor, byProc: true);
            _metadata.Set(entry, descriptor, byProc: true);
            SystemCall.Status(descriptor, out status);
            if (PutInPlace(entry, level, name, exists)) Remember(entry, status);
        }
        else Report(entry, FileExceptionKind.NotWritten, "openat", descriptor < 0 ? -descriptor : Errno.Stale);
        if (descriptor >= 0) SystemCall.Close(descriptor);
    }

    private static int OpenNamed(TargetLevel level, byte[] name) => SystemCall.OpenAt2(level.Descriptor, name,
        OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow | OpenFlags.CloseOnExec,
        0x180, OpenFlags.ResolveBeneath);

    private bool Link(FileSink sink)
    {
        var result = _unnamed.Link(sink.Descriptor, sink.Level, sink.Entry.Path.Name);
        if (result < 0) Report(sink.Entry, FileExceptionKind.NotWritten, "linkat", -result);
        else Written++;
        return result >= 0;
    }

    private bool PutInPlace(FileEntry entry, TargetLevel level, byte[] temporaryName, bool exists)
    {
        var result = level.Rename(temporaryName, entry.Path.Name, noReplace: !exists);
        if (result >= 0)
        {
            // Between two names of one file a rename does nothing and leaves both.
            if (exists && entry.Kind == FileKind.HardLink) TargetLevel.Remove(level, temporaryName);
            Written++;
            return true;
        }
        TargetLevel.Remove(level, temporaryName);
        Report(entry, FileExceptionKind.NotWritten, "renameat2", -result);
        return false;
    }
}
