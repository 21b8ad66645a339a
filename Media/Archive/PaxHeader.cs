using System.Buffers;
using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Writes the headers of one archive member: an extended header where the ustar header cannot say it all, then the
/// ustar header. Rules: docs/formats/archive.md. The same entry always gives the same bytes.
/// </summary>
public sealed class PaxHeader
{
    private const int BlockBytes = UstarField.BlockBytes;
    private const int NameBytesMax = 100;

    private readonly ArrayBufferWriter<byte> _records = new(1024);
    private readonly ArrayBufferWriter<byte> _name = new(256);
    private readonly ArrayBufferWriter<byte> _aclText = new(256);

    /// <summary>The end of an archive: two blocks of zeros (POSIX.1-2001, pax).</summary>
    public const int TrailerBytes = 2 * BlockBytes;

    /// <summary>Bytes that content takes in an archive: filled with zeros to whole blocks.</summary>
    /// <param name="contentBytes">0 or more.</param>
    public static long Padded(long contentBytes) => ArchivedMap.Padded(contentBytes);

    /// <summary>Appends the headers of a member.</summary>
    /// <param name="entry">The member. Its digest and flags are not in an archive.</param>
    /// <param name="archivedBytes">Bytes of its content as archived: for a regular file its size, for a sparse one map
    /// and extents, else 0.</param>
    /// <param name="target">Takes a multiple of 512 bytes.</param>
    /// <param name="dumpdir">Of a directory of an incremental archive: the names in it
    /// (<see cref="WalkedItem.Dumpdir"/>).</param>
    public void Write(FileEntry entry, long archivedBytes, ArrayBufferWriter<byte> target, byte[]? dumpdir = null)
    {
        WriteName(entry);
        _records.ResetWrittenCount();
        WriteRecords(entry, archivedBytes);
        if (dumpdir is not null) PaxRecords.Write(_records, "GNU.dumpdir"u8, dumpdir);
        if (_records.WrittenCount > 0) WriteExtendedHeader(entry, target);
        WriteUstar(entry, archivedBytes, target);
    }

    /// <summary>Of a regular file an entry may name another, which no archive does.</summary>
    private static byte[]? LinkOf(FileEntry entry) => entry.Kind == FileKind.Regular ? null : entry.LinkTarget;

    private static bool HasMap(FileEntry entry) => entry.Sparse && entry.Kind == FileKind.Regular;

    // The root is `./`, so that it has a name at all; directories end in `/`.
    private void WriteName(FileEntry entry)
    {
        _name.ResetWrittenCount();
        if (HasMap(entry))
        {
            // A reader that knows no sparse members then makes a file of another name, rather than a wrong one (as GNU
            // tar does).
            var parent = entry.Path.Parent;
            if (!parent.IsRoot)
            {
                _name.Write(parent.Bytes);
                _name.Write("/"u8);
            }
            _name.Write("GNUSparseFile.0/"u8);
            _name.Write(entry.Path.Name);
            return;
        }
        _name.Write(entry.Path.IsRoot ? "."u8 : entry.Path.Bytes);
        if (entry.Kind == FileKind.Directory) _name.Write("/"u8);
    }

    private void WriteRecords(FileEntry entry, long archivedBytes)
    {
        if (HasMap(entry)) WriteSparseRecords(entry);
        if (_name.WrittenCount > NameBytesMax) PaxRecords.Write(_records, "path"u8, _name.WrittenSpan);
        if (LinkOf(entry) is { Length: > NameBytesMax } target) PaxRecords.Write(_records, "linkpath"u8, target);
        if (archivedBytes > UstarField.LargeMax) PaxRecords.Write(_records, "size"u8, archivedBytes);
        if (entry.UserId > UstarField.SmallMax) PaxRecords.Write(_records, "uid"u8, entry.UserId);
        if (entry.GroupId > UstarField.SmallMax) PaxRecords.Write(_records, "gid"u8, entry.GroupId);
        if (entry.Modified.Nanoseconds != 0 || entry.Modified.Seconds is < 0 or > UstarField.LargeMax)
            PaxRecords.Write(_records, "mtime"u8, entry.Modified);
        if (entry.DeviceMajor > UstarField.SmallMax) PaxRecords.Write(_records, "SCHILY.devmajor"u8, entry.DeviceMajor);
        if (entry.DeviceMinor > UstarField.SmallMax) PaxRecords.Write(_records, "SCHILY.devminor"u8, entry.DeviceMinor);
        // A further name has the attributes of the first: they belong to the inode.
        if (entry.Kind == FileKind.HardLink) return;
        for (var at = 0; at < entry.Attributes.Count; at++) WriteAttribute(entry.Attributes[at]);
    }

