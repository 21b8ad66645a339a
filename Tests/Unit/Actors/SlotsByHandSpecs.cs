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

/// <summary>Inventory, import, export and moves in a library of virtual tapes, whose slots are directories.</summary>
public sealed class SlotsByHandSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private readonly TemporaryFolder _folder = new();
    private readonly List<VolumeReport> _reports = [];
    private LibraryKeeper _library = null!;
    private IActorRef[] _drives = [];
    private MediaDesk _desk = null!;

    public SlotsByHandSpecs() => Open();

    private string Tapes => _folder.File("tapes");

    private string Outside => Path.Combine(Tapes, ".exchange");

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_inventory_says_what_is_where_and_reads_the_labels_of_what_was_put_in()
    {
        await Label("D1");
        await _desk.Answer(new MountVolume(RequestId.New(), new VolumeName("D1"), new DriveId(Library, 1)));
        Directory.CreateDirectory(Path.Combine(Tapes, "empty"));
        Directory.CreateDirectory(Path.Combine(Tapes, "theirs"));
        File.WriteAllText(Path.Combine(Tapes, "theirs", "thesis.txt"), "somebody else's");
        Directory.CreateDirectory(Path.Combine(Outside, "new"));

        var library = await Inventory();

        Assert.Equal((Library, Tapes, null), (library.Library, library.Place, library.Trouble));
        var slots = library.Slots.Where(slot => slot.Volume is not null).ToDictionary(slot => slot.Volume!.Value.Value);
        Assert.Equal(["D1", "empty", "new", "theirs"], slots.Keys.Order());
        Assert.Equal((1, Pool, VolumeState.Blank), (slots["D1"].Drive, slots["D1"].Pool, slots["D1"].State));
        Assert.Equal("a blank medium", slots["empty"].Note);
        Assert.Contains("foreign", slots["theirs"].Note, StringComparison.Ordinal);
        Assert.Equal(SlotKind.Exchange, slots["new"].Kind);
        Assert.Equal(2, library.Slots.Count(slot => slot.Volume is null)); // one of four, and one to put out into
        Assert.Equal([null, new VolumeName("D1")], library.Drives.Select(drive => drive.Volume));
    }

    [Fact]
    public async Task What_is_put_out_is_not_taken_by_jobs_until_it_is_taken_in_again()
    {
        await Label("D1");

        var exported = Assert.IsType<VolumesExported>(
            await _desk.Answer(new ExportVolumes(RequestId.New(), ["D1"])));

        Assert.Equal((Outside, "D1"), (exported.Where, Assert.Single(exported.Moved).Volume.Value));
        Assert.True(Directory.Exists(Path.Combine(Outside, "D1")));
        Assert.Equal("put out to be taken away", _reports[^1].Error);
        Reopen();
        var wanted = await Assert.ThrowsAsync<VolumeMissingException>(
            () => Session(7, 0).MountForReadingNow(new VolumeName("D1")));
        Assert.Contains("backup import vault D1", wanted.Message, StringComparison.Ordinal);
        Assert.IsType<JobFailure.NoVolume>((await Assert.ThrowsAsync<VolumeMissingException>(
            () => Session(8, 1).MountForWriting(Pool))).Failure);

        Reopen();
        var imported = Assert.IsType<VolumesImported>(await _desk.Answer(new ImportVolumes(RequestId.New(), Library)));

        Assert.Equal((new VolumeName("D1"), VolumeState.Blank),
            (Assert.Single(imported.Moved).Volume, imported.Moved[0].State));
        Assert.Null(_reports[^1].Error);
        Assert.Equal("D1", (await Session(9, 0).MountForWriting(Pool)).Volume.Name.Value);
    }

    [Fact]
    public async Task A_volume_that_is_named_twice_is_put_out_once()
    {
        await Label("D1");
        await Label("D2");

        var exported = await _desk.Answer(new ExportVolumes(RequestId.New(), ["D1", "D1"]));

        Assert.Equal("D1", Assert.Single(Assert.IsType<VolumesExported>(exported).Moved).Volume.Value);
        Assert.True(Directory.Exists(Path.Combine(Outside, "D1")));
        Assert.True(Directory.Exists(Path.Combine(Tapes, "D2")));
    }

    [Fact]
    public async Task Who_carries_it_back_by_hand_needs_no_import()
    {
        await Label("D1");
        await _desk.Answer(new ExportVolumes(RequestId.New(), ["D1"]));

        Directory.Move(Path.Combine(Outside, "D1"), Path.Combine(Tapes, "D1"));

        Assert.Equal("D1", (await Session(7, 0).MountForReadingNow(new VolumeName("D1"))).Volume.Name.Value);
    }

    [Fact]
    public async Task A_volume_that_a_job_uses_stays_and_all_others_of_the_request_too()
    {
        await Label("D1");
        await Label("D2");
        var used = (await Session(7, 0).MountForWriting(Pool)).Volume.Name;

        foreach (var request in (IMediaRequest[])
        [
            new ExportVolumes(RequestId.New(), [used.Value == "D1" ? "D2" : "D1", used.Value]),
            new MoveVolume(RequestId.New(), Library, await SlotOf(used), 3),
        ])
        {
            var refused = Assert.IsType<Refused>(await _desk.Answer(request));
            Assert.Equal(RefusalCode.Conflict, refused.Code);
            Assert.Contains("which a job uses", refused.Sentence, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Outside));
        Assert.Equal(2, Directory.GetDirectories(Tapes).Length);
    }

    [Fact]
    public async Task What_an_operator_left_in_a_drive_is_put_out_all_the_same()
    {
        await Label("D1");
        await _desk.Answer(new MountVolume(RequestId.New(), new VolumeName("D1")));

        Assert.IsType<VolumesExported>(await _desk.Answer(new ExportVolumes(RequestId.New(), ["D1"])));

        Assert.All((await Inventory()).Drives, drive => Assert.Null(drive.Volume));
    }

    [Fact]
    public async Task More_than_there_is_room_for_does_not_come_in()
    {
        foreach (var number in Enumerable.Range(1, 3)) await Label($"D{number}");
        foreach (var name in (string[])["E1", "E2"]) Directory.CreateDirectory(Path.Combine(Outside, name));

        Assert.Contains("Expected 2 empty slots in library vault, found 1",
            Assert.IsType<Refused>(await _desk.Answer(new ImportVolumes(RequestId.New(), Library))).Sentence,
            StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(Outside).Length);

        var moved = Assert.Single(Assert.IsType<VolumesImported>(
            await _desk.Answer(new ImportVolumes(RequestId.New(), Library, ["E2"]))).Moved);
        Assert.Equal(("E2", "a blank medium"), (moved.Volume.Value, moved.Note));
    }

    [Fact]
    public async Task A_name_that_is_there_already_does_not_come_in_and_one_that_is_nowhere_is_not_found()
    {
        await Label("D1");
        Directory.CreateDirectory(Path.Combine(Outside, "D1"));

        Assert.Equal(RefusalCode.Conflict, Assert.IsType<Refused>(
            await _desk.Answer(new ImportVolumes(RequestId.New(), Library))).Code);
        Assert.Equal(RefusalCode.NotFound, Assert.IsType<Refused>(
            await _desk.Answer(new ImportVolumes(RequestId.New(), Library, ["D9"]))).Code);
        Assert.Equal(RefusalCode.NotFound, Assert.IsType<Refused>(
            await _desk.Answer(new ExportVolumes(RequestId.New(), ["D9"]))).Code);
    }

    [Fact]
    public async Task Volumes_move_between_slots_of_either_kind_and_not_onto_each_other()
    {
        await Label("D1");
        await Label("D2");
        var (first, second) = (await SlotOf(new VolumeName("D1")), await SlotOf(new VolumeName("D2")));
        var free = Enumerable.Range(0, 4).First(slot => slot != first && slot != second);

        Assert.Equal(RefusalCode.Conflict, await Moves(first, second));
        Assert.Equal(RefusalCode.Conflict, await Moves(free, first));
        Assert.Equal(RefusalCode.NotFound, await Moves(first, 77));
        Assert.Null(await Moves(first, free));
        Assert.Equal(free, await SlotOf(new VolumeName("D1")));
        Assert.Null(await Moves(free, 100_001));
        Assert.True(Directory.Exists(Path.Combine(Outside, "D1")));
        Assert.Equal("put out to be taken away", _reports[^1].Error);
        Assert.Null(await Moves(100_001, first));
        Assert.Null(_reports[^1].Error);
        Assert.Equal(first, await SlotOf(new VolumeName("D1")));
    }

    [Fact]
    public async Task A_request_that_is_repeated_moves_nothing_a_second_time()
    {
        await Label("D1");
        var from = await SlotOf(new VolumeName("D1"));
        var ask = new MoveVolume(new RequestId("once"), Library, from, 3);
        var first = await _desk.Answer(ask);
        await Moves(3, from);

        Assert.Equal(first, await _desk.Answer(ask));

        Assert.Equal(from, await SlotOf(new VolumeName("D1")));
    }

    private async Task<RefusalCode?> Moves(int from, int to) =>
        (await _desk.Answer(new MoveVolume(RequestId.New(), Library, from, to)) as Refused)?.Code;

    private async Task<int> SlotOf(VolumeName volume) =>
        (await Inventory()).Slots.Single(slot => slot.Volume == volume).Number;

    private async Task<LibraryInventory> Inventory() => Assert.Single(
        Assert.IsType<InventoryTaken>(await _desk.Answer(new TakeInventory(RequestId.New(), Library))).Libraries);

    private async Task Label(string volume) => Assert.IsType<VolumeLabelled>(
        await _desk.Answer(new LabelVolume(RequestId.New(), Pool, new VolumeName(volume))));

    private DriveHandle Session(long job, int drive) => new(_drives[drive], new JobId(job), null);

    private void Reopen()
    {
        _library.Dispose();
        Open();
    }

    private void Open()
    {
        _library = LibraryKeeper.Open(
            new LibraryOptions(Library, Tapes, 4, 2, 1L << 30, 0, new Dictionary<PoolName, string>(), false),
            _folder.File("vault.volumes"),
            report => { lock (_reports) _reports.Add(report); });
        _drives = [.. Enumerable.Range(0, 2).Select(number => Sys.ActorOf(DriveActor.Props(_library, number)))];
        _desk = new MediaDesk(_library, _drives);
    }
}
