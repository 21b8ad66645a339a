using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Xunit;

namespace Backup.Tests.Unit.Scheduling;

/// <summary>The actor, on a real catalog, by a clock that the test moves.</summary>
public sealed class RetrierSpecs : ActorKit
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _gateway;

    public RetrierSpecs() : base(
        """
        akka.loglevel = WARNING
        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """) => _gateway = CreateTestProbe();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_job_that_failed_is_done_again_and_both_say_why()
    {
        var failed = Failed();
        Start();
        var asked = Next();
        Assert.Equal((failed, $"retry-1-of-{failed}"), (asked.Job, asked.Request.Value));
        var again = _fixture.Store.Jobs.Create(CatalogSamples.Job($"{asked.Request}/web1")).Value.Job;

        _gateway.Sender.Tell(new JobsStarted([again]), _gateway.Ref);

        var why = FailureText.Sentence(Gone).TrimEnd('.');
        AwaitAssert(() => Assert.Equal($"It does job {failed} again, which failed ({why}): retry 1 of 3.", Line(again)));
        AwaitAssert(() => Assert.Equal($"It is done again as job {again}, retry 1 of 3.", Line(failed)));
    }

    [Fact]
    public void Why_it_cannot_be_done_again_now_is_said_once_and_it_is_asked_for_again()
    {
        Failed();
        var log = CreateTestProbe();
        Sys.EventStream.Subscribe(log, typeof(Warning));
        Start();
        for (var times = 0; times < 3; times++)
        {
            Next();
            _gateway.Sender.Tell(new Refused(RefusalCode.Unavailable, "The catalog cannot be written."), _gateway.Ref);
        }
        Next();

        Assert.Contains(
            "cannot be done again now: The catalog cannot be written. It is tried again.",
            $"{log.ExpectMsg<Warning>().Message}", StringComparison.Ordinal);
        Assert.False(log.HasMessages);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    private static JobFailure Gone { get; } = new JobFailure.ClientLost(new ClientName("web1"), "Nothing was heard.");

    private JobId Failed()
    {
        var store = _fixture.Store;
        var job = store.Jobs.Create(CatalogSamples.Job("by-hand/web1")).Value.Job;
        Assert.True(store.Jobs.Update(job, default, new JobUpdate(JobPhase.Ended)
        {
            Outcome = JobOutcome.Failed,
            EndedAt = Time.Now,
            Failure = Gone,
        }).Is(out _, out _));
        return job;
    }

    private string? Line(JobId job) =>
        _fixture.Store.Jobs.LastOfLog(job, 1).Value is [var entry] ? entry.Line.Text : null;

    private void Start()
    {
        var policy = new RetriedPolicy(
            new PolicyName("daily"), [new ClientName("web1")], 3, TimeSpan.FromMinutes(30));
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
        Sys.ActorOf(Retrier.Props(catalog, _gateway.Ref, () => [policy], LookEvery, TimeSpan.FromSeconds(20)));
    }

    private RerunJob Next()
    {
        AwaitAssert(
            () =>
            {
                if (!_gateway.HasMessages) Time.Advance(TimeSpan.FromSeconds(10));
                Assert.True(_gateway.HasMessages);
            },
            TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(1));
        return _gateway.ExpectMsg<RerunJob>();
    }
}
