using Backup.Media.Posix;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Media.Files;

/// <summary>
/// Tells what changed since a base: a merge of its manifest with a walk, both in walk order, in constant memory. What
/// the base has and the walk does not meet is gone, unless it could not be looked at. For one thread; belongs to one
/// walk.
/// </summary>
public sealed class BaseComparison : IDisposable
{
    private readonly IEnumerator<FileEntry> _entries;
    private readonly long? _changedFrom;
    private readonly List<FilePath> _kept = [];
    private readonly Queue<FilePath> _gone = new();
    private FilePath? _lastGone;
    private FilePath? _replaced;
    private FilePath? _met;
    private ContentDigest _metContent;
    private FilePath? _coming;
    private FileEntry? _next;

    /// <summary>Begins to compare.</summary>
    /// <param name="entries">The base's manifest: all that existed, in walk order.</param>
    /// <param name="behind">Nothing up to this path is compared: an earlier attempt has done so; null: all is.</param>
    /// <param name="changedFrom">
    /// Null: compares type, size, times, inode, owner and mode. Else time stamps alone decide, by Bacula's rule: an
    /// item is left out when both mtime and ctime lie before this second (since 1970-01-01 UTC), and deletions are not
    /// noticed but below what is no directory any more.
    /// </param>
    public BaseComparison(IEnumerable<FileEntry> entries, FilePath? behind = null, long? changedFrom = null)
    {
        _entries = entries.GetEnumerator();
        _changedFrom = changedFrom;
        Step();
        while (behind is { } path && _next is not null && _next.Path.CompareTo(path) <= 0) Step();
    }

    /// <summary>Where time stamps decide: ctime does not count (Bacula's mtimeonly).</summary>
    public bool ByModifiedTime { get; init; }

    /// <summary>What does not count where no time stamps decide; type and first name always do.</summary>
    public ComparedAttributes Uncompared { get; init; }

    /// <summary>What else counts where no time stamps decide.</summary>
    public ExtraComparison Also { get; init; }

    /// <summary>What reads a file as an archive would hold it, for <see cref="ExtraComparison.Content"/>.</summary>
    public Func<WalkedItem, DigestAlgorithm, ContentDigest>? ArchivedDigestOf { get; init; }

    /// <inheritdoc/>
    public void Dispose() => _entries.Dispose();

    /// <summary>True when the base has the item that the walk handed out last: it is changed, and not new.</summary>
    /// <param name="path">That item's.</param>
    public bool Had(FilePath path) => _met == path;

    /// <summary>True when the base has the item as it is now.</summary>
    /// <param name="path">Behind the one before in walk order.</param>
    /// <param name="status">The item now.</param>
    /// <param name="firstName">Another name of the same file that the walk met before.</param>
    internal bool IsUnchanged(FilePath path, in FileStatus status, FilePath? firstName)
    {
        var known = Find(path);
        if (_changedFrom is { } from)
        {
            // Nothing can be below what is no directory any more
            if (known is { Kind: FileKind.Directory } && status.Type != NodeType.Directory) _replaced = path;
            return _replaced != path && status.Modified.Seconds < from
                && (ByModifiedTime || status.Changed.Seconds < from);
        }
        return known is not null && IsSame(known, status, firstName);
    }

    /// <summary>The content that the base has of the item that was met last, where that is to be compared.</summary>
    internal ContentDigest? ContentOf(FilePath path) =>
        _met == path && _changedFrom is null && (Also & ExtraComparison.Content) != 0
            && _metContent.Algorithm != DigestAlgorithm.None && ArchivedDigestOf is not null ? _metContent : null;

    /// <summary>An item that was met is not there after all, or is nothing that can be saved.</summary>
    internal void Gone(FilePath path)
    {
        Find(path);
        if (_changedFrom is null) Lose(path);
    }

    /// <summary>An item, and all below it, could not be looked at: what the base has of it stays.</summary>
    internal void Keep(FilePath path) => _kept.Add(path);

    /// <summary>A root comes next.</summary>
    internal void BeginRoot(FilePath path)
    {
        _coming = path;
        Find(path, isMet: false);
        _coming = null;
    }

    /// <summary>
    /// True when a root that has just begun was a file system of its own, and is a directory of the one around it now.
    /// A directory that stays has its inode, whatever number its device has after a start.
    /// </summary>
    /// <param name="root">The root.</param>
    /// <param name="above">The directory that holds it.</param>
    internal bool HadMountAt(FilePath root, int above) =>
        _next is { Kind: FileKind.Directory } known && known.Path == root
        && SystemCall.StatusAt(above, root.Name, out var now) >= 0 && now.Type == NodeType.Directory
        && SystemCall.Status(above, out var around) >= 0
        && now.Device == around.Device && now.Mount == around.Mount
        && known.Device != now.Device && known.Inode != now.Inode;

    /// <summary>The walk of a root is over.</summary>
    internal void EndRoot(FilePath root)
    {
        while (_next is not null && _next.Path.IsWithin(root)) Miss();
    }

