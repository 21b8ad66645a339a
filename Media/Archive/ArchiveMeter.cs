using System.Buffers;
using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>Says how long the archive of a walk would be, without reading any content. One thread at a time.</summary>
public sealed class ArchiveMeter
{
    private readonly PaxHeader _headers = new();
    private readonly ArrayBufferWriter<byte> _header = new(4096);
    private readonly MemberContent _content = new();
    private long _items;
    private long _bytes = PaxHeader.TrailerBytes;

    /// <summary>Members so far; may be read by other threads.</summary>
    public long Items => Volatile.Read(ref _items);

    /// <summary>Bytes so far: headers, content, padding, and the end; may be read by other threads.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Adds an item as it would be archived now.</summary>
    /// <param name="item">An item of a walk; not disposed.</param>
    public void Add(WalkedItem item)
    {
        _content.Begin(item, item.Entry, item.Extents);
        _header.ResetWrittenCount();
        _headers.Write(item.Entry, _content.Length, _header, item.Dumpdir);
        Volatile.Write(ref _items, _items + 1);
        Volatile.Write(ref _bytes, _bytes + _header.WrittenCount + PaxHeader.Padded(_content.Length));
    }
}
