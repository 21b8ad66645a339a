using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.TestKit;
using Akka.TestKit;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What a job's parties name is named to people, whatever is lost on the way.</summary>
public sealed class JobItemsSpecs : PersistenceTestKit
{
    private static readonly JobOptions Options = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

    private readonly SqliteFixture _catalog = new();
    private readonly TestProbe _allocator;
    private readonly TestProbe _storage;
    private readonly TestProbe _client;
    private IActorRef _catalogActor;

    public JobItemsSpecs()
        : base(ConfigurationFactory.ParseString(ActorKit.TestScheduled).WithFallback(ActorKit.Patient))
    {
        (_allocator, _storage, _client) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        _allocator.IgnoreMessages(message => message is AllocatorProtocol.Hold);
        _catalogActor = Sys.ActorOf(CatalogStandIn.Props(_catalog.Store));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    [Fact]
    public void Items_that_nobody_heard_are_asked_for_before_the_client_forgets_them()
    {
        var saga = Comparing();
        saga.Tell(Told(0, 1, 2));
        saga.Tell(Told(4, 5)); // what was between went to a director that was dead already
        saga.Tell(ClientDone(1, exceptions: 5));

        Assert.Equal(2, _client.ExpectMsg<ClientProtocol.Query>().ItemsFrom);
        saga.Tell(Told(2, 3, 4, 5));
        saga.Tell(ClientDone(1, exceptions: 5));
        _client.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(ClientStopped(1));

        Assert.Equal([1, 2, 3, 4, 5], Named(Ended()));
    }

    [Fact]
    public void A_saga_that_was_started_again_hears_all_and_names_each_once()
    {
        var saga = Comparing();
        saga.Tell(Told(0, 1, 2, 3));
        AwaitAssert(() => Assert.Equal(3, Listed().Count));
        Watch(saga);
        Sys.Stop(saga);
        ExpectTerminated(saga);
        saga = Saga();
        _client.ExpectMsg<ClientProtocol.Query>();
        saga.Tell(Told(3, 4));
        saga.Tell(ClientDone(1, exceptions: 4));

        Assert.Equal(0, _client.ExpectMsg<ClientProtocol.Query>().ItemsFrom);
        saga.Tell(Told(0, 1, 2, 3, 4));
        saga.Tell(ClientDone(1, exceptions: 4));
        _client.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(ClientStopped(1));

        var report = Ended();
        Assert.Equal([1, 2, 3, 4], Named(report));
        Assert.Equal((FileExceptionKind.Differs.ToString(), 4), (report.ExceptionsByKind.Single().Key,
            report.ExceptionsByKind.Single().Value));
        Assert.Equal(4, _catalog.Store.Jobs.Log(Job, 0, 100).Value.Count(line => line.Line.Source == "client"));
    }

    [Theory]
    [InlineData("forgot")]
    [InlineData("silent")]
    public void A_client_that_cannot_tell_them_again_does_not_hold_up_the_end(string client)
    {
        var saga = Comparing();
        saga.Tell(Told(0, 1));
        saga.Tell(ClientDone(1, exceptions: 2));
        _client.ExpectMsg<ClientProtocol.Query>();
        if (client == "forgot") saga.Tell(new ClientProtocol.Unknown(Job, new Epoch(1)));
        for (var asked = 1; client == "silent" && asked < 6; asked++)
        {
            saga.Tell(new JobProtocol.Ask(Job), TestActor);
            ExpectMsg<JobProtocol.Status>(); // its timer runs
            ((TestScheduler)Sys.Scheduler).Advance(Options.AskAgainAfter);
            if (asked < 5) _client.ExpectMsg<ClientProtocol.Query>();
        }
        _client.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(ClientStopped(1));

        Assert.Equal([1], Named(Ended()));
        Assert.Contains(_catalog.Store.Jobs.Log(Job, 0, 100).Value, line => line.Line.Code == "exceptions-lost");
    }

    [Fact]
    public void Storage_is_asked_once_since_it_counts_damage_that_hits_no_item()
    {
        var saga = Started(VerifyMedia, Drive);
        _storage.ExpectMsg<StorageProtocol.CheckMedia>();
        saga.Tell(Ready(1));
        saga.Tell(new StorageProtocol.Excepted(Job, new Epoch(1), [Item(1)], 0));
        saga.Tell(StorageDone(1, exceptions: 3));

        Assert.Equal(1, _storage.ExpectMsg<StorageProtocol.Query>().ItemsFrom);
        saga.Tell(new StorageProtocol.Excepted(Job, new Epoch(1), [Item(2)], 1));
        saga.Tell(StorageDone(1, exceptions: 3));
        _storage.ExpectMsg<StorageProtocol.Stop>();
        saga.Tell(StorageStopped(1));

        Assert.Equal([1, 2], Named(Ended()));
    }

    /// <summary>What the catalog was offered while it was away is recorded with the end, before the end.</summary>
    [Fact]
    public void A_job_does_not_end_without_what_it_named()
    {
        var catalog = CreateTestProbe();
        _catalogActor = catalog;
        var saga = Started(VerifyDisk, null);
        AwaitCondition(() =>
        {
            while (catalog.HasMessages) (catalog.ReceiveOne(TimeSpan.Zero) as CatalogWork)?.Run(_catalog.Store);
            return _client.HasMessages;
        }, TimeSpan.FromSeconds(15));
        _client.ExpectMsg<ClientProtocol.Compare>();
        saga.Tell(Told(0, 1, 2));
        saga.Tell(ClientDone(1, exceptions: 2));
        _client.ExpectMsg<ClientProtocol.Stop>();
        saga.Tell(ClientStopped(1));
        AwaitAssert(() => Assert.Equal(JobPhase.Ended, LastOf(catalog)));

        Assert.Equal([1, 2], Named(JobSpecs.ReadReport(_catalog.Store.Jobs.Get(Job).Value.Report)!));
    }

    /// <summary>Only the newest work is done: what was sent before it is lost.</summary>
    private JobPhase LastOf(TestProbe catalog)
    {
        object? last = null;
        while (catalog.HasMessages) last = catalog.ReceiveOne(TimeSpan.Zero);
        (last as CatalogWork)?.Run(_catalog.Store);
        return _catalog.Store.Jobs.Get(Job).Value.Phase;
    }

    private IActorRef Comparing()
    {
        var saga = Started(VerifyDisk, null);
        _client.ExpectMsg<ClientProtocol.Compare>();
        return saga;
    }

    private IActorRef Started(JobSpec spec, DriveId? drive)
    {
        CatalogStandIn.RecordJob(_catalog.Store, spec);
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, spec), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        _allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        saga.Tell(new AllocatorProtocol.Granted(Job, drive, Turn: 1));
        return saga;
    }

