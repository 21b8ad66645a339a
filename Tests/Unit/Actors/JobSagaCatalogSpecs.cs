using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What a job's saga asks the catalog, which may be away, or slow.</summary>
public sealed class JobSagaCatalogSpecs : JobSagaKit
{
    [Fact]
    public void A_cancel_while_an_epoch_is_being_taken_ends_the_job()
    {
        var catalog = CreateTestProbe();
        CatalogActor = catalog;
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Save()), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();

        while (Catalog.Jobs.Get(Job).Value.Phase != JobPhase.Ended)
            catalog.ExpectMsg<CatalogWork>().Run(Catalog);

        var row = Catalog.Jobs.Get(Job).Value;
        Assert.Equal((JobOutcome.Cancelled, new Epoch(1)), (row.Outcome, row.Epoch));
        Storage.ExpectMsg<StorageProtocol.Forget>();
    }

    [Fact]
    public void A_mistake_in_the_catalog_does_not_keep_a_job_waiting_for_ever()
    {
        var (_, catalog) = StartedWith(CreateTestProbe());
        catalog.ExpectMsg<CatalogWork>().Run(null!);

        // The failure has reached the saga when the saga has answered what was sent behind it; so ask until it asks
        // again.
        AwaitAssert(() =>
        {
            Time.Advance(Options.AskAgainAfter);
            catalog.ExpectMsg<CatalogWork>(TimeSpan.FromMilliseconds(100)).Run(Catalog);
        });

        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
    }

    [Fact]
    public void An_epoch_whose_answer_is_lost_is_asked_for_again_and_taken_once()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        var lost = catalog.ExpectMsg<CatalogWork>();
        Heard(saga);

        Time.Advance(Options.AskAgainAfter);
        var again = catalog.ExpectMsg<CatalogWork>();
        again.Run(Catalog);
        lost.Run(Catalog); // it was only late

        Assert.Equal(new Epoch(1), Storage.ExpectMsg<StorageProtocol.OpenWrite>().Epoch);
        saga.Tell(Ready(1));
        Node.ExpectMsg<ClientProtocol.Save>();
        Assert.Equal(new Epoch(1), Catalog.Jobs.Get(Job).Value.Epoch);
    }

    [Fact]
    public void A_catalog_that_does_not_answer_is_asked_less_and_less_often()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        catalog.ExpectMsg<CatalogWork>();
        var asked = 0;

        for (var i = 0; i < 100; i++)
        {
            Heard(saga);
            Time.Advance(Options.AskAgainAfter);
            Heard(saga);
            while (catalog.HasMessages) asked += catalog.ReceiveOne(TimeSpan.Zero) is CatalogWork ? 1 : 0;
        }

        Assert.InRange(asked, 6, 9); // after 1, 3, 7, 15, 31, 63 and 95 times
    }

    [Fact]
    public void An_end_whose_answer_is_lost_is_recorded_all_the_same()
    {
        var (saga, catalog) = StartedWith(CreateTestProbe());
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        while (catalog.HasMessages) catalog.ExpectMsg<CatalogWork>(); // the epoch, the news and the end: all lost

        AwaitAssert(() =>
        {
            Time.Advance(Options.AskAgainAfter);
            catalog.ExpectMsg<CatalogWork>(TimeSpan.FromMilliseconds(100)).Run(Catalog);
            Assert.Equal(JobPhase.Ended, Catalog.Jobs.Get(Job).Value.Phase);
        });

        Storage.ExpectMsg<StorageProtocol.Forget>();
    }
}
