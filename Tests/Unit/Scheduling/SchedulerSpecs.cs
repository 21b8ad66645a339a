using Akka.Actor;
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
public sealed class SchedulerSpecs : ActorKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _gateway;
    private readonly IActorRef _catalog;
    private readonly PolicyCalendar _calendar = Calendars.Of("every 5 minutes");
    private IReadOnlyList<ScheduledPolicy> _policies;

    public SchedulerSpecs() : base(TestScheduled)
    {
        _gateway = CreateTestProbe();
        _catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
        _policies = [Nightly(_calendar)];
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    private ScheduleTable Schedules => _fixture.Store.Schedules;

    [Fact]
    public void A_run_is_asked_for_within_a_second_of_its_time_and_not_before()
    {
        StartScheduler();
        AwaitAssert(() => Assert.Single(Schedules.Load().Value.Marks));
        var due = _calendar.Next(Time.Now)!.At;
        while (Time.Now < due - Second) Time.Advance(Second);
        Assert.Empty(Schedules.Load().Value.Open);
        Assert.False(_gateway.HasMessages);

        var run = NextRun(TimeSpan.FromMilliseconds(1));

        var firing = Assert.Single(Schedules.Load().Value.Open);
        Assert.Equal(Firing.RequestOf(firing), run.Request);
        Assert.Equal(new PolicyName("nightly"), run.Policy);
        Assert.InRange(firing.DecidedAt, firing.DueAt, firing.DueAt + Second);
        Answer(new JobsStarted([new JobId(7)]));
        AwaitAssert(() => Assert.Equal([new JobId(7)], Schedules.List(null, firing.DueAt, 1).Value[0].Jobs));
    }

    [Fact]
    public void Who_takes_over_asks_again_for_what_was_not_noted_under_the_same_id()
    {
        var first = StartScheduler();
        var asked = NextRun();
        Kill(first);

        var second = StartScheduler();
        Assert.Equal(asked.Request, _gateway.ExpectMsg<RunPolicy>().Request);
        Answer(new JobsStarted([new JobId(7)]));
        AwaitAssert(() => Assert.Empty(Schedules.Load().Value.Open));
        Kill(second);

        StartScheduler();
        Assert.NotEqual(asked.Request, NextRun().Request);
    }

    [Fact]
    public void A_gateway_that_cannot_is_asked_again_and_one_that_will_not_is_not()
    {
        StartScheduler();
        var asked = NextRun();

        Answer(new Refused(RefusalCode.Unavailable, "The catalog cannot be written."));
        Assert.Equal(asked.Request, NextRun().Request);
        Answer(new Refused(RefusalCode.BadRequest, "There is no policy \"nightly\"."));

        AwaitAssert(() => Assert.Equal(
            (FiringState.Refused, "There is no policy \"nightly\"."),
            StateOf(Schedules.List(null, default, 9).Value.Single(firing =>
                Firing.RequestOf(firing) == asked.Request))));
        Assert.NotEqual(asked.Request, NextRun().Request);
    }

    [Fact]
    public void What_measures_first_is_asked_for_again_and_makes_no_other_run_late()
    {
        var calendar = Calendars.Of("hourly");
        _policies = [Nightly(calendar), new ScheduledPolicy(new PolicyName("often"), _calendar, [])];
        StartScheduler();
        RunPolicy asked;
        while ((asked = NextRun()).Policy.Value != "nightly") Answer(new JobsStarted([new JobId(1)]));
        var until = Time.Now.AddMinutes(30);

        Answer(new JobsStarted([new JobId(7)], ["it measures first: plan x waits"], until));
        AwaitAssert(() => Assert.Contains(
            Schedules.Load().Value.Open, firing => firing.Note == "it measures first: plan x waits"));
        var begun = Time.Now;
        var late = TimeSpan.Zero;
        for (var answers = 0; answers < 300; answers++)
        {
            var run = NextRun();
            if (run.Policy.Value == "nightly")
            {
                Assert.Equal(asked.Request, run.Request);
                if (Time.Now > begun + TimeSpan.FromMinutes(11)) break;
                Answer(new JobsStarted([new JobId(7)], ["it measures first: plan x waits"], until));
                continue;
            }
            var due = _calendar.Between(Time.Now - TimeSpan.FromMinutes(1), Time.Now).Last().At;
            late = Time.Now - due > late ? Time.Now - due : late;
            Answer(new JobsStarted([new JobId(8)]));
        }
        Assert.True(Time.Now > begun + TimeSpan.FromMinutes(11));
        Assert.True(late <= 3 * Second, $"{late}");
        Answer(new JobsStarted([new JobId(9)]));
        AwaitAssert(() => Assert.Contains(Schedules.List(new PolicyName("nightly"), default, 9).Value, firing =>
            firing.State == FiringState.Started && firing.Note is null
            && firing.Jobs.SequenceEqual([new JobId(7), new JobId(9)])));
    }

    [Fact]
    public void What_the_gateway_leaves_out_is_not_asked_for_again()
    {
        StartScheduler();
        var asked = NextRun();
        Assert.True(asked.Scheduled);

        Answer(new Refused(RefusalCode.Conflict, "Client web1 is left out: job 7 of the same policy had not ended."));

        AwaitAssert(() => Assert.Equal(
            (FiringState.Skipped, "Client web1 is left out: job 7 of the same policy had not ended."),
            StateOf(Schedules.List(null, default, 9).Value.Single(firing =>
                Firing.RequestOf(firing) == asked.Request))));
        Assert.NotEqual(asked.Request, NextRun().Request);
    }

    [Fact]
    public void A_schedule_that_comes_by_a_reload_begins_without_a_restart()
    {
        var policies = _policies;
        _policies = [];
        StartScheduler();
        Time.Advance(Second);
        _policies = policies;

        Assert.Equal(new PolicyName("nightly"), NextRun().Policy);
    }

    [Fact]
    public void The_mistake_of_one_schedule_does_not_stop_the_others()
    {
        var broken = _calendar with { Rules = [new RunRule("broken", null!, DaySet.All, RunLevel.None)] };
        _policies = [new ScheduledPolicy(new PolicyName("broken"), broken, []), .. _policies];
        StartScheduler();

        Assert.Equal(new PolicyName("nightly"), NextRun().Policy);
    }

    [Fact]
    public void A_policy_without_a_schedule_leaves_no_mark_and_has_missed_nothing_when_it_gets_one_again()
    {
        StartScheduler();
        AwaitAssert(() => Assert.Single(Schedules.Load().Value.Marks));
        _policies = [];

        AwaitAssert(
            () =>
            {
                Time.Advance(Second);
                Assert.Empty(Schedules.Load().Value.Marks);
            }, TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void Of_two_open_runs_of_a_policy_the_second_waits_for_what_becomes_of_the_first()
    {
        var due = _calendar.Next(Time.Now - TimeSpan.FromMinutes(11))!.At;
        Decide(Open(due), Open(due + TimeSpan.FromMinutes(5)));
        StartScheduler();

        Assert.Equal(Firing.RequestOf(Open(due)), NextRun().Request);
        for (var looks = 0; looks < 5; looks++) Time.Advance(SchedulerOptions.Usual.LookEvery);
        Assert.False(_gateway.HasMessages);
        Answer(new JobsStarted([new JobId(7)]));
        Assert.Equal(Firing.RequestOf(Open(due + TimeSpan.FromMinutes(5))), NextRun().Request);
    }

    [Fact]
    public void A_run_that_is_still_open_after_days_is_not_started()
    {
        var due = _calendar.Next(Time.Now - TimeSpan.FromDays(2))!.At;
        Decide(Open(due));
        StartScheduler();

        AwaitAssert(() => Assert.Equal(
            (FiringState.Skipped, "missed: 47 h late, and 8 h is the most"),
            StateOf(Schedules.List(null, default, 9).Value.Single(firing => firing.DueAt == due))));
        Assert.False(_gateway.HasMessages);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    private static ScheduledPolicy Nightly(PolicyCalendar calendar) =>
        new(new PolicyName("nightly"), calendar, [new ClientName("web1")]);

    private static FiringRecord Open(DateTimeOffset due) => new(
        new PolicyName("nightly"), due, "every 5 minutes", null, FiringState.Open, due, due, null, []);

    private void Decide(params FiringRecord[] firings) => Assert.Equal(
        Recorded.Now,
        Schedules.Decide(
            null, new ScheduleMark(new PolicyName("nightly"), _calendar.Text, Time.Now), firings).Value);

    private IActorRef StartScheduler() =>
        Sys.ActorOf(Scheduler.Props(_catalog, _gateway.Ref, () => _policies, SchedulerOptions.Usual));

    /// <summary>Lets time go on, second by second or slower, until a run is asked for.</summary>
    private RunPolicy NextRun(TimeSpan? pace = null)
    {
        AwaitAssert(() =>
        {
            // None passes before the catalog has come so far: on a busy machine the next run would be due before this
            // one is decided, and this one be missed
            _catalog.Tell(new Identify(null), TestActor);
            ExpectMsg<ActorIdentity>();
            if (!_gateway.HasMessages) Time.Advance(pace ?? Second);
            Assert.True(_gateway.HasMessages);
        }, TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(1));
        return _gateway.ExpectMsg<RunPolicy>();
    }

    /// <summary>Lets time go on until a run was decided on and is not open any more.</summary>
    private void Answer(IReply reply) => _gateway.Sender.Tell(reply, _gateway.Ref);

    private void Kill(IActorRef scheduler)
    {
        Watch(scheduler);
        Sys.Stop(scheduler);
        ExpectTerminated(scheduler);
    }

    private static (FiringState, string?) StateOf(FiringRecord firing) => (firing.State, firing.Note);
}
