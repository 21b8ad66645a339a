using System.Text;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Removes below restored directories what their image does not have: a merge of the image's entries with the names
/// that are there, both in walk order, in constant memory. What the image's file set would not have saved stays: what
/// its rules exclude, sockets, what a tag or marker keeps out, what could not be read then, and all on another file
/// system than the outermost restored directory. Each step is relative to a descriptor and follows no symbolic link; a
/// link is removed itself. A directory keeps its time. Used once, by one thread.
/// </summary>
public sealed class ExtraRemover : IDisposable
{
    private const int OpenMax = 128;
    private const int BufferBytes = 64 * 1024;
    private const int DirectoryFlags = OpenFlags.ReadOnly | OpenFlags.CloseOnExec;

    private readonly ExtraOptions _options;
    private readonly Action<FileException> _onException;
    private readonly List<WalkRoot> _roots;
    private readonly HashSet<FilePath> _keep;
    private readonly WalkOptions _listing;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly DirectoryStack _stack = new(OpenMax);
    private readonly Stack<Level> _levels = [];
    private readonly List<FilePath> _first = [];
    private readonly int _target;
    private (long Expected, long Kept, long Going) _counted;
    private bool _isMost;
    private FilePath? _passed; // a directory of the image that was not entered
    private long _removed;

    /// <summary>Opens the target.</summary>
    /// <param name="targetDirectory">As the process sees it; links in it are followed. One that is not there has
    /// nothing to remove.</param>
    /// <param name="options">What stays, and where things are.</param>
    /// <param name="onException">Told of what cannot be looked at or removed; only when something is removed.</param>
    /// <exception cref="PosixException">The target is there and cannot be opened.</exception>
    /// <exception cref="ArgumentException">The file set is none (<see cref="TreeWalker"/>).</exception>
    public ExtraRemover(string targetDirectory, ExtraOptions options, Action<FileException> onException)
    {
        (_options, _onException) = (options, onException);
        _roots = WalkRoot.Merge(options.FileSet);
        _keep = [.. options.Keep.Select(path => new FilePath(path))];
        _listing = new WalkOptions { TemporaryDirectory = options.TemporaryDirectory };
        var name = Encoding.UTF8.GetBytes(targetDirectory);
        _target = SystemCall.OpenAt(SystemCall.CurrentDirectory, name, DirectoryFlags | OpenFlags.Directory);
        if (_target != -Errno.NoEntry) PosixException.Check(_target, "openat", PathText.Escape(name));
    }

    /// <summary>Goes through the image.</summary>
    /// <param name="entries">What was restored, in walk order, with their paths in the image; whole
    /// directories.</param>
    /// <param name="cancellation">Ends it.</param>
    public ExtraCount Run(IEnumerable<FileEntry> entries, CancellationToken cancellation)
    {
        FileEntry? before = null;
        foreach (var entry in entries)
        {
            if (before is not null) Pass(before, entry.Path.IsWithin(before.Path), cancellation);
            before = entry;
        }
        if (before is not null) Pass(before, hasBelow: false, cancellation);
        while (_stack.Top is not null) Leave(cancellation);
        JudgeOutermost();
        return new ExtraCount(Expected, Kept, Going, _removed, _first, _isMost);
    }

