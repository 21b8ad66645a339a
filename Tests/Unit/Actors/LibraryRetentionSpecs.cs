using Akka.Actor;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What retention does with the volumes of a real library.</summary>
public sealed class LibraryRetentionSpecs : ActorKit
{
    private static readonly PoolName Pool = new("main");
    private static readonly VolumeName Volume = new("main-0001");
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<VolumeName, VolumeReport> _reports = [];
    private LibraryKeeper _library = null!;
    private IActorRef[] _drives = [];

    public LibraryRetentionSpecs()
    {
        SealedSamples.Write(_folder.File(""), 3, sealImage: true);
        Open();
    }

    private MediaDesk Desk => new(_library, _drives);

    private VolumeUuid Uuid => _library.Reports().Single(report => report.Name == Volume).Uuid;

    private string Tapes => _folder.File("tapes");

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Headers_say_what_is_on_a_volume()
    {
        var found = await Inspect();

        Assert.Equal((7, 6), (found.TapeFiles, found.Found.Count));
        Assert.Empty(found.Unknown);
        Assert.All(found.Found, file => Assert.Equal((Image, SealedSamples.Epoch), (file.Image, file.Epoch)));
        Assert.Equal([0, 0, 1, 1, 2, 2], found.Found.Select(file => file.Fragment));
        File.WriteAllText(Path.Combine(Tapes, Volume.Value, "00003.data"), "torn");
        Assert.Equal([3], (await Inspect()).Unknown);
    }

