using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// Walks the roots of a file set in walk order (<see cref="FilePath.CompareTo"/>) and hands out each item with its
/// metadata, regular files open. Everything is opened relative to the descriptor of its directory and no symbolic link
/// is followed, so that nobody can lead the walk elsewhere by replacing a directory; the ancestors of a root are
/// followed through links, because whoever named the root named them. A root that is a link is saved as a link. Rules
/// do not apply to a root itself. Devices and sockets are never opened, FIFOs only where their content is to be saved.
/// The items above a root are not part of the walk. Not safe for several threads; items may be used by others.
/// </summary>
public sealed class TreeWalker : IDisposable
{
    private readonly List<WalkRoot> _roots;
    private readonly WalkOptions _options;
    private readonly Action<FileException> _onException;
    private readonly ItemReader _reader;
    private readonly ExclusionCounts _exclusions = new();
    private readonly MountTable _fileSystems = new();
    private readonly DirectoryStack _stack;
    private readonly byte[] _listBuffer = new byte[64 * 1024];
    private readonly List<FilePath> _emptyRoots = [];
    private readonly List<FilePath> _unmountedRoots = [];
    private int _nextRoot;
    private FilePath? _root;
    private bool _rootHasItems;

    /// <summary>Prepares a walk; nothing is opened yet.</summary>
    /// <param name="fileSet">Roots, rules and options.</param>
    /// <param name="options">How to walk.</param>
    /// <param name="onException">Told of each item that cannot be saved, or not as it is; called by
    /// <see cref="Next"/>.</param>
    /// <exception cref="ArgumentException">Roots of two operations overlap, or one is not an absolute path.</exception>
    /// <exception cref="FormatException">A rule's pattern is not one.</exception>
    public TreeWalker(FileSet fileSet, WalkOptions options, Action<FileException> onException)
    {
        _roots = WalkRoot.Merge(fileSet);
        _options = options;
        _onException = onException;
        _reader = new ItemReader(options, OnException);
        _stack = new DirectoryStack(Math.Max(2, options.OpenDirectoriesMax));
    }

    /// <summary>The roots of a file set, in its order; one may lie within another.</summary>
    /// <param name="fileSet">The file set.</param>
    /// <exception cref="ArgumentException">One is not an absolute path.</exception>
    /// <exception cref="FormatException">One holds a backslash that escapes nothing.</exception>
    public static IEnumerable<FilePath> RootsOf(FileSet fileSet) =>
        fileSet.Operations.SelectMany(operation => operation.Roots).Select(WalkRoot.Parse);

    /// <summary>Directories listed so far.</summary>
    public long Directories { get; private set; }

    /// <summary>What rules, tags, markers, file system borders and the like left out so far.</summary>
    public IReadOnlyList<Exclusion> Exclusions => _exclusions.ToList();

    /// <summary>
    /// Roots that had items, by the base or by <see cref="WalkOptions.HadItems"/>, and below which the walk met none:
    /// more likely not mounted than emptied. Whole behind the last item.
    /// </summary>
    public IReadOnlyList<FilePath> EmptyRoots => _emptyRoots;

    /// <summary>
    /// Roots that were a file system of their own by the base, and are a directory of the one around it now: not
    /// mounted. Each is known before anything below it is met.
    /// </summary>
    public IReadOnlyList<FilePath> UnmountedRoots => _unmountedRoots;

    /// <summary>Directories that were handed out without the names that they hold: too many so far.</summary>
    public long LongLists { get; private set; }

    /// <summary>The first of them.</summary>
    public FilePath FirstLongList { get; private set; }

    /// <summary>
    /// Takes over an item that an earlier attempt archived, so that further names of the same file become hard links to
    /// it. Give all of them, in walk order, before the first <see cref="Next"/>; those with one name are passed over.
    /// </summary>
    /// <param name="archived">As the archive holds it.</param>
    /// <param name="isHeld">False for an item that the base holds, and not the image itself.</param>
    public void SeedLink(FileEntry archived, bool isHeld = true) => _reader.Links.Seed(archived, isHeld);