    /// <summary>
    /// A directory below which the image has nothing is left alone: it may have been the place of another file system,
    /// or one that was not entered, and what is in it is then nobody's to remove.
    /// </summary>
    private void Pass(FileEntry entry, bool hasBelow, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_passed is { } passed && entry.Path.IsWithin(passed))
        {
            Expected++;
            return;
        }
        while (_stack.Top is { } left && !entry.Path.IsWithin(left.Path)) Leave(cancellation);
        if (_stack.Top is null) JudgeOutermost();
        Expected++;
        if (_stack.Top is { } top)
        {
            var rest = entry.Path.Bytes[(top.Path.IsRoot ? 0 : top.Path.Bytes.Length + 1)..];
            var cut = rest.IndexOf((byte)'/');
            PassNames(cut < 0 ? rest : rest[..cut], cancellation);
            if (cut >= 0) return;
        }
        if (entry.Kind == FileKind.Directory && (!hasBelow || !TryEnter(entry.Path, goes: false))) _passed = entry.Path;
    }

    /// <summary>Each by itself: a small wrong one must not hide behind a large right one.</summary>
    private void JudgeOutermost()
    {
        var (expected, kept, going) = _counted;
        _isMost |= Going - going > Expected - expected + (Kept - kept);
        _counted = (Expected, Kept, Going);
    }

    /// <summary>Items of the image so far.</summary>
    public long Expected { get; private set; }

    private long Kept { get; set; }

    private long Going { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stack.Dispose();
        if (_target >= 0) SystemCall.Close(_target);
    }

    private sealed class Level(bool goes)
    {
        /// <summary>True for a directory that the image does not have.</summary>
        internal bool Goes => goes;

        /// <summary>It holds something that stays.</summary>
        internal bool Keeps { get; set; }

        /// <summary>A name that was read and lies behind what the image has come to.</summary>
        internal (byte[] Name, NodeType Type)? Held { get; set; }

        /// <summary>Its time before something of it was removed.</summary>
        internal UnixTime? Modified { get; set; }
    }

    /// <summary>All names before one are extra; that one is not.</summary>
    private void PassNames(ReadOnlySpan<byte> expected, CancellationToken cancellation)
    {
        while (NextName() is var (name, type))
        {
            var order = name.AsSpan().SequenceCompareTo(expected);
            if (order > 0) _levels.Peek().Held = (name, type);
            if (order >= 0) return;
            Extra(name, type, cancellation);
        }
    }

    private (byte[] Name, NodeType Type)? NextName()
    {
        var (top, level) = (_stack.Top!, _levels.Peek());
        if (level.Held is { } held)
        {
            level.Held = null;
            return held;
        }
        return top.Descriptor >= 0 && top.Names.Next(out var name, out var type) ? (name.ToArray(), type) : null;
    }

    private void Leave(CancellationToken cancellation)
    {
        while (NextName() is var (name, type)) Extra(name, type, cancellation);
        var (top, level) = (_stack.Top!, _levels.Pop());
        if (level.Modified is { } time && top.Descriptor >= 0)
            SystemCall.SetTimes(top.Descriptor, time, accessed: null, byProc: false);
        Pop();
    }

    /// <summary>A name of a restored directory that the image does not have, with all below.</summary>
    private void Extra(byte[] name, NodeType type, CancellationToken cancellation)
    {
        var (depth, before) = (_levels.Count, Going);
        var path = _stack.Top!.Path.Append(name);
        Take(path, type);
        while (_levels.Count > depth)
        {
            cancellation.ThrowIfCancellationRequested();
            if (NextName() is var (below, of)) Take(_stack.Top!.Path.Append(below), of);
            else LeaveGoing();
        }
        if (Going > before && _first.Count < ExtraCount.FirstMax) _first.Add(_options.PlaceOf(path));
    }

    private void Take(FilePath path, NodeType type)
    {
        if (Stays(path, ref type)) Keep();
        else if (type != NodeType.Directory) Remove(path, isDirectory: false);
        else if (!TryEnter(path, goes: true)) Keep();
    }

    private void LeaveGoing()
    {
        var (path, level) = (_stack.Top!.Path, _levels.Pop());
        Pop();
        if (level.Keeps) Keep();
        else Remove(path, isDirectory: true);
    }

    private void Pop()
    {
        if (_stack.Pop() is { } lost) Report(lost.Path, "openat", Errno.Stale);
    }

    private void Keep()
    {
        Kept++;
        _levels.Peek().Keeps = true;
    }

    private bool Stays(FilePath path, ref NodeType type)
    {
        var top = _stack.Top!;
        if (type == NodeType.Unknown && SystemCall.StatusAt(top.Descriptor, path.Name, out var status) >= 0)
            type = status.Type;
        if (type is NodeType.Unknown or NodeType.Socket || _keep.Contains(path)) return true;
        var rules = top.Root.Rules.Matcher;
        return !rules.IsEmpty && !rules.Match(path, RuleMatcher.TargetOf(type)).Included;
    }

    private void Remove(FilePath path, bool isDirectory)
    {
        Going++;
        if (!_options.Removes) return;
        var (top, level) = (_stack.Top!, _levels.Peek());
        if (!level.Goes && level.Modified is null && SystemCall.Status(top.Descriptor, out var status) >= 0)
            level.Modified = status.Modified;
        var result = isDirectory
            ? SystemCall.RemoveDirectoryAt(top.Descriptor, path.Name) : SystemCall.UnlinkAt(top.Descriptor, path.Name);
        if (result >= 0) _removed++;
        if (result is >= 0 or -Errno.NoEntry) return;
        level.Keeps = true;
        Report(path, "unlinkat", -result);
    }

    /// <summary>False for a directory of which nothing may be removed.</summary>
    private bool TryEnter(FilePath path, bool goes)
    {
        var above = _stack.Top;
        var root = above?.Root ?? _roots.Find(known => path.IsWithin(known.Path));
        if (root is null || _keep.Contains(path)) return false;
        if (above is null && _keep.Any(path.IsWithin)) return false;
        if (root.Operation.Recurse == false && path != root.Path) return false;
        var descriptor = above is null ? OpenPlace(_options.PlaceOf(path)) : Open(above.Descriptor, path.Name);
        if (descriptor < 0)
        {
            if (-descriptor is not (Errno.NoEntry or Errno.NotDirectory or Errno.Loop))
                Report(path, "openat2", -descriptor);
            return false;
        }
        SystemCall.Status(descriptor, out var status);
        var directory = new OpenDirectory(root, above, path, descriptor, status);
        if ((above is not null && !directory.IsOnFileSystemOf(above)) || !MayList(directory))
        {
            directory.Dispose();
            return false;
        }
        _stack.Push(directory);
        _levels.Push(new Level(goes));
        return true;
    }

    private bool MayList(OpenDirectory directory)
    {
        var rules = directory.Root.Rules;
        directory.Names = DirectoryNames.Read(
            directory.Descriptor, rules.Marker, _listing, _buffer, out var errno);
        if (errno != 0) Report(directory.Path, "getdents64", errno);
        var isCache = rules.Operation.ExcludeCaches && directory.Names.HasCacheTag
            && CacheTag.IsValid(directory.Descriptor);
        return errno == 0 && !directory.Names.HasMarker && !isCache;
    }

    private int OpenPlace(FilePath place)
    {
        if (_target < 0 || !TargetLevel.IsSafe(place)) return -Errno.NoEntry;
        return Open(_target, place.IsRoot ? "."u8 : place.Bytes);
    }

    private static int Open(int directory, ReadOnlySpan<byte> name) => SystemCall.OpenAt2(
        directory, name, DirectoryFlags | OpenFlags.Directory | OpenFlags.NoFollow, 0, OpenFlags.ResolveBeneath);

    private void Report(FilePath path, string operation, int errno)
    {
        if (!_options.Removes) return;
        _onException(new FileException(
            _options.PlaceOf(path).ToArray(), FileExceptionKind.NotWritten, operation, errno,
            $"It is not in the image, and was not removed. {Errno.Describe(errno)}."));
    }
}

