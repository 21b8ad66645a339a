using System.Buffers;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>Decodes blocks of entries and trusts nothing in them. Layout: docs/formats/entry-block.md.</summary>
public static class EntryBlockReader
{
    private const int NanosecondsMax = 999_999_999;
    private const uint ModeMax = 0xfff;

    /// <summary>
    /// Decodes a block. Its digest is for the caller to check; a damaged block gives a defect or wrong entries, never
    /// an exception.
    /// </summary>
    /// <param name="block">The block's bytes.</param>
    /// <param name="entries">In walk order; empty when there is a defect.</param>
    public static EntryBlockDefect Read(ReadOnlySpan<byte> block, out IReadOnlyList<FileEntry> entries)
    {
        var defect = Decode(block, null, out var lines);
        entries = lines.Entries();
        return defect;
    }

    /// <summary>
    /// Decodes a block of which few entries are wanted: of the others there is path, kind and size, and nothing is made
    /// for each. Damage as with the other, as far as anything of the block is wanted.
    /// </summary>
    /// <param name="block">The block's bytes.</param>
    /// <param name="choice">Which are wanted.</param>
    /// <param name="lines">In walk order; empty when there is a defect.</param>
    public static EntryBlockDefect Read(ReadOnlySpan<byte> block, EntryChoice choice, out EntryLines lines) =>
        Decode(block, choice, out lines);

    private static EntryBlockDefect Decode(ReadOnlySpan<byte> block, EntryChoice? choice, out EntryLines lines)
    {
        lines = EntryLines.None;
        if (block.Length < EntryColumns.Magic.Length + 1 || !block.StartsWith(EntryColumns.Magic))
            return EntryBlockDefect.NotABlock;
        if (block[EntryColumns.Magic.Length] != EntryColumns.Version) return EntryBlockDefect.UnknownVersion;
        var fields = new FieldReader(block[(EntryColumns.Magic.Length + 1)..]);
        var count = (int)fields.Within(EntryBlock.EntriesMax);
        var digests = fields.Sized();
        var length = (int)fields.Within(EntryBlock.DecodedBytesMax);
        if (fields.Failed || count == 0 || length == 0) return EntryBlockDefect.Malformed;
        // Both are larger than what is made of them, and a restore decodes every block of its image: rented
        var columns = ArrayPool<byte>.Shared.Rent(length);
        var drafts = ArrayPool<Draft>.Shared.Rent(count);
        try
        {
            if (ChunkCompression.Decompress(fields.Raw(fields.Remaining), columns.AsSpan(0, length)) is not null)
                return EntryBlockDefect.NotDecompressed;
            drafts.AsSpan(0, count).Clear();
            return Lines(columns.AsSpan(0, length), digests, drafts.AsSpan(0, count), choice, out lines);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(columns);
            ArrayPool<Draft>.Shared.Return(drafts, clearArray: true);
        }
    }

    private static EntryBlockDefect Lines(
        ReadOnlySpan<byte> columns, ReadOnlySpan<byte> digests, Span<Draft> drafts, EntryChoice? choice,
        out EntryLines lines)
    {
        lines = EntryLines.None;
        if (!Columns(columns, digests, drafts, choice, out var paths)) return EntryBlockDefect.Malformed;
        for (var at = 1; at < drafts.Length; at++)
            if (FilePath.Compare(drafts[at - 1].PathIn(paths), drafts[at].PathIn(paths)) >= 0)
                return EntryBlockDefect.OutOfOrder;
        var made = new EntryLine[drafts.Length];
        for (var at = 0; at < made.Length; at++) made[at] = drafts[at].ToLine(paths);
        // Where all entries were made, each has its own path
        if (choice is null) ArrayPool<byte>.Shared.Return(paths);
        lines = new EntryLines(choice is null ? [] : paths, made);
        return EntryBlockDefect.None;
    }

    private static bool Columns(
        ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> digests, Span<Draft> drafts, EntryChoice? choice,
        out byte[] paths)
    {
        var columns = new FieldReader(bytes);
        if (!Paths(ref columns, drafts, choice, out paths)) return false;
        Kinds(ref columns, drafts);
        foreach (ref var draft in drafts) draft.UserId = (uint)columns.Within(uint.MaxValue);
        foreach (ref var draft in drafts) draft.GroupId = (uint)columns.Within(uint.MaxValue);
        foreach (ref var draft in drafts) draft.Size = columns.Signed();
        if (choice is not null && !AnyWanted(drafts)) return !columns.Failed;
        Times(ref columns, drafts);
        Inodes(ref columns, drafts);
        LinkTargets(ref columns, drafts);
        foreach (ref var draft in drafts) draft.DeviceMajor = (uint)columns.Within(uint.MaxValue);
        foreach (ref var draft in drafts) draft.DeviceMinor = (uint)columns.Within(uint.MaxValue);
        Attributes(ref columns, drafts);
        if (!Digests(ref columns, digests, drafts)) return false;
        Positions(ref columns, drafts);
        return columns.AtEnd;
    }

