using Akka.Actor;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobSagaClonesSpecs : JobSagaKit
{
    private static readonly BackupSpec Cloned = Save() with
    {
        Clones =
        [
            new CloneSpec(Save() with { Pool = new PoolName("vault"), Image = new ImageId(9) }, SameBase: false),
        ],
    };

    [Fact]
    public void A_job_has_its_clones_once_whoever_takes_it_up()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Cloned), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        Allocator.ExpectMsg<AllocatorProtocol.Reserve>();
        Assert.Equal(1, Catalog.Jobs.UnfinishedCount().Value);

        saga.Tell(new AllocatorProtocol.Granted(Job, Drive, Turn: 1));
        Storage.ExpectMsg<StorageProtocol.OpenWrite>();
        AwaitAssert(() => Assert.Equal(2, Catalog.Jobs.UnfinishedCount().Value));
        saga = Restarted(saga);
        Heard(saga);
        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();
        saga.Tell(StorageStopped(1));
        saga.Tell(ClientStopped(1));

        AwaitAssert(() => Assert.Equal(JobPhase.Ended, Catalog.Jobs.Get(Job).Value.Phase));
        var clone = Assert.Single(Catalog.Jobs.Unfinished().Value);
        Assert.Equal((new RequestId($"clone-1-of-{Job}"), new JobId(8)), (clone.Request, clone.Job));
        AwaitAssert(() => Assert.Single(
            Catalog.Jobs.Log(Job, 0, 1000).Value, line => line.Line.Code == "clone"));
    }

    [Fact]
    public void A_job_that_began_no_attempt_has_none()
    {
        var saga = Saga();
        saga.Tell(new JobProtocol.Start(Job, Cloned), TestActor);
        ExpectMsg<JobProtocol.Accepted>();

        saga.Tell(new JobProtocol.Cancel(Job), TestActor);
        ExpectMsg<JobProtocol.Accepted>();

        AwaitAssert(() => Assert.Equal(0, Catalog.Jobs.UnfinishedCount().Value));
    }
}