/// <summary>What <see cref="ExtraRemover"/> removes.</summary>
public sealed record ExtraOptions
{
    /// <summary>With which the image was made.</summary>
    public required FileSet FileSet { get; init; }

    /// <summary>Paths in the image's tree that stay, with all below: what could not be read when it was made.</summary>
    public IReadOnlyList<byte[]> Keep { get; init; } = [];

    /// <summary>Where an item of the image is below the target: the same but for the beginning of the path.</summary>
    public Func<FilePath, FilePath> PlaceOf { get; init; } = path => path;

    /// <summary>False: it only counts.</summary>
    public bool Removes { get; init; }

    /// <summary>For the names of very large directories.</summary>
    public string TemporaryDirectory { get; init; } = Path.GetTempPath();
}

/// <summary>What came out.</summary>
/// <param name="Expected">Items of the image.</param>
/// <param name="Kept">Others that stay; a directory with all below is one.</param>
/// <param name="Going">Items that the image does not have.</param>
/// <param name="Removed">Those that were removed.</param>
/// <param name="First">The outermost of the first that go, as they lie below the target.</param>
/// <param name="IsMost">Of one of the outermost directories more than half goes: more likely a wrong target than an old
/// one.</param>
public sealed record ExtraCount(
    long Expected, long Kept, long Going, long Removed, IReadOnlyList<FilePath> First, bool IsMost)
{
    /// <summary>Most names in <see cref="First"/>.</summary>
    public const int FirstMax = 10;
}
