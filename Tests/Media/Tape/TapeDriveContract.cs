using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Tape;

/// <summary>What every drive must do, whatever it drives.</summary>
public abstract class TapeDriveContract : IDisposable
{
    private static readonly byte[] Header = Filled(TapeFormat.HeaderBytes, 1);
    private static readonly byte[] Block = Filled(TapeFormat.BlockBytesMax, 2);
    private static readonly byte[] Short = Filled(1000, 3);
    private readonly byte[] _buffer = new byte[TapeFormat.BlockBytesMax];

    protected abstract ITapeDrive Drive { get; }

    public abstract void Dispose();

    [Fact]
    public void What_is_written_is_read_block_by_block_with_marks_between_the_files()
    {
        Fill(Drive);

        Drive.Rewind();

        foreach (var expected in (byte[][])[Header, Block, Short])
        {
            var read = Drive.Read(_buffer);
            Assert.Equal(new TapeResult(TapeStatus.Block, expected.Length), read);
            Assert.True(_buffer.AsSpan(0, read.Length).SequenceEqual(expected));
        }
        Assert.Equal(TapeStatus.FileMark, Drive.Read(_buffer).Status);
        Assert.Equal(new TapePosition(1, 0), Drive.Position);
        Assert.Equal(new TapeResult(TapeStatus.Block, Header.Length), Drive.Read(_buffer));
        Assert.Equal(TapeStatus.FileMark, Drive.Read(_buffer).Status);
        Assert.Equal(TapeStatus.EndOfData, Drive.Read(_buffer).Status);
    }

    [Fact]
    public void A_write_elsewhere_than_at_the_end_of_data_is_refused()
    {
        Fill(Drive);

        Drive.Rewind();
        Assert.Equal(TapeStatus.NotAtEndOfData, Drive.Write(Header, TapeFileKind.Data).Status);
        Drive.SpaceFiles(1);
        Assert.Equal(TapeStatus.NotAtEndOfData, Drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.NotAtEndOfData, Drive.WriteFileMark().Status);

        Drive.SpaceToEndOfData();
        Assert.Equal(new TapePosition(2, 0), Drive.Position);
        Assert.Equal(TapeStatus.Written, Drive.Write(Header, TapeFileKind.Data).Status);
    }

    [Fact]
    public void Spacing_stops_at_the_ends()
    {
        Fill(Drive);

        Drive.Rewind();
        Assert.Equal(TapeStatus.Done, Drive.SpaceBlocks(2).Status);
        Assert.Equal(new TapePosition(0, 2), Drive.Position);
        Assert.Equal(TapeStatus.FileMark, Drive.SpaceBlocks(2).Status);
        Assert.Equal(new TapePosition(0, 3), Drive.Position);
        Assert.Equal(TapeStatus.Done, Drive.SpaceBlocks(-9).Status);
        Assert.Equal(new TapePosition(0, 0), Drive.Position);
        Assert.Equal(TapeStatus.Done, Drive.SpaceFiles(2).Status);
        Assert.Equal(TapeStatus.EndOfData, Drive.SpaceFiles(1).Status);
        Assert.Equal(TapeStatus.Done, Drive.SpaceFiles(-5).Status);
        Assert.Equal(new TapePosition(0, 0), Drive.Position);
    }

    [Fact]
    public void A_place_is_found_from_every_other()
    {
        Fill(Drive);
        TapePosition[] places = [new(0, 0), new(0, 1), new(0, 2), new(1, 0)];

        foreach (var from in places)
            foreach (var to in places)
            {
                Assert.Equal(TapeStatus.Done, Drive.Locate(from).Status);
                Assert.Equal(TapeStatus.Done, Drive.Locate(to).Status);
                Assert.Equal(to, Drive.Position);
                Assert.Equal(TapeStatus.Block, Drive.Read(_buffer).Status);
                Assert.Equal(to == new TapePosition(0, 1) ? 2 : to == new TapePosition(0, 2) ? 3 : 1, _buffer[0]);
            }
    }

    [Fact]
    public void Leaving_the_end_of_data_ends_the_tape_file()
    {
        Drive.Write(Header, TapeFileKind.Data);
        Drive.SpaceToEndOfData();

        Assert.Equal(new TapePosition(1, 0), Drive.Position);
        Assert.Equal(TapeStatus.Written, Drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Equal(new TapePosition(1, 1), Drive.Position);
    }

    private static void Fill(ITapeDrive drive)
    {
        Assert.Equal(TapeStatus.Written, drive.Write(Header, TapeFileKind.Label).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Block, TapeFileKind.Label).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Short, TapeFileKind.Label).Status);
        Assert.Equal(TapeStatus.Done, drive.WriteFileMark().Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.Done, drive.WriteFileMark().Status);
        Assert.Equal(TapeStatus.Done, drive.Flush().Status);
    }

    private static byte[] Filled(int length, byte value) => [.. Enumerable.Repeat(value, length)];
}

public sealed class MemoryTapeDriveSpecs : TapeDriveContract
{
    private readonly MemoryTapeDrive _drive = new();

    public MemoryTapeDriveSpecs() => _drive.Mount(new MemoryVolume());

    protected override ITapeDrive Drive => _drive;

    public override void Dispose() => _drive.Dispose();
}

public sealed class VirtualTapeDriveContractSpecs : TapeDriveContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly VirtualTapeDrive _drive = new(new VirtualTapeOptions(long.MaxValue, 0));

    public VirtualTapeDriveContractSpecs()
    {
        _drive.Insert(_folder.Path, readOnly: false);
        _drive.Load();
    }

    protected override ITapeDrive Drive => _drive;

    public override void Dispose()
    {
        _drive.Dispose();
        _folder.Dispose();
    }
}
