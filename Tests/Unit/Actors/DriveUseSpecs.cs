using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Data;
using Backup.Actors.Jobs;
using Backup.Actors.Node;
using Backup.Actors.Storage;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Drives that an operator takes out of use and into it again, and has cleaned.</summary>
public sealed class DriveUseSpecs : ActorKit
{
    private static readonly DriveId First = new(Library, 0);
    private static readonly DriveId Second = new(Library, 1);
    private static readonly SetDrive Worn = new(new RequestId("1"), First, DriveUse.Disabled, "worn", "anna");
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _uplink;

    public DriveUseSpecs()
        : base(TestScheduled) => _uplink = CreateTestProbe();

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Fact]
    public void No_job_is_granted_a_drive_that_is_disabled_and_one_that_waits_says_why()
    {
        var allocator = Sys.ActorOf(Allocator.Props(AllocatorOptions.OfOneNode([First, Second], Client, 9,
            TimeSpan.FromSeconds(15))));
        Offer(allocator, Disabled(First));
        Assert.Equal(Second, Granted(allocator, 1));

        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(2), Library, Client, 1), TestActor);
        allocator.Tell(new AllocatorProtocol.Why(new JobId(2)), TestActor);

        Assert.Equal(
            [
                new WaitReason.DriveDisabled(Disabled(First)),
                new WaitReason.DriveHeld(Second, [new JobId(1)]),
            ],
            ExpectMsg<AllocatorProtocol.Reasons>().Chain!, Alike);
        allocator.Tell(AllocatorProtocol.List.Instance, TestActor);
        Assert.Equal([Disabled(First)], ExpectMsg<AllocatorProtocol.Holders>().Disabled);
        Offer(allocator);
        Assert.Equal(First, ExpectMsg<AllocatorProtocol.Granted>().Drive);

        static bool Alike(WaitReason left, WaitReason right) => WaitText.Sentence(left) == WaitText.Sentence(right);
    }

    [Fact]
    public void A_job_waits_where_all_drives_are_disabled_and_what_it_has_it_keeps()
    {
        var allocator = Sys.ActorOf(Allocator.Props(AllocatorOptions.OfOneNode([First], Client, 9,
            TimeSpan.FromSeconds(15))));
        Offer(allocator);
        Assert.Equal(First, Granted(allocator, 1));
        Offer(allocator, Disabled(First));
        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(2), Library, Client, 1), TestActor);
        allocator.Tell(new AllocatorProtocol.Why(new JobId(2)), TestActor);

        Assert.Equal(
            ["drive vault/0 is disabled since 2026-03-01 10:30Z by anna: worn (`backup drive vault/0 enable`)"],
            ExpectMsg<AllocatorProtocol.Reasons>().Sentences);
        allocator.Tell(AllocatorProtocol.List.Instance, TestActor);
        Assert.Equal([(First, new JobId(1))], ExpectMsg<AllocatorProtocol.Holders>().Drives);
        allocator.Tell(new AllocatorProtocol.Release(new JobId(1), 1), TestActor);
        allocator.Tell(AllocatorProtocol.List.Instance, TestActor);
        Assert.Equal([(First, null)], ExpectMsg<AllocatorProtocol.Holders>().Drives);
    }

    [Fact]
    public void A_library_of_which_all_drives_are_disabled_is_passed_over_where_the_pool_has_another()
    {
        var other = new DriveId(new LibraryName("cellar"), 0);
        var allocator = Sys.ActorOf(Allocator.Props(AllocatorOptions.OfOneNode([First, other], Client, 9,
            TimeSpan.FromSeconds(15))));
        Offer(allocator, Disabled(First));

        allocator.Tell(
            new AllocatorProtocol.Reserve(new JobId(1), Library, Client, 1, [other.Library]), TestActor);

        Assert.Equal(other, ExpectMsg<AllocatorProtocol.Granted>().Drive);
    }

    [Fact]
    public void What_is_said_of_a_drive_outlives_the_process_and_is_said_once_for_a_request()
    {
        var book = DriveBook.Open(Library, _folder.File("drives"));
        Assert.Equal(Disabled(First), book.Set(Worn, At));
        // Later, and with a reason of its own, it is disabled since the same moment
        Assert.Equal(
            Disabled(First) with { By = "bert", Why = "sent in" },
            book.Set(new SetDrive(new RequestId("2"), First, DriveUse.Disabled, "sent in", "bert"), At.AddDays(1)));

        book = DriveBook.Open(Library, _folder.File("drives"));

        Assert.Equal("sent in", book.DisabledOf(0)!.Why);
        Assert.Null(book.DisabledOf(1));
        Assert.Null(book.Set(new SetDrive(new RequestId("3"), First, DriveUse.Enabled), At));
        Assert.Null(book.Set(Worn, At));
        Assert.Null(DriveBook.Open(Library, _folder.File("drives")).DisabledOf(0));
    }

    [Fact]
    public void A_drive_is_disabled_while_its_library_cannot_be_opened_and_no_session_begins_in_it()
    {
        var folder = Path.Combine(_folder.Path, "tapes");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "foreign"), "no tape");
        var storage = Storage();
        Assert.Equal("worn", Set(storage, Worn).Disabled!.Why);
        Sys.Stop(storage);
        File.Delete(Path.Combine(folder, "foreign"));
        storage = Storage();

        storage.Tell(new StorageProtocol.Scan(Job, new Epoch(1), new ScanSpec(Library), First));

        var failed = _uplink.FishForMessage<StorageProtocol.Failed>(_ => true, TimeSpan.FromSeconds(20));
        Assert.Contains(
            "Drive vault/0 is disabled since", FailureText.Sentence(failed.Failure), StringComparison.Ordinal);
        storage.Tell(new NodeProtocol.Look(ObjectKind.Drive, "vault/0", 10), TestActor);
        var shown = ExpectMsg<NodeProtocol.Looked>().Shown!;
        Assert.Equal(("disabled", "anna"), (shown.State, shown.Disabled!.By));
        Set(storage, new SetDrive(RequestId.New(), First, DriveUse.Enabled));
        storage.Tell(new StorageProtocol.Scan(new JobId(8), new Epoch(1), new ScanSpec(Library), First));
        Assert.Equal(
            new JobId(8), _uplink.FishForMessage<StorageProtocol.Finished>(_ => true, TimeSpan.FromSeconds(20)).Job);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(DriveId.SpoolFrom)]
    public void A_drive_that_is_not_the_librarys_own_is_not_disabled(int number)
    {
        Storage().Tell(
            new NodeProtocol.ForLibrary(Library, Worn with { Drive = new DriveId(Library, number) }), TestActor);

        Assert.Equal(RefusalCode.BadRequest, ExpectMsg<Refused>().Code);
    }

    [Fact]
    public void A_node_says_at_once_which_drives_are_disabled()
    {
        var books = new DriveBooks(_folder.Path);
        var director = CreateTestProbe();
        var face = Sys.ActorOf(NodeFace.Props(
            () => new NodeProtocol.Announce(new NodeName("n"), null, [First, Second], TimeSpan.FromMinutes(1))
            {
                Disabled = books.Disabled([First, Second]),
            },
            new LocalActors(_uplink.Ref, ActorRefs.Nobody, Storage(books), books),
            new Directors(director.Ref, director.Ref, director.Ref)));
        AwaitAssert(() =>
        {
            ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromMilliseconds(1));
            Assert.Empty(director.ExpectMsg<NodeProtocol.Announce>(TimeSpan.FromMilliseconds(100)).Disabled!);
        });

        face.Tell(new NodeProtocol.ForLibrary(Library, Worn), TestActor);

        Assert.Equal(DriveUse.Disabled, ExpectMsg<DriveSet>().Use);
        Assert.Equal(First, Assert.Single(director.ExpectMsg<NodeProtocol.Announce>().Disabled!).Drive);
    }

    [Fact]
    public async Task An_operators_work_takes_another_drive_unless_it_names_the_disabled_one()
    {
        var book = DriveBook.Open(Library, _folder.File("drives"));
        book.Set(Worn, At);
        using var keeper = LibraryKeeper.Open(Tapes(), _folder.File("vault.volumes"), _ => { }, null, book);
        var desk = Desk(keeper);
        var volume = Assert.IsType<VolumeLabelled>(
            await desk.Answer(new LabelVolume(RequestId.New(), new PoolName("main")))).Volume;

        Assert.Equal(
            Second, Assert.IsType<VolumeMounted>(await desk.Answer(new MountVolume(RequestId.New(), volume))).Drive);
        Assert.Equal(
            First,
            Assert.IsType<VolumeMounted>(await desk.Answer(new MountVolume(RequestId.New(), volume, First))).Drive);
        book.Set(Worn with { Request = RequestId.New(), Drive = Second }, At);
        var refused = Assert.IsType<Refused>(
            await desk.Answer(new LabelVolume(RequestId.New(), new PoolName("main"))));
        Assert.Contains("All drives of library vault are disabled", refused.Sentence, StringComparison.Ordinal);
        // What is where can be asked all the same
        Assert.IsType<InventoryTaken>(await desk.Answer(new TakeInventory(RequestId.New(), Library)));
    }

    [Fact]
    public async Task A_drive_is_cleaned_once_for_a_request()
    {
        var book = DriveBook.Open(Library, _folder.File("drives"));
        book.Set(Worn, At); // it is named, so that is no reason
        LibraryKeeper.Open(Tapes(), _folder.File("vault.volumes"), _ => { }).Dispose();
        var tapes = ((LibraryOpening.Opened)VirtualLibrary.Open(
            _folder.File("tapes"), null, 4, 2, VirtualTapeOptions.Of(1L << 24))).Library;
        using var keeper = LibraryKeeper.Over(
            Tapes(), new SlowLibrary(tapes, new CleaningCartridge("CLN001L1", 3, 50)),
            VolumeBook.Open(_folder.File("vault.volumes")), _ => { }, null, book);
        var desk = Desk(keeper);
        var ask = new CleanDrive(RequestId.New(), First);

        var cleaned = await desk.Answer(ask);

        Assert.Equal(new DriveCleaned(First, "CLN001L1", 4, 50, true), cleaned);
        Assert.Equal(cleaned, await desk.Answer(ask));
        var shown = keeper.Rings.Show(new NodeProtocol.Look(ObjectKind.Drive, "vault/0", 10))!;
        Assert.Contains(shown.Events, happened => happened.Code == "cleaned");
    }

    [Fact]
    public async Task A_library_without_a_cleaning_cartridge_says_so()
    {
        using var keeper = LibraryKeeper.Open(Tapes(), _folder.File("vault.volumes"), _ => { });

        var refused = Assert.IsType<Refused>(await Desk(keeper).Answer(new CleanDrive(RequestId.New(), First)));

        Assert.Equal(RefusalCode.Conflict, refused.Code);
        Assert.Contains("Drive vault/0 was not cleaned.", refused.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_drive_reports_is_counted_logged_for_the_job_and_marks_a_bad_cartridge()
    {
        LibraryKeeper.Open(Tapes(), _folder.File("vault.volumes"), _ => { }).Dispose();
        var tapes = new SlowLibrary(((LibraryOpening.Opened)VirtualLibrary.Open(
            _folder.File("tapes"), null, 4, 2, VirtualTapeOptions.Of(1L << 24))).Library);
        Directory.CreateDirectory(_folder.File("tapes/A1"));
        tapes.Refresh(out _);
        var book = DriveBook.Open(Library, DriveBook.FileOf(_folder.File("vault.volumes")));
        using var keeper = LibraryKeeper.Over(
            Tapes(), tapes, VolumeBook.Open(_folder.File("vault.volumes")), _ => { }, null, book);
        var parent = CreateTestProbe();
        var drive = parent.ChildActorOf(DriveActor.Props(keeper, 0));
        var session = new DriveHandle(drive, Job, null);
        var volume = (await session.MountForWriting(new PoolName("main"))).Volume.Name;
        tapes.Reports = new DriveLook([TapeAlerts.Of(4), TapeAlerts.Of(20)], 3, 500, "");

        await session.Release();

        var said = parent.ExpectMsg<DriveProtocol.Reported>();
        Assert.Equal((Job, LogSeverity.Error), (said.Job, said.Severity));
        Assert.Equal("Drive vault/0 reports TapeAlert 4 (media) with volume A1.", said.Text);
        Assert.Equal(VolumeState.Error, Assert.Single(keeper.Reports()).State);
        var history = new DriveBooks(_folder.Path).HistoryOf(First)!;
        Assert.Equal((1, 3, 500L), (history.Total.Mounts, history.Total.SoftErrors, history.Total.BytesRead));
        Assert.Equal(history.Total, Assert.Single(history.Days).Wear);
        Assert.Equal([4, 20], history.Alerts.Select(alert => alert.Number));
        Assert.Equal(
            new VolumeWear(volume, history.Total),
            Assert.Single(new DriveBooks(_folder.Path).HistoryOf(Library)!.Volumes!));
        Assert.Equal(2, new DriveBooks(_folder.Path).Notices([Tapes()], DateTimeOffset.UtcNow).Count);
        book.Cleaned(0, DateTimeOffset.UtcNow);
        Assert.Contains(
            "TapeAlert 4 (media, critical)",
            Assert.Single(new DriveBooks(_folder.Path).Notices([Tapes()], DateTimeOffset.UtcNow)),
            StringComparison.Ordinal);
    }

    private static DisabledDrive Disabled(DriveId drive) => new(drive, At, "anna", "worn");

    private LibraryOptions Tapes() => new(
        Library, _folder.File("tapes"), 4, 2, 1 << 24, 0, new Dictionary<PoolName, string>(), true);

    private MediaDesk Desk(LibraryKeeper keeper) => new(
        keeper, [.. Enumerable.Range(0, 2).Select(number => Sys.ActorOf(DriveActor.Props(keeper, number)))]);

    private void Offer(IActorRef allocator, params DisabledDrive[] disabled) => allocator.Tell(
        new AllocatorProtocol.Offer(
            AllocatorOptions.OfOneNode([], Client, 1, TimeSpan.Zero).Node, Client, [First], TimeSpan.FromHours(1),
            null, disabled),
        TestActor);

    private DriveId? Granted(IActorRef allocator, long job)
    {
        allocator.Tell(new AllocatorProtocol.Reserve(new JobId(job), Library, Client, 1), TestActor);
        return ExpectMsg<AllocatorProtocol.Granted>().Drive;
    }

    private DriveSet Set(IActorRef storage, SetDrive ask)
    {
        storage.Tell(new NodeProtocol.ForLibrary(Library, ask), TestActor);
        return ExpectMsg<DriveSet>();
    }

    private IActorRef Storage(DriveBooks? books = null) => Sys.ActorOf(StorageActor.Props(
        new StorageOptions(
            _folder.Path, [Tapes()], 4, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30),
            TimeSpan.FromSeconds(3), TimeSpan.Zero, TimeSpan.FromSeconds(5)),
        new DataPlane(new DataPlaneOptions()), _uplink.Ref, books));
}