    [Fact]
    public async Task The_space_of_a_file_comes_back_once_and_its_place_stays()
    {
        var found = await Inspect();
        var ask = new VolumeProtocol.GiveBack(Volume, Uuid, [found.Found[0], found.Found[1]]);

        var first = Assert.IsType<VolumeProtocol.Done>(await Desk.Tend(ask));
        var second = Assert.IsType<VolumeProtocol.Done>(await Desk.Tend(ask));

        Assert.Equal([1, 2], first.Files);
        Assert.True(first.Bytes > 32_768);
        Assert.Equal(first.Files, second.Files);
        Assert.Equal(0, second.Bytes);
        var left = await Inspect();
        Assert.Equal(7, left.TapeFiles);
        Assert.Equal([3, 4, 5, 6], left.Found.Select(file => file.File));
        Assert.Empty(left.Unknown);
        Assert.StartsWith("backup: released", File.ReadAllText(Path.Combine(Tapes, Volume.Value, "00001.data")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_another_fragment_a_volume_with_another_label_and_one_in_use_are_left_alone()
    {
        var found = await Inspect();
        var other = found.Found[0] with { Image = ImageId.New() };

        Assert.Empty(Assert.IsType<VolumeProtocol.Done>(
            await Desk.Tend(new VolumeProtocol.GiveBack(Volume, Uuid, [other]))).Files);
        Assert.Equal(6, (await Inspect()).Found.Count);
        Assert.Contains("identity", await NotDone(new VolumeProtocol.LetGo(Volume, VolumeUuid.New(), 7)),
            StringComparison.Ordinal);
        Assert.Contains("6 were looked at", await NotDone(new VolumeProtocol.LetGo(Volume, Uuid, 6)),
            StringComparison.Ordinal);
        var session = new DriveHandle(_drives[0], new JobId(7), null);
        await session.MountForReading(Volume);
        Assert.Contains("All drives", await NotDone(new VolumeProtocol.LetGo(Volume, Uuid, 7)),
            StringComparison.Ordinal);
        await session.Release();
        Assert.Contains("not in library", await NotDone(
            new VolumeProtocol.Inspect(new VolumeName("none"), VolumeUuid.New())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_let_go_is_labelled_anew_when_a_volume_is_needed_also_after_a_restart()
    {
        var before = Uuid;
        await Desk.Tend(new VolumeProtocol.LetGo(Volume, before, 7));
        Assert.Equal(VolumeState.Recycle, _reports[Volume].State);
        Assert.Equal(7, Directory.GetFiles(Path.Combine(Tapes, Volume.Value)).Length);
        _library.Dispose();
        Open();

        var session = new DriveHandle(_drives[0], new JobId(7), null);
        var mounted = (await session.MountForWriting(Pool)).Volume;
        await session.Release();

        Assert.Equal(Volume, mounted.Name);
        Assert.NotEqual(before, Uuid);
        Assert.Equal(before, _reports[Volume].Replaces);
        Assert.Equal(VolumeState.Append, _reports[Volume].State);
        Assert.Single(Directory.GetFiles(Path.Combine(Tapes, Volume.Value)));
    }

    [Fact]
    public async Task What_is_read_or_holds_more_than_it_did_is_not_labelled_anew()
    {
        await Desk.Tend(new VolumeProtocol.LetGo(Volume, Uuid, 7));
        var reader = new DriveHandle(_drives[0], new JobId(7), null);
        await reader.MountForReading(Volume);
        await reader.Release();
        Assert.Equal(VolumeState.Full, _reports[Volume].State);
        await Desk.Tend(new VolumeProtocol.LetGo(Volume, Uuid, 7));
        var before = Uuid;
        File.Copy(
            Path.Combine(Tapes, Volume.Value, "00001.data"), Path.Combine(Tapes, Volume.Value, "00007.data"));

        var session = new DriveHandle(_drives[0], new JobId(8), null);
        var mounted = (await session.MountForWriting(Pool)).Volume;

        Assert.NotEqual(Volume, mounted.Name);
        Assert.Equal((before, VolumeState.Full), (Uuid, _reports[Volume].State));
    }

    [Fact]
    public async Task A_crash_between_erasing_and_labelling_leaves_a_volume_that_is_labelled_next()
    {
        await Desk.Tend(new VolumeProtocol.LetGo(Volume, Uuid, 7));
        _library.Dispose();
        foreach (var file in Directory.GetFiles(Path.Combine(Tapes, Volume.Value))) File.Delete(file);
        Open();

        var session = new DriveHandle(_drives[0], new JobId(7), null);

        Assert.Equal(Volume, (await session.MountForWriting(Pool)).Volume.Name);
        await session.Release();
        Assert.NotNull(_reports[Volume].Replaces);
    }

    [Fact]
    public async Task An_operator_says_what_a_volume_may_be_used_for()
    {
        async Task<IReply> Update(VolumeState state, string? why = null) =>
            await Desk.Answer(new UpdateVolume(RequestId.New(), Volume, state, why));

        Assert.Equal(
            new VolumeUpdated(Volume, VolumeState.Archive, VolumeState.Append),
            await Update(VolumeState.Archive, "for ever"));
        Assert.Equal("for ever", _reports[Volume].Error);
        Assert.Contains("archive", await NotDone(new VolumeProtocol.LetGo(Volume, Uuid, 7)), StringComparison.Ordinal);
        Assert.IsType<VolumeUpdated>(await Update(VolumeState.Full));
        Assert.IsType<VolumeProtocol.Done>(await Desk.Tend(new VolumeProtocol.LetGo(Volume, Uuid, 7)));
        Assert.Equal(RefusalCode.BadRequest, Assert.IsType<Refused>(await Update(VolumeState.Recycle)).Code);
        Assert.Equal(RefusalCode.Conflict, Assert.IsType<Refused>(await Update(VolumeState.Cleaning)).Code);
        Assert.Equal(RefusalCode.NotFound, Assert.IsType<Refused>(await Desk.Answer(
            new UpdateVolume(RequestId.New(), new VolumeName("none"), VolumeState.Full))).Code);
    }

    [Theory]
    [InlineData(VolumeState.Disabled, false)]
    [InlineData(VolumeState.ReadOnly, true)]
    [InlineData(VolumeState.Archive, true)]
    public async Task A_volume_that_is_disabled_is_not_read_and_says_why(VolumeState state, bool isRead)
    {
        await Desk.Answer(new UpdateVolume(RequestId.New(), Volume, state, "water got in"));
        var session = new DriveHandle(_drives[0], new JobId(7), null);

        var read = await Record.ExceptionAsync(() => session.MountForReading(Volume));

        Assert.Equal(isRead, read is null);
        await session.Release();
        if (read is null) return;
        Assert.IsType<JobFailure.VolumeError>(Assert.IsType<JobFailureException>(read).Failure);
        Assert.Contains("is disabled: water got in", read.Message, StringComparison.Ordinal);
        await Desk.Answer(new UpdateVolume(RequestId.New(), Volume, VolumeState.Full));
        var later = new DriveHandle(_drives[0], new JobId(8), null);
        Assert.Equal(Volume, (await later.MountForReading(Volume)).Volume.Name);
        await later.Release();
    }

    [Theory]
    [InlineData(VolumeState.Archive, VolumeState.Archive)]
    [InlineData(VolumeState.ReadOnly, VolumeState.ReadOnly)]
    [InlineData(VolumeState.Append, VolumeState.Full)]
    public async Task What_an_operator_wants_kept_stays_so_when_it_comes_back_from_a_vault(
        VolumeState before, VolumeState after)
    {
        await Desk.Answer(new UpdateVolume(RequestId.New(), Volume, before, null));
        foreach (var place in (string?[])["bank", "cellar", null])
        {
            Assert.IsType<VolumesVaulted>(await Desk.Answer(
                new VaultVolumes(RequestId.New(), [Volume.Value], place)));
            _library.Dispose();
            Open();
        }

        Assert.Equal(after, _reports[Volume].State);
        if (after != VolumeState.Full)
            Assert.Contains("operator decides", await NotDone(new VolumeProtocol.LetGo(Volume, Uuid, 7)),
                StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_space_of_files_does_not_come_back_nothing_is_loaded_to_say_so()
    {
        _library.Dispose();
        var tapes = new SlowLibrary(((LibraryOpening.Opened)VirtualLibrary.Open(
            Tapes, null, 6, 1, VirtualTapeOptions.Of(1L << 30))).Library);
        using var keeper = LibraryKeeper.Over(
            Options(null), tapes, VolumeBook.Open(_folder.File("slow.volumes")), _ => { });
        var desk = new MediaDesk(keeper, [Sys.ActorOf(DriveActor.Props(keeper, 0))]);

        var done = Assert.IsType<VolumeProtocol.Done>(await desk.Tend(new VolumeProtocol.GiveBack(
            Volume, VolumeUuid.New(), [new TapeFileFound(1, Image, 0, SealedSamples.Epoch)])));

        Assert.Empty(done.Files);
        Assert.Equal(0, tapes.Loads);
    }

    [Fact]
    public void A_node_that_is_new_scans_what_is_in_its_changer_though_it_has_looked_at_none()
    {
        _library.Dispose();
        var tapes = new SlowLibrary(((LibraryOpening.Opened)VirtualLibrary.Open(
            Tapes, null, 6, 1, VirtualTapeOptions.Of(1L << 30))).Library);
        using var keeper = LibraryKeeper.Over(
            Options(null), tapes, VolumeBook.Open(_folder.File("slow.volumes")), _ => { });

        Assert.Empty(keeper.Volumes(0));
        Assert.Equal([Volume], keeper.ToScan(0));
    }

    [Fact]
    public async Task A_pool_with_use_once_takes_a_new_volume_for_each_image()
    {
        _library.Dispose();
        Open(new PoolRules { VolumeImagesMax = 1 });
        var names = new List<string>();
        for (var job = 7; job < 10; job++)
        {
            var session = new DriveHandle(_drives[0], new JobId(job), null);
            names.Add((await session.MountForWriting(Pool)).Volume.Name.Value);
            await session.Release();
        }

        Assert.Equal(3, names.Distinct().Count());
        Assert.All(names, name => Assert.Equal(VolumeState.Used, _reports[new VolumeName(name)].State));
    }

    private async Task<VolumeProtocol.Inspected> Inspect() => Assert.IsType<VolumeProtocol.Inspected>(
        await Desk.Tend(new VolumeProtocol.Inspect(Volume, Uuid)));

    private async Task<string> NotDone(VolumeProtocol.IWork work) =>
        Assert.IsType<VolumeProtocol.NotDone>(await Desk.Tend(work)).Why;

    private LibraryOptions Options(PoolRules? rules) => new(
        Library, Tapes, 6, 1, 1L << 30, 0, new Dictionary<PoolName, string>(), AutoLabel: true)
    {
        Pools = new Dictionary<PoolName, PoolRules> { [Pool] = rules ?? PoolRules.None },
    };

    private void Open(PoolRules? rules = null)
    {
        _library = LibraryKeeper.Open(
            Options(rules),
            _folder.File("vault.volumes"),
            report => { lock (_reports) _reports[report.Name] = report; });
        foreach (var drive in _drives) Sys.Stop(drive);
        _drives = [Sys.ActorOf(DriveActor.Props(_library, 0))];
    }
}
