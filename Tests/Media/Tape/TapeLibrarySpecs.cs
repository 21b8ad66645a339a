using Backup.Media.Tape;
using Backup.Messages;
using Xunit;

namespace Backup.Tests.Media.Tape;

public sealed class TapeLibrarySpecs : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StModel[] _models = [new StModel(), new StModel()];
    private readonly ChangerModel _changer;
    private readonly List<TapeLibrary> _opened = [];

    public TapeLibrarySpecs()
    {
        _changer = new ChangerModel(_models, slots: 4, exchange: 2);
        _changer.Put(1, "A00001L5");
        _changer.Put(2, "A00002L5");
        _changer.Put(4, "CLN001L1");
    }

    public void Dispose()
    {
        foreach (var library in _opened) library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_volume_is_labelled_written_put_back_and_found_again_in_another_drive()
    {
        var library = Opened();

        Assert.Equal(LibraryAnswer.Done, library.Load(1, 0));
        var label = new VolumeLabel(
            new VolumeIdentity(new VolumeName("A00001L5"), new VolumeId(7)), library.Id, new PoolName("daily"),
            DateTimeOffset.UnixEpoch);
        Assert.IsType<Labelling.Done>(TapeLabels.Write(library.Drives[0], label));
        Assert.Equal(0, library.Find(new VolumeName("A00001L5"))!.Drive);
        Assert.Equal(LibraryAnswer.Occupied, library.Load(2, 0));
        Assert.Equal(LibraryAnswer.Done, library.Unload(0));
        Assert.Equal("A00001L5", _changer.TagIn(1));

        Assert.Equal(LibraryAnswer.Done, library.Load(1, 1));
        Assert.Equal(label, Assert.IsType<LabelReading.Labelled>(TapeLabels.LoadAndRead(library.Drives[1])).Label);
        Assert.Equal((TapeFormat.HeaderBytes, 1), library.Measure(new VolumeName("A00001L5")));
    }

    [Fact]
    public void What_was_left_in_a_drive_goes_back_to_its_slot_or_an_empty_one_when_the_library_is_opened()
    {
        _changer.Load(1, 0);
        _changer.Load(2, 1);
        _changer.RemembersSources = false;

        var library = Opened();

        Assert.Equal(["A00001L5", "A00002L5"],
            library.Inventory().Where(slot => slot is { IsEmpty: false, Use: SlotUse.Storage })
                .Select(slot => slot.VolumeName));
        Assert.All(library.Inventory(), slot => Assert.Null(slot.Drive));
    }

    [Fact]
    public void Volumes_that_a_person_puts_in_or_takes_out_are_seen()
    {
        var library = Opened();
        _changer.TakeOut(2);
        _changer.Put(6, "B00001L5");

        Assert.Equal(LibraryAnswer.Done, library.Refresh(out var added));

        Assert.Equal(["B00001L5"], added.Select(volume => volume.Value));
        Assert.Null(library.Find(new VolumeName("A00002L5")));
        Assert.Equal(SlotUse.Exchange, library.Find(new VolumeName("B00001L5"))!.Use);
    }

    [Fact]
    public void A_cartridge_that_was_exchanged_behind_our_back_is_not_loaded_for_another()
    {
        var library = Opened();
        _changer.TakeOut(1);
        _changer.Put(1, "Z00009L5");

        Assert.Equal(LibraryAnswer.Empty, library.Load(1, 0));

        Assert.Empty(_changer.Calls);
    }

    [Fact]
    public void Volumes_move_between_slots_and_not_onto_each_other()
    {
        var library = Opened();

        Assert.Equal(LibraryAnswer.Done, library.Move(1, 5));
        Assert.Equal("A00001L5", _changer.TagIn(5));
        Assert.Equal(LibraryAnswer.Occupied, library.Move(2, 5));
        Assert.Equal(LibraryAnswer.Empty, library.Move(1, 3));
        Assert.Equal(LibraryAnswer.NoSuchPlace, library.Move(2, 9));
    }

    [Fact]
    public void A_drive_that_asks_for_it_is_cleaned_and_the_uses_are_counted_over_restarts()
    {
        var library = Opened();
        _models[0].AsksForCleaning = true;
        library.Load(1, 0);
        library.Drives[0].Load();

        Assert.Equal(LibraryAnswer.Done, library.Unload(0));

        Assert.Equal(["load 1 0", "unload 1 0", "load 4 0", "unload 4 0"], _changer.Calls);
        Assert.Equal(1, library.CleanedWith("CLN001L1"));
        Assert.Equal(1, Opened().CleanedWith("CLN001L1"));
        Assert.Null(library.Find(new VolumeName("CLN001L1")));
    }

    [Fact]
    public void A_worn_cleaning_cartridge_is_not_used_any_more()
    {
        var library = Opened(cleaningUsesMax: 1);
        Assert.Equal(LibraryAnswer.Done, library.Clean(0, out _));

        Assert.Equal(LibraryAnswer.Empty, library.Clean(0, out _));

        Assert.Contains("was used 1 times (cleaning-uses)", library.Trouble, StringComparison.Ordinal);
        Assert.Equal(
            new CleaningCartridge("CLN001L1", 1, 1),
            library.CleaningIn(library.Inventory().Single(slot => slot.Use == SlotUse.Cleaning)));
    }

    [Fact]
    public void What_a_drive_reports_is_asked_before_its_volume_is_taken_out_and_a_wish_to_be_cleaned_is_met()
    {
        foreach (var (file, text) in ((string, string)[])[("nst0/x", ""), ("st0/stats/read_byte_cnt", "100\n")])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"sys/{file}"])!);
            File.WriteAllText(_folder[$"sys/{file}"], text);
        }
        var program = _folder["tapeinfo"];
        File.WriteAllText(program, "#!/bin/sh\necho 'TapeAlert[20]: x'\n");
        Programs.MakeExecutable(program);
        var library = TapeLibrary.Open(
            Options() with
            {
                Devices = _folder["sys"],
                Alerts = new TapeAlertReader(program, TimeSpan.FromSeconds(20), _folder["sys"]),
            },
            new LibraryId(1), _changer, Drives(), out _)!;
        _opened.Add(library);
        Assert.Null(library.Look(0));
        library.Load(1, 0);
        File.WriteAllText(_folder["sys/st0/stats/read_byte_cnt"], "350\n");

        var look = library.Look(0)!;

        Assert.Equal((20, 250, ""), (Assert.Single(look.Alerts).Number, look.BytesRead, look.Trouble));
        Assert.Equal(LibraryAnswer.Done, library.Unload(0));
        Assert.Equal(["load 1 0", "unload 1 0", "load 4 0", "unload 4 0"], _changer.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_disabled_drive_that_keeps_its_cartridge_keeps_nobody_from_the_library(bool isDisabled)
    {
        _changer.Load(1, 0);
        _changer.Fault = call => call == "unload" ? "MOVE MEDIUM failed" : null;
        var options = Options() with { IsDisabled = drive => isDisabled && drive == 0 };

        var library = TapeLibrary.Open(options, new LibraryId(1), _changer, Drives(), out var trouble);

        Assert.Equal((isDisabled, isDisabled), (library is not null, trouble.Length == 0));
        if (library is null) return;
        _opened.Add(library);
        Assert.Equal(LibraryAnswer.Done, library.Load(2, 1));
    }

    [Fact]
    public void What_the_changer_refuses_is_told_and_the_volume_stays_where_it_is()
    {
        var library = Opened();
        library.Load(1, 0);
        _changer.Fault = call => call == "unload" ? "MOVE MEDIUM from Element Address 500 to 1001 Failed" : null;

        Assert.Equal(LibraryAnswer.IoError, library.Unload(0));
        Assert.Contains("MOVE MEDIUM", library.Trouble, StringComparison.Ordinal);
        Assert.Equal(0, library.Find(new VolumeName("A00001L5"))!.Drive);

        _changer.Fault = _ => null;
        Assert.Equal(LibraryAnswer.Done, library.Unload(0));
    }

    [Fact]
    public void A_drive_whose_cartridge_somebody_has_put_back_is_free_again()
    {
        var library = Opened();
        library.Load(1, 0);
        _models[0].Cartridge = null;
        _changer.Unload(1, 0);

        Assert.Equal(LibraryAnswer.Done, library.Unload(0));

        Assert.Null(library.Find(new VolumeName("A00001L5"))!.Drive);
        Assert.Equal(LibraryAnswer.Done, library.Load(2, 0));
    }

    [Fact]
    public void A_volume_is_erased_and_counted_anew()
    {
        var library = Opened();
        var volume = new VolumeIdentity(new VolumeName("A00001L5"), new VolumeId(7));
        library.Load(1, 0);
        TapeLabels.Write(
            library.Drives[0], new VolumeLabel(volume, library.Id, new PoolName("daily"), DateTimeOffset.UnixEpoch));
        library.Unload(0);

        Assert.Equal(LibraryAnswer.BadName, library.Erase(1, 1, volume with { Id = new VolumeId(8) }));
        Assert.Equal(LibraryAnswer.BadName, library.Erase(2, 1, volume)); // a blank one
        Assert.Equal((TapeFormat.HeaderBytes, 1), library.Measure(volume.Name));
        Assert.Equal(LibraryAnswer.Done, library.Erase(1, 1, volume));

        Assert.Equal((0, 0), library.Measure(new VolumeName("A00001L5")));
        library.Load(1, 0);
        Assert.IsType<LabelReading.Blank>(TapeLabels.LoadAndRead(library.Drives[0]));
    }

    [Fact]
    public void A_changer_that_does_not_answer_keeps_the_library_closed()
    {
        _changer.Fault = _ => "mtx: cannot open SCSI device '/dev/sg9' - No such device";

        Assert.Null(TapeLibrary.Open(Options(), new LibraryId(1), _changer, Drives(), out var trouble));

        Assert.Contains("/dev/sg9", trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void A_drive_without_a_changer_has_one_slot_and_its_label_names_the_volume()
    {
        var model = new StModel { Cartridge = new StCartridgeModel() };
        using var drive = StDrives.On(model);
        TapeLabels.Write(drive, new VolumeLabel(
            new VolumeIdentity(new VolumeName("hand-1"), new VolumeId(7)), new LibraryId(1), new PoolName("daily"),
            DateTimeOffset.UnixEpoch));
        drive.Unload();
        var options = Options() with { Changer = null };
        var library = TapeLibrary.Open(options, new LibraryId(1), new HandChanger(drive), [drive], out _)!;

        var slot = library.Find(new VolumeName("hand-1"));
        Assert.Equal(LibraryAnswer.Done, library.Load(slot!.Number, 0));
        Assert.IsType<LabelReading.Labelled>(TapeLabels.LoadAndRead(library.Drives[0]));
        Assert.Equal(LibraryAnswer.Done, library.Unload(0));
        Assert.NotNull(model.Cartridge);

        model.Cartridge = null;
        library.Refresh(out _);
        Assert.Null(library.Find(new VolumeName("hand-1")));
    }

    private TapeLibrary Opened(int cleaningUsesMax = 50)
    {
        var library = TapeLibrary.Open(
            Options() with { CleaningUsesMax = cleaningUsesMax }, new LibraryId(1), _changer, Drives(),
            out var trouble);
        Assert.True(library is not null, trouble);
        _opened.Add(library);
        return library;
    }

    private TapeLibraryOptions Options() => new(
        new MtxOptions("/dev/sg9", "mtx", TimeSpan.FromSeconds(1), null),
        [new StDriveOptions("/dev/nst0"), new StDriveOptions("/dev/nst1")], [], _folder["state.json"]);

    private StTapeDrive[] Drives() => [.. _models.Select(model => StDrives.On(model))];
}
