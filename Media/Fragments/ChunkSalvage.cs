using Backup.Media.Compression;
using Backup.Media.Tape;

namespace Backup.Media.Fragments;

/// <summary>
/// Puts a chunk together that is whole in no copy: its blocks are cut alike in all of them, so that one block may come
/// from one copy and the next from another. Which blocks are right is known when their frame's check sum is.
/// </summary>
public sealed class ChunkSalvage
{
    private readonly ChunkExtent _extent;
    private readonly int _first;
    private readonly List<(TapeLocation At, int Block, int Slot)> _places = [];
    private readonly List<byte[]>[] _blocks;

    /// <summary>Prepares it.</summary>
    /// <param name="copies">Where the copies lie; all with the same chunks.</param>
    /// <param name="chunk">The chunk.</param>
    public ChunkSalvage(IReadOnlyList<FragmentLayout> copies, int chunk)
    {
        _extent = copies[0].Chunks[chunk];
        _first = (int)(_extent.FrameOffset / TapeFormat.BlockBytesMax);
        var last = (int)((_extent.FrameOffset + _extent.FrameLength - 1) / TapeFormat.BlockBytesMax);
        _blocks = [.. Enumerable.Range(0, last - _first + 1).Select(_ => new List<byte[]>())];
        foreach (var copy in copies)
            for (var block = _first; block <= last; block++)
            {
                var at = (long)block * TapeFormat.BlockBytesMax;
                foreach (var part in copy.Parts.Where(part => part.Offset <= at && at < part.Offset + part.Length))
                    _places.Add((
                        part.Location, (int)((at - part.Offset) / TapeFormat.BlockBytesMax), block - _first));
            }
    }

    /// <summary>The frame, when it is found.</summary>
    public ReadOnlyMemory<byte> Frame { get; private set; }

    /// <summary>Blocks to be read, from which volume; those of a volume in a row.</summary>
    public IReadOnlyList<(TapeLocation At, int Number)> Places =>
        [.. _places.Select((place, number) => (place.At, number))];

    /// <summary>Reads one block; one that cannot be read is left out.</summary>
    /// <param name="drive">Loaded with its volume.</param>
    /// <param name="number">As in <see cref="Places"/>.</param>
    public void Read(ITapeDrive drive, int number)
    {
        var (at, block, slot) = _places[number];
        var buffer = new byte[TapeFormat.BlockBytesMax];
        if (!drive.Locate(new TapePosition(at.File, block + 1L)).IsGood) return;
        var result = drive.Read(buffer);
        if (result.Status != TapeStatus.Block) return;
        var read = buffer.AsSpan(0, result.Length).ToArray();
        if (!_blocks[slot].Exists(known => known.AsSpan().SequenceEqual(read))) _blocks[slot].Add(read);
    }

    /// <summary>Tries what was read together.</summary>
    /// <param name="archive">Takes the chunk's archive bytes: at least as many as it has.</param>
    /// <returns>True when one way of putting blocks together is a whole frame.</returns>
    public bool TryAssemble(Span<byte> archive)
    {
        var ways = _blocks.Aggregate(1L, (product, each) => product * each.Count);
        for (var way = 0L; way < Math.Min(ways, 1000); way++)
        {
            var frame = Take(way);
            if (frame is null || ChunkCompression.Decompress(frame, archive[.._extent.ArchiveLength]) is not null)
                continue;
            Frame = frame;
            return true;
        }
        return false;
    }

    private byte[]? Take(long way)
    {
        var frame = new byte[_extent.FrameLength];
        for (var slot = 0; slot < _blocks.Length; slot++)
        {
            var block = _blocks[slot][(int)(way % _blocks[slot].Count)];
            way /= _blocks[slot].Count;
            var begins = ((long)_first + slot) * TapeFormat.BlockBytesMax;
            var from = Math.Max(begins, _extent.FrameOffset);
            var to = Math.Min(begins + TapeFormat.BlockBytesMax, _extent.FrameOffset + _extent.FrameLength);
            if (block.Length < to - begins) return null;
            block.AsSpan((int)(from - begins), (int)(to - from))
                .CopyTo(frame.AsSpan((int)(from - _extent.FrameOffset)));
        }
        return frame;
    }
}
