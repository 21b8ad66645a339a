using Akka.Actor;
using Akka.TestKit.Xunit2;
using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Many labels at once: by names that are there, or by a template.</summary>
public sealed class LabelManySpecs : TestKit
{
    private static readonly PoolName Pool = new("main");
    private readonly TemporaryFolder _folder = new();
    private LibraryKeeper _library = null!;
    private MediaDesk _desk = null!;
    private IActorRef[] _drives = [];

    public LabelManySpecs()
        : base("akka.loglevel = OFF\nakka.stdout-loglevel = OFF") => Open();

    private string Tapes => _folder.File("tapes");

    protected override void AfterAll()
    {
        base.AfterAll();
        _library.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_blank_is_labelled_by_its_name_and_nothing_else_is_touched()
    {
        await _desk.Answer(new LabelVolume(RequestId.New(), new PoolName("other"), new VolumeName("D1")));
        foreach (var name in (string[])["A1", "A2", "theirs", ".exchange/out"])
            Directory.CreateDirectory(Path.Combine(Tapes, name));
        File.WriteAllText(Path.Combine(Tapes, "theirs", "old.tar"), "AMANDA: TAPESTART DATE X TAPE Daily-7\n");
        var ask = new LabelVolumes(new RequestId("once"), Pool, BarCodes: true);

        var labelled = Assert.IsType<VolumesLabelled>(await _desk.Answer(ask));

        Assert.Equal(["A1", "A2"], labelled.Volumes.Select(volume => volume.Value));
        Assert.Contains("Daily-7", Assert.Single(labelled.Skipped), StringComparison.Ordinal);
        Assert.Equal(("main", "other"), (_library.PoolOf(new VolumeName("A1"))?.Value,
            _library.PoolOf(new VolumeName("D1"))?.Value));
        Assert.Empty(Directory.GetFiles(Path.Combine(Tapes, ".exchange", "out")));
        Reopen();
        Assert.Equal(labelled.Volumes, Assert.IsType<VolumesLabelled>(await _desk.Answer(ask)).Volumes);
    }

    [Fact]
    public async Task A_template_names_new_volumes_and_a_repetition_labels_no_further_ones_also_after_a_restart()
    {
        Directory.CreateDirectory(Path.Combine(Tapes, "lto-02"));
        var ask = new LabelVolumes(new RequestId("once"), Pool, "lto-%02d", 3);

        var labelled = Assert.IsType<VolumesLabelled>(await _desk.Answer(ask));

        Assert.Equal(["lto-01", "lto-03", "lto-04"], labelled.Volumes.Select(volume => volume.Value));
        Reopen();
        Assert.Equal(labelled.Volumes, Assert.IsType<VolumesLabelled>(await _desk.Answer(ask)).Volumes);
        Assert.Equal(4, Directory.GetDirectories(Tapes).Length);
    }

    [Fact]
    public async Task What_has_no_slot_is_left_out_and_named_and_where_there_is_none_it_is_refused()
    {
        var some = Assert.IsType<VolumesLabelled>(
            await _desk.Answer(new LabelVolumes(RequestId.New(), Pool, "a%d", 9)));

        Assert.Equal(6, some.Volumes.Count);
        Assert.Contains("Every slot", Assert.Single(some.Skipped), StringComparison.Ordinal);
        Assert.Equal(RefusalCode.Conflict, Assert.IsType<Refused>(
            await _desk.Answer(new LabelVolumes(RequestId.New(), Pool, "a%d", 2))).Code);
    }

    [Fact]
    public async Task By_bar_codes_each_cartridge_is_loaded_once()
    {
        await _desk.Answer(new LabelVolume(RequestId.New(), new PoolName("other"), new VolumeName("D1")));
        foreach (var name in (string[])["A1", "A2", "theirs"]) Directory.CreateDirectory(Path.Combine(Tapes, name));
        File.WriteAllText(Path.Combine(Tapes, "theirs", "old.tar"), "AMANDA: TAPESTART DATE X TAPE Daily-7\n");
        _library.Dispose();
        var tapes = new SlowLibrary(
            ((LibraryOpening.Opened)VirtualLibrary.Open(Tapes, null, 6, 2, VirtualTapeOptions.Of(1L << 30))).Library);
        // A node that has looked at none of them
        using var keeper = LibraryKeeper.Over(
            Options(null), tapes, VolumeBook.Open(_folder.File("new.volumes")), _ => { });
        var desk = new MediaDesk(keeper, [Sys.ActorOf(DriveActor.Props(keeper, 0))]);
        var ask = new LabelVolumes(new RequestId("once"), Pool, BarCodes: true);

        var labelled = Assert.IsType<VolumesLabelled>(await desk.Answer(ask));

        Assert.Equal(["A1", "A2"], labelled.Volumes.Select(volume => volume.Value));
        Assert.Contains("Daily-7", Assert.Single(labelled.Skipped), StringComparison.Ordinal);
        Assert.Equal(4, tapes.Loads);
        Assert.Equal("other", keeper.PoolOf(new VolumeName("D1"))?.Value);
        Assert.Equal(labelled.Volumes, Assert.IsType<VolumesLabelled>(
            await new MediaDesk(keeper, [Sys.ActorOf(DriveActor.Props(keeper, 0))]).Answer(ask)).Volumes);
        Assert.Equal(4, tapes.Loads);
    }

    [Fact]
    public async Task A_pool_with_a_template_names_by_it_what_the_system_labels_by_itself()
    {
        _library.Dispose();
        Open("lto-%02d");
        Directory.CreateDirectory(Path.Combine(Tapes, "lto-02"));
        File.WriteAllText(Path.Combine(Tapes, "lto-02", "thesis.txt"), "not a tape");
        var names = new List<string>();
        for (var drive = 0; drive < 2; drive++)
            names.Add((await new DriveHandle(_drives[drive], new JobId(7 + drive), null).MountForWriting(Pool))
                .Volume.Name.Value);

        Assert.Equal(["lto-01", "lto-03"], names);
        await new DriveHandle(_drives[0], new JobId(7), null).Release();
    }

    private void Reopen()
    {
        _library.Dispose();
        Open();
    }

    private void Open(string? label = null)
    {
        _library = LibraryKeeper.Open(Options(label), _folder.File("vault.volumes"), _ => { });
        _drives = [.. Enumerable.Range(0, 2).Select(number => Sys.ActorOf(DriveActor.Props(_library, number)))];
        _desk = new MediaDesk(_library, _drives);
    }

    private LibraryOptions Options(string? label) =>
        new(Library, Tapes, 6, 2, 1L << 30, 0, new Dictionary<PoolName, string>(), label is not null)
        {
            Pools = new Dictionary<PoolName, PoolRules> { [Pool] = PoolRules.None with { Label = label } },
        };
}
