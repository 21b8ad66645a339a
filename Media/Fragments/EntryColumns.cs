using System.Buffers;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// Encodes a block of entries column by column; the twin of <see cref="EntryBlockReader"/>. Layout:
/// docs/formats/entry-block.md, in the page's order. Digests stand before the compressed columns: they cannot be
/// compressed, and in one frame they would spoil the statistics of what can.
/// </summary>
internal static class EntryColumns
{
    public const byte Version = 1;
    public const byte SparseMark = 0x80;
    private const int CompressionLevel = 3;

    public static ReadOnlySpan<byte> Magic => "BEB"u8;

    public static byte[] Encode(IReadOnlyList<FileEntry> entries)
    {
        var columns = new FieldWriter(entries.Count * 64);
        Paths(columns, entries);
        Kinds(columns, entries);
        Owners(columns, entries);
        Sizes(columns, entries);
        Times(columns, entries);
        Inodes(columns, entries);
        LinkTargets(columns, entries);
        DeviceNumbers(columns, entries);
        Attributes(columns, entries);
        DigestAlgorithms(columns, entries);
        Positions(columns, entries);
        if (columns.Length > EntryBlock.DecodedBytesMax)
            throw new ArgumentException(
                $"The entries take {columns.Length} bytes, more than {EntryBlock.DecodedBytesMax}.", nameof(entries));
        return Frame(entries, columns);
    }

    public static int DigestLength(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Sha256 => 32,
        DigestAlgorithm.Sha512 => 64,
        _ => 0,
    };

    private static byte[] Frame(IReadOnlyList<FileEntry> entries, FieldWriter columns)
    {
        var block = new FieldWriter((entries.Count * 40) + (columns.Length / 2) + 64);
        block.Raw(Magic);
        block.Byte(Version);
        block.Unsigned((ulong)entries.Count);
        block.Unsigned((ulong)entries.Sum(entry => DigestLength(entry.Digest.Algorithm)));
        foreach (var entry in entries) block.Raw(entry.Digest.Bytes);
        block.Unsigned((ulong)columns.Length);
        var frame = ArrayPool<byte>.Shared.Rent(ZstdCompressor.FrameBytesMax(columns.Length));
        var length = ZstdCompressor.Compress(columns.Written, frame, CompressionLevel);
        block.Raw(frame.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(frame);
        return block.ToArray();
    }

    private static void Paths(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        var shared = new int[entries.Count];
        for (var at = 1; at < entries.Count; at++)
            shared[at] = entries[at].Path.Bytes.CommonPrefixLength(entries[at - 1].Path.Bytes);
        foreach (var length in shared) columns.Unsigned((ulong)length);
        for (var at = 0; at < shared.Length;
            at++) columns.Unsigned((ulong)(entries[at].Path.Bytes.Length - shared[at]));
        for (var at = 0; at < shared.Length; at++) columns.Raw(entries[at].Path.Bytes[shared[at]..]);
    }

    private static void Kinds(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries) columns.Byte((byte)entry.Kind);
        foreach (var entry in entries) columns.Byte((byte)((byte)entry.Flags | (entry.Sparse ? SparseMark : 0)));
        foreach (var entry in entries) columns.Unsigned(entry.Mode);
    }