    private void WriteSparseRecords(FileEntry entry)
    {
        PaxRecords.Write(_records, "GNU.sparse.major"u8, "1"u8);
        PaxRecords.Write(_records, "GNU.sparse.minor"u8, "0"u8);
        PaxRecords.Write(_records, "GNU.sparse.name"u8, entry.Path.Bytes);
        PaxRecords.Write(_records, "GNU.sparse.realsize"u8, entry.Size);
    }

    private void WriteAttribute(ExtendedAttribute attribute)
    {
        if (AccessTime.IsIn(attribute) && AccessTime.Parse(attribute.Value) is { } accessed)
        {
            PaxRecords.Write(_records, "atime"u8, accessed);
            return;
        }
        if (InodeFlags.IsIn(attribute))
        {
            PaxRecords.Write(_records, "SCHILY.fflags"u8, attribute.Value);
            return;
        }
        var isAccess = attribute.Name.AsSpan().SequenceEqual(AclText.AccessAttribute);
        if (isAccess || attribute.Name.AsSpan().SequenceEqual(AclText.DefaultAttribute))
        {
            _aclText.ResetWrittenCount();
            if (AclText.TryFormat(attribute.Value, _aclText))
            {
                PaxRecords.Write(
                    _records, isAccess ? "SCHILY.acl.access"u8 : "SCHILY.acl.default"u8, _aclText.WrittenSpan);
                return;
            }
        }
        PaxRecords.WriteAttribute(_records, attribute);
    }

    private void WriteExtendedHeader(FileEntry entry, ArrayBufferWriter<byte> target)
    {
        var length = _records.WrittenCount;
        var padded = ArchivedMap.Padded(length);
        var block = target.GetSpan(BlockBytes + padded)[..(BlockBytes + padded)];
        block[..BlockBytes].Clear();
        "PaxHeaders/"u8.CopyTo(block);
        var name = entry.Path.Name;
        var room = NameBytesMax - "PaxHeaders/"u8.Length;
        name[..Math.Min(name.Length, room)].CopyTo(block["PaxHeaders/"u8.Length..]);
        WriteNumbers(block, mode: 0x1A4, userId: 0, groupId: 0, length, seconds: 0);
        block[UstarField.TypeFlag] = (byte)'x';
        UstarField.WriteChecksum(block);
        _records.WrittenSpan.CopyTo(block[BlockBytes..]);
        block[(BlockBytes + length)..].Clear();
        target.Advance(BlockBytes + padded);
    }

    private void WriteUstar(FileEntry entry, long archivedBytes, ArrayBufferWriter<byte> target)
    {
        var block = target.GetSpan(BlockBytes)[..BlockBytes];
        block.Clear();
        var name = _name.WrittenSpan;
        name[..Math.Min(name.Length, NameBytesMax)].CopyTo(block);
        if (LinkOf(entry) is { } link)
            link.AsSpan(0, Math.Min(link.Length, NameBytesMax)).CopyTo(block[UstarField.LinkName]);
        WriteNumbers(block, entry.Mode & 0xFFF, entry.UserId, entry.GroupId, archivedBytes, entry.Modified.Seconds);
        block[UstarField.TypeFlag] = (byte)('0' + (int)entry.Kind);
        if (entry.Kind is FileKind.CharacterDevice or FileKind.BlockDevice)
        {
            UstarField.WriteOctal(block[UstarField.DeviceMajor], entry.DeviceMajor);
            UstarField.WriteOctal(block[UstarField.DeviceMinor], entry.DeviceMinor);
        }
        UstarField.WriteChecksum(block);
        target.Advance(BlockBytes);
    }

    private static void WriteNumbers(Span<byte> block, uint mode, long userId, long groupId, long size, long seconds)
    {
        UstarField.WriteOctal(block[UstarField.Mode], mode);
        UstarField.WriteOctal(block[UstarField.UserId], userId);
        UstarField.WriteOctal(block[UstarField.GroupId], groupId);
        UstarField.WriteOctal(block[UstarField.Size], size);
        UstarField.WriteOctal(block[UstarField.Modified], seconds);
        UstarField.MagicAndVersion.CopyTo(block[UstarField.Magic]);
    }
}