    /// <summary>The next item; null at the end. The caller disposes it.</summary>
    public WalkedItem? Next()
    {
        while (true)
        {
            WalkedItem? item = null;
            if (_stack.Top is { } top)
            {
                if (top.Descriptor >= 0 && top.Names.Next(out var name, out var type))
                    item = Visit(new Place(top.Root, top, top.Descriptor, name, top.Path.Append(name)), type);
                else Leave();
            }
            else
            {
                EndRoot();
                if (_nextRoot == _roots.Count)
                {
                    _options.Base?.Complete();
                    return null;
                }
                item = BeginRoot(_roots[_nextRoot++]);
            }
            if (item is not null) return item;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stack.Dispose();
        _options.Base?.Dispose();
    }

    /// <summary>
    /// Paths that the base has and that are gone, outermost only, each up to a path in walk order; each is told once.
    /// </summary>
    /// <param name="upTo">Null: all that are known by now.</param>
    public IReadOnlyList<FilePath> TakeDeletions(FilePath? upTo) => _options.Base?.TakeDeletions(upTo) ?? [];

    /// <summary>Where an item is: in an open directory (null for a root), by its name.</summary>
    private readonly ref struct Place(
        WalkRoot root, OpenDirectory? within, int directory, ReadOnlySpan<byte> name, FilePath path)
    {
        internal WalkRoot Root { get; } = root;
        internal OpenDirectory? Within { get; } = within;
        internal int Directory { get; } = directory;
        internal ReadOnlySpan<byte> Name { get; } = name;
        internal FilePath Path { get; } = path;
    }

    private WalkedItem? BeginRoot(WalkRoot root)
    {
        _options.Base?.BeginRoot(root.Path);
        (_root, _rootHasItems) = (root.Path, false);
        return VisitRoot(root);
    }

    /// <summary>A root that lies wholly before the point of a resume was looked at by the attempt before.</summary>
    private void EndRoot()
    {
        if (_root is not { } root) return;
        _root = null;
        foreach (var chosen in _roots[_nextRoot - 1].Rules.Chosen?.TakeUnmet(root) ?? [])
            if (ResumingAt(chosen) == Resume.Take) OnException(new FileException(chosen.ToArray(),
                FileExceptionKind.RootMissing, "", 0, "It does not exist, or the file set leaves it out."));
        var had = _options.Base?.HasMoreBelow(root) == true || _options.HadItems.Contains(root);
        if (had && !_rootHasItems && ResumingAt(root) != Resume.Skip && _options.Base?.Keeps(root) != true)
            _emptyRoots.Add(root);
        _options.Base?.EndRoot(root);
    }

    private WalkedItem? VisitRoot(WalkRoot root)
    {
        if (root.Path.IsRoot)
            return Visit(new Place(root, null, SystemCall.CurrentDirectory, "/"u8, root.Path), NodeType.Directory);
        byte[] above = [(byte)'/', .. root.Path.Parent.Bytes];
        var directory = SystemCall.OpenAt(SystemCall.CurrentDirectory, above,
            OpenFlags.PathOnly | OpenFlags.Directory | OpenFlags.CloseOnExec);
        if (directory < 0)
        {
            Report(root.Path, FileExceptionKind.RootMissing, "openat", -directory);
            return null;
        }
        try
        {
            if (_options.Base?.HadMountAt(root.Path, directory) == true) _unmountedRoots.Add(root.Path);
            return Visit(new Place(root, null, directory, root.Path.Name, root.Path), NodeType.Unknown);
        }
        finally
        {
            SystemCall.Close(directory);
        }
    }

    private WalkedItem? Visit(in Place place, NodeType type)
    {
        var resume = Resuming(place);
        if (resume == Resume.Skip)
        {
            _rootHasItems |= place.Within is not null && IsIncluded(place, type, out _);
            return null;
        }
        // An item may be replaced by one of another type at any moment; it is taken as what it is now, for some rounds.
        for (var round = 0; round < 4; round++)
        {
            if (type == NodeType.Unknown && !TryGetType(place, out type)) return null;
            if (place.Within is not null && IsExcluded(place, type)) return null;
            _rootHasItems |= place.Within is not null;
            place.Root.Rules.Chosen?.Meet(place.Path);
            if (resume == Resume.Descend && type != NodeType.Directory) return null;
            if (type != NodeType.Directory && IsUnchanged(place, ref type, out var isOther))
            {
                if (isOther) continue;
                return null;
            }
            var done = type == NodeType.Directory
                ? TryDirectory(place, resume, out var item)
                : _reader.TryRead(place.Root, place.Directory, place.Name, place.Path, type, out item);
            if (done) return item;
            type = NodeType.Unknown;
        }
        Report(place.Path, FileExceptionKind.Replaced, "openat", 0);
        return null;
    }

    private enum Resume { Take, Descend, Skip }

    /// <summary>What of an item is left to do: of some paths only, and behind what an attempt before did.</summary>
    private Resume Resuming(in Place place)
    {
        var resume = ResumingAt(place.Path);
        if (place.Root.Rules.Chosen is not { } chosen || chosen.Holds(place.Path)) return resume;
        return chosen.IsAbove(place.Path) && resume != Resume.Skip ? Resume.Descend : Resume.Skip;
    }

    private Resume ResumingAt(FilePath path)
    {
        if (_options.ResumeAfter is not { } after || path.CompareTo(after) > 0) return Resume.Take;
        return after.IsWithin(path) ? Resume.Descend : Resume.Skip;
    }

    private bool TryGetType(in Place place, out NodeType type)
    {
        var known = TryStatus(place, out var status);
        type = status.Type;
        return known;
    }

    private bool TryStatus(in Place place, out FileStatus status)
    {
        var result = SystemCall.StatusAt(place.Directory, place.Name, out status);
        if (result >= 0) return true;
        var kind = result != -Errno.NoEntry ? FileExceptionKind.Unreadable
            : place.Within is null ? FileExceptionKind.RootMissing : FileExceptionKind.Vanished;
        Report(place.Path, kind, "statx", -result);
        return false;
    }

    private bool IsExcluded(in Place place, NodeType type)
    {
        if (IsIncluded(place, type, out var rule)) return false;
        _exclusions.Count(place.Root.Rules.Operation, ExclusionReason.Rule, rule, place.Path);
        return true;
    }

    private static bool IsIncluded(in Place place, NodeType type, out int rule)
    {
        rule = -1;
        if (place.Root.Rules.Matcher.IsEmpty) return true;
        var match = place.Root.Rules.Matcher.Match(place.Path, RuleMatcher.TargetOf(type));
        rule = match.Rule;
        return match.Included;
    }

    /// <summary>
    /// True when the item need not be opened: the base has it as it is, it is gone, or (then
    /// <paramref name="isOther"/>) of another type than it was believed to be.
    /// </summary>
    private bool IsUnchanged(in Place place, ref NodeType type, out bool isOther)
    {
        isOther = false;
        if (_options.Base is not { } known) return false;
        var believed = type;
        if (!TryStatus(place, out var status)) return true;
        type = status.Type;
        isOther = type != believed;
        if (isOther) return true;
        var first = status.LinkCount > 1 ? _reader.Links.FirstOf(status) : null;
        if (!known.IsUnchanged(place.Path, status, first)
            || _reader.MayDiffer(place.Root, place.Directory, place.Name, place.Path, type)) return false;
        if (status.LinkCount > 1) _reader.Links.Note(status, place.Path, archives: false);
        return true;
    }

    private bool TryDirectory(in Place place, Resume resume, out WalkedItem? item)
    {
        item = null;
        var descriptor = ItemReader.OpenForReading(place.Directory, place.Name, OpenFlags.Directory);
        if (descriptor is -Errno.NotDirectory or -Errno.Loop) return false;
        if (descriptor == -Errno.NoEntry)
        {
            Report(place.Path, FileExceptionKind.Vanished, "openat", Errno.NoEntry);
            return true;
        }
        if (descriptor < 0) return TryUnlistable(place, resume, -descriptor, out item);
        var opened = Open(place, descriptor, resume);
        if (opened is null) return true;
        if (resume == Resume.Take && _options.Base?.IsUnchanged(place.Path, opened.Status, null) != true)
        {
            item = _reader.Describe(place.Root, descriptor, byProc: false, place.Path, opened.Status);
            if (item is not null && opened.IsListed) item.Dumpdir = Dumpdir(place, opened);
        }
        _stack.Push(opened);
        return true;
    }

    /// <summary>
    /// What rules leave out is N, so that GNU tar leaves it alone at its target; what it may not be at all it removes.
    /// </summary>
    private byte[]? Dumpdir(in Place place, OpenDirectory directory)
    {
        if (_options.Base is null) return null;
        var rules = place.Root.Rules.Matcher;
        var list = new DumpdirWriter(_options.DumpdirBytesMax);
        directory.Names.LookAtAll((name, type) => list.Add(
            type is NodeType.Unknown or NodeType.Socket
                || (directory.Names.CacheTagOnly && !name.SequenceEqual(CacheTag.Name))
                || (!rules.IsEmpty && !rules.Match(directory.Path.Append(name), RuleMatcher.TargetOf(type)).Included)
                ? 'N' : type == NodeType.Directory ? 'D' : 'Y', name));
        var whole = list.ToArray();
        if (whole is null && LongLists++ == 0) FirstLongList = place.Path;
        return whole;
    }

    // A directory that may not be listed is saved itself, without content.
    private bool TryUnlistable(in Place place, Resume resume, int errno, out WalkedItem? item)
    {
        Report(place.Path, FileExceptionKind.DirectoryUnreadable, "openat", errno);
        item = null;
        return resume != Resume.Take
            || _reader.TryRead(place.Root, place.Directory, place.Name, place.Path, NodeType.Directory, out item);
    }

    /// <summary>Lists a directory; null when it is left out, or cannot be used.</summary>
    private OpenDirectory? Open(in Place place, int descriptor, Resume resume)
    {
        var result = SystemCall.Status(descriptor, out var status);
        if (result < 0)
        {
            Report(place.Path, FileExceptionKind.Unreadable, "statx", -result);
            SystemCall.Close(descriptor);
            return null;
        }
        var directory = new OpenDirectory(place.Root, place.Within, place.Path, descriptor, status);
        var operation = place.Root.Operation;
        if (WhyNotEntered(place, directory) is { } reason)
        {
            _exclusions.Count(operation, reason, -1, place.Path);
            return directory;
        }
        directory.Names = DirectoryNames.Read(
            descriptor, place.Root.Rules.Marker, _options, _listBuffer, out var errno);
        directory.IsListed = errno == 0;
        if (errno != 0) Report(place.Path, FileExceptionKind.DirectoryUnreadable, "getdents64", errno);
        if (directory.Names.HasMarker)
        {
            _exclusions.Count(operation, ExclusionReason.Marker, -1, place.Path);
            _options.Base?.Gone(place.Path);
            directory.Dispose();
            return null;
        }
        Directories += resume == Resume.Take ? 1 : 0;
        if (operation.ExcludeCaches && directory.Names.HasCacheTag && CacheTag.IsValid(descriptor))
        {
            directory.Names.CacheTagOnly = true;
            _exclusions.Count(operation, ExclusionReason.CacheDirectory, -1, place.Path);
        }
        return directory;
    }

    /// <summary>Why a directory is saved without what it holds; null when it is entered.</summary>
    private ExclusionReason? WhyNotEntered(in Place place, OpenDirectory directory)
    {
        var operation = place.Root.Operation;
        if (place.Within is not null && operation.Recurse == false) return ExclusionReason.NoRecursion;
        if (place.Within is not null && operation.OneFileSystem && !directory.IsOnFileSystemOf(_stack.Bottom!))
            return ExclusionReason.OtherFileSystem;
        // In doubt, as in a chroot that hides the mount, it is saved
        return operation.FileSystemTypes is { Count: > 0 } types
            && _fileSystems.TypeOf(directory.Status) is { } type && !types.Contains(type)
            ? ExclusionReason.FileSystemType : null;
    }

    private void Leave()
    {
        if (_stack.Pop() is { } lost)
            Report(lost.Path, FileExceptionKind.DirectoryUnreadable, "openat", Errno.Stale);
    }

    private void Report(FilePath path, FileExceptionKind kind, string operation, int errno) =>
        OnException(ItemReader.Exception(path, kind, operation, errno));

    /// <summary>What could not be looked at is not gone; what is of no kind that can be saved is.</summary>
    private void OnException(FileException exception)
    {
        if (_options.Base is { } known)
        {
            var path = new FilePath(exception.Path);
            if (exception.Kind is FileExceptionKind.Vanished or FileExceptionKind.SocketSkipped) known.Gone(path);
            else if (exception.Kind is FileExceptionKind.Unreadable or FileExceptionKind.DirectoryUnreadable
                or FileExceptionKind.Replaced) known.Keep(path);
        }
        _onException(exception);
    }
}
