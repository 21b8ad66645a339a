using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>What is compared, besides type, link target and size.</summary>
public sealed record CompareOptions
{
    /// <summary>Compare content; reads every file.</summary>
    public bool Content { get; init; } = true;

    /// <summary>Compare owner and group.</summary>
    public bool Owner { get; init; } = true;

    /// <summary>Compare the setuid, setgid and sticky bits, not only the permissions.</summary>
    public bool SetId { get; init; } = true;

    /// <summary>Compare extended attributes and ACLs.</summary>
    public bool Attributes { get; init; } = true;

    /// <summary>
    /// Computes the digest of a file as an archive would hold it: an entry with holes has that of their map and of the
    /// data, so one whose holes are elsewhere now differs. Null: of entries with holes only metadata are compared.
    /// </summary>
    public Func<WalkedItem, DigestAlgorithm, ContentDigest>? ArchivedDigestOf { get; init; }

    /// <summary>Ends the comparison, also in the middle of a file, with OperationCanceledException.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>
/// Compares two trees, or a sorted list of entries with a tree, as a merge of two sequences in walk order in constant
/// memory. Each difference is a <see cref="FileException"/> of kind Differs, Missing or Added, one an attribute, that
/// names attribute, expected and found. The sizes of directories, access and change times, and where exactly a file has
/// holes are not compared; hard links are, by the first name of their group.
/// </summary>
/// <param name="options">What to compare.</param>
/// <param name="onDifference">Told of each difference, and of what cannot be read.</param>
public sealed class TreeComparer(CompareOptions options, Action<FileException> onDifference)
{
    /// <summary>Items that were on both sides.</summary>
    public long Compared { get; private set; }

    /// <summary>Differences, and items that could not be read.</summary>
    public long Differences { get; private set; }

    /// <summary>
    /// Compares two directories with all that they hold, across file systems and without rules; paths are relative to
    /// them.
    /// </summary>
    /// <param name="expected">Absolute path of the original.</param>
    /// <param name="found">Absolute path of the copy.</param>
    public void CompareTrees(string expected, string found)
    {
        using var left = new TreeWalker(Whole(expected), new WalkOptions(), Report);
        using var right = new TreeWalker(Whole(found), new WalkOptions(), Report);
        Merge(Items(left, RootOf(expected)), Items(right, RootOf(found)));
    }

    /// <summary>Compares entries with what a walk finds now.</summary>
    /// <param name="expected">In walk order.</param>
    /// <param name="found">A walk of the same roots with the same rules, at its beginning.</param>
    public void CompareEntries(IEnumerable<FileEntry> expected, TreeWalker found) =>
        Merge(expected.Select(entry => new ComparedItem(entry, FilePath.Root, null)), Items(found, FilePath.Root));

    private static FileSet Whole(string directory) => new(new FileSetName("compare"),
        [new SaveOperation([PathText.Escape(System.Text.Encoding.UTF8.GetBytes(directory))], [], OneFileSystem: false,
            ExcludeCaches: false)]);

    private static FilePath RootOf(string directory) => FilePath.FromText(directory);

    private static IEnumerable<ComparedItem> Items(TreeWalker walker, FilePath root)
    {
        while (walker.Next() is { } item)
            using (item) yield return new ComparedItem(item.Entry, root, item);
    }

    private void Merge(IEnumerable<ComparedItem> expected, IEnumerable<ComparedItem> found)
    {
        using var left = expected.GetEnumerator();
        using var right = found.GetEnumerator();
        var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
        while (hasLeft || hasRight)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            var order = !hasLeft ? 1 : !hasRight ? -1 : left.Current.Path.CompareTo(right.Current.Path);
            if (order < 0) Differ(left.Current.Path, FileExceptionKind.Missing, "It is missing.");
            else if (order > 0) Differ(right.Current.Path, FileExceptionKind.Added, "It was not there before.");
            else Compare(left.Current, right.Current);
            if (order <= 0) hasLeft = left.MoveNext();
            if (order >= 0) hasRight = right.MoveNext();
        }
    }

