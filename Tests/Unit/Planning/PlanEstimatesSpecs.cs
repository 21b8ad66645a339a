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
using Backup.Tests.Unit.Actors;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Scheduling;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Planning;

/// <summary>
/// Before a run that a schedule starts all clients of its plan are measured: no backup is recorded before each estimate
/// has come, has failed or is too late (S2-08).
/// </summary>
public sealed class PlanEstimatesSpecs : ActorKit
{
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(30);
    private static readonly ClientName Other = new("web2");
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _jobs;
    private readonly IActorRef _catalog;
    private PlanTerms _terms = Pasts.Terms with { Estimate = PlanEstimate.Walk, EstimateTimeout = Within };

    public PlanEstimatesSpecs() : base(TestScheduled)
    {
        _jobs = CreateTestProbe();
        _catalog = Sys.ActorOf(CatalogStandIn.Props(_fixture.Store));
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task All_clients_of_the_plan_are_measured_before_any_of_them_is_saved()
    {
        var awaited = Measuring(await Run("daily"));

        Assert.Equal(Time.Now + Within, awaited.AwaitedUntil);
        Assert.Equal(
            [(JobKind.Estimate, "daily", "web1"), (JobKind.Estimate, "daily", "web2"),
                (JobKind.Estimate, "weekly", "web2")],
            Rows(awaited.Jobs).Select(row => (row.Kind, row.Policy!.Value.Value, row.Client.Value)));
        // Whoever asks again, on another director, waits for the same.
        Assert.Equal(awaited.Jobs, Measuring(await Run("daily")).Jobs);
        // Another policy of the plan that is due at the same moment does, too.
        Assert.Equal(awaited.Jobs, Measuring(await Run("weekly")).Jobs);
        End(awaited.Jobs[0]);
        End(awaited.Jobs[2]);
        Assert.Equal([awaited.Jobs[1]], Measuring(await Run("daily")).Jobs);
        End(awaited.Jobs[1]);

        var started = Started(await Run("daily"));

        Assert.All(Rows(started.Jobs), row => Assert.Equal(JobKind.Backup, row.Kind));
        Assert.Equal(started.Jobs, Started(await Run("daily")).Jobs);
    }

    [Fact]
    public async Task What_fails_or_takes_too_long_is_planned_as_earlier_backups_were_and_the_job_says_so()
    {
        var awaited = Measuring(await Run("daily"));
        var failure = new JobFailure.ClientLost(Client, "Gone.");
        End(awaited.Jobs[0], failure);
        Time.Advance(Within - TimeSpan.FromSeconds(1));
        Assert.Equal(2, Measuring(await Run("daily")).Jobs.Count);
        Time.Advance(TimeSpan.FromSeconds(1));

        var started = Started(await Run("daily"));

        foreach (var late in awaited.Jobs.Skip(1))
        {
            var cancel = (JobProtocol.Cancel)_jobs.FishForMessage(message => message is JobProtocol.Cancel);
            Assert.Equal(late, cancel.Job);
            Assert.Contains("estimate-timeout", cancel.By, StringComparison.Ordinal);
        }
        var reasons = Rows(started.Jobs).ToDictionary(
            row => row.Client.Value, row => ((BackupSpec)JobSpecs.Read(row.Parameters)).LevelReason);
        Assert.Equal(
            $"the plan says so: it has no full yet; its estimate (job {awaited.Jobs[0]}) failed "
                + $"({FailureText.Sentence(failure).TrimEnd('.')}): it is planned as earlier backups were",
            reasons["web1"]);
        Assert.Equal(
            $"the plan says so: it has no full yet; its estimate (job {awaited.Jobs[1]}) has not ended: it is planned "
                + "as earlier backups were",
            reasons["web2"]);
    }

    [Fact]
    public async Task What_was_measured_today_since_the_newest_backup_is_not_measured_again()
    {
        foreach (var job in Measuring(await Run("daily")).Jobs) End(job);
        Started(await Run("daily"));
        Time.Advance(TimeSpan.FromMinutes(5));

        Started(await Run("weekly", "20261122T210500Z"));
        Assert.Equal(3, _fixture.Store.Jobs.List(new JobFilter(JobKind.Estimate), 99).Value.Count);
    }

    [Fact]
    public async Task What_another_run_measures_is_waited_for_and_an_operators_estimate_is_left_alone()
    {
        var first = Measuring(await Run("daily"));
        Assert.Equal(first.Jobs, Measuring(await Run("daily", "20261122T210500Z")).Jobs);
        foreach (var job in first.Jobs) End(job, new JobFailure.ClientLost(Client, "Gone."));
        var by = Assert.IsType<JobsStarted>(await Answer(new EstimatePolicy(new RequestId("me"), new("weekly"))));

        var second = Measuring(await Run("weekly", "20261122T220000Z"));

        Assert.DoesNotContain(by.Jobs[0], second.Jobs);
        Assert.Equal(3, second.Jobs.Count);
    }

    [Theory]
    [InlineData(PlanEstimate.History, true, null)]
    [InlineData(PlanEstimate.Walk, false, null)]
    [InlineData(PlanEstimate.Walk, true, "full")]
    public async Task By_history_by_hand_and_with_a_level_nothing_is_measured(
        PlanEstimate estimate, bool scheduled, string? level)
    {
        _terms = _terms with { Estimate = estimate };

        Started(await Answer(new RunPolicy(
            new RequestId("schedule/daily/20261122T210000Z"), new PolicyName("daily"), Level: level,
            Scheduled: scheduled)));

        Assert.Empty(_fixture.Store.Jobs.List(new JobFilter(JobKind.Estimate), 99).Value);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    private static JobsStarted Measuring(IReply reply)
    {
        var started = Assert.IsType<JobsStarted>(reply);
        Assert.NotNull(started.AwaitedUntil);
        Assert.StartsWith("it measures first: plan office waits for the estimates of ", Assert.Single(started.Notes!),
            StringComparison.Ordinal);
        return started;
    }

    private static JobsStarted Started(IReply reply)
    {
        var started = Assert.IsType<JobsStarted>(reply);
        Assert.Null(started.AwaitedUntil);
        return started;
    }

    private List<JobRecord> Rows(IEnumerable<JobId> jobs) =>
        [.. jobs.Select(job => _fixture.Store.Jobs.Get(job).Value)];

    private void End(JobId job, JobFailure? failure = null)
    {
        var report = Pasts.Walk("2026-11-22T21:00Z", "0 1000").Report;
        _fixture.Store.Jobs.TakeEpoch(job, default);
        Assert.True(_fixture.Store.Jobs.Update(job, new Epoch(1), new JobUpdate(JobPhase.Ended)
        {
            Outcome = failure is null ? JobOutcome.Complete : JobOutcome.Failed,
            StartedAt = Time.Now,
            EndedAt = Time.Now,
            Failure = failure,
            Report = failure is null ? report : null,
        }).Is(out _, out _));
    }

    private Task<IReply> Run(string policy, string moment = "20261122T210000Z") => Answer(new RunPolicy(
        new RequestId($"schedule/{policy}/{moment}"), new PolicyName(policy), Scheduled: true));

    private Task<IReply> Answer(IRequest request)
    {
        var nobody = CreateTestProbe();
        PolicyDefinition[] policies = [Policy("daily", Client, Other), Policy("weekly", Other)];
        return new GatewayDesk(new GatewaySetup(
            "d1", "1", At, null, () => [], () => policies, () => [Library],
            () => new Dictionary<PoolName, IReadOnlyList<LibraryName>>(), _fixture.Store, _catalog, _jobs, nobody,
            nobody, null, Sys.Scheduler, TimeSpan.FromSeconds(20), _ => new ConfigurationReloaded([], []), () => 1))
            .Answer(request);
    }

    private PolicyDefinition Policy(string name, params ClientName[] clients)
    {
        var files = new FileSetName(name);
        return new PolicyDefinition(
            new PolicyName(name), clients, each => Save() with
            {
                Policy = new PolicyName(name),
                Client = each,
                FileSet = Save().FileSet with { Name = files },
                Rule = new LevelRule(LevelWord.Full),
            })
        {
            FileSet = files,
            Calendar = Calendars.Of("every 5 minutes"),
            Plan = new PlanMember(new PolicyName(name), files, clients, 1, _terms),
        };
    }
}