    private static bool AnyWanted(ReadOnlySpan<Draft> drafts)
    {
        foreach (ref readonly var draft in drafts)
            if (draft.Wanted) return true;
        return false;
    }

    private static bool Paths(
        ref FieldReader columns, Span<Draft> drafts, EntryChoice? choice, out byte[] paths)
    {
        paths = [];
        var shared = new int[drafts.Length];
        var added = new int[drafts.Length];
        long before = 0;
        long total = 0;
        for (var at = 0; at < shared.Length; at++) shared[at] = (int)columns.Within(EntryBlock.DecodedBytesMax);
        for (var at = 0; at < added.Length; at++)
        {
            added[at] = (int)columns.Within(EntryBlock.DecodedBytesMax);
            if (shared[at] > before) return false;
            before = shared[at] + added[at];
            total += before;
        }
        // Shared prefixes could make a small block unfold to any size.
        if (columns.Failed || total > EntryBlock.DecodedBytesMax) return false;
        paths = choice is null ? ArrayPool<byte>.Shared.Rent((int)total) : new byte[total];
        for (int at = 0, from = 0, last = 0; at < drafts.Length; at++)
        {
            var suffix = columns.Raw(added[at]);
            if (columns.Failed || suffix.Contains((byte)0)) return false;
            var path = paths.AsSpan(from, shared[at] + added[at]);
            paths.AsSpan(last, shared[at]).CopyTo(path);
            suffix.CopyTo(path[shared[at]..]);
            (drafts[at].PathAt, drafts[at].PathLength) = (from, path.Length);
            drafts[at].Wanted = choice is null || choice(path);
            (last, from) = (from, from + path.Length);
        }
        return true;
    }

    private static void Kinds(ref FieldReader columns, Span<Draft> drafts)
    {
        foreach (ref var draft in drafts) draft.Kind = (FileKind)columns.Within((long)FileKind.Fifo);
        foreach (ref var draft in drafts) draft.Marks = columns.Byte();
        foreach (ref var draft in drafts) draft.Mode = (uint)columns.Within(ModeMax);
    }

    private static void Times(ref FieldReader columns, Span<Draft> drafts)
    {
        long seconds = 0;
        foreach (ref var draft in drafts)
            draft.ModifiedSeconds = seconds = unchecked(seconds + columns.Signed());
        foreach (ref var draft in drafts) draft.ModifiedNanoseconds = (int)columns.Within(NanosecondsMax);
        foreach (ref var draft in drafts)
            draft.ChangedSeconds = unchecked(draft.ModifiedSeconds + columns.Signed());
        foreach (ref var draft in drafts)
        {
            var nanoseconds = unchecked(draft.ModifiedNanoseconds + columns.Signed());
            if (nanoseconds is < 0 or > NanosecondsMax) columns.Fail();
            draft.ChangedNanoseconds = (int)nanoseconds;
        }
    }

    private static void Inodes(ref FieldReader columns, Span<Draft> drafts)
    {
        ulong before = 0;
        foreach (ref var draft in drafts) draft.Device = before = unchecked(before + (ulong)columns.Signed());
        before = 0;
        foreach (ref var draft in drafts) draft.Inode = before = unchecked(before + (ulong)columns.Signed());
        foreach (ref var draft in drafts) draft.LinkCount = (uint)columns.Within(uint.MaxValue);
    }

    private static void LinkTargets(ref FieldReader columns, Span<Draft> drafts)
    {
        var lengths = new int[drafts.Length];
        for (var at = 0; at < lengths.Length; at++) lengths[at] = (int)columns.Within(EntryBlock.DecodedBytesMax);
        for (var at = 0; at < lengths.Length && !columns.Failed; at++)
        {
            if (lengths[at] == 0) continue;
            var target = columns.Raw(lengths[at] - 1);
            if (drafts[at].Wanted) drafts[at].LinkTarget = target.ToArray();
        }
    }

