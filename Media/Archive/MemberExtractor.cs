using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Archive;

/// <summary>
/// Turns the archived content of one member, pushed in pieces, into the file's content, and verifies it. What it feeds
/// must not be put in place before <see cref="Finish"/> says that nothing is wrong.
/// </summary>
public sealed class MemberExtractor
{
    private readonly FileEntry _entry;
    private readonly ContentWriter _write;
    private readonly ContentHash _hash = new();
    private readonly ArchivedMapParser? _map;
    private ContentDefect? _defect;
    private long _taken;
    private long _offset;
    private int _extent;
    private long _extentTaken;

    /// <summary>Begins a member.</summary>
    /// <param name="entry">Its size, digest, length as archived, and whether it is sparse, count; a digest of None is
    /// not verified.</param>
    /// <param name="write">Takes the content, as FileSink.Write does.</param>
    public MemberExtractor(FileEntry entry, ContentWriter write)
    {
        (_entry, _write) = (entry, write);
        if (entry.Sparse) _map = new ArchivedMapParser(entry.Size, entry.Position.Length);
        _hash.Begin(entry.Digest.Algorithm);
    }

    /// <summary>Bytes of archived content that are still to come.</summary>
    public long BytesLeft => _entry.Position.Length - _taken;

    /// <summary>Takes the next bytes of the archived content.</summary>
    /// <param name="piece">Any length up to <see cref="BytesLeft"/>; padding behind the content is not part of
    /// it.</param>
    /// <returns>Null, or what is wrong; then nothing more is taken.</returns>
    public ContentDefect? Push(ReadOnlySpan<byte> piece)
    {
        if (_defect is not null) return _defect;
        if (piece.Length > BytesLeft)
            return _defect = new ContentDefect(
                ContentDefectKind.WrongLength, $"Expected {_entry.Position.Length} bytes of content, found more.");
        _hash.Append(piece);
        _taken += piece.Length;
        if (_map is null)
        {
            if (!piece.IsEmpty) _write(_offset, piece);
            _offset += piece.Length;
            return null;
        }
        return PushSparse(piece);
    }

    /// <summary>Ends the member: compares length and digest.</summary>
    /// <returns>Null when the content is what the entry announces.</returns>
    public ContentDefect? Finish()
    {
        if (_defect is not null) return _defect;
        if (BytesLeft != 0)
            return _defect = new ContentDefect(
                ContentDefectKind.WrongLength, $"Expected {_entry.Position.Length} bytes of content, found {_taken}.");
        if (_map is { Done: false })
            return _defect = new ContentDefect(
                ContentDefectKind.BadMap, "The map of a sparse file is damaged: it has no end.");
        if (_map is null && _taken != _entry.Size)
            return _defect = new ContentDefect(
                ContentDefectKind.WrongLength,
                $"Expected a file of {_entry.Size} bytes, found {_taken} bytes of content.");
        if (_entry.Digest.Algorithm != DigestAlgorithm.None && !_hash.End().Equals(_entry.Digest))
            return _defect = new ContentDefect(
                ContentDefectKind.WrongDigest,
                $"The {_entry.Digest.Algorithm} of the content is not the recorded one.");
        return null;
    }

    private ContentDefect? PushSparse(ReadOnlySpan<byte> piece)
    {
        if (!_map!.Done)
        {
            var used = _map.Push(piece, out var defect);
            if (used < 0) return _defect = new ContentDefect(ContentDefectKind.BadMap, defect);
            piece = piece[used..];
        }
        while (!piece.IsEmpty)
        {
            // The map's sum was compared with the length, so an extent is left for every byte.
            var extent = _map.Extents[_extent];
            var count = (int)Math.Min(piece.Length, extent.Length - _extentTaken);
            if (count > 0) _write(extent.Offset + _extentTaken, piece[..count]);
            piece = piece[count..];
            _extentTaken += count;
            if (_extentTaken < extent.Length) continue;
            _extent++;
            _extentTaken = 0;
        }
        return null;
    }
}
