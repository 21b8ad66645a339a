using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Tape;

/// <summary>
/// A kernel that takes blocks and writes them later, since its options were not set: only root may, or stinit.
/// </summary>
public sealed class StWriteBehindSpecs
{
    private static readonly byte[] Header = new byte[TapeFormat.HeaderBytes];
    private static readonly byte[] Block = new byte[TapeFormat.BlockBytesMax];

    [Theory]
    [InlineData(0, false)]
    [InlineData(8192, false)]
    [InlineData(0, true)]
    [InlineData(8192, true)]
    public void A_block_that_was_taken_and_found_no_room_is_an_error_and_no_end_of_the_medium(int fixedTo, bool isLast)
    {
        using var drive = StDrives.Loaded(Model(), fixedTo);
        drive.Write(Header, default);
        for (var block = 0; block < 3; block++) Assert.True(drive.Write(Block, default).IsGood);

        // Two found room, the third did not, and only what comes then tells
        var told = isLast ? drive.WriteFileMark() : drive.Write(Block, default);

        Assert.Equal(TapeStatus.IoError, told.Status);
        Assert.Equal(TapeStatus.IoError, drive.Flush().Status);
    }

    [Fact]
    public void What_found_room_is_good()
    {
        using var drive = StDrives.Loaded(Model());
        drive.Write(Header, default);
        for (var block = 0; block < 2; block++) Assert.True(drive.Write(Block, default).IsGood);

        Assert.True(drive.WriteFileMark().IsGood);
        Assert.True(drive.Flush().IsGood);
    }

    private static StModel Model() => new()
    {
        Cartridge = new StCartridgeModel((2 << 20) + 100_000),
        IsRoot = false,
        WritesBehind = true,
    };
}
