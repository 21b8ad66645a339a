using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class StorageActorSpecs : ActorKit
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _uplink;

    public StorageActorSpecs()
        : base(
            """
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            backup.catalog-dispatcher { type = PinnedDispatcher, executor = thread-pool-executor }
            """) => _uplink = CreateTestProbe();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    protected override void AfterAll()
    {
        base.AfterAll();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_kept_of_ended_jobs_goes_and_what_is_kept_of_others_stays()
    {
        foreach (var job in new[] { 5, 6, 7, 8 }) Keep(job);
        // Runs, and long
        Directory.SetLastWriteTimeUtc(
            _folder.File("job-6"), (Time.Now - SessionShelf.UnknownFor - TimeSpan.FromDays(10)).UtcDateTime);
        Directory.SetLastWriteTimeUtc(
            _folder.File("job-7"), (Time.Now - SessionShelf.UnknownFor + TimeSpan.FromHours(1)).UtcDateTime);
        Directory.SetLastWriteTimeUtc(
            _folder.File("job-8"), (Time.Now - SessionShelf.UnknownFor - TimeSpan.FromHours(1)).UtcDateTime);
        Storage();

        Assert.Equal([5, 6, 7, 8], _uplink.ExpectMsg<CatalogProtocol.ReadJobEnds>().Jobs.Select(job => job.Value));
        _uplink.Reply(new CatalogProtocol.JobEnds([new JobId(5)], [new JobId(7), new JobId(8)]));

        AwaitAssert(() => Assert.Equal(["job-6", "job-7"], Kept()));
    }

    [Fact]
    public void Without_a_director_nothing_goes_and_it_is_asked_again()
    {
        Keep(5);
        var storage = Storage();
        _uplink.ExpectMsg<CatalogProtocol.ReadJobEnds>();
        _uplink.Reply(
            new CatalogProtocol.Failed(new JobFailure.CatalogError("No director is connected."), TryAgain: true));
        AwaitAssert(() =>
        {
            Time.Advance(Options.AskAgainAfter);
            _uplink.ExpectMsg<CatalogProtocol.ReadJobEnds>(TimeSpan.FromMilliseconds(50));
        });
        Assert.Equal(["job-5"], Kept());
        _uplink.Reply(new CatalogProtocol.JobEnds([new JobId(5)], []));

        AwaitAssert(() => Assert.Empty(Kept()));
    }

    [Fact]
    public void A_job_that_is_forgotten_leaves_nothing_even_when_its_files_cannot_be_read()
    {
        var storage = Storage();
        Keep(7);
        File.WriteAllText(_folder.File("job-7/000000.fragment"), "{");

        storage.Tell(new StorageProtocol.Forget(Job, new Epoch(1)));
        storage.Tell(new StorageProtocol.Query(Job, new Epoch(1)));

        _uplink.FishForMessage<StorageProtocol.Unknown>(_ => true);
        Assert.Empty(Kept());
    }

    [Fact]
    public void A_job_that_ended_while_the_node_was_not_reached_gives_its_drive_back()
    {
        var storage = Storage(new LibraryOptions(
            Library, _folder.File("tapes"), 4, 1, 1 << 24, 0, new Dictionary<PoolName, string>(), true));
        storage.Tell(new StorageProtocol.OpenWrite(Job, new Epoch(1), Save(), At, Drive));
        _uplink.FishForMessage<StorageProtocol.Ready>(_ => true, TimeSpan.FromSeconds(20));

        AwaitAssert(
            () =>
            {
                Time.Advance(Options.AskAgainAfter);
                Assert.Equal([Job], _uplink.FishForMessage<CatalogProtocol.ReadJobEnds>(
                    _ => true, TimeSpan.FromMilliseconds(100)).Jobs);
            },
            TimeSpan.FromSeconds(20));
        _uplink.Reply(new CatalogProtocol.JobEnds([Job], []));
        _uplink.FishForMessage<StorageProtocol.Stopped>(_ => true, TimeSpan.FromSeconds(20));

        var next = new JobId(8);
        storage.Tell(new StorageProtocol.OpenWrite(next, new Epoch(1), Save(), At, Drive));
        Assert.Equal(next, _uplink.FishForMessage<StorageProtocol.Ready>(_ => true, TimeSpan.FromSeconds(20)).Job);
    }

    [Fact]
    public void A_session_that_is_stopped_ends_although_the_catalog_refuses_what_it_sealed()
    {
        var storage = Storage(new LibraryOptions(
            Library, _folder.File("tapes"), 4, 1, 1 << 24, 0, new Dictionary<PoolName, string>(), true));
        var store = SessionStore.OpenFor(_folder.File($"job-{Job}"), Image);
        store.Add(SealedSamples.Write(_folder.File("written"), 1)[0], null);
        storage.Tell(new StorageProtocol.OpenWrite(Job, SealedSamples.Epoch, Save(), At, Drive));
        _uplink.FishForMessage<CatalogProtocol.IndexPiece>(_ => true, TimeSpan.FromSeconds(20));
        _uplink.Reply(new CatalogProtocol.Failed(new JobFailure.CatalogError("It is another one."), TryAgain: false));
        _uplink.FishForMessage<StorageProtocol.Failed>(_ => true, TimeSpan.FromSeconds(20));

        AwaitAssert(
            () =>
            {
                storage.Tell(new StorageProtocol.Stop(Job, SealedSamples.Epoch)); // told again and again, as jobs do
                Time.Advance(TimeSpan.FromSeconds(1));
                _uplink.FishForMessage<StorageProtocol.Stopped>(_ => true, TimeSpan.FromMilliseconds(100));
            },
            TimeSpan.FromSeconds(20));

        Assert.Equal([$"job-{Job}"], Kept().Where(name => name!.StartsWith("job", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_two_scans_of_a_library_one_works()
    {
        SealedSamples.Write(_folder.Path, 1); // a volume, of which nobody says that the catalog has heard
        var storage = Storage(new LibraryOptions(
            Library, _folder.File("tapes"), 4, 2, 1 << 24, 0, new Dictionary<PoolName, string>(), true));
        var other = new JobId(8);

        storage.Tell(new StorageProtocol.Scan(Job, new Epoch(1), new ScanSpec(Library), Drive));
        storage.Tell(new StorageProtocol.Scan(other, new Epoch(1), new ScanSpec(Library), Drive with { Number = 1 }));

        var failed = _uplink.FishForMessage<StorageProtocol.Failed>(_ => true, TimeSpan.FromSeconds(20));
        Assert.Equal(other, failed.Job);
        Assert.IsType<JobFailure.LibraryError>(failed.Failure);
    }

    [Fact]
    public void A_volume_that_the_catalog_refuses_for_good_is_not_reported_again_and_again()
    {
        var storage = Storage();

        storage.Tell(
            new CatalogProtocol.Failed(new JobFailure.CatalogError("Another volume has this name."), TryAgain: false));
        storage.Tell(new StorageProtocol.Query(Job, new Epoch(1)));

        _uplink.ExpectMsg<StorageProtocol.Unknown>();
        Time.Advance(Options.AskAgainAfter);
        _uplink.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_catalog_says_which_jobs_have_ended_and_which_it_does_not_know()
    {
        using var catalog = new SqliteFixture();
        CatalogStandIn.RecordJob(catalog.Store, Scan);

        var ends = await Sys.ActorOf(CatalogActor.Props(catalog.Store)).Ask<CatalogProtocol.JobEnds>(
            new CatalogProtocol.ReadJobEnds([new JobId(3), Job, new JobId(99)]), TimeSpan.FromSeconds(10));

        Assert.Equal([new JobId(3)], ends.Ended);
        Assert.Equal([new JobId(99)], ends.Unknown);
    }

    [Fact]
    public void A_library_that_cannot_be_opened_is_named_until_it_can()
    {
        var library = new LibraryOptions(
            new LibraryName("tapes"), _folder.File("tapes"), 4, 1, 1 << 24, 0, new Dictionary<PoolName, string>(), true);
        Directory.CreateDirectory(library.Directory);
        File.WriteAllText(Path.Combine(library.Directory, "foreign"), "no tape");
        var storage = Storage(library);

        Assert.Contains(library.Directory, Assert.Single(Closed()), StringComparison.Ordinal);
        File.Delete(Path.Combine(library.Directory, "foreign"));
        Assert.Empty(Closed());

        IReadOnlyList<string> Closed()
        {
            storage.Tell(StorageActor.AskForClosed.Instance, TestActor);
            return ExpectMsg<StorageActor.ClosedLibraries>().Reasons;
        }
    }

    [Fact]
    public void Two_libraries_that_claim_the_same_volumes_are_not_both_opened()
    {
        LibraryOptions Of(string name) => new(
            new LibraryName(name), _folder.File(name), 4, 1, 1 << 24, 0, new Dictionary<PoolName, string>(), true);
        LibraryKeeper.Open(Of("one"), _folder.File("one.volumes"), _ => { }).Dispose();
        Directory.CreateDirectory(_folder.File("two"));
        foreach (var file in Directory.GetFiles(_folder.File("one"))) File.Copy(file, file.Replace("/one/", "/two/"));

        var storage = Storage(Of("one"), Of("two"));
        storage.Tell(StorageActor.AskForClosed.Instance, TestActor);

        Assert.Contains("claim the same volumes",
            Assert.Single(ExpectMsg<StorageActor.ClosedLibraries>().Reasons), StringComparison.Ordinal);
    }

    private StorageOptions Options => new(
        _folder.Path, [], 4, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30),
        TimeSpan.FromSeconds(3), TimeSpan.Zero, TimeSpan.FromSeconds(5));

    private IActorRef Storage(params LibraryOptions[] libraries) =>
        Sys.ActorOf(StorageActor.Props(Options with { Libraries = libraries }, new DataPlane(new Backup.Actors.Data.DataPlaneOptions()), _uplink.Ref));

    private void Keep(int job) => SessionStore.Open(_folder.File($"job-{job}")).Raise(new Epoch(1));

    private IEnumerable<string?> Kept() => Directory.GetDirectories(_folder.Path).Select(Path.GetFileName).Order();
}
