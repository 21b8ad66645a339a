using Backup.Media.Fragments;

namespace Backup.Media.Compression;

/// <summary>Chunks to frames and back: one chunk is one Zstandard frame. Format: docs/formats/archive.md.</summary>
public static unsafe class ChunkCompression
{
    /// <summary>
    /// The chunk with its archive bytes replaced by their frame, made at the chunk's own level; the given chunk is used
    /// up.
    /// </summary>
    /// <param name="chunk">With plain archive bytes as payload.</param>
    /// <exception cref="DllNotFoundException">libzstd is not installed.</exception>
    public static ArchiveChunk Compress(ArchiveChunk chunk)
    {
        var data = chunk.Payload.Span;
        var frame = ChunkBuffers.Rent();
        var length = ZstdCompressor.Compress(data, frame, chunk.CompressionLevel);
        return chunk.WithPayload(frame, length);
    }

    /// <summary>Decompresses one frame.</summary>
    /// <param name="frame">Exactly one frame; bytes from outside, not trusted.</param>
    /// <param name="archive">Takes the archive bytes; its length is the announced one, and the frame must fill
    /// it.</param>
    /// <returns>Null when the frame is whole and its checksum right; else what is wrong, and the target's content means
    /// nothing.</returns>
    /// <exception cref="DllNotFoundException">libzstd is not installed.</exception>
    public static FrameDefect? Decompress(ReadOnlySpan<byte> frame, Span<byte> archive)
    {
        fixed (byte* source = frame)
        fixed (byte* target = archive)
        {
            if (FindDefect(source, frame.Length, archive.Length) is { } defect) return defect;
            var context = DecompressionContext.Rent();
            try
            {
                var size = ZstdLibrary.Decompress(
                    context.Address, target, (nuint)archive.Length, source, (nuint)frame.Length);
                if (ZstdLibrary.IsError(size))
                    return new FrameDefect(
                        FrameDefectKind.Damaged, $"The frame is damaged: {ZstdLibrary.Describe(size)}.");
                return (int)size == archive.Length ? null : WrongLength(archive.Length, size);
            }
            finally
            {
                DecompressionContext.Return(context);
            }
        }
    }

    // The header is looked at first, so that nothing is inflated that is not what was announced.
    private static FrameDefect? FindDefect(byte* source, int frameLength, int archiveLength)
    {
        var content = ZstdLibrary.ContentSize(source, (nuint)frameLength);
        if (content == ZstdLibrary.ContentSizeError)
            return new FrameDefect(FrameDefectKind.NotAFrame, "Expected a Zstandard frame, found other bytes.");
        if (content == ZstdLibrary.ContentSizeUnknown)
            return new FrameDefect(
                FrameDefectKind.WrongLength, "Expected a frame that tells its content's size; this one does not.");
        if (content != (ulong)archiveLength) return WrongLength(archiveLength, content);
        var size = ZstdLibrary.FrameSize(source, (nuint)frameLength);
        if (ZstdLibrary.IsError(size))
            return new FrameDefect(FrameDefectKind.Damaged, $"The frame is damaged: {ZstdLibrary.Describe(size)}.");
        return (int)size == frameLength
            ? null
            : new FrameDefect(
                FrameDefectKind.Damaged, $"Expected one frame of {frameLength} bytes, found one of {size}.");
    }

    private static FrameDefect WrongLength(int expected, ulong found) =>
        new(FrameDefectKind.WrongLength, $"Expected {expected} archive bytes in the frame, found {found}.");
}
