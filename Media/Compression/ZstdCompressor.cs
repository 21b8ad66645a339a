namespace Backup.Media.Compression;

/// <summary>
/// Makes one standard Zstandard frame (RFC 8878) with content size and checksum. Contexts of libzstd are pooled; safe
/// to call from many threads at once.
/// </summary>
public static unsafe class ZstdCompressor
{
    /// <summary>The level that stores: blocks stay raw as far as nothing is gained at no cost.</summary>
    public const int StoreLevel = 0;

    /// <summary>
    /// The highest level: 19. Above it decompression needs more memory than readers allow by default.
    /// </summary>
    public const int LevelMax = 19;

    // From here on a pass at level 1 costs little beside the real one, and tells whether the data can be compressed at
    // all.
    private const int ProbeFromLevel = 5;
    private const int ProbeGainShare = 64;

    // Not less than ZSTD_COMPRESSBOUND (zstd.h) for any size, with which libzstd guarantees success.
    private const int FrameOverheadBytesMax = 128;

    /// <summary>
    /// Room that libzstd wants for a frame; what it makes is never larger than the data stored raw and about 30 bytes a
    /// MiB.
    /// </summary>
    /// <param name="archiveBytes">Bytes to compress.</param>
    public static int FrameBytesMax(int archiveBytes) => archiveBytes + (archiveBytes >> 8) + FrameOverheadBytesMax;

    /// <summary>Compresses to one frame.</summary>
    /// <param name="data">What to compress.</param>
    /// <param name="frame">At least <see cref="FrameBytesMax"/> bytes.</param>
    /// <param name="level">1 to 19; 0 stores.</param>
    /// <returns>Bytes of the frame.</returns>
    /// <exception cref="ArgumentException">The level is out of range, or the target too small.</exception>
    /// <exception cref="DllNotFoundException">libzstd is not installed.</exception>
    public static int Compress(ReadOnlySpan<byte> data, Span<byte> frame, int level)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(level);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, LevelMax);
        if (frame.Length < FrameBytesMax(data.Length))
            throw new ArgumentException(
                $"A frame needs {FrameBytesMax(data.Length)} bytes, found {frame.Length}.", nameof(frame));
        var context = CompressionContext.Rent();
        try
        {
            if (level == StoreLevel) return Compress(context, data, frame, ZstdLibrary.LowestLevel());
            if (level < ProbeFromLevel) return Compress(context, data, frame, level);
            var probe = Compress(context, data, frame, level: 1);
            return probe > data.Length - (data.Length / ProbeGainShare) ? probe : Compress(context, data, frame, level);
        }
        finally
        {
            CompressionContext.Return(context);
        }
    }

    private static int Compress(CompressionContext context, ReadOnlySpan<byte> data, Span<byte> frame, int level)
    {
        var address = context.Address;
        Check(ZstdLibrary.ResetCompression(address, ZstdLibrary.ResetSession));
        Check(ZstdLibrary.SetParameter(address, ZstdLibrary.CompressionLevelParameter, level));
        Check(ZstdLibrary.SetParameter(address, ZstdLibrary.ContentSizeFlagParameter, 1));
        Check(ZstdLibrary.SetParameter(address, ZstdLibrary.ChecksumFlagParameter, 1));
        fixed (byte* source = data)
        fixed (byte* target = frame)
        {
            var size = ZstdLibrary.Compress(address, target, (nuint)frame.Length, source, (nuint)data.Length);
            Check(size);
            return (int)size;
        }
    }

    private static void Check(nuint code)
    {
        // Room is checked before, parameters are constants: what is left is a library that is broken or out of memory.
        if (ZstdLibrary.IsError(code))
            throw new InvalidOperationException($"libzstd failed: {ZstdLibrary.Describe(code)}.");
    }
}
