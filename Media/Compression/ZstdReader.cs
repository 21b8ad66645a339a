using Backup.Media.Archive;

namespace Backup.Media.Compression;

/// <summary>
/// Decompresses a sequence of Zstandard frames as it is read; skippable frames are passed over. Memory is bounded by
/// libzstd's default limit of the window (128 MiB), whatever a frame declares.
/// </summary>
public sealed unsafe class ZstdReader : IByteSource, IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly IByteSource _source;
    private readonly DecompressionContext _context = new();
    private readonly byte[] _buffer = new byte[BufferBytes];
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
        if (target.IsEmpty || Defect is not null) return 0;
        while (true)
        {
            // Output may be waiting inside the context although no input is left, so the input's end is decided after
            // the call.
            var ended = _start == _end && !Fill();
            if (Defect is not null || (ended && !_insideFrame)) return 0;
            var count = Step(target);
            if (count > 0) return count;
            if (Defect is not null) return 0;
            if (ended)
            {
                Defect = $"The compressed data end inside a frame, at byte {_read}.";
                return 0;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();

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
