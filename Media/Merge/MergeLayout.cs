using System.Buffers;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;

namespace Backup.Media.Merge;

/// <summary>
/// Lays a complete manifest out as the archive of a full image, cut into fragments by the archiver's rules. Reads no
/// content: the same entries always give the same fragments, so that an attempt goes on where another ended. Memory is
/// that of one fragment's entries.
/// </summary>
/// <param name="image">The image that is made.</param>
/// <param name="fragmentBytes">Archive bytes after which a fragment ends at the next member.</param>
/// <param name="membersMax">Members after which a fragment ends.</param>
public sealed class MergeLayout(ImageId image, long fragmentBytes, int membersMax)
{
    private readonly PaxHeader _writer = new();
    private readonly ArrayBufferWriter<byte> _header = new(4096);
    private readonly LinkPositions _links = new();
    private List<MergedPiece> _pieces = [];
    private List<MergedFragment> _done = [];
    private FragmentStart? _start;
    private long _position;
    private int _members;
    private int _fragment;

    /// <summary>Takes the next entry.</summary>
    /// <param name="stored">Of a complete manifest, in walk order.</param>
    /// <returns>The fragments that end before its last byte.</returns>
    /// <exception cref="InvalidDataException">A hard link whose first name is not in the manifest.</exception>
    public IReadOnlyList<MergedFragment> Add(FileEntry stored)
    {
        _done = [];
        var entry = Archived(stored);
        var content = entry.Kind == FileKind.Regular ? stored.Position.Length : 0;
        _header.ResetWrittenCount();
        _writer.Write(entry, content, _header);
        var total = _header.WrittenCount + PaxHeader.Padded(content);
        var oversize = total > fragmentBytes;
        if (_position > 0 && (oversize || _position >= fragmentBytes || _members >= membersMax)) Emit(endsImage: false);
        if (_position == 0)
            _start = oversize
                ? new FragmentStart(_fragment, FragmentKind.Head, entry.Path, 0)
                : new FragmentStart(_fragment, FragmentKind.Members, null, 0);
        if (entry.Kind != FileKind.HardLink)
        {
            entry = ArchivedEntry.Of(entry, stored.Digest, PositionAt(content, oversize), stored.Flags);
            if (entry.LinkCount > 1) _links.Note(entry);
        }
        _members++;
        Place(new MergedPiece(
            entry, stored.Position with { Length = content }, _header.WrittenCount, total, 0, 0, 0), oversize);
        return _done;
    }

    /// <summary>The last fragment, when all entries were taken.</summary>
    public MergedFragment Finish()
    {
        _done = [];
        _start ??= new FragmentStart(_fragment, FragmentKind.Members, null, 0);
        _position += PaxHeader.TrailerBytes;
        Emit(endsImage: true);
        return _done[0];
    }

    private void Place(MergedPiece member, bool oversize)
    {
        for (long from = 0; from < member.Total;)
        {
            var left = member.Total - from;
            if (from > 0)
                _start = new FragmentStart(
                    _fragment, left > fragmentBytes ? FragmentKind.Middle : FragmentKind.Tail, member.Entry.Path,
                    Math.Min(left, fragmentBytes));
            var length = oversize ? Math.Min(left, fragmentBytes - _position) : left;
            _pieces.Add(member with { From = from, At = _position, Length = length });
            (_position, from) = (_position + length, from + length);
            if (from < member.Total) Emit(endsImage: false);
        }
    }

    private void Emit(bool endsImage)
    {
        _done.Add(new MergedFragment(_start!, _pieces, _position, endsImage));
        (_pieces, _start, _position, _members, _fragment) = ([], null, 0, 0, _fragment + 1);
    }

    /// <summary>
    /// As the archive of a full has it: the first name of a file carries the content, and all others refer to it.
    /// </summary>
    private FileEntry Archived(FileEntry stored)
    {
        if (stored is { Kind: FileKind.Regular, LinkTarget: not null })
            return _links.Find(FurtherName.Of(stored), out var link) ? link : stored with { LinkTarget = null };
        if (stored.Kind != FileKind.HardLink) return stored;
        return _links.Find(stored, out var found)
            ? found
            : throw new InvalidDataException(
                $"The manifest has /{stored.Path} as a further name of a file whose first name is not before it.");
    }

    private ContentPosition PositionAt(long content, bool oversize)
    {
        var at = _position + _header.WrittenCount;
        var fragments = oversize ? at / fragmentBytes : 0;
        return new ContentPosition(image, _fragment + (int)fragments, at - (fragments * fragmentBytes), content);
    }
}
