using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Scheduling;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A run of a policy beside, or instead of, backups of it that have not ended.</summary>
public sealed class PolicyRunSpecs : TestKit
{
    private static readonly PolicyName Daily = new("daily");
    private static readonly ClientName Other = new("web2");
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _jobs;
    private PlanMember? _plan;
    private IReadOnlyList<DuplicateRule> _duplicates = [DuplicateRule.Queue];

    public PolicyRunSpecs() : base("akka.loglevel = OFF\nakka.stdout-loglevel = OFF") => _jobs = CreateTestProbe();

    [Fact]
    public async Task By_default_a_run_by_hand_waits_behind_the_one_before()
    {
        var first = Started(await Run("a"));

        var second = Started(await Run("b"));

        Assert.Equal([new JobId(1), new JobId(2)], first.Jobs);
        Assert.Equal([new JobId(3), new JobId(4)], second.Jobs);
        Assert.Null(second.Notes);
    }

    [Fact]
    public async Task A_run_by_schedule_leaves_out_the_client_whose_backup_has_not_ended_and_asks_for_the_others()
    {
        Started(await Run("a", client: Client));

        var started = Started(await Run("b", scheduled: true));

        Assert.Equal([new JobId(2)], started.Jobs);
        Assert.Equal(["Client web1 is left out: job 1 of the same policy had not ended."], started.Notes);
        var refused = Assert.IsType<Refused>(await Run("c", scheduled: true));
        Assert.Equal(
            (RefusalCode.Conflict, "Client web1 is left out: job 1 of the same policy had not ended. Client web2 is "
                + "left out: job 2 of the same policy had not ended."),
            (refused.Code, refused.Sentence));
    }

    [Fact]
    public async Task A_request_that_is_repeated_gets_its_jobs_and_does_not_stand_in_its_own_way()
    {
        _duplicates = [DuplicateRule.Skip];
        var first = Started(await Run("a"));

        Assert.Equal(first.Jobs, Started(await Run("a")).Jobs);
        var refused = Assert.IsType<Refused>(await Run("b", client: Client));
        Assert.Equal(
            "Client web1 is left out: job 1 of policy daily has not ended. Wait for its end, or cancel it (`backup "
                + "cancel 1`), or change `duplicates` of the policy.",
            refused.Sentence);
    }

    [Fact]
    public async Task What_has_ended_or_is_of_another_policy_or_client_is_in_nobodys_way()
    {
        _duplicates = [DuplicateRule.Skip];
        _fixture.Store.Jobs.Create(CatalogSamples.Job("x") with { Policy = new PolicyName("weekly") });
        _fixture.Store.Jobs.Create(CatalogSamples.Job("y") with { Kind = JobKind.Estimate });
        var first = Started(await Run("a", client: Client)).Jobs[0];
        Started(await Run("b", client: Other));
        _fixture.Store.Jobs.Update(
            first, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });

        Assert.Null(Started(await Run("c", client: Client)).Notes);
    }

    [Fact]
    public async Task Whose_place_it_takes_is_cancelled_and_hears_by_whom_also_when_it_is_asked_again()
    {
        Started(await Run("a", client: Client));
        _duplicates = [DuplicateRule.CancelRunning];
        _jobs.FishForMessage(message => message is JobProtocol.Start { Job.Value: 1 });

        for (var times = 0; times < 2; times++)
        {
            var run = Run("b", client: Client);
            var cancel = Assert.IsType<JobProtocol.Cancel>(
                _jobs.FishForMessage(message => message is JobProtocol.Cancel));
            _jobs.Reply(new JobProtocol.Accepted(cancel.Job));

            Assert.Equal(
                (new JobId(1), "job 2, which takes its place (duplicates of its policy)"), (cancel.Job, cancel.By));
            var started = Started(await run);
            Assert.Equal([new JobId(2)], started.Jobs);
            Assert.Equal(["Job 1 is cancelled: job 2 takes its place."], started.Notes);
        }
    }

    [Fact]
    public async Task Of_runs_that_are_asked_for_at_once_one_is_accepted()
    {
        _duplicates = [DuplicateRule.Skip];

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(number => Run($"r{number}", client: Client)));

        Assert.Single(answers.OfType<JobsStarted>());
        Assert.Equal(7, answers.OfType<Refused>().Count(refused => refused.Code == RefusalCode.Conflict));
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(null, 5)]
    public async Task The_priority_that_is_asked_for_goes_before_the_policys(int? asked, int priority)
    {
        Started(await Run("a", client: Client, priority: asked));

        var start = (JobProtocol.Start)_jobs.FishForMessage(message => message is JobProtocol.Start);
        Assert.Equal(priority, JobOrders.ClaimOf(start.Spec).Priority);
    }

    /// <summary>S2-23: calendar and planner in one policy.</summary>
    [Theory]
    [InlineData("differential daily at 02:00", 1, "as asked for")]
    [InlineData("level 4 daily at 02:00", 4, "as asked for")]
    [InlineData("daily at 02:00", 0, "the plan says so: it has no full yet")]
    public async Task The_rule_of_a_schedule_says_the_level_and_the_plan_where_it_says_none(
        string rule, int level, string why)
    {
        _plan = new PlanMember(
            Daily, new FileSetName("etc"), [Client], 1,
            new PlanTerms("office", 7, 7, 0, 10 << 20, 0, 1.5, 2, 9, 100, PlanStrategy.Standard));
        var due = Calendars.Of(rule).Next(At)!;
        var firing = new FiringRecord(
            Daily, due.At, due.Rule, due.Level, FiringState.Open, due.At, due.At, null, []);

        Started(await Answer(Firing.Request(firing) with { Client = Client }));

        var start = (JobProtocol.Start)_jobs.FishForMessage(message => message is JobProtocol.Start);
        var spec = (BackupSpec)start.Spec;
        Assert.Equal((level, why), (spec.Rule!.Level.Number, spec.LevelReason));
    }

    [Fact]
    public async Task A_priority_that_is_none_is_refused() => Assert.Equal(
        "Expected a priority from 0 to 1000, found 1001.",
        Assert.IsType<Refused>(await Run("a", priority: 1001)).Sentence);

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    private static JobsStarted Started(IReply reply) => Assert.IsType<JobsStarted>(reply);

    private Task<IReply> Run(
        string request, ClientName? client = null, bool scheduled = false, int? priority = null) =>
        Answer(new RunPolicy(new RequestId(request), Daily, client, Priority: priority, Scheduled: scheduled));

    private Task<IReply> Answer(RunPolicy run)
    {
        var policy = new PolicyDefinition(
            Daily, [Client, Other], each => Save() with { Client = each, Queue = new QueueRule(5) })
        {
            Calendar = Calendars.Of("every 5 minutes"),
            Duplicates = _duplicates,
            Plan = _plan,
            FileSet = new FileSetName("etc"),
        };
        var catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
        var nobody = CreateTestProbe();
        return new GatewayDesk(new GatewaySetup(
            "d1", "1", At, null, () => [], () => [policy], () => [Library],
            () => new Dictionary<PoolName, IReadOnlyList<LibraryName>>(), _fixture.Store, catalog, _jobs, nobody,
            nobody, null, Sys.Scheduler, TimeSpan.FromSeconds(20), _ => new ConfigurationReloaded([], []), () => 1))
            .Answer(run);
    }
}
