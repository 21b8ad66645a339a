using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Packets;

/// <summary>
/// One entry on a data connection: written field by field, so that it costs little time; what is compact is the index
/// that is made of it. Layout: docs/formats/data-plane.md.
/// </summary>
internal static class EntryRow
{
    private const byte SparseMark = 0x80;
    private const EntryFlags KnownFlags =
        EntryFlags.ChangedWhileRead | EntryFlags.Truncated | EntryFlags.DamagedByChange;
    private const int NanosecondsMax = 999_999_999;
    private const uint ModeMax = 0xfff;

    /// <summary>Writes an entry; its path as what it does not share with the path before.</summary>
    public static void Write(FieldWriter row, FileEntry entry, ref FilePath before)
    {
        var path = entry.Path.Bytes;
        var shared = path.CommonPrefixLength(before.Bytes);
        row.Unsigned((ulong)shared);
        row.Sized(path[shared..]);
        before = entry.Path;
        row.Byte((byte)entry.Kind);
        row.Byte((byte)((byte)entry.Flags | (entry.Sparse ? SparseMark : 0)));
        row.Unsigned(entry.Mode);
        row.Unsigned(entry.UserId);
        row.Unsigned(entry.GroupId);
        row.Signed(entry.Size);
        Time(row, entry.Modified);
        Time(row, entry.Changed);
        row.Unsigned(entry.Device);
        row.Unsigned(entry.Inode);
        row.Unsigned(entry.LinkCount);
        row.Unsigned(entry.LinkTarget is null ? 0 : (ulong)entry.LinkTarget.Length + 1);
        row.Raw(entry.LinkTarget);
        row.Unsigned(entry.DeviceMajor);
        row.Unsigned(entry.DeviceMinor);
        row.Unsigned((ulong)entry.Attributes.Count);
        foreach (var attribute in entry.Attributes)
        {
            row.Sized(attribute.Name);
            row.Sized(attribute.Value);
        }
        row.Byte((byte)entry.Digest.Algorithm);
        row.Raw(entry.Digest.Bytes);
        row.Id(entry.Position.Image.Value);
        row.Signed(entry.Position.Fragment);
        row.Signed(entry.Position.Offset);
        row.Signed(entry.Position.Length);
    }

    /// <summary>Reads what <see cref="Write"/> wrote and trusts nothing in it; the reader has failed where the result
    /// is null.</summary>
    public static FileEntry? Read(ref FieldReader row, ref FilePath before)
    {
        var shared = (int)row.Within(before.Bytes.Length);
        var suffix = row.Sized();
        if (row.Failed || suffix.Contains((byte)0)) return Fail(ref row);
        var path = before = new FilePath([.. before.Bytes[..shared], .. suffix]);
        var kind = (FileKind)row.Within((long)FileKind.Fifo);
        var marks = row.Byte();
        if (((EntryFlags)(marks & ~SparseMark) & ~KnownFlags) != 0) return Fail(ref row);
        var entry = new FileEntry
        {
            Path = path,
            Kind = kind,
            Sparse = (marks & SparseMark) != 0,
            Flags = (EntryFlags)(marks & ~SparseMark),
            Mode = (uint)row.Within(ModeMax),
            UserId = (uint)row.Within(uint.MaxValue),
            GroupId = (uint)row.Within(uint.MaxValue),
            Size = row.Signed(),
            Modified = new UnixTime(row.Signed(), (int)row.Within(NanosecondsMax)),
            Changed = new UnixTime(row.Signed(), (int)row.Within(NanosecondsMax)),
            Device = row.Unsigned(),
            Inode = row.Unsigned(),
            LinkCount = (uint)row.Within(uint.MaxValue),
            LinkTarget = LinkTarget(ref row),
            DeviceMajor = (uint)row.Within(uint.MaxValue),
            DeviceMinor = (uint)row.Within(uint.MaxValue),
            Attributes = Attributes(ref row),
            Digest = Digest(ref row),
            Position = new ContentPosition(new ImageId(row.Id()), (int)Between(ref row, int.MinValue, int.MaxValue),
                row.Signed(), row.Signed()),
        };
        return row.Failed ? null : entry;
    }

    private static void Time(FieldWriter row, UnixTime time)
    {
        row.Signed(time.Seconds);
        row.Unsigned((ulong)time.Nanoseconds);
    }

    private static byte[]? LinkTarget(ref FieldReader row)
    {
        var length = (int)row.Within((long)row.Remaining + 1);
        return length == 0 ? null : row.Raw(length - 1).ToArray();
    }

    private static ExtendedAttribute[] Attributes(ref FieldReader row)
    {
        var count = row.Count(2);
        if (count == 0) return [];
        var attributes = new ExtendedAttribute[count];
        for (var at = 0; at < count; at++) attributes[at] =
            new ExtendedAttribute(row.Sized().ToArray(), row.Sized().ToArray());
        return attributes;
    }

    private static ContentDigest Digest(ref FieldReader row)
    {
        var algorithm = (DigestAlgorithm)row.Within((long)DigestAlgorithm.Sha512);
        return algorithm == DigestAlgorithm.None ? default
            : new ContentDigest(algorithm, row.Raw(EntryColumns.DigestLength(algorithm)).ToArray());
    }

    private static long Between(ref FieldReader row, long from, long to)
    {
        var value = row.Signed();
        if (value < from || value > to) row.Fail();
        return value;
    }

    private static FileEntry? Fail(ref FieldReader row)
    {
        row.Fail();
        return null;
    }
}
