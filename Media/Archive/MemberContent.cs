using Backup.Media.Files;
using Backup.Media.Posix;

namespace Backup.Media.Archive;

/// <summary>
/// The content of one item as it is archived: the file's bytes, or a sparse file's map and extents. It has the
/// announced length whatever the file does; what cannot be read is zeros.
/// </summary>
internal sealed class MemberContent
{
    private WalkedItem? _item;
    private byte[]? _map;
    private IReadOnlyList<DataExtent> _extents = [];
    private int _extent;
    private long _extentStart;

    /// <summary>Bytes as archived.</summary>
    internal long Length { get; private set; }

    /// <summary>Bytes that the file gave.</summary>
    internal long BytesRead { get; private set; }

    /// <summary>True once the file ended before its announced size.</summary>
    internal bool EndedEarly { get; private set; }

    /// <summary>The error that reading met; zeros are given since.</summary>
    internal PosixException? Failure { get; private set; }

    /// <summary>Begins an item; the entry's size counts, not the file's.</summary>
    internal void Begin(WalkedItem item, FileEntry entry, IReadOnlyList<DataExtent>? extents)
    {
        Forget();
        _item = item;
        if (entry.Kind != FileKind.Regular) return;
        Length = entry.Size;
        if (!entry.Sparse) return;
        _extents = extents ?? [];
        _map = ArchivedMap.Format(_extents, entry.Size);
        Length = _map.Length;
        _extentStart = _map.Length;
        foreach (var extent in _extents) Length += extent.Length;
    }

    /// <summary>Begins zeros in the place of an item that is gone or another.</summary>
    internal void BeginZeros(long length)
    {
        Forget();
        Length = length;
    }

    /// <summary>True when the first byte can be read, or there is none.</summary>
    internal bool Probe()
    {
        Span<byte> first = stackalloc byte[1];
        var before = BytesRead;
        if (Length > 0 && _extents is [{ } extent, ..]) ReadFile(first, extent.Offset);
        else if (Length > 0 && _map is null) ReadFile(first, 0);
        BytesRead = before;
        return Failure is null;
    }

    /// <summary>Fills the target with what lies at an offset of the archived content; offsets only grow.</summary>
    internal void Fill(Span<byte> target, long offset)
    {
        if (_map is not null && offset < _map.Length)
        {
            var count = Math.Min(target.Length, _map.Length - (int)offset);
            if (_item is null) target[..count].Clear();
            else _map.AsSpan((int)offset, count).CopyTo(target);
            target = target[count..];
            offset += count;
        }
        if (_map is null)
        {
            ReadFile(target, offset);
            return;
        }
        while (!target.IsEmpty)
        {
            while (offset >= _extentStart + _extents[_extent].Length) _extentStart += _extents[_extent++].Length;
            var extent = _extents[_extent];
            var inside = offset - _extentStart;
            var count = (int)Math.Min(target.Length, extent.Length - inside);
            ReadFile(target[..count], extent.Offset + inside);
            target = target[count..];
            offset += count;
        }
    }

    private void Forget()
    {
        (_item, _map, _extents, _extent, _extentStart) = (null, null, [], 0, 0);
        (Length, BytesRead, EndedEarly, Failure) = (0, 0, false, null);
    }

    private void ReadFile(Span<byte> target, long offset)
    {
        try
        {
            while (!target.IsEmpty && _item is not null)
            {
                var count = _item.Read(target, offset);
                if (count == 0)
                {
                    EndedEarly = true;
                    _item = null;
                    break;
                }
                target = target[count..];
                offset += count;
                BytesRead += count;
            }
        }
        catch (PosixException error)
        {
            Failure = error;
            _item = null;
        }
        target.Clear();
    }
}