    private static void Attributes(ref FieldReader columns, Span<Draft> drafts)
    {
        var lists = new IReadOnlyList<ExtendedAttribute>[columns.Count()];
        for (var list = 0; list < lists.Length && !columns.Failed; list++)
        {
            var attributes = new ExtendedAttribute[columns.Count(2)];
            for (var at = 0; at < attributes.Length && !columns.Failed; at++)
                attributes[at] = new ExtendedAttribute(columns.Sized().ToArray(), columns.Sized().ToArray());
            lists[list] = attributes;
        }
        foreach (ref var draft in drafts)
        {
            var number = columns.Within(lists.Length);
            draft.Attributes = number == 0 ? [] : lists[number - 1];
        }
    }

    private static bool Digests(ref FieldReader columns, ReadOnlySpan<byte> digests, Span<Draft> drafts)
    {
        var bytes = new FieldReader(digests);
        foreach (ref var draft in drafts)
        {
            var algorithm = (DigestAlgorithm)columns.Within((long)DigestAlgorithm.Sha512);
            if (algorithm == DigestAlgorithm.None) continue;
            var digest = bytes.Raw(EntryColumns.DigestLength(algorithm));
            if (draft.Wanted) draft.Digest = new ContentDigest(algorithm, digest.ToArray());
        }
        return bytes.AtEnd && !columns.Failed;
    }

    private static void Positions(ref FieldReader columns, Span<Draft> drafts)
    {
        var images = new ImageId[columns.Count(16)];
        for (var at = 0; at < images.Length; at++) images[at] = new ImageId(columns.Id());
        foreach (ref var draft in drafts)
        {
            var number = columns.Within(images.Length);
            draft.Image = number == 0 ? default : images[number - 1];
        }
        var fragments = new PositionGuess();
        foreach (ref var draft in drafts)
        {
            var fragment = fragments.Fragment(columns.Signed(), draft.Kind, draft.Image.Value);
            if (fragment is < 0 or > int.MaxValue) columns.Fail();
            draft.Fragment = (int)fragment;
        }
        // The guess of an offset needs the length before it, which stands in the next column.
        var deltas = new long[drafts.Length];
        for (var at = 0; at < deltas.Length; at++) deltas[at] = columns.Signed();
        var offsets = new PositionGuess();
        for (var at = 0; at < deltas.Length; at++)
        {
            ref var draft = ref drafts[at];
            draft.Length = unchecked(draft.Size + columns.Signed());
            draft.Offset = offsets.Offset(deltas[at], draft.Kind, draft.Image.Value, draft.Length);
        }
    }

    private struct Draft
    {
        public int PathAt;
        public int PathLength;
        public bool Wanted;
        public FileKind Kind;
        public byte Marks;
        public uint Mode;
        public uint UserId;
        public uint GroupId;
        public long Size;
        public long ModifiedSeconds;
        public int ModifiedNanoseconds;
        public long ChangedSeconds;
        public int ChangedNanoseconds;
        public ulong Device;
        public ulong Inode;
        public uint LinkCount;
        public byte[]? LinkTarget;
        public uint DeviceMajor;
        public uint DeviceMinor;
        public IReadOnlyList<ExtendedAttribute>? Attributes;
        public ContentDigest Digest;
        public ImageId Image;
        public int Fragment;
        public long Offset;
        public long Length;

        public readonly ReadOnlySpan<byte> PathIn(byte[] paths) => paths.AsSpan(PathAt, PathLength);

        public readonly EntryLine ToLine(byte[] paths) =>
            new(PathAt, PathLength, Kind, Size, Wanted ? ToEntry(PathIn(paths)) : null);

        private readonly FileEntry ToEntry(ReadOnlySpan<byte> path) => new()
        {
            Path = new FilePath(path.ToArray()),
            Kind = Kind,
            Mode = Mode,
            UserId = UserId,
            GroupId = GroupId,
            Size = Size,
            Modified = new UnixTime(ModifiedSeconds, ModifiedNanoseconds),
            Changed = new UnixTime(ChangedSeconds, ChangedNanoseconds),
            Device = Device,
            Inode = Inode,
            LinkCount = LinkCount,
            LinkTarget = LinkTarget,
            DeviceMajor = DeviceMajor,
            DeviceMinor = DeviceMinor,
            Attributes = Attributes ?? [],
            Sparse = (Marks & EntryColumns.SparseMark) != 0,
            Flags = (EntryFlags)(Marks & ~EntryColumns.SparseMark),
            Digest = Digest,
            Position = new ContentPosition(Image, Fragment, Offset, Length),
        };
    }
}
