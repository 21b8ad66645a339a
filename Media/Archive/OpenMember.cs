using System.Buffers;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Archive;

/// <summary>
/// The member that is being archived: headers, content and padding as one sequence of bytes, hashed once as it passes.
/// </summary>
internal sealed class OpenMember
{
    private readonly PaxHeader _writer = new();
    private readonly ArrayBufferWriter<byte> _header = new(4096);
    private readonly MemberContent _content = new();
    private readonly ContentHash _hash = new();
    private WalkedItem? _item;
    private DigestAlgorithm _algorithm;
    private bool _damaged;
    private bool _isFresh;

    /// <summary>As announced; without digest, and without position until <see cref="Locate"/>.</summary>
    internal FileEntry Entry { get; private set; } = null!;

    internal int Level { get; private set; }

    /// <summary>Bytes of headers, content and padding.</summary>
    internal long Total { get; private set; }

    /// <summary>Of these, the bytes already given.</summary>
    internal long Done { get; private set; }

    internal long Left => Total - Done;

    internal int HeaderBytes => _header.WrittenCount;

    internal long ContentBytes => _content.Length;

    internal int Rereads { get; private set; }

    internal PosixException? Failure => _content.Failure;

    internal bool EndedEarly => _content.EndedEarly;

    /// <summary>True when content was announced and not one byte of it could be read.</summary>
    internal bool IsUnreadable => Failure is not null && _content.BytesRead == 0;

    /// <summary>Takes an item over; the entry is the item's, or a link's with its first name's position.</summary>
    internal void Begin(WalkedItem item, FileEntry entry)
    {
        (_item, Level, _algorithm) = (item, item.Operation.CompressionLevel, item.Operation.Digest);
        Rereads = 0;
        _damaged = false;
        _isFresh = item.IsFresh;
        Begin(entry, item.Extents);
    }

    /// <summary>
    /// Begins the same file again, as it is now. It is being written, so a further change may bear the same time stamp.
    /// </summary>
    internal void BeginAgain(FileState now)
    {
        Rereads++;
        _isFresh = true;
        Begin(ArchivedEntry.Refreshed(Entry, now), Entry.Sparse ? _item!.FindExtents(now.Size) : null);
    }

    /// <summary>
    /// Goes on where a fragment's end cut the member. The item is what has its path now, or null; when it is not the
    /// file that was announced, or what was read of it before reads otherwise now, the rest is zeros. Returns false
    /// then.
    /// </summary>
    internal bool Resume(MemberCut cut, WalkedItem? item, Span<byte> scratch)
    {
        _algorithm = cut.HashState.Length switch
        {
            0 => DigestAlgorithm.None,
            32 => DigestAlgorithm.Sha256,
            _ => DigestAlgorithm.Sha512
        };
        (_item, Entry, Level, Rereads) = (item, cut.Entry, item?.Operation.CompressionLevel ?? 1, 0);
        _isFresh = item is { IsFresh: true };
        _header.ResetWrittenCount();
        _writer.Write(cut.Entry, cut.Entry.Position.Length, _header);
        Total = HeaderBytes + PaxHeader.Padded(cut.Entry.Position.Length);
        Done = cut.MemberBytes;
        var prefix = Math.Max(0, cut.MemberBytes - HeaderBytes);
        _damaged = !(item is not null && IsSame(cut.Entry, item.Entry) && HasPrefix(item, cut, prefix, scratch));
        if (!_damaged) return true;
        Close();
        _content.BeginZeros(cut.Entry.Position.Length);
        _hash.Resume(_algorithm, cut.HashState, prefix);
        return false;
    }

    /// <summary>Says where the content begins; the entry is complete then but for its digest.</summary>
    internal void Locate(ContentPosition position) =>
        Entry = ArchivedEntry.Of(Entry, default, position, EntryFlags.None);

    /// <summary>True when the first byte of content can be read.</summary>
    internal bool Probe() => _content.Probe();

    /// <summary>
    /// Gives the next bytes; the target is not longer than <see cref="Left"/>. Returns the bytes of content among them.
    /// </summary>
    internal int Fill(Span<byte> target)
    {
        if (Done < HeaderBytes)
        {
            var count = (int)Math.Min(target.Length, HeaderBytes - Done);
            _header.WrittenSpan.Slice((int)Done, count).CopyTo(target);
            target = target[count..];
            Done += count;
        }
        var content = (int)Math.Min(target.Length, Math.Max(0, _content.Length - (Done - HeaderBytes)));
        if (content > 0)
        {
            _content.Fill(target[..content], Done - HeaderBytes);
            _hash.Append(target[..content]);
        }
        target[content..].Clear();
        Done += target.Length;
        return content;
    }

    /// <summary>True when size and times are still those announced.</summary>
    internal bool IsUnchanged(out FileState now)
    {
        now = FileState.Of(Entry);
        _item?.Refresh(out now);
        return now == FileState.Of(Entry);
    }

    /// <summary>Where the fragment's end cuts it; at a multiple of 512 bytes.</summary>
    internal MemberCut Cut() => new(Entry, Done, _hash.State());

    /// <summary>The entry with digest and position, after the last byte; closes the file.</summary>
    internal FileEntry End(ContentPosition position, EntryFlags flags)
    {
        if (_damaged) flags |= EntryFlags.DamagedByChange;
        var digest = _content.Length > 0 ? _hash.End() : default;
        var entry = _isFresh ? Entry with { Changed = default } : Entry;
        Close();
        return entry.Kind == FileKind.HardLink ? entry : ArchivedEntry.Of(entry, digest, position, flags);
    }

    /// <summary>Closes the file.</summary>
    internal void Close()
    {
        _item?.Dispose();
        _item = null;
    }

    /// <summary>Tells the kernel that the pages of the file are not needed again.</summary>
    internal void AdviseNotNeeded() => _item?.AdviseNotNeeded();

    private void Begin(FileEntry entry, IReadOnlyList<DataExtent>? extents)
    {
        Entry = entry;
        _content.Begin(_item!, entry, extents);
        _hash.Begin(_algorithm);
        _header.ResetWrittenCount();
        _writer.Write(entry, _content.Length, _header, _item!.Dumpdir);
        Total = HeaderBytes + PaxHeader.Padded(_content.Length);
        Done = 0;
    }

    private static bool IsSame(FileEntry announced, FileEntry now) =>
        now.Kind == announced.Kind && now.Inode == announced.Inode && now.Device == announced.Device
        && now.Sparse == announced.Sparse
        && FileState.Of(now) == FileState.Of(announced);

    // Times can be set back, so they alone do not prove that the content is the one whose first part is on the medium.
    private bool HasPrefix(WalkedItem item, MemberCut cut, long prefix, Span<byte> scratch)
    {
        _content.Begin(item, cut.Entry, item.Extents);
        _hash.Begin(_algorithm);
        if (_content.Length != cut.Entry.Position.Length) return false;
        for (long at = 0; at < prefix;)
        {
            var piece = scratch[..(int)Math.Min(scratch.Length, prefix - at)];
            _content.Fill(piece, at);
            _hash.Append(piece);
            at += piece.Length;
        }
        return _content.Failure is null && !_content.EndedEarly && _hash.State().AsSpan().SequenceEqual(cut.HashState);
    }
}