    private static void Owners(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries) columns.Unsigned(entry.UserId);
        foreach (var entry in entries) columns.Unsigned(entry.GroupId);
    }

    private static void Sizes(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries) columns.Signed(entry.Size);
    }

    private static void Times(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        long before = 0;
        foreach (var entry in entries)
        {
            columns.Signed(unchecked(entry.Modified.Seconds - before));
            before = entry.Modified.Seconds;
        }
        foreach (var entry in entries) columns.Unsigned((ulong)entry.Modified.Nanoseconds);
        foreach (var entry in entries) columns.Signed(unchecked(entry.Changed.Seconds - entry.Modified.Seconds));
        foreach (var entry in entries) columns.Signed(entry.Changed.Nanoseconds - entry.Modified.Nanoseconds);
    }

    private static void Inodes(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        ulong before = 0;
        foreach (var entry in entries)
        {
            columns.Signed(unchecked((long)(entry.Device - before)));
            before = entry.Device;
        }
        before = 0;
        foreach (var entry in entries)
        {
            columns.Signed(unchecked((long)(entry.Inode - before)));
            before = entry.Inode;
        }
        foreach (var entry in entries) columns.Unsigned(entry.LinkCount);
    }

    private static void LinkTargets(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries)
            columns.Unsigned(entry.LinkTarget is null ? 0 : (ulong)entry.LinkTarget.Length + 1);
        foreach (var entry in entries) columns.Raw(entry.LinkTarget);
    }

    private static void DeviceNumbers(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries) columns.Unsigned(entry.DeviceMajor);
        foreach (var entry in entries) columns.Unsigned(entry.DeviceMinor);
    }

    private static void Attributes(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        var lists = new List<byte[]>();
        var used = new int[entries.Count];
        for (var at = 0; at < used.Length; at++)
        {
            if (entries[at].Attributes.Count == 0) continue;
            var list = AttributeList(entries[at].Attributes);
            var known = lists.FindIndex(other => other.AsSpan().SequenceEqual(list));
            if (known < 0) lists.Add(list);
            used[at] = known < 0 ? lists.Count : known + 1;
        }
        columns.Unsigned((ulong)lists.Count);
        foreach (var list in lists) columns.Raw(list);
        foreach (var number in used) columns.Unsigned((ulong)number);
    }

    private static byte[] AttributeList(IReadOnlyList<ExtendedAttribute> attributes)
    {
        var list = new FieldWriter();
        list.Unsigned((ulong)attributes.Count);
        foreach (var attribute in attributes)
        {
            list.Sized(attribute.Name);
            list.Sized(attribute.Value);
        }
        return list.ToArray();
    }

    private static void DigestAlgorithms(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        foreach (var entry in entries)
        {
            if ((entry.Digest.Bytes?.Length ?? 0) != DigestLength(entry.Digest.Algorithm))
                throw new ArgumentException(
                    $"The digest of {entry.Path} has not the length of {entry.Digest.Algorithm}.", nameof(entries));
            columns.Byte((byte)entry.Digest.Algorithm);
        }
    }

    private static void Positions(FieldWriter columns, IReadOnlyList<FileEntry> entries)
    {
        var images = entries.Select(entry => entry.Position.Image).Where(image => image.Value != 0).Distinct().ToList();
        columns.Unsigned((ulong)images.Count);
        foreach (var image in images) columns.Id(image.Value);
        foreach (var entry in entries) columns.Unsigned((ulong)(images.IndexOf(entry.Position.Image) + 1));
        var fragment = new PositionGuess();
        foreach (var entry in entries) columns.Signed(fragment.FragmentDelta(entry));
        var offset = new PositionGuess();
        foreach (var entry in entries) columns.Signed(offset.OffsetDelta(entry));
        foreach (var entry in entries) columns.Signed(unchecked(entry.Position.Length - entry.Size));
    }
}

/// <summary>
/// Guesses where the next content lies: in the same fragment, behind the one before and its padding to 512. Only
/// entries with an image that are not hard links move the guess.
/// </summary>
internal struct PositionGuess
{
    private const long Padding = 511;
    private long _fragment;
    private long _offset;

    public long FragmentDelta(FileEntry entry)
    {
        var delta = entry.Position.Fragment - _fragment;
        if (Moves(entry.Kind, entry.Position.Image.Value)) _fragment = entry.Position.Fragment;
        return delta;
    }

    public long OffsetDelta(FileEntry entry)
    {
        var delta = unchecked(entry.Position.Offset - _offset);
        if (Moves(entry.Kind, entry.Position.Image.Value)) _offset = Next(entry.Position.Offset, entry.Position.Length);
        return delta;
    }

    public long Fragment(long delta, FileKind kind, UInt128 image)
    {
        var fragment = unchecked(_fragment + delta);
        if (Moves(kind, image)) _fragment = fragment;
        return fragment;
    }

    public long Offset(long delta, FileKind kind, UInt128 image, long length)
    {
        var offset = unchecked(_offset + delta);
        if (Moves(kind, image)) _offset = Next(offset, length);
        return offset;
    }

    private static bool Moves(FileKind kind, UInt128 image) => image != 0 && kind != FileKind.HardLink;

    private static long Next(long offset, long length) => unchecked(offset + length + Padding) & ~Padding;
}
