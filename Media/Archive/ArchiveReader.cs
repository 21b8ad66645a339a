using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Reads a pax archive, member by member: what this program writes, and what GNU tar, bsdtar and Python write in the
/// pax, ustar and GNU formats, but for the sparse files of the older GNU formats. Nothing that it reads is trusted:
/// lengths are bounded, memory grows with the bytes that really come, and what is wrong is a value with its offset.
/// Names are given as they are, and are not safe to open: an absolute one loses its leading `/`, `..` stays.
/// </summary>
/// <param name="source">The archive's bytes; not disposed.</param>
public sealed class ArchiveReader(IByteSource source)
{
    /// <summary>
    /// Most bytes of an extended header, or of a long name: what Linux lets a file have as names and attributes is far
    /// below.
    /// </summary>
    public const int ExtendedBytesMax = 32 << 20;

    private const int BlockBytes = UstarField.BlockBytes;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly byte[] _skipped = new byte[64 * 1024];
    private ArchiveStep? _over;
    private long _contentLeft;
    private int _padding;

    /// <summary>Bytes read of the archive so far.</summary>
    public long Offset { get; private set; }

    /// <summary>Archived content of the current member that is not read yet.</summary>
    public long ContentLeft => _contentLeft;

    /// <summary>
    /// The next member; the rest of the current one's content is passed over. Once it is no member, the answer stays
    /// the same.
    /// </summary>
    public ArchiveStep Next() => _over ?? (Skip() ?? ReadMember());

    /// <summary>
    /// Reads archived content of the current member (of a sparse one: its map, then data; give it to a
    /// <see cref="MemberExtractor"/>).
    /// </summary>
    /// <param name="target">Takes the bytes.</param>
    /// <returns>Bytes read; 0 at the content's end, and where the archive ends early: then <see cref="Next"/> says
    /// so.</returns>
    public int ReadContent(Span<byte> target)
    {
        if (_contentLeft == 0 || _over is not null || target.IsEmpty) return 0;
        var count = source.Read(target[..(int)Math.Min(target.Length, _contentLeft)]);
        Offset += count;
        _contentLeft -= count;
        if (count == 0) Fail(Offset, "the content of a member ends early");
        return count;
    }

    private ArchiveStep? Skip()
    {
        while (_contentLeft > 0)
            if (ReadContent(_skipped) == 0) return _over;
        var padding = _padding;
        _padding = 0;
        return TryRead(_skipped.AsSpan(0, padding)) ? null : Fail(Offset, "the padding of a member is missing");
    }

    private ArchiveStep ReadMember()
    {
        var extended = new ExtendedHeader();
        for (var headers = 0; ; headers++)
        {
            var start = Offset;
            // A chain of headers without a member would be read for ever.
            if (headers > 16) return Fail(start, "more than 16 headers belong to one member");
            if (!TryRead(_block) && headers == 0 && Offset == start && source.Defect is null)
                return _over = new ArchiveStep.Boundary(start);
            if (Offset < start + BlockBytes) return Fail(start, "expected a header, or two blocks of zeros at the end");
            if (!_block.AsSpan().ContainsAnyExcept((byte)0)) return ReadEnd(start);
            if (!UstarField.HasGoodChecksum(_block)) return Fail(start, "the header's checksum is wrong");
            if (!UstarField.TryReadNumber(_block.AsSpan(UstarField.Size), out var size) || size < 0)
                return Fail(start, "the header's size is no number");
            var type = (char)_block[UstarField.TypeFlag];
            if (type is not ('x' or 'g' or 'L' or 'K')) return Member(start, type, size, extended);
            if (ReadExtended(start, type, size, extended) is { } defect) return defect;
        }
    }

    private ArchiveStep ReadEnd(long start)
    {
        if (!TryRead(_block) || _block.AsSpan().ContainsAnyExcept((byte)0))
            return Fail(start, "one block of zeros, and not two, ends it");
        return _over = new ArchiveStep.End();
    }

    private ArchiveStep? ReadExtended(long start, char type, long size, ExtendedHeader extended)
    {
        if (size > ExtendedBytesMax)
            return Fail(start, $"an extended header has {size} bytes, more than {ExtendedBytesMax}");
        if (ReadBytes((int)size) is not { } bytes) return Fail(start, "an extended header ends early");
        var padding = ArchivedMap.Padded((int)size) - (int)size;
        if (!TryRead(_skipped.AsSpan(0, padding))) return Fail(start, "an extended header ends early");
        // A global header (g) is a comment in all archives that matter: git's commit, GNU tar's none.
        if (type == 'x' && extended.Read(bytes) is { } defect) return Fail(start, defect);
        if (type is not ('L' or 'K')) return null;
        var name = UstarField.Text(bytes).ToArray();
        if (name.Length == 0) return Fail(start, "a long name is empty");
        if (type == 'L') extended.Path = name;
        else extended.LinkPath = name;
        return null;
    }

