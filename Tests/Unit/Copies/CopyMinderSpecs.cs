using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Backup.Actors.Copies;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Actors.Catalog;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Copies;

public sealed class CopyMinderSpecs : ActorKit
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    public CopyMinderSpecs()
        : base("akka { loglevel = INFO, log-dead-letters = off }")
    {
    }

    [Fact]
    public void A_job_that_heals_is_named_once_though_each_look_is_answered_by_it()
    {
        var (gateway, log) = (CreateTestProbe(), CreateTestProbe());
        Sys.EventStream.Subscribe(log.Ref, typeof(Info));
        var minder = Sys.ActorOf(CopyMinder.Props(
            CreateTestProbe().Ref, gateway.Ref, () => new CopyCare([], Heals: true, TimeSpan.Zero),
            TimeSpan.FromMilliseconds(1), Within));

        for (var look = 0; look < 10; look++)
        {
            gateway.ExpectMsg<HealCopies>(Within);
            gateway.Reply(new JobsStarted([new JobId(5)]));
        }

        Assert.Equal("job 5.", Said(log));
        Watch(minder);
        Sys.Stop(minder);
        ExpectTerminated(minder, Within);
        log.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Rules_read_images_only_when_something_is_other_than_before()
    {
        using var catalog = new SqliteFixture();
        catalog.Store.Volumes.Record(CatalogSamples.Volume("D0001"));
        var actor = Sys.ActorOf(Akka.Actor.Props.Create(() => new Answering(catalog.Store)));
        var gateway = CreateTestProbe();
        var rule = new CopyRule(
            "far", new PoolName("main"), new PoolName("far"), AfterDays: 0, Migrate: false, 0, 0);
        Sys.ActorOf(CopyMinder.Props(
            actor, gateway.Ref, () => new CopyCare([rule], Heals: true, TimeSpan.Zero),
            TimeSpan.FromMilliseconds(20), Within));

        AskedOnce();
        catalog.Run($"UPDATE volume SET state = {(int)VolumeState.Full} WHERE name = 'D0001'");
        AskedOnce();
        catalog.Store.Jobs.Create(CatalogSamples.Job());
        AskedOnce();

        // A look asks for heals too: so they count looks
        void AskedOnce()
        {
            var all = 0;
            for (var looks = -1; looks < 10;)
            {
                Assert.True(all++ < 1000, "The rule has asked for nothing.");
                var asked = gateway.ReceiveOne(Within);
                gateway.Reply(new JobsStarted([]));
                if (asked is CopyImages copy) Assert.Equal((rule.To, -1), (copy.ToPool, looks++));
                else if (looks >= 0) looks++;
                Assert.True(asked is CopyImages or HealCopies);
            }
        }
    }

    /// <summary>A catalog on the actor's own thread.</summary>
    private sealed class Answering : ReceiveActor
    {
        public Answering(CatalogStore store) => Receive<CatalogWork>(work => work.Run(store));
    }

    private static string Said(TestProbe log)
    {
        var line = log.FishForMessage<Info>(info => info.LogSource.Contains("$", StringComparison.Ordinal), Within);
        return line.Message.ToString()!.Split(": ")[^1];
    }
}
