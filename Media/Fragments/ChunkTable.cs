namespace Backup.Media.Fragments;

/// <summary>Where the chunks of a fragment lie: in its archive bytes, and as frames in its data.</summary>
public sealed class ChunkTable
{
    /// <summary>Most bytes of a frame: a chunk that does not compress, with the frame's own bytes.</summary>
    public const int FrameBytesMax = ArchiveChunk.ArchiveBytesMax + (64 << 10);

    private readonly List<long> _archiveStarts = [0];
    private readonly List<long> _frameStarts = [0];

    /// <summary>Chunks.</summary>
    public int Count => _archiveStarts.Count - 1;

    /// <summary>Bytes of all chunks, uncompressed.</summary>
    public long ArchiveBytes => _archiveStarts[^1];

    /// <summary>Bytes of all frames: of the fragment's data.</summary>
    public long StoredBytes => _frameStarts[^1];

    /// <summary>Where a chunk lies.</summary>
    /// <param name="chunk">From 0.</param>
    public ChunkExtent this[int chunk] => new(
        _archiveStarts[chunk],
        (int)(_archiveStarts[chunk + 1] - _archiveStarts[chunk]),
        _frameStarts[chunk],
        (int)(_frameStarts[chunk + 1] - _frameStarts[chunk]));

    /// <summary>The chunk that holds an archive byte.</summary>
    /// <param name="archiveOffset">0 to ArchiveBytes - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fragment has no such byte.</exception>
    public int Find(long archiveOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(archiveOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(archiveOffset, ArchiveBytes);
        var found = _archiveStarts.BinarySearch(archiveOffset);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The first chunk whose frame ends behind a byte of the data.</summary>
    /// <param name="dataOffset">0 to StoredBytes - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fragment has no such byte.</exception>
    public int FindStored(long dataOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(dataOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dataOffset, StoredBytes);
        var found = _frameStarts.BinarySearch(dataOffset);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Takes the next chunk in.</summary>
    /// <param name="archiveLength">1 to <see cref="ArchiveChunk.ArchiveBytesMax"/>.</param>
    /// <param name="frameLength">1 to <see cref="FrameBytesMax"/>.</param>
    internal void Add(int archiveLength, int frameLength)
    {
        _archiveStarts.Add(ArchiveBytes + archiveLength);
        _frameStarts.Add(StoredBytes + frameLength);
    }

    /// <summary>The table as bytes, in the form of the medium's index (docs/formats/index.md).</summary>
    public byte[] ToBytes()
    {
        var fields = new FieldWriter(16 + (Count * 6));
        WriteTo(fields);
        return fields.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> made.</summary>
    /// <param name="bytes">Not trusted.</param>
    /// <returns>The table, or null when the bytes are not one.</returns>
    public static ChunkTable? FromBytes(ReadOnlySpan<byte> bytes)
    {
        var fields = new FieldReader(bytes);
        var table = ReadFrom(ref fields);
        return fields.AtEnd ? table : null;
    }

    internal void WriteTo(FieldWriter all)
    {
        all.Unsigned((ulong)Count);
        (long Archive, long Frame) before = (ArchiveChunk.ArchiveBytesMax, 0);
        for (var chunk = 0; chunk < Count; chunk++)
        {
            var extent = this[chunk];
            all.Signed(extent.ArchiveLength - before.Archive);
            all.Signed(extent.FrameLength - before.Frame);
            before = (extent.ArchiveLength, extent.FrameLength);
        }
    }

    internal static ChunkTable ReadFrom(ref FieldReader fields)
    {
        var count = fields.Count(2);
        var table = new ChunkTable();
        (long Archive, long Frame) before = (ArchiveChunk.ArchiveBytesMax, 0);
        for (var chunk = 0; chunk < count && !fields.Failed; chunk++)
        {
            before = (unchecked(before.Archive + fields.Signed()), unchecked(before.Frame + fields.Signed()));
            if (IsPossible(before.Archive, before.Frame)) table.Add((int)before.Archive, (int)before.Frame);
            else fields.Fail();
        }
        return table;
    }

    internal static bool IsPossible(long archiveLength, long frameLength) =>
        archiveLength is > 0 and <= ArchiveChunk.ArchiveBytesMax && frameLength is > 0 and <= FrameBytesMax;
}

/// <summary>Where one chunk lies.</summary>
/// <param name="ArchiveOffset">Offset in the fragment's archive bytes.</param>
/// <param name="ArchiveLength">Archive bytes.</param>
/// <param name="FrameOffset">Offset of its frame in the fragment's data, over all parts.</param>
/// <param name="FrameLength">Bytes of the frame.</param>
public readonly record struct ChunkExtent(long ArchiveOffset, int ArchiveLength, long FrameOffset, int FrameLength);
