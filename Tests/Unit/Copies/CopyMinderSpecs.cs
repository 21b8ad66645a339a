using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Backup.Actors.Copies;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.Unit.Copies;

public sealed class CopyMinderSpecs : ActorKit
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30);

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

    private static string Said(TestProbe log)
    {
        var line = log.FishForMessage<Info>(info => info.LogSource.Contains("$", StringComparison.Ordinal), Within);
        return line.Message.ToString()!.Split(": ")[^1];
    }
}
