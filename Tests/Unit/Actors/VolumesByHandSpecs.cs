using Akka.Actor;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What an operator does with the volumes of a real library, and what sessions that wait make of it.</summary>
public sealed class VolumesByHandSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private static readonly PoolName Other = new("other");
    private readonly TemporaryFolder _folder = new();
    private readonly List<VolumeReport> _reports = [];
    private LibraryKeeper _library = null!;
    private IActorRef[] _drives = [];

    public VolumesByHandSpecs() => Open(autoLabel: false);

    private MediaDesk Desk => new(_library, _drives);

    private string Tapes => _folder.File("tapes");

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_new_volume_is_labelled_and_takes_data()
    {
        var labelled = await Label(Pool);

        Assert.Equal(("main-0001", Pool), (labelled.Volume.Value, labelled.Pool));
        Assert.Equal(VolumeState.Blank, Assert.Single(_reports).State);
        Assert.Equal(labelled.Volume, (await Session(7, 0).MountForWriting(Pool)).Volume.Name);
    }

    [Fact]
    public async Task A_blank_volume_comes_before_a_new_one_also_one_that_was_just_put_in()
    {
        Directory.CreateDirectory(Path.Combine(Tapes, "blank"));

        Assert.Equal("blank", (await Label(Pool)).Volume.Value);
        Assert.Equal("main-0001", (await Label(Pool)).Volume.Value);
    }

    [Fact]
    public async Task A_request_that_is_repeated_labels_one_volume_also_after_a_restart()
    {
        var ask = new LabelVolume(new RequestId("once"), Pool);
        var first = Assert.IsType<VolumeLabelled>(await Desk.Answer(ask));

        Assert.Equal(first.Volume, Assert.IsType<VolumeLabelled>(await Desk.Answer(ask)).Volume);
        Reopen();

        Assert.Equal(first.Volume, Assert.IsType<VolumeLabelled>(await Desk.Answer(ask)).Volume);
        Assert.Single(Directory.GetDirectories(Tapes));
        Assert.Equal("main-0002", (await Label(Pool)).Volume.Value);
    }

    [Fact]
    public async Task A_request_that_is_repeated_is_answered_alike_when_jobs_use_volume_and_drives()
    {
        var ask = new LabelVolume(new RequestId("once"), Pool);
        var first = Assert.IsType<VolumeLabelled>(await Desk.Answer(ask));
        Assert.Equal(first.Volume, (await Session(7, 0).MountForWriting(Pool)).Volume.Name);

        Assert.Equal(first.Volume, Assert.IsType<VolumeLabelled>(await Desk.Answer(ask)).Volume);
        Assert.Single(Directory.GetDirectories(Tapes));
    }

    [Fact]
    public async Task What_has_a_label_is_labelled_anew_only_when_that_is_said()
    {
        await Label(Pool, "D1");
        var before = _reports[^1];

        Assert.Contains("--overwrite", await Refused(new LabelVolume(RequestId.New(), Other, new VolumeName("D1"))),
            StringComparison.Ordinal);
        Assert.Equal(before.Uuid, _reports[^1].Uuid);
        var anew = Assert.IsType<VolumeLabelled>(
            await Desk.Answer(new LabelVolume(RequestId.New(), Other, new VolumeName("D1"), Overwrite: true)));

        Assert.Equal(Other, anew.Pool);
        Assert.Equal((before.Uuid, Other), (_reports[^1].Replaces, _reports[^1].Pool));
        Assert.NotEqual(before.Uuid, _reports[^1].Uuid);
        Reopen();
        Assert.Equal(before.Uuid, _library.Reports().Single().Replaces);
    }

    [Fact]
    public async Task What_holds_a_sealed_fragment_is_never_labelled_anew()
    {
        _library.Dispose();
        SealedSamples.Write(_folder.Path, fragments: 1);
        Open(autoLabel: false);
        var volume = Assert.Single(_library.Reports()).Name;
        var before = Directory.GetFiles(Path.Combine(Tapes, volume.Value)).Length;

        Assert.Contains("holds fragment 0 of image",
            await Refused(new LabelVolume(RequestId.New(), Other, volume, Overwrite: true)), StringComparison.Ordinal);

        Assert.Equal(before, Directory.GetFiles(Path.Combine(Tapes, volume.Value)).Length);
        Assert.Equal(Pool, Assert.Single(_library.Reports()).Pool);
    }

    [Fact]
    public async Task What_is_foreign_or_damaged_is_never_labelled()
    {
        foreach (var (volume, file) in ((string, string)[])[("F1", "thesis.txt"), ("F2", "00000.label")])
        {
            Directory.CreateDirectory(Path.Combine(Tapes, volume));
            File.WriteAllText(Path.Combine(Tapes, volume, file), "somebody else's");

            await Refused(new LabelVolume(RequestId.New(), Pool, new VolumeName(volume), Overwrite: true));

            Assert.Equal("somebody else's", File.ReadAllText(Path.Combine(Tapes, volume, file)));
        }
        Assert.Equal("main-0001", (await Label(Pool)).Volume.Value);
    }

    [Fact]
    public async Task What_others_wrote_goes_only_when_it_is_named_and_that_is_said()
    {
        foreach (var volume in (string[])["F1", "F2", "F3"])
        {
            Directory.CreateDirectory(Path.Combine(Tapes, volume));
            File.WriteAllText(
                Path.Combine(Tapes, volume, "old.img"), "AMANDA: TAPESTART DATE 20261120 TAPE Daily-7\n\0");
        }
        Directory.CreateDirectory(Path.Combine(Tapes, "F2", "inner"));
        File.WriteAllText(Path.Combine(Tapes, "F3", "00001.data"), "a tape file of ours whose label is lost");

        var refused = await Refused(new LabelVolume(RequestId.New(), Pool, new VolumeName("F1"), Overwrite: true));
        Assert.Contains("old.img, an Amanda volume \"Daily-7\"", refused, StringComparison.Ordinal);
        Assert.Contains("--erase-foreign", refused, StringComparison.Ordinal);
        Assert.Equal("main-0001", Assert.IsType<VolumeLabelled>(
            await Desk.Answer(new LabelVolume(RequestId.New(), Pool, EraseForeign: true))).Volume.Value);
        foreach (var volume in (string[])["F2", "F3"])
        {
            await Refused(new LabelVolume(RequestId.New(), Pool, new VolumeName(volume), EraseForeign: true));
            Assert.True(File.Exists(Path.Combine(Tapes, volume, "old.img")));
        }

        var ask = new LabelVolume(new RequestId("once"), Pool, new VolumeName("F1"), EraseForeign: true);
        Assert.Equal("F1", Assert.IsType<VolumeLabelled>(await Desk.Answer(ask)).Volume.Value);
        Assert.Equal("F1", Assert.IsType<VolumeLabelled>(await Desk.Answer(ask)).Volume.Value);
        Assert.False(File.Exists(Path.Combine(Tapes, "F1", "old.img")));
    }

    [Fact]
    public async Task What_the_library_knows_as_written_is_not_erased_as_another_programs()
    {
        var volume = (await Label(Pool)).Volume;
        Assert.Null(_library.TakeOut(volume, "the vault"));
        Assert.Null(_library.TakeOut(volume, place: null)); // it is back, full
        var directory = Path.Combine(Tapes, volume.Value);
        Directory.Delete(directory, recursive: true);
        Directory.CreateDirectory(directory);
        var found = Path.Combine(directory, "old.img");
        File.WriteAllText(found, "AMANDA: TAPESTART DATE 20261120 TAPE Daily-7\n\0");
        Reopen();

        var refused = await Refused(new LabelVolume(RequestId.New(), Pool, volume, EraseForeign: true));

        Assert.Contains($"of pool {Pool}", refused, StringComparison.Ordinal);
        Assert.True(File.Exists(found));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_name_of_a_volume_that_was_written_to_goes_to_no_blank_medium_unless_that_is_said(bool isThere)
    {
        var before = await Label(Pool);
        var volume = before.Volume;
        Assert.Null(_library.TakeOut(volume, "the vault"));
        Assert.Null(_library.TakeOut(volume, place: null)); // it is back, full
        var directory = Path.Combine(Tapes, volume.Value);
        Directory.Delete(directory, recursive: true);
        if (isThere) Directory.CreateDirectory(directory);
        Reopen();

        var refused = await Refused(new LabelVolume(RequestId.New(), Pool, volume));

        Assert.Contains(isThere ? "is blank" : "is not there", refused, StringComparison.Ordinal);
        Assert.Contains("which is full", refused, StringComparison.Ordinal);
        Assert.Contains("--overwrite", refused, StringComparison.Ordinal);
        Assert.Equal(isThere, Directory.Exists(directory));
        if (isThere) Assert.Empty(Directory.GetFileSystemEntries(directory));
        Assert.Equal(volume, Assert.IsType<VolumeLabelled>(
            await Desk.Answer(new LabelVolume(RequestId.New(), Pool, volume, Overwrite: true))).Volume);
    }

    [Fact]
    public async Task Names_that_cannot_be_and_a_library_without_a_free_slot_are_refused()
    {
        Assert.Equal(RefusalCode.BadRequest, Assert.IsType<Refused>(
            await Desk.Answer(new LabelVolume(RequestId.New(), Pool, new VolumeName("-x")))).Code);
        for (var slot = 0; slot < 4; slot++) await Label(Pool);

        Assert.Contains("slot", await Refused(new LabelVolume(RequestId.New(), Pool)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_volume_that_was_taken_away_keeps_its_name()
    {
        await Label(Pool);
        Directory.Move(Path.Combine(Tapes, "main-0001"), _folder.File("away"));

        Assert.Equal("main-0002", (await Label(Pool)).Volume.Value);
    }

    [Fact]
    public async Task A_volume_is_mounted_and_unmounted_and_a_session_finds_it_wherever_it_is()
    {
        var volume = (await Label(Pool)).Volume;
        var mounted = Assert.IsType<VolumeMounted>(await Desk.Answer(
            new MountVolume(RequestId.New(), volume, new DriveId(Library, 1))));
        Assert.Equal(1, mounted.Drive.Number);

        Assert.Equal(volume, (await Session(7, 0).MountForWriting(Pool)).Volume.Name);

        Assert.Contains("job 7", await Refused(new UnmountDrive(RequestId.New(), new DriveId(Library, 0))),
            StringComparison.Ordinal);
        await Refused(new MountVolume(RequestId.New(), volume));
        Assert.Null(Assert.IsType<DriveUnmounted>(
            await Desk.Answer(new UnmountDrive(RequestId.New(), new DriveId(Library, 1)))).Volume);
    }

    [Fact]
    public async Task A_request_that_comes_once_more_moves_nothing_that_others_have_moved_since()
    {
        var desk = Desk;
        var volume = (await Label(Pool)).Volume;
        var mount = new MountVolume(RequestId.New(), volume, new DriveId(Library, 1));
        var unmount = new UnmountDrive(RequestId.New(), new DriveId(Library, 1));
        await desk.Answer(mount);

        var first = Assert.IsType<DriveUnmounted>(await desk.Answer(unmount));
        await desk.Answer(mount with { Request = RequestId.New() });
        var again = await desk.Answer(unmount);

        Assert.Equal(volume, first.Volume);
        Assert.Equal(first, again);
        Assert.Equal(volume, Assert.IsType<DriveUnmounted>(
            await desk.Answer(unmount with { Request = RequestId.New() })).Volume);
        Assert.IsType<VolumeMounted>(await desk.Answer(mount)); // as it was answered then
        Assert.Null(Assert.IsType<DriveUnmounted>(
            await desk.Answer(unmount with { Request = RequestId.New() })).Volume);
    }

    [Fact]
    public async Task What_is_not_there_or_has_no_good_label_is_not_mounted()
    {
        Directory.CreateDirectory(Path.Combine(Tapes, "blank"));

        Assert.Contains("blank", await Refused(new MountVolume(RequestId.New(), new VolumeName("blank"))),
            StringComparison.Ordinal);
        Assert.Equal(RefusalCode.NotFound, Assert.IsType<Refused>(
            await Desk.Answer(new MountVolume(RequestId.New(), new VolumeName("none")))).Code);
        Assert.Equal(RefusalCode.BadRequest, Assert.IsType<Refused>(await Desk.Answer(
            new MountVolume(RequestId.New(), new VolumeName("blank"), new DriveId(Library, 9)))).Code);
        Assert.Null(Assert.IsType<DriveUnmounted>(
            await Desk.Answer(new UnmountDrive(RequestId.New(), new DriveId(Library, 0)))).Volume);
    }

    [Fact]
    public async Task A_session_without_a_volume_waits_until_one_is_labelled()
    {
        var session = Waiting(7, 0);
        var mount = session.MountForWriting(Pool);
        AwaitAssert(() => Assert.Equal(Pool, session.Awaits?.Pool));
        Assert.Equal(new JobId(7), Assert.Single(_library.Awaited).Job);

        var labelled = await Label(Pool);

        Assert.Equal([new JobId(7)], labelled.Answers);
        Assert.Equal(labelled.Volume, (await mount).Volume.Name);
        Assert.Null(session.Awaits);
        Assert.Empty(_library.Awaited);
    }

    [Fact]
    public async Task A_session_waits_for_its_volume_and_is_answered_by_a_mount_into_its_drive()
    {
        var volume = (await Label(Pool)).Volume;
        var away = _folder.File("away");
        Directory.Move(Path.Combine(Tapes, volume.Value), away);
        var session = Waiting(7, 1);
        var mount = session.MountForReading(volume);
        AwaitAssert(() => Assert.Equal(volume, session.Awaits?.Volume));
        await Refused(new MountVolume(RequestId.New(), volume)); // it is not there yet

        Directory.Move(away, Path.Combine(Tapes, volume.Value));
        var answer = Assert.IsType<VolumeMounted>(await Desk.Answer(new MountVolume(RequestId.New(), volume)));

        Assert.Equal((1, new JobId(7)), (answer.Drive.Number, Assert.Single(answer.Answers)));
        Assert.Equal(volume, (await mount).Volume.Name);
    }

    [Fact]
    public async Task A_volume_that_is_put_back_without_a_word_is_found()
    {
        var volume = (await Label(Pool)).Volume;
        Directory.Move(Path.Combine(Tapes, volume.Value), _folder.File("away"));
        var session = Waiting(7, 0, lookEvery: TimeSpan.FromMilliseconds(20));
        var mount = session.MountForReading(volume);
        AwaitAssert(() => Assert.NotNull(session.Awaits));

        Directory.Move(_folder.File("away"), Path.Combine(Tapes, volume.Value));

        Assert.Equal(volume, (await mount.WaitAsync(TimeSpan.FromMinutes(2))).Volume.Name);
    }

    [Fact]
    public async Task A_session_that_ends_or_has_waited_long_enough_fails_with_what_was_missing()
    {
        var session = Waiting(7, 0);
        var mount = session.MountForWriting(Pool);
        AwaitAssert(() => Assert.NotNull(session.Awaits));

        session.Cease();

        Assert.IsType<JobFailure.NoVolume>((await Assert.ThrowsAsync<VolumeMissingException>(() => mount)).Failure);
        await session.Release();
        var impatient = Session(8, 0);
        Assert.IsType<JobFailure.VolumeError>((await Assert.ThrowsAsync<VolumeMissingException>(
            () => impatient.MountForReading(new VolumeName("none")))).Failure);
        Assert.Empty(_library.Awaited);
    }

    private async Task<VolumeLabelled> Label(PoolName pool, string? volume = null) => Assert.IsType<VolumeLabelled>(
        await Desk.Answer(new LabelVolume(RequestId.New(), pool, volume is null ? null : new VolumeName(volume))));

    private async Task<string> Refused(IMediaRequest request) =>
        Assert.IsType<Refused>(await Desk.Answer(request)).Sentence;

    private DriveHandle Session(long job, int drive) => new(_drives[drive], new JobId(job), null);

    private DriveHandle Waiting(long job, int drive, TimeSpan? lookEvery = null)
    {
        var options = new StorageOptions(
            "", [], 4, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3),
            TimeSpan.FromSeconds(3), TimeSpan.FromHours(1), lookEvery ?? TimeSpan.FromHours(1));
        return new DriveHandle(_drives[drive], new JobId(job), new MountPatience(
            _library, new JobId(job), new DriveId(Library, drive), options, TimeProvider.System));
    }

    private void Reopen()
    {
        _library.Dispose();
        Open(autoLabel: false);
    }

    private void Open(bool autoLabel)
    {
        _library = LibraryKeeper.Open(
            new LibraryOptions(
                Library, Tapes, 4, 2, 1L << 30, 0, new Dictionary<PoolName, string>(), autoLabel),
            _folder.File("vault.volumes"),
            report => { lock (_reports) _reports.Add(report); });
        _drives = [.. Enumerable.Range(0, 2).Select(number => Sys.ActorOf(DriveActor.Props(_library, number)))];
    }
}