    private ArchiveStep Member(long start, char type, long size, ExtendedHeader extended)
    {
        size = extended.Size ?? size;
        var name = extended.SparseName ?? extended.Path ?? MemberName.FromUstar(_block);
        if (!TryKind(type, name, out var kind))
            return Fail(start, $"a member has the type {PathText.Escape([(byte)type])}, which is unknown");
        if (extended.HasOldSparseMap && extended.SparseMajor is null or 0 && extended.SparseName is not null
            || type == 'S')
            return Fail(start, "a sparse file is in an older GNU format; only 1.0 is read");
        if (!TryNumbers(extended, out var numbers))
            return Fail(start, "a number of the header is none, or out of range");
        var sparse = kind == FileKind.Regular && extended.SparseMajor == 1;
        if (sparse && extended.RealSize is null) return Fail(start, "a sparse file has no size");
        _contentLeft = HasData(type) ? size : 0;
        if (_contentLeft > long.MaxValue - BlockBytes) return Fail(start, "a member's size is out of range");
        _padding = (int)(PaxHeader.Padded(_contentLeft) - _contentLeft);
        var entry = new FileEntry
        {
            Path = MemberName.ToPath(name),
            Kind = kind,
            Mode = (uint)(numbers.Mode & 0xFFF),
            UserId = numbers.UserId,
            GroupId = numbers.GroupId,
            Size = kind != FileKind.Regular ? 0 : sparse ? extended.RealSize!.Value : _contentLeft,
            Modified = extended.Modified ?? new UnixTime(numbers.Seconds, 0),
            LinkTarget = LinkTarget(kind, extended),
            DeviceMajor = kind is FileKind.CharacterDevice or FileKind.BlockDevice ? numbers.Major : 0,
            DeviceMinor = kind is FileKind.CharacterDevice or FileKind.BlockDevice ? numbers.Minor : 0,
            Attributes = Sorted(extended.Attributes),
            Sparse = sparse,
            Position = new ContentPosition(default, 0, Offset, kind == FileKind.Regular ? _contentLeft : 0),
        };
        return new ArchiveStep.Member(entry, extended.Warnings);
    }

    // As GNU tar reads it: a link's size counts for nothing, and a dumpdir ('D') is data that no file has.
    private static bool HasData(char type) => type is '0' or '\0' or '7' or 'D';

    private static bool TryKind(char type, ReadOnlySpan<byte> name, out FileKind kind)
    {
        FileKind? known = type switch
        {
            // Archives from before ustar mark a directory by its name alone.
            '0' or '\0' or '7' or 'S' => name.EndsWith("/"u8) ? FileKind.Directory : FileKind.Regular,
            '1' => FileKind.HardLink,
            '2' => FileKind.Symlink,
            '3' => FileKind.CharacterDevice,
            '4' => FileKind.BlockDevice,
            '5' or 'D' => FileKind.Directory,
            '6' => FileKind.Fifo,
            _ => null,
        };
        kind = known ?? default;
        return known is not null;
    }

    private bool TryNumbers(ExtendedHeader extended, out HeaderNumbers numbers)
    {
        numbers = default;
        var block = _block.AsSpan();
        if (!UstarField.TryReadNumber(block[UstarField.Mode], out var mode)
            || !UstarField.TryReadNumber(block[UstarField.UserId], out var user)
            || !UstarField.TryReadNumber(block[UstarField.GroupId], out var group)
            || !UstarField.TryReadNumber(block[UstarField.Modified], out var seconds)
            || !UstarField.TryReadNumber(block[UstarField.DeviceMajor], out var major)
            || !UstarField.TryReadNumber(block[UstarField.DeviceMinor], out var minor)) return false;
        if (user is < 0 or > uint.MaxValue || group is < 0 or > uint.MaxValue) return false;
        if (major is < 0 or > uint.MaxValue || minor is < 0 or > uint.MaxValue) return false;
        numbers = new HeaderNumbers(mode, extended.UserId ?? (uint)user, extended.GroupId ?? (uint)group, seconds,
            extended.DeviceMajor ?? (uint)major, extended.DeviceMinor ?? (uint)minor);
        return true;
    }

    private readonly record struct HeaderNumbers(
        long Mode, uint UserId, uint GroupId, long Seconds, uint Major, uint Minor);

    private byte[]? LinkTarget(FileKind kind, ExtendedHeader extended)
    {
        if (kind is not (FileKind.HardLink or FileKind.Symlink)) return null;
        var target = extended.LinkPath ?? UstarField.Text(_block.AsSpan(UstarField.LinkName)).ToArray();
        return kind == FileKind.HardLink ? MemberName.ToPath(target).ToArray() : target;
    }

    private static List<ExtendedAttribute> Sorted(List<ExtendedAttribute> attributes)
    {
        attributes.Sort((left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return attributes;
    }

    // In pieces, so that a size that is only declared takes no memory.
    private byte[]? ReadBytes(int count)
    {
        using var bytes = new MemoryStream(Math.Min(count, _skipped.Length));
        while (bytes.Length < count)
        {
            var piece = _skipped.AsSpan(0, (int)Math.Min(_skipped.Length, count - bytes.Length));
            if (!TryRead(piece)) return null;
            bytes.Write(piece);
        }
        return bytes.ToArray();
    }

    private bool TryRead(Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            var count = source.Read(target);
            if (count == 0) return false;
            Offset += count;
            target = target[count..];
        }
        return true;
    }

    private ArchiveStep Fail(long offset, string what) =>
        _over = new ArchiveStep.Defect(
            offset, source.Defect ?? $"The archive is damaged or cut at byte {offset}: {what}.");
}
