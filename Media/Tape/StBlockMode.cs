using System.Buffers.Binary;

namespace Backup.Media.Tape;

/// <summary>
/// How the blocks of a tape file lie on a tape: each as one block of the drive (variable), or cut into blocks of one
/// size (fixed). The last block of a tape file is then filled up by a skippable frame of Zstandard (RFC 8878, 3.1.2),
/// which `zstd -d` passes over. Layout: docs/formats.md.
/// </summary>
/// <param name="Bytes">Bytes of a drive's block; 0: variable.</param>
internal readonly record struct StBlockMode(int Bytes)
{
    internal const int FixedMin = 512;
    internal const int FixedMax = 16 * 1024;

    private const uint SkippableFrame = 0x184D2A5B;
    private const int FrameHeaderBytes = 8;
    private const int PaddingMin = 24;
    private const int TrailerBytes = 12;

    public static readonly StBlockMode Variable = new(0);

    public bool IsFixed => Bytes > 0;

    /// <summary>
    /// True for a size that can be told from a header block by its length alone: a power of two below the header's.
    /// </summary>
    public static bool IsFixedSize(int bytes) =>
        bytes is >= FixedMin and <= FixedMax && int.PopCount(bytes) == 1;

    /// <summary>The drive's blocks in so many bytes of one tape file's block.</summary>
    public int BlocksOf(int bytes) => IsFixed ? bytes / Bytes : 1;

    /// <summary>The drive's blocks from the beginning of a tape file to a block of it.</summary>
    /// <param name="block">From 0.</param>
    public long BlocksBefore(long block) =>
        !IsFixed || block == 0 ? block
        : BlocksOf(TapeFormat.HeaderBytes) + ((block - 1) * BlocksOf(TapeFormat.BlockBytesMax));

    /// <summary>The block that begins behind so many blocks of the drive, or in which they end.</summary>
    /// <param name="driveBlocks">From the beginning of the tape file.</param>
    public long BlockAt(long driveBlocks)
    {
        if (!IsFixed || driveBlocks == 0) return driveBlocks;
        var behindHeader = driveBlocks - BlocksOf(TapeFormat.HeaderBytes);
        var each = BlocksOf(TapeFormat.BlockBytesMax);
        return behindHeader <= 0 ? 1 : 1 + ((behindHeader + each - 1) / each);
    }

    /// <summary>
    /// The bytes that go to the drive for a block. A last one that would read back as if it were filled up, though it
    /// is not, is filled up too; of a whole block only what follows tells that it is the last.
    /// </summary>
    /// <param name="block">A block of a tape file.</param>
    /// <param name="room">BlockBytesMax and one block of the drive.</param>
    public ReadOnlySpan<byte> Fill(ReadOnlySpan<byte> block, byte[] room)
    {
        if (!IsFixed || block.Length == TapeFormat.BlockBytesMax
            || (block.Length % Bytes == 0 && LengthIn(block) == block.Length)) return block;
        var length = (block.Length + PaddingMin + Bytes - 1) / Bytes * Bytes;
        block.CopyTo(room);
        FillUp(room.AsSpan(block.Length, length - block.Length));
        return room.AsSpan(0, length);
    }

    /// <summary>A block of the drive that only fills up.</summary>
    public byte[] Filling()
    {
        var filling = new byte[Bytes];
        FillUp(filling);
        return filling;
    }

    private static void FillUp(Span<byte> padding)
    {
        padding.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(padding, SkippableFrame);
        BinaryPrimitives.WriteInt32LittleEndian(padding[4..], padding.Length - FrameHeaderBytes);
        Mark.CopyTo(padding[^TrailerBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(padding[^4..], padding.Length);
    }

    /// <summary>The bytes of a last block without what fills it up.</summary>
    public int LengthIn(ReadOnlySpan<byte> bytes)
    {
        if (!IsFixed || bytes.Length < PaddingMin || !bytes[^TrailerBytes..^4].SequenceEqual(Mark)) return bytes.Length;
        var padding = BinaryPrimitives.ReadInt32LittleEndian(bytes[^4..]);
        if (padding < PaddingMin || padding >= Bytes + PaddingMin || padding > bytes.Length) return bytes.Length;
        var frame = bytes[^padding..];
        return BinaryPrimitives.ReadUInt32LittleEndian(frame) == SkippableFrame
            && BinaryPrimitives.ReadInt32LittleEndian(frame[4..]) == padding - FrameHeaderBytes
            ? bytes.Length - padding : bytes.Length;
    }

    /// <summary>
    /// True where a whole block may be the last of its tape file, and what fills it up may lie in it, or begin in it
    /// and end in one more block of the drive: only what follows tells.
    /// </summary>
    public bool MayBeLast(ReadOnlySpan<byte> bytes)
    {
        if (!IsFixed || bytes.Length != TapeFormat.BlockBytesMax) return false;
        if (LengthIn(bytes) != bytes.Length) return true;
        for (var begun = 1; begun < PaddingMin; begun++)
            if (BeginsPadding(bytes[^begun..])) return true;
        return false;
    }

    private bool BeginsPadding(ReadOnlySpan<byte> end)
    {
        Span<byte> header = stackalloc byte[FrameHeaderBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, SkippableFrame);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], end.Length + Bytes - FrameHeaderBytes);
        var begun = Math.Min(end.Length, FrameHeaderBytes);
        return end[..begun].SequenceEqual(header[..begun]);
    }

    private static ReadOnlySpan<byte> Mark => "BKPADDED"u8;

    public override string ToString() => IsFixed ? $"fixed, {Bytes} bytes" : "variable";
}
