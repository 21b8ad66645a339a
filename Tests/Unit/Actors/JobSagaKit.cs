using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.TestKit;
using Akka.TestKit;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A saga with its neighbours as probes, and a catalog of its own.</summary>
public abstract class JobSagaKit : PersistenceTestKit
{
    protected static readonly JobOptions Options = new(
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

    private readonly SqliteFixture _catalog = new();

    protected JobSagaKit()
        : base(ConfigurationFactory.ParseString(ActorKit.TestScheduled).WithFallback(ActorKit.Patient))
    {
        (Allocator, Storage, Node) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        Nodes = Sys.ActorOf(NodesStandIn.Props(Storage.Ref, Node.Ref));
        Allocator.IgnoreMessages(message => message is AllocatorProtocol.Hold);
        CatalogActor = Sys.ActorOf(CatalogStandIn.Props(_catalog.Store));
        CatalogStandIn.RecordJob(_catalog.Store, Save());
    }

    protected TestProbe Allocator { get; }

    protected TestProbe Storage { get; }

    /// <summary>The client's.</summary>
    protected TestProbe Node { get; }

    protected CatalogStore Catalog => _catalog.Store;

    protected IActorRef CatalogActor { get; set; }

    protected IActorRef Nodes { get; set; }

    protected TestScheduler Time => (TestScheduler)Sys.Scheduler;

    protected override void AfterAll()
    {
        base.AfterAll();
        _catalog.Dispose();
    }

    protected IActorRef Started()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        return saga;
    }

    /// <summary>A job whose next question to the catalog is for an epoch; the news before it are recorded.</summary>
    protected (IActorRef Saga, TestProbe Catalog) StartedWith(TestProbe catalog)
    {
        CatalogActor = catalog;
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        catalog.ExpectMsg<CatalogWork>().Run(_catalog.Store);
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        catalog.ExpectMsg<CatalogWork>().Run(_catalog.Store);
        return (saga, catalog);
    }

    /// <summary>What it was told before is done, and its timer runs.</summary>
    protected void Heard(IActorRef saga)
    {
        saga.Tell(new JobProtocol.Ask(Job), TestActor);
        ExpectMsg<JobProtocol.Status>();
    }

    /// <summary>What it was about when it last said something is done: its timers are set.</summary>
    protected void Settled(IActorRef saga)
    {
        saga.Tell(new Identify(null), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    protected IActorRef Restarted(IActorRef saga)
    {
        Watch(saga);
        Sys.Stop(saga);
        ExpectTerminated(saga);
        return Saga();
    }

    protected IActorRef Saga(JobOptions? options = null) =>
        Sys.ActorOf(JobSaga.Props(
            Job, new JobNeighbours(Allocator.Ref, CatalogActor, Nodes), options ?? Options));
}
