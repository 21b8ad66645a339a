using Backup.Media.Compression;
using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>A piece of archive bytes, or the news that it cannot be had.</summary>
/// <param name="Range">Where it lies in the fragment's archive bytes.</param>
/// <param name="Bytes">The bytes, valid until the next piece is asked for; empty when there is a defect.</param>
/// <param name="Defect">Null when the bytes are good.</param>
public readonly record struct ArchivePiece(ArchiveRange Range, ReadOnlyMemory<byte> Bytes, FragmentDefect? Defect);

/// <summary>
/// Reads archive bytes of one fragment after a plan, part by part, and checks every block before it is used. A damaged
/// block costs the chunks that lie in it and no other. For one thread at a time; calls block.
/// </summary>
public sealed class FragmentReader : IDisposable
{
    private readonly FragmentLayout _index;
    private readonly FragmentReadPlan _plan;
    private byte[] _frame = ChunkBuffers.Rent();
    private byte[] _block = ChunkBuffers.Rent();
    private byte[] _archive = ChunkBuffers.Rent();
    private FragmentDefect? _chunkDefect;
    private int _frameLength;
    private int _nextPart;
    private int _nextChunk;
    private int _nextRange;

    /// <summary>Prepares to read.</summary>
    /// <param name="index">The fragment. Without digests of blocks, the chunks' own check sums and the members' digests
    /// must find what is damaged.</param>
    /// <param name="plan">A plan for it; its parts are to be read in order, each once.</param>
    public FragmentReader(FragmentLayout index, FragmentReadPlan plan) => (_index, _plan) = (index, plan);

    /// <summary>Bytes read from media so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The frame of the chunk that the last piece lies in; valid until the next piece is asked for.</summary>
    public ReadOnlyMemory<byte> Frame => _frame.AsMemory(0, _frameLength);

    /// <summary>The next part to read; null when all are.</summary>
    public PartRead? Next => _nextPart < _plan.Parts.Count ? _plan.Parts[_nextPart] : null;

    /// <summary>
    /// Reads the next part. The pieces together with those of the other parts are the plan's ranges, in order.
    /// </summary>
    /// <param name="drive">Loaded with that part's volume; its label was checked.</param>
    /// <exception cref="InvalidOperationException">All parts are read.</exception>
    public IEnumerable<ArchivePiece> Read(ITapeDrive drive)
    {
        var read = Next ?? throw new InvalidOperationException("All parts of the plan are read.");
        var part = _index.Parts[read.Part];
        _nextPart++;
        if (HeaderDefect(drive, part) is { } defect) yield return new ArchivePiece(default, default, defect);
        foreach (var range in read.Blocks)
            for (var block = range.First; block < range.First + range.Count; block++)
            {
                var (length, wrong) = ReadBlock(drive, part, block);
                foreach (var piece in Take(part, block, length, wrong)) yield return piece;
            }
    }

