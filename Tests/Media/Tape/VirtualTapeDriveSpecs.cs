using Backup.Media.Tape;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class VirtualTapeDriveSpecs : IDisposable
{
    private static readonly byte[] Header = new byte[TapeFormat.HeaderBytes];
    private static readonly byte[] Block = new byte[TapeFormat.BlockBytesMax];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_tape_file_is_a_plain_file_named_by_number_and_kind()
    {
        using var drive = Loaded(VirtualTapeOptions.Of(long.MaxValue));

        foreach (var kind in (TapeFileKind[])[TapeFileKind.Label, TapeFileKind.Data, TapeFileKind.Index])
        {
            drive.Write(Header, kind);
            drive.Write([7], kind);
            drive.WriteFileMark();
        }

        Assert.Equal(["00000.label", "00001.data", "00002.index"], Names());
        Assert.Equal(TapeFormat.HeaderBytes + 1, new FileInfo(_folder["00001.data"]).Length);
    }

    [Fact]
    public void A_full_volume_refuses_the_block_whole_and_warns_before()
    {
        var two = (2L * TapeFormat.BlockBytesMax) + TapeFormat.HeaderBytes;
        using var drive = Loaded(new VirtualTapeOptions(two, TapeFormat.BlockBytesMax + 1));

        Assert.Equal(TapeStatus.Written, drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.WrittenEarlyWarning, drive.Write(Block, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.WrittenEarlyWarning, drive.Write(Block, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.EndOfMedium, drive.Write([1], TapeFileKind.Data).Status);

        Assert.Equal(two, new FileInfo(_folder["00000.data"]).Length);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("x", "", false)]
    [InlineData("", "00001.data", false)]
    [InlineData("", "thesis.txt", false)]
    public void An_empty_label_with_nothing_beside_it_is_a_blank_medium(string label, string beside, bool isBlank)
    {
        File.WriteAllText(_folder["00000.label"], label);
        if (beside.Length > 0) File.WriteAllText(_folder[beside], "");
        var before = Names();

        using var drive = Loaded(VirtualTapeOptions.Of(1 << 20));

        Assert.Equal(isBlank ? [] : before, Names());
        Assert.Equal(isBlank, TapeLabels.Read(drive) is LabelReading.Blank);
    }

    [Fact]
    public void A_torn_last_tape_file_stays_as_it_is_counts_and_is_spaced_over()
    {
        File.WriteAllBytes(_folder["00000.label"], Header);
        File.WriteAllBytes(_folder["00001.data"], Block);
        using var drive = Loaded(new VirtualTapeOptions(Block.Length + (3 * Header.Length), 0));

        drive.SpaceToEndOfData();

        Assert.Equal(new TapePosition(2, 0), drive.Position);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(new byte[Header.Length], TapeFileKind.Data).Status);
        Assert.Equal(TapeStatus.EndOfMedium, drive.Write([1], TapeFileKind.Data).Status);
        Assert.Equal(Block, File.ReadAllBytes(_folder["00001.data"]));
    }

    [Fact]
    public void A_volume_without_room_for_a_first_block_gets_no_tape_file()
    {
        using var drive = Loaded(new VirtualTapeOptions(Header.Length - 1, 0));

        Assert.Equal(TapeStatus.EndOfMedium, drive.Write(Header, TapeFileKind.Label).Status);

        Assert.Empty(Names());
        Assert.Equal(new TapePosition(0, 0), drive.Position);
    }

    [Fact]
    public void A_tape_file_that_came_from_elsewhere_is_never_overwritten()
    {
        using var drive = Loaded(VirtualTapeOptions.Of(long.MaxValue));
        File.WriteAllText(_folder["00000.label"], "other");

        var result = drive.Write(Header, TapeFileKind.Label);

        Assert.Equal((TapeStatus.IoError, 17), (result.Status, result.Errno));
        Assert.Equal("other", File.ReadAllText(_folder["00000.label"]));
    }

    [Fact]
    public void After_a_failure_every_write_and_flush_fails_until_the_volume_is_loaded_anew()
    {
        using var drive = Loaded(VirtualTapeOptions.Of(long.MaxValue));
        File.WriteAllText(_folder["00000.data"], "other");
        var failure = drive.Write(Header, TapeFileKind.Data);
        File.Delete(_folder["00000.data"]);

        Assert.Equal(failure, drive.Write(Header, TapeFileKind.Data));
        Assert.Equal(failure, drive.Flush());

        Assert.True(drive.Load().IsGood);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, TapeFileKind.Data).Status);
    }

    [Fact]
    public void A_volume_whose_directory_vanished_is_not_called_durable()
    {
        var directory = Directory.CreateDirectory(_folder["gone"]).FullName;
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue));
        drive.Insert(directory, readOnly: false);
        drive.Load();
        drive.Write(Header, TapeFileKind.Data);
        Directory.Delete(directory, recursive: true);

        var result = drive.Flush();

        Assert.Equal((TapeStatus.IoError, 2), (result.Status, result.Errno));
    }

    [Fact]
    public void A_volume_open_for_reading_is_not_written()
    {
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue));
        drive.Insert(_folder.Path, readOnly: true);
        drive.Load();

        Assert.Equal(TapeStatus.WriteProtected, drive.Write(Header, TapeFileKind.Data).Status);
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData("photo.jpg")]
    [InlineData("1.data")]
    [InlineData("000001.data")]
    public void A_directory_with_other_things_and_no_label_is_foreign(string name)
    {
        File.WriteAllText(_folder[name], "");
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue));
        drive.Insert(_folder.Path, readOnly: false);

        Assert.Equal(new TapeResult(TapeStatus.ForeignMedium, Operation: name), drive.Load());
        Assert.Equal(TapeStatus.NotLoaded, drive.Write(Header, TapeFileKind.Label).Status);
    }

    [Fact]
    public void Two_tape_files_of_one_number_are_an_error()
    {
        File.WriteAllText(_folder["00001.data"], "");
        File.WriteAllText(_folder["00001.index"], "");
        using var drive = new VirtualTapeDrive(VirtualTapeOptions.Of(long.MaxValue));
        drive.Insert(_folder.Path, readOnly: false);

        Assert.Equal(TapeStatus.IoError, drive.Load().Status);
    }

    [Fact]
    public void A_limited_rate_pauses_after_each_write()
    {
        var paused = TimeSpan.Zero;
        var clock = new StillClock();
        using var drive = new VirtualTapeDrive(
            new VirtualTapeOptions(long.MaxValue, 0, BytesPerSecond: TapeFormat.HeaderBytes),
            time => { paused += time - clock.Ahead; clock.Ahead = time; },
            clock);
        drive.Insert(_folder.Path, readOnly: false);
        drive.Load();

        drive.Write(Header, TapeFileKind.Data);
        drive.Write(Block, TapeFileKind.Data);

        Assert.Equal(33, paused.TotalSeconds, 3);
    }

    private VirtualTapeDrive Loaded(VirtualTapeOptions options)
    {
        var drive = new VirtualTapeDrive(options);
        drive.Insert(_folder.Path, readOnly: false);
        Assert.True(drive.Load().IsGood);
        return drive;
    }

    private IEnumerable<string> Names() =>
        Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order();

    private sealed class StillClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long GetTimestamp() => 0;
    }
}
