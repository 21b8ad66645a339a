using Backup.Media.Archive;
using Backup.Media.Fragments;

namespace Backup.Media.Compression;

/// <summary>
/// Decompresses a sequence of Zstandard frames, a chunk each; skippable frames are passed over. Of a frame nothing is
/// given before all of it was read and its checksum is right: a file must not get bytes that are found to be damaged
/// later.
/// </summary>
public sealed unsafe class ZstdReader : IByteSource, IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly IByteSource _source;
    private readonly DecompressionContext _context = new();
    private readonly byte[] _buffer = new byte[BufferBytes];
    // One more tells a frame that is too large
    private readonly byte[] _frame = new byte[ArchiveChunk.ArchiveBytesMax + 1];
    private int _given;
    private int _filled;
    private int _start;
    private int _end;
    private bool _insideFrame;
    private long _read;

    /// <summary>Reads frames from a source.</summary>
    /// <param name="source">Compressed bytes; not disposed.</param>
    /// <exception cref="DllNotFoundException">libzstd is not installed.</exception>
    public ZstdReader(IByteSource source) => _source = source;

    /// <inheritdoc/>
    public string? Defect { get; private set; }

    /// <inheritdoc/>
    public int Read(Span<byte> target)
    {
        if (target.IsEmpty || (_given == _filled && !NextFrame())) return 0;
        var count = Math.Min(target.Length, _filled - _given);
        _frame.AsSpan(_given, count).CopyTo(target);
        _given += count;
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

    private bool NextFrame()
    {
        (_given, _filled) = (0, 0);
        var length = 0;
        while (Defect is null)
        {
            // Output may be waiting inside the context although no input is left, so the input's end is decided after
            // the call.
            var ended = _start == _end && !Fill();
            if (Defect is not null || (ended && !_insideFrame)) return false;
            var count = Step(_frame.AsSpan(length));
            length += count;
            if (Defect is not null) return false;
            if (length > ArchiveChunk.ArchiveBytesMax)
                Defect = $"A frame before byte {_read} holds more than a chunk can.";
            else if (!_insideFrame && length > 0) _filled = length;
            else if (ended && count == 0) Defect = $"The compressed data end inside a frame, at byte {_read}.";
            if (_filled > 0) return true;
        }
        return false;
    }

    private bool Fill()
    {
        _start = 0;
        _end = _source.Read(_buffer);
        Defect = _source.Defect;
        _read += _end;
        return _end > 0;
    }

    private int Step(Span<byte> target)
    {
        fixed (byte* source = _buffer)
        fixed (byte* output = target)
        {
            var from = new ZstdLibrary.InBuffer { Source = source, Size = (nuint)_end, Position = (nuint)_start };
            var to = new ZstdLibrary.OutBuffer { Target = output, Size = (nuint)target.Length };
            var code = ZstdLibrary.DecompressStream(_context.Address, &to, &from);
            if (ZstdLibrary.IsError(code))
            {
                Defect = $"The compressed data are damaged before byte {_read}: {ZstdLibrary.Describe(code)}.";
                return 0;
            }
            _start = (int)from.Position;
            _insideFrame = code != 0;
            return (int)to.Position;
        }
    }
}
