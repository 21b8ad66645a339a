using Backup.Media.Posix;
using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class StTapeDriveSpecs
{
    private static readonly byte[] Header = Filled(TapeFormat.HeaderBytes, 1);
    private static readonly byte[] Block = Filled(TapeFormat.BlockBytesMax, 2);
    private readonly byte[] _buffer = new byte[TapeFormat.BlockBytesMax];

    [Fact]
    public void The_early_warning_is_told_with_the_block_after_which_it_was_passed()
    {
        var model = new StModel { Cartridge = new StCartridgeModel(8 << 20, earlyWarningBytes: 6 << 20) };
        using var drive = StDrives.Loaded(model);

        Assert.Equal(TapeStatus.Written, drive.Write(Header, default).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Block, default).Status);
        Assert.Equal(TapeStatus.WrittenEarlyWarning, drive.Write(Block, default).Status);
        Assert.Equal(TapeStatus.WrittenEarlyWarning, drive.Write(Block, default).Status);

        Assert.Equal(4, model.Cartridge!.Items.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8192)]
    public void Behind_the_early_warning_every_other_write_is_refused_and_no_block_is_lost_or_doubled(int fixedTo)
    {
        var model = new StModel { Cartridge = new StCartridgeModel(12 << 20, earlyWarningBytes: 10 << 20) };
        using var drive = StDrives.Loaded(model, fixedTo);
        drive.Write(Header, default);
        var written = 0;
        while (drive.Write(Filled(TapeFormat.BlockBytesMax, (byte)(written + 10)), default).IsGood) written++;
        Assert.True(drive.WriteFileMark().IsGood);
        Assert.True(drive.Flush().IsGood);

        drive.Rewind();

        Assert.Equal(11, written);
        Assert.Equal(TapeFormat.HeaderBytes, drive.Read(_buffer).Length);
        for (var block = 0; block < written; block++)
        {
            Assert.Equal(TapeFormat.BlockBytesMax, drive.Read(_buffer).Length);
            Assert.All(_buffer, each => Assert.Equal(block + 10, each));
        }
        Assert.Equal(TapeStatus.FileMark, drive.Read(_buffer).Status);
    }

    /// <summary>Reliability, R3.</summary>
    [Fact]
    public void A_block_that_is_written_though_the_drive_refuses_it_counts_as_written()
    {
        var model = new StModel
        {
            Cartridge = new StCartridgeModel(3 << 20) { End = StEndManner.WritesAndRefuses },
        };
        using var drive = StDrives.Loaded(model);
        drive.Write(Header, default);
        drive.Write(Block, default);
        drive.Write(Block, default);

        Assert.Equal(TapeStatus.WrittenEarlyWarning, drive.Write(Block, default).Status);

        Assert.Equal(new TapePosition(0, 4), drive.Position);
        Assert.Equal(4, model.Cartridge!.Items.Count);
    }

    [Fact]
    public void Of_a_block_that_finds_only_half_its_room_nothing_stays()
    {
        var model = new StModel { Cartridge = new StCartridgeModel((3 << 20) + 40_000) };
        using var drive = StDrives.Loaded(model, blockBytes: 1024);
        drive.Write(Header, default);
        drive.Write(Block, default);
        drive.Write(Block, default);

        Assert.Equal(TapeStatus.Written, drive.Write(Block, default).Status);
        Assert.Equal(TapeStatus.EndOfMedium, drive.Write(Block, default).Status);
        Assert.True(drive.WriteFileMark().IsGood);

        drive.Rewind();
        Assert.Equal(TapeStatus.FileMark, drive.SpaceBlocks(100).Status);
        Assert.Equal(new TapePosition(0, 4), drive.Position);
    }

    [Fact]
    public void A_failed_write_fails_all_that_follow_until_the_cartridge_is_loaded_anew()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        Assert.True(drive.Write(Header, default).IsGood);
        model.Fault = call => call == "write" ? -Errno.InputOutput : null;
        var failed = drive.Write(Block, default);
        model.Fault = _ => null;

        Assert.Equal((TapeStatus.IoError, Errno.InputOutput), (failed.Status, failed.Errno));
        Assert.Equal(failed, drive.Write(Block, default));
        Assert.Equal(failed, drive.Flush());
        Assert.Equal(TapeStatus.Done, drive.Rewind().Status);
        Assert.Equal(TapeStatus.Block, drive.Read(_buffer).Status);

        Assert.True(drive.Load().IsGood);
        Assert.True(drive.SpaceToEndOfData().IsGood);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, default).Status);
    }

    [Fact]
    public void A_failed_flush_is_told_and_stays()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        drive.Write(Header, default);
        drive.WriteFileMark();
        model.Fault = call => call == "flush" ? -Errno.InputOutput : null;
        Assert.Equal(TapeStatus.IoError, drive.Flush().Status);
        model.Fault = _ => null;

        Assert.Equal(TapeStatus.IoError, drive.Flush().Status);
    }

    [Fact]
    public void The_mark_behind_data_does_not_wait_and_a_flush_does()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        drive.Write(Header, default);
        drive.WriteFileMark();
        Assert.Equal(0, model.Cartridge!.Durable);

        drive.Flush();

        Assert.Equal(2, model.Cartridge.Durable);
        Assert.Equal(["mark-at-once", "flush"], model.Calls.Where(call => call is "mark" or "mark-at-once" or "flush"));
    }

    [Fact]
    public void After_a_reset_of_the_bus_nothing_more_is_written_and_reading_begins_at_the_beginning()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        Fill(drive);
        model.Reset();

        Assert.Equal(TapeStatus.IoError, drive.Write(Header, default).Status);
        Assert.Equal(TapeStatus.Done, drive.Locate(new TapePosition(1, 0)).Status);
        Assert.Equal(TapeStatus.Block, drive.Read(_buffer).Status);
        Assert.Equal(3, _buffer[0]);
        Assert.True(drive.SpaceToEndOfData().IsGood);
        Assert.Equal(TapeStatus.IoError, drive.Write(Header, default).Status);
    }

    [Fact]
    public void A_block_that_cannot_be_read_costs_that_block()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        Fill(drive);
        drive.Rewind();
        drive.Read(_buffer);
        model.Fault = call => call == "read" ? -Errno.InputOutput : null;
        Assert.Equal(TapeStatus.IoError, drive.Read(_buffer).Status);
        model.Fault = _ => null;

        Assert.Equal(TapeStatus.Done, drive.Locate(new TapePosition(1, 0)).Status);
        Assert.Equal(TapeStatus.Block, drive.Read(_buffer).Status);
        Assert.Equal(3, _buffer[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public void Data_that_a_power_cut_left_without_a_mark_gets_one_before_the_next_tape_file(int fixedTo)
    {
        var model = new StModel();
        using (var drive = StDrives.Loaded(model, fixedTo))
        {
            Fill(drive);
            drive.Write(Header, default);
            drive.Write(Block, default);
            model.Cartridge!.Durable = model.Cartridge.Items.Count;
            model.LosePower();
        }
        using var again = StDrives.Loaded(model, fixedTo);

        Assert.True(again.SpaceToEndOfData().IsGood);
        Assert.Equal(new TapePosition(3, 0), again.Position);
        Assert.Equal(TapeStatus.Written, again.Write(Header, default).Status);
        Assert.True(again.WriteFileMark().IsGood);

        Assert.Equal(TapeStatus.Done, again.Locate(new TapePosition(3, 0)).Status);
        Assert.Equal(TapeStatus.Block, again.Read(_buffer).Status);
        Assert.Equal(TapeStatus.FileMark, again.Read(_buffer).Status);
    }

    [Fact]
    public void A_torn_end_of_a_protected_cartridge_is_read_to_the_end_and_not_written()
    {
        var model = new StModel();
        using (var drive = StDrives.Loaded(model))
        {
            Fill(drive);
            drive.Write(Header, default);
            model.Cartridge!.Durable = model.Cartridge.Items.Count;
            model.LosePower();
        }
        model.Cartridge!.IsWriteProtected = true;
        using var again = StDrives.Loaded(model);

        again.SpaceFiles(2);
        Assert.Equal(TapeStatus.Block, again.Read(_buffer).Status);
        Assert.Equal(TapeStatus.EndOfData, again.Read(_buffer).Status);
        Assert.True(again.SpaceToEndOfData().IsGood);
        Assert.Equal(TapeStatus.WriteProtected, again.Write(Header, default).Status);
    }

    [Fact]
    public void A_protected_cartridge_is_loaded_and_refuses_writes()
    {
        var model = new StModel { Cartridge = new StCartridgeModel { IsWriteProtected = true } };
        using var drive = StDrives.Loaded(model);

        Assert.True(drive.Cartridge!.IsWriteProtected);
        Assert.Equal(TapeStatus.WriteProtected, drive.Write(Header, default).Status);
    }

    [Fact]
    public void An_empty_drive_is_not_loaded_and_one_that_gets_ready_is_waited_for()
    {
        var model = new StModel();
        using var empty = StDrives.On(model);
        Assert.Equal(TapeStatus.NotLoaded, empty.Load().Status);

        var tries = 0;
        model.Fault = call => call == "open" && ++tries < 5 ? -Errno.InputOutput : null;
        model.Cartridge = new StCartridgeModel();
        using var slow = StDrives.On(model, ready: TimeSpan.FromMinutes(5));

        Assert.True(slow.Load().IsGood);
        Assert.Equal(5, tries);
    }

    [Fact]
    public void A_drive_that_another_program_has_is_refused_with_the_reason()
    {
        var model = new StModel { Fault = call => call is "open" or "open-for-reading" ? -Errno.Busy : null };
        using var drive = StDrives.On(model);

        var loaded = drive.Load();

        Assert.Equal((TapeStatus.IoError, Errno.Busy), (loaded.Status, loaded.Errno));
        Assert.Equal("open of /dev/nst0", loaded.Operation);
    }

    [Fact]
    public void A_damaged_beginning_is_an_error_and_no_blank_cartridge()
    {
        var model = new StModel();
        using (var drive = StDrives.Loaded(model)) Fill(drive);
        model.Fault = call => call == "read" ? -Errno.InputOutput : null;
        using var again = StDrives.On(model);

        var loaded = again.Load();
        Assert.Equal((TapeStatus.IoError, Errno.InputOutput), (loaded.Status, loaded.Errno));
        Assert.IsType<LabelReading.Failed>(TapeLabels.LoadAndRead(again));
    }

    [Fact]
    public void A_cartridge_with_nothing_but_a_mark_at_its_beginning_is_blank()
    {
        var model = new StModel { Cartridge = new StCartridgeModel() };
        model.Cartridge.Items.Add(null);
        using var drive = StDrives.Loaded(model);

        Assert.Equal(TapeStatus.EndOfData, drive.Read(_buffer).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, default).Status);
        Assert.Equal([TapeFormat.HeaderBytes], model.Cartridge.Items.Select(item => item!.Length));
    }

    [Theory]
    [InlineData(10_240)]
    [InlineData(65_536)]
    [InlineData(2 << 20)]
    public void A_first_block_that_is_none_of_ours_makes_a_cartridge_foreign(int bytes)
    {
        var model = new StModel { Cartridge = new StCartridgeModel() };
        model.Cartridge.Items.AddRange([new byte[bytes], null]);
        using var drive = StDrives.On(model);

        Assert.Equal(TapeStatus.ForeignMedium, drive.Load().Status);
        Assert.IsType<LabelReading.Foreign>(TapeLabels.LoadAndRead(drive));
        Assert.Equal(bytes, model.Cartridge.Items[0]!.Length);
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(4096, 0)]
    [InlineData(512, 16_384)]
    public void A_labelled_cartridge_is_used_with_the_blocks_that_it_was_written_with(int written, int configured)
    {
        var model = new StModel();
        using (var drive = StDrives.Loaded(model, written)) Fill(drive);

        using var again = StDrives.Loaded(model, configured);

        Assert.Equal(written, again.Cartridge!.BlockBytes);
        again.SpaceToEndOfData();
        Assert.Equal(TapeStatus.Written, again.Write(Header, default).Status);
        Assert.Equal(written == 0 ? TapeFormat.HeaderBytes : written, model.Cartridge!.Items[^1]!.Length);
    }

    [Fact]
    public void A_block_that_the_adapter_does_not_take_says_what_to_set()
    {
        using var drive = StDrives.Loaded(new StModel { TransferMax = 256 << 10 });
        drive.Write(Header, default);

        var refused = drive.Write(Block, default);

        Assert.Equal(TapeStatus.IoError, refused.Status);
        Assert.Contains("block-size", refused.Operation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tape_that_another_program_moved_is_not_written()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        Fill(drive);
        model.Operate(StOperation.Rewind, 1);

        Assert.Equal(TapeStatus.IoError, drive.Write(Header, default).Status);
        Assert.Equal(1, model.Cartridge!.Items[0]![0]);
    }

    [Fact]
    public void Another_cartridge_in_the_drive_is_known_by_its_label_when_it_is_loaded()
    {
        var model = new StModel();
        using var drive = StDrives.On(model);
        foreach (var (name, id) in (ReadOnlySpan<(string, int)>)[("V1", 1), ("V2", 2)])
        {
            model.Cartridge = new StCartridgeModel();
            Assert.IsType<Labelling.Done>(TapeLabels.Write(drive, LabelOf(name, id)));
            drive.Unload();
        }

        var found = Assert.IsType<LabelReading.Labelled>(TapeLabels.LoadAndRead(drive));

        Assert.Equal("V2", found.Label.Volume.Name.Value);
        Assert.IsType<Labelling.Refused>(TapeLabels.Write(drive, LabelOf("V3", 3)));
    }

    [Fact]
    public void An_ejected_cartridge_is_out_and_a_request_for_cleaning_is_kept()
    {
        var model = new StModel { AsksForCleaning = true };
        using var drive = StDrives.Loaded(model);

        Assert.True(drive.Eject().IsGood);

        Assert.True(drive.AsksForCleaning);
        Assert.Null(model.Cartridge);
        Assert.Equal(TapeStatus.NotLoaded, drive.Eject().Status);
    }

    [Fact]
    public void An_erased_cartridge_is_blank()
    {
        var model = new StModel();
        using var drive = StDrives.Loaded(model);
        Fill(drive);

        Assert.True(drive.Erase().IsGood);

        Assert.Equal(TapeStatus.EndOfData, drive.Read(_buffer).Status);
        Assert.Equal(TapeStatus.Written, drive.Write(Header, default).Status);
    }

    private static VolumeLabel LabelOf(string name, int id) => new(
        new VolumeIdentity(new VolumeName(name), new VolumeId((UInt128)id)), new LibraryId(9), new PoolName("daily"),
        DateTimeOffset.UnixEpoch);

    private static void Fill(ITapeDrive drive)
    {
        Assert.True(drive.Write(Header, default).IsGood);
        Assert.True(drive.Write(Block, default).IsGood);
        Assert.True(drive.WriteFileMark().IsGood);
        Assert.True(drive.Write(Filled(TapeFormat.HeaderBytes, 3), default).IsGood);
        Assert.True(drive.WriteFileMark().IsGood);
        Assert.True(drive.Flush().IsGood);
    }

    private static byte[] Filled(int length, byte value) => [.. Enumerable.Repeat(value, length)];
}