    private void Compare(ComparedItem expected, ComparedItem found)
    {
        Compared++;
        var (left, right) = (expected.Entry, found.Entry);
        var path = expected.Path;
        // What was read out of a FIFO cannot be read once more
        if (left.Kind == FileKind.Regular && right.Kind == FileKind.Fifo && found.Item!.Operation.ReadFifos) return;
        if (!Same(path, "type", left.Kind, right.Kind)) return;
        var bits = options.SetId ? 0xfffu : 0x1ffu;
        if (left.Kind != FileKind.Symlink) Same(path, "mode", Octal(left.Mode & bits), Octal(right.Mode & bits));
        if (options.Owner) Same(path, "owner", $"{left.UserId}:{left.GroupId}", $"{right.UserId}:{right.GroupId}");
        Same(path, "mtime", Time(left.Modified), Time(right.Modified));
        Same(path, "link target", PathText.Escape(expected.LinkTarget), PathText.Escape(found.LinkTarget));
        if (left.Kind is FileKind.CharacterDevice or FileKind.BlockDevice)
            Same(path, "device number", $"{left.DeviceMajor}:{left.DeviceMinor}",
                $"{right.DeviceMajor}:{right.DeviceMinor}");
        if (options.Attributes)
            CompareAttributes(path, AccessTime.Without(left.Attributes), AccessTime.Without(right.Attributes));
        if (left.Kind == FileKind.Regular && Same(path, "size", left.Size, right.Size) && options.Content)
            CompareContent(path, expected, found);
    }

    private void CompareAttributes(
        FilePath path, IReadOnlyList<ExtendedAttribute> expected, IReadOnlyList<ExtendedAttribute> found)
    {
        for (int left = 0, right = 0; left < expected.Count || right < found.Count;)
        {
            var order = left == expected.Count ? 1 : right == found.Count ? -1
                : expected[left].Name.AsSpan().SequenceCompareTo(found[right].Name);
            var name = PathText.Escape((order <= 0 ? expected[left] : found[right]).Name);
            var was = order <= 0 ? Convert.ToHexStringLower(expected[left].Value) : "none";
            var now = order >= 0 ? Convert.ToHexStringLower(found[right].Value) : "none";
            Same(path, $"attribute {name}", Shortened(was), Shortened(now), was == now && order == 0);
            if (order <= 0) left++;
            if (order >= 0) right++;
        }
    }

    private void CompareContent(FilePath path, ComparedItem expected, ComparedItem found)
    {
        try
        {
            if (expected.Item is { } left)
            {
                var at = ContentComparison.FirstDifference(left, found.Item!, options.Cancellation);
                if (at >= 0) Differ(path, FileExceptionKind.Differs, $"Its content differs from byte {at} on.");
                return;
            }
            var digest = expected.Entry.Digest;
            if (digest.Algorithm == DigestAlgorithm.None) return;
            if (!expected.Entry.Sparse)
                Same(path, "content digest", Hex(digest),
                    Hex(ContentComparison.Digest(found.Item!, digest.Algorithm, options.Cancellation)));
            else if (options.ArchivedDigestOf is { } archived)
                Same(path, "content, or where it has holes,", Hex(digest),
                    Hex(archived(found.Item!, digest.Algorithm)));
        }
        catch (PosixException failed)
        {
            Report(new FileException(
                path.ToArray(), FileExceptionKind.Unreadable, failed.Operation, failed.Errno, failed.Message));
        }
    }

    private bool Same<T>(FilePath path, string what, T expected, T found) where T : IEquatable<T> =>
        Same(path, what, $"{expected}", $"{found}", expected.Equals(found));

    private bool Same(FilePath path, string what, FileKind expected, FileKind found) =>
        Same(path, what, $"{expected}", $"{found}", expected == found);

    private bool Same(FilePath path, string what, string expected, string found, bool same)
    {
        if (!same) Differ(path, FileExceptionKind.Differs, $"Its {what} differs: expected {expected}, found {found}.");
        return same;
    }

    private void Differ(FilePath path, FileExceptionKind kind, string detail) =>
        Report(new FileException(path.ToArray(), kind, "", 0, detail));

    private void Report(FileException difference)
    {
        Differences++;
        onDifference(difference);
    }

    private static string Octal(uint mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    private static string Time(UnixTime time) => $"{time.Seconds}.{time.Nanoseconds:d9}";

    private static string Hex(ContentDigest digest) => Convert.ToHexStringLower(digest.Bytes ?? []);

    private static string Shortened(string text) =>
        text.Length <= 64 ? text : $"{text[..64]}… ({text.Length / 2} bytes)";

    /// <summary>An item of one side, with its path relative to that side's root.</summary>
    private readonly struct ComparedItem(FileEntry entry, FilePath root, WalkedItem? item)
    {
        internal FileEntry Entry { get; } = entry;

        internal WalkedItem? Item { get; } = item;

        internal FilePath Path { get; } = Relative(entry.Path.ToArray(), root);

        internal byte[] LinkTarget => Entry.LinkTarget is not { } target ? []
            : Entry.Kind == FileKind.HardLink ? Relative(target, root).ToArray() : target;

        private static FilePath Relative(byte[] path, FilePath root) =>
            root.IsRoot ? new FilePath(path)
            : path.Length <= root.Bytes.Length ? FilePath.Root : new FilePath(path[(root.Bytes.Length + 1)..]);
    }
}