    /// <summary>True when the base has items below a root that the walk has met none of.</summary>
    internal bool HasMoreBelow(FilePath root)
    {
        // That the root itself is gone is no sign of more
        if (_next is not null && _next.Path == root) Miss();
        return _next is not null && _next.Path.IsWithin(root);
    }

    /// <summary>True when a root could not be looked at, so that what the base has of it stays.</summary>
    internal bool Keeps(FilePath root) => _kept.Exists(root.IsWithin);

    /// <summary>The walk is over.</summary>
    internal void Complete()
    {
        while (_next is not null) Miss();
    }

    internal IReadOnlyList<FilePath> TakeDeletions(FilePath? upTo)
    {
        if (_gone.Count == 0) return [];
        var taken = new List<FilePath>();
        while (_gone.TryPeek(out var path) && (upTo is not { } last || path.CompareTo(last) <= 0))
            taken.Add(_gone.Dequeue());
        return taken;
    }

    /// <summary>Names of one file are one unit: when its first name is another now, each of them is changed.</summary>
    private bool IsSame(FileEntry known, in FileStatus status, FilePath? firstName)
    {
        var knownFirst = known.Kind is FileKind.HardLink or FileKind.Regular && known.LinkTarget is { } target
            ? new FilePath(target) : (FilePath?)null;
        return (Also & ExtraComparison.Everything) == 0
            && IsKind(known.Kind, status.Type, knownFirst is not null)
            && knownFirst == firstName
            && known.Flags == EntryFlags.None
            && (known.Modified == status.Modified || IsUncompared(ComparedAttributes.ModifiedTime))
            && (known.Changed == status.Changed || (IsUncompared(ComparedAttributes.ChangedTime)
                // A time of 0 says that it may have changed behind the walk (WalkOptions.TickMax)
                && known.Changed != default))
            && (known.Inode == status.Inode || IsUncompared(ComparedAttributes.Inode))
            && (known.Mode == status.Mode || IsUncompared(ComparedAttributes.Mode))
            && (known.UserId == status.UserId || IsUncompared(ComparedAttributes.Owner | ComparedAttributes.User))
            && (known.GroupId == status.GroupId || IsUncompared(ComparedAttributes.Owner | ComparedAttributes.Group))
            && (known.Kind == FileKind.Directory || known.LinkCount == status.LinkCount
                || IsUncompared(ComparedAttributes.Links))
            && (known.Kind != FileKind.Regular || known.Size == status.Size || IsUncompared(ComparedAttributes.Size)
                || (known.Size < status.Size && IsUncompared(ComparedAttributes.Growth)))
            // A further name has no attributes: they are with the first
            && ((Also & ExtraComparison.AccessTime) == 0 || known.Kind == FileKind.HardLink
                || AccessTime.Of(known) == status.Accessed);
    }

    private bool IsUncompared(ComparedAttributes attribute) => (Uncompared & attribute) != 0;

    private static bool IsKind(FileKind kind, NodeType type, bool isLinked) => type switch
    {
        NodeType.Directory => kind == FileKind.Directory,
        NodeType.Regular => kind is FileKind.Regular || (isLinked && kind == FileKind.HardLink),
        NodeType.Symlink => kind is FileKind.Symlink || (isLinked && kind == FileKind.HardLink),
        NodeType.Fifo => kind is FileKind.Fifo || (isLinked && kind == FileKind.HardLink),
        NodeType.CharacterDevice => kind is FileKind.CharacterDevice || (isLinked && kind == FileKind.HardLink),
        NodeType.BlockDevice => kind is FileKind.BlockDevice || (isLinked && kind == FileKind.HardLink),
        _ => false,
    };

    /// <summary>The base's entry of a path; what the base has before it was not met.</summary>
    private FileEntry? Find(FilePath path, bool isMet = true)
    {
        while (_next is not null && _next.Path.CompareTo(path) < 0) Miss();
        if (!isMet || _next is null || _next.Path != path) return null;
        var found = _next;
        (_met, _metContent) = (path, found.Digest);
        Step();
        return found;
    }

    private void Miss()
    {
        var path = _next!.Path;
        // In walk order, what lies before can hold nothing that comes
        _kept.RemoveAll(kept => !path.IsWithin(kept) && kept.CompareTo(path) < 0);
        // A base of wider roots: a directory above a root holds what the walk comes to yet, and cannot be gone whole
        var isAbove = _coming is { } root && root.IsWithin(path);
        var isGone = !isAbove && (_changedFrom is null || (_replaced is { } replaced && path.IsWithin(replaced)));
        if (isGone && !_kept.Exists(path.IsWithin)) Lose(path);
        Step();
    }

    private void Lose(FilePath path)
    {
        if (_lastGone is { } last && path.IsWithin(last)) return;
        _lastGone = path;
        _gone.Enqueue(path);
    }

    private void Step() => _next = _entries.MoveNext() ? _entries.Current : null;
}
