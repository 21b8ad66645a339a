using System.Diagnostics;
using Backup.Media.Compression;
using Backup.Media.Tape;
using Backup.Tests.Media.Fragments;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class StBlockModeSpecs
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(16_384)]
    public void Whatever_its_length_a_last_block_is_read_as_it_was_written(int fixedTo)
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model, fixedTo);
        var random = new Random(fixedTo);
        int[] lengths =
        [
            1, 23, 24, fixedTo - 1, fixedTo, fixedTo + 1, TapeFormat.BlockBytesMax, TapeFormat.BlockBytesMax - fixedTo,
            .. Enumerable.Range(1, 30).Select(less => TapeFormat.BlockBytesMax - less),
            .. Enumerable.Range(0, 20).Select(_ => random.Next(1, TapeFormat.BlockBytesMax)),
        ];
        var blocks = lengths.Select(length => Noise(random, length)).ToList();

        foreach (var block in blocks)
        {
            Assert.True(drive.Write(new byte[TapeFormat.HeaderBytes], default).IsGood);
            Assert.True(drive.Write(Noise(random, TapeFormat.BlockBytesMax), default).IsGood);
            Assert.True(drive.Write(block, default).IsGood);
            Assert.True(drive.WriteFileMark().IsGood);
        }

        var buffer = new byte[TapeFormat.BlockBytesMax];
        for (var file = 0; file < blocks.Count; file++)
        {
            Assert.True(drive.Locate(new TapePosition(file, 2)).IsGood);
            var read = drive.Read(buffer);
            Assert.Equal(blocks[file].Length, read.Length);
            Assert.True(buffer.AsSpan(0, read.Length).SequenceEqual(blocks[file]));
            Assert.Equal(TapeStatus.FileMark, drive.Read(buffer).Status);
            Assert.Equal(new TapePosition(file + 1, 0), drive.Position);
        }
    }

    /// <summary>Content that looks like what fills up a block must neither be cut nor stop anything.</summary>
    [Fact]
    public void Content_that_looks_filled_up_is_read_as_it_was_written()
    {
        var mode = new StBlockMode(512);
        byte[] lie = [.. new byte[TapeFormat.BlockBytesMax - 512], .. mode.Filling()];
        Assert.Equal(TapeFormat.BlockBytesMax, lie.Length);
        using var drive = StDrives.Loaded(new StModel(), 512);
        drive.Write(new byte[TapeFormat.HeaderBytes], default);
        foreach (var block in (byte[][])[lie, lie, lie]) Assert.True(drive.Write(block, default).IsGood);
        drive.WriteFileMark();

        drive.Rewind();

        var buffer = new byte[TapeFormat.BlockBytesMax];
        drive.Read(buffer);
        for (var block = 0; block < 3; block++)
        {
            Assert.Equal(lie.Length, drive.Read(buffer).Length);
            Assert.True(buffer.AsSpan().SequenceEqual(lie));
        }
        Assert.Equal(TapeStatus.FileMark, drive.Read(buffer).Status);
        Assert.True(drive.Locate(new TapePosition(0, 2)).IsGood);
        Assert.Equal(lie.Length, drive.Read(buffer).Length);
    }

    [ShellFact]
    public void What_fills_up_a_block_is_nothing_to_zstd()
    {
        var content = Noise(new Random(1), 5000);
        var frame = new byte[ZstdCompressor.FrameBytesMax(content.Length)];
        var length = ZstdCompressor.Compress(content, frame, 3);
        using var folder = new TemporaryFolder();

        var filled = new StBlockMode(4096).Fill(frame.AsSpan(0, length), new byte[2 << 20]).ToArray();
        Assert.Equal(0, filled.Length % 4096);
        File.WriteAllBytes(folder["filled.zst"], filled);

        using var zstd = Process.Start("zstd", ["-q", "-d", folder["filled.zst"], "-o", folder["content"]])!;
        Assert.True(zstd.WaitForExit(20_000));
        Assert.Equal(0, zstd.ExitCode);
        Assert.Equal(content, File.ReadAllBytes(folder["content"]));
    }

    private static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
