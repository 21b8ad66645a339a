using System.Buffers;
using System.Buffers.Binary;
using Backup.Media.Archive;
using Backup.Media.Compression;
using Backup.Media.Fragments;
using Xunit;

namespace Backup.Tests.Media.Archive;

public sealed class ZstdSpecs
{
    private static readonly byte[] Text = Enumerable.Range(0, 300_000)
        .Select(n => (byte)"restore what you save "[n % 22]).ToArray();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(19)]
    public void A_frame_gives_back_what_went_in(int level)
    {
        foreach (var data in (byte[][])[Text, Scratch.Bytes(1 << 20), [42], []])
        {
            var back = new byte[data.Length];

            Assert.Null(ChunkCompression.Decompress(Frame(data, level), back));

            Assert.Equal(data, back);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(19)]
    public void Data_that_cannot_be_compressed_grow_by_the_frames_overhead_only(int level)
    {
        var data = Scratch.Bytes(1 << 20);

        var frame = Frame(data, level);

        Assert.InRange(frame.Length, data.Length, data.Length + 64);
    }

    [Fact]
    public void Higher_levels_compress_what_can_be_compressed()
    {
        var data = Enumerable.Range(0, 200_000).SelectMany(n => BitConverter.GetBytes(n * 17 % 5003)).ToArray();

        Assert.True(Frame(data, 19).Length < Frame(data, 1).Length);
        Assert.True(Frame(data, 1).Length < data.Length / 2);
    }

    [Fact]
    public void A_frame_tells_its_content_size_and_has_a_checksum()
    {
        // RFC 8878, 3.1.1: magic, then the frame header descriptor with bit 2 for the checksum.
        var frame = Frame(Text, level: 1);

        Assert.Equal(0xFD2FB528, BinaryPrimitives.ReadUInt32LittleEndian(frame));
        Assert.Equal(4, frame[4] & 4);
        Assert.NotEqual(0, frame[4] & 0xC0);
    }

    [Fact]
    public void A_compressed_chunk_keeps_all_but_its_payload()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Text.Length);
        Text.CopyTo(buffer, 0);
        var chunk = new ArchiveChunk(buffer, Text.Length)
        {
            Fragment = 3,
            Sequence = 4,
            ArchiveOffset = 5,
            ArchiveLength = Text.Length,
            CompressionLevel = 1,
            Members = [],
            EndsFragment = true,
        };

        using var compressed = ChunkCompression.Compress(chunk);

        Assert.Equal((3, 4, 5L, Text.Length, true),
            (compressed.Fragment, compressed.Sequence, compressed.ArchiveOffset, compressed.ArchiveLength,
                compressed.EndsFragment));
        Assert.True(compressed.Length < Text.Length / 10);
        Assert.Throws<ObjectDisposedException>(() => chunk.Payload);
        var back = new byte[Text.Length];
        Assert.Null(ChunkCompression.Decompress(compressed.Payload.Span, back));
        Assert.Equal(Text, back);
    }

    [Fact]
    public void Another_length_than_announced_is_a_defect()
    {
        var frame = Frame(Text, level: 1);

        Assert.Equal(FrameDefectKind.WrongLength, ChunkCompression.Decompress(frame, new byte[Text.Length - 1])!.Kind);
        Assert.Equal(FrameDefectKind.WrongLength, ChunkCompression.Decompress(frame, new byte[Text.Length + 1])!.Kind);
        Assert.Equal(FrameDefectKind.NotAFrame, ChunkCompression.Decompress("no frame at all"u8, new byte[10])!.Kind);
        Assert.Equal(FrameDefectKind.Damaged, ChunkCompression.Decompress([.. frame, 0], new byte[Text.Length])!.Kind);
        Assert.NotNull(ChunkCompression.Decompress([], []));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_of_a_frame_is_a_defect_or_changes_nothing()
    {
        var data = Text[..2000].Concat(Scratch.Bytes(500)).ToArray();
        var frame = Frame(data, level: 3);
        var back = new byte[data.Length];

        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            var flipped = frame.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (ChunkCompression.Decompress(flipped, back) is null) Assert.Equal(data, back);
        }
        for (var length = 0; length < frame.Length; length++)
            Assert.NotNull(ChunkCompression.Decompress(frame.AsSpan(0, length), back));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void A_reader_gives_frame_after_frame_and_passes_over_skippable_ones(int pieceBytes)
    {
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9];
        byte[] frames = [.. Frame(Text, 1), .. skippable, .. Frame([1, 2, 3], 0), .. skippable];

        var (data, defect) = ReadAll(frames, pieceBytes);

        Assert.Null(defect);
        Assert.Equal([.. Text, 1, 2, 3], data);
    }

    [Fact]
    public void A_reader_says_where_its_input_is_cut_or_damaged()
    {
        var frame = Frame(Scratch.Bytes(5000), level: 1);
        var damaged = frame.ToArray();
        damaged[^1] ^= 1;

        Assert.Contains(
            "end inside a frame, at byte 4000", ReadAll(frame[..4000], 777).Defect, StringComparison.Ordinal);
        Assert.Contains("damaged", ReadAll(damaged, 777).Defect, StringComparison.Ordinal);
    }

    private static byte[] Frame(byte[] data, int level)
    {
        var frame = new byte[ZstdCompressor.FrameBytesMax(data.Length)];
        return frame[..ZstdCompressor.Compress(data, frame, level)];
    }

    private static (byte[] Data, string? Defect) ReadAll(byte[] frames, int pieceBytes)
    {
        using var reader = new ZstdReader(new StreamSource(new MemoryStream(frames)));
        using var all = new MemoryStream();
        var piece = new byte[pieceBytes];
        while (reader.Read(piece) is > 0 and var count) all.Write(piece, 0, count);
        return (all.ToArray(), reader.Defect);
    }
}
