using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Actors;

public sealed class JobKeeperSpecs : ActorKit
{

    [Fact]
    public void It_says_whether_the_jobs_are_taken_up()
    {
        TestProbe catalog = CreateTestProbe(), jobs = CreateTestProbe();
        var keeper = Sys.ActorOf(JobKeeper.Props(catalog.Ref, jobs.Ref, TimeSpan.FromHours(1)));
        var load = catalog.ExpectMsg<CatalogWork>();
        Assert.False(TakenUp());

        using (var empty = new SqliteFixture()) load.Run(empty.Store);

        AwaitAssert(() => Assert.True(TakenUp()));

        bool TakenUp()
        {
            keeper.Tell(JobKeeper.AreTakenUp.Instance, TestActor);
            return ExpectMsg<JobKeeper.TakenUp>().Yes;
        }
    }
}