    /// <summary>Passes over the next part, whose volume cannot be had.</summary>
    /// <param name="detail">Why, one sentence for the operator.</param>
    /// <exception cref="InvalidOperationException">All parts are read.</exception>
    public IEnumerable<ArchivePiece> Skip(string detail)
    {
        var read = Next ?? throw new InvalidOperationException("All parts of the plan are read.");
        var part = _index.Parts[read.Part];
        _nextPart++;
        var missing = new FragmentDefect(part.Location, DefectKind.Missing, -1, default, detail);
        foreach (var range in read.Blocks)
            for (var block = range.First; block < range.First + range.Count; block++)
                foreach (var piece in Take(part, block, 0, missing))
                    yield return piece;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in (ReadOnlySpan<byte[]>)[_frame, _block, _archive])
            if (buffer.Length > 0) ChunkBuffers.Return(buffer);
        (_frame, _block, _archive) = ([], [], []);
    }

    private FragmentDefect? HeaderDefect(ITapeDrive drive, FragmentPart part)
    {
        var located = drive.Locate(new TapePosition(part.Location.File, 0));
        var result = located.IsGood ? drive.Read(_block) : located;
        BytesRead += result.Length;
        if (result.Status == TapeStatus.Block
            && (part.HeaderDigest.IsNone || Sha256Digest.Of(_block.AsSpan(0, result.Length)) == part.HeaderDigest))
            return null;
        return result.Status is TapeStatus.Block or TapeStatus.FileMark
            ? new FragmentDefect(
                part.Location, DefectKind.HeaderDamaged, 0, default, "the header block is not the one that was written")
            : Unreadable(part.Location, 0, result);
    }

    private (int Length, FragmentDefect? Defect) ReadBlock(ITapeDrive drive, FragmentPart part, int block)
    {
        var place = new TapePosition(part.Location.File, block + 1L);
        var located = drive.Locate(place);
        var result = located.IsGood ? drive.Read(_block) : located;
        BytesRead += result.Length;
        var expected = (int)Math.Min(TapeFormat.BlockBytesMax, part.Length - ((long)block * TapeFormat.BlockBytesMax));
        if (result.Status == TapeStatus.Block && result.Length == expected
            && part.Holds(block, _block.AsSpan(0, expected))) return (expected, null);
        return (0, result.Status is TapeStatus.Block or TapeStatus.FileMark
            ? new FragmentDefect(
                part.Location, DefectKind.BlockDamaged, place.Block, default,
                $"expected {expected} bytes{part.DigestText(block)}, found {result.Length} other bytes")
            : Unreadable(part.Location, place.Block, result));
    }

    private static FragmentDefect Unreadable(TapeLocation location, long block, TapeResult result) =>
        result.Status is TapeStatus.EndOfData or TapeStatus.NotLoaded
            ? new FragmentDefect(location, DefectKind.Missing, -1, default, "the volume has no such tape file")
            : new FragmentDefect(
                location, DefectKind.Unreadable, block, default,
                $"{result.Operation} failed: "
                    + $"{(result.Errno > 0 ? Posix.Errno.Describe(result.Errno) : result.Status.ToString())}");

    /// <summary>Takes a block's bytes into the chunks that lie in it, and gives those that are whole.</summary>
    private IEnumerable<ArchivePiece> Take(FragmentPart part, int block, int length, FragmentDefect? wrong)
    {
        var from = part.Offset + ((long)block * TapeFormat.BlockBytesMax);
        var to = Math.Min(from + TapeFormat.BlockBytesMax, part.Offset + part.Length);
        for (; _nextChunk < _plan.Chunks.Count; _nextChunk++)
        {
            var extent = _index.Chunks[_plan.Chunks[_nextChunk]];
            if (extent.FrameOffset >= to) yield break;
            var end = extent.FrameOffset + extent.FrameLength;
            var first = Math.Max(from, extent.FrameOffset);
            if (wrong is null && length > 0)
                _block.AsSpan((int)(first - from), (int)(Math.Min(to, end) - first))
                    .CopyTo(_frame.AsSpan((int)(first - extent.FrameOffset)));
            else
                _chunkDefect ??= wrong;
            if (end > to) yield break;
            foreach (var piece in Pieces(part, extent)) yield return piece;
        }
    }

    private IEnumerable<ArchivePiece> Pieces(FragmentPart part, ChunkExtent extent)
    {
        var defect = _chunkDefect;
        (_chunkDefect, _frameLength) = (null, extent.FrameLength);
        if (defect is null && ChunkCompression.Decompress(
            _frame.AsSpan(0, extent.FrameLength), _archive.AsSpan(0, extent.ArchiveLength)) is { } bad)
            defect = new FragmentDefect(
                part.Location, DefectKind.ChunkDamaged, part.BlockOf(extent), default, bad.Detail);
        var chunkEnd = extent.ArchiveOffset + extent.ArchiveLength;
        for (; _nextRange < _plan.Ranges.Count; _nextRange++)
        {
            var range = _plan.Ranges[_nextRange];
            if (range.Offset >= chunkEnd) yield break;
            var from = Math.Max(range.Offset, extent.ArchiveOffset);
            var piece = new ArchiveRange(from, Math.Min(range.End, chunkEnd) - from);
            yield return defect is null
                ? new ArchivePiece(
                    piece, _archive.AsMemory((int)(from - extent.ArchiveOffset), (int)piece.Length), null)
                : new ArchivePiece(piece, default, defect with { Lost = piece });
            if (range.End > chunkEnd) yield break;
        }
    }
}