    private IActorRef Saga() => Sys.ActorOf(JobSaga.Props(
        Job,
        new JobNeighbours(_allocator.Ref, _catalogActor, Sys.ActorOf(NodesStandIn.Props(_storage.Ref, _client.Ref))),
        Options));

    private static ClientProtocol.Excepted Told(long first, params int[] numbers) =>
        new(Job, new Epoch(1), [.. numbers.Select(Item)], first);

    private static FileException Item(int number) =>
        new([.. $"dir/{number}".Select(letter => (byte)letter)], FileExceptionKind.Differs, "", 0, "size");

    private JobReport Ended()
    {
        AwaitAssert(() => Assert.Equal(JobPhase.Ended, _catalog.Store.Jobs.Get(Job).Value.Phase));
        return JobSpecs.ReadReport(_catalog.Store.Jobs.Get(Job).Value.Report)!;
    }

    private IReadOnlyList<RecordedException> Listed() => _catalog.Store.Jobs.Exceptions(Job, null, 100).Value;

    /// <summary>Their numbers in the list and in the report, which say the same.</summary>
    private IEnumerable<int> Named(JobReport report)
    {
        Assert.Equal(Listed().Select(each => ExceptionText.Sentence(each.Exception)), report.FirstExceptions);
        return Listed().Select(each => each.Exception.Path[^1] - '0');
    }
}
