using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Planning;
using Backup.Tests.Unit.Scheduling;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A run of a policy beside, or instead of, backups of it that have not ended.</summary>
public sealed partial class PolicyRunSpecs : ActorKit
{
    private static readonly PolicyName Daily = new("daily");
    private static readonly ClientName Other = new("web2");
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _jobs;
    private PlanMember? _plan;
    private JobFrame? _scripts;
    private TimeOnly? _startNotBefore;
    private string? _network;
    private string _schedule = "every 5 minutes";
    private IReadOnlyList<DuplicateRule> _duplicates = [DuplicateRule.Queue];

    public PolicyRunSpecs() => _jobs = CreateTestProbe();

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

    /// <summary>S1-04: three triggers on one policy.</summary>
    [Fact]
    public async Task A_schedule_a_person_and_a_user_who_chooses_paths_get_other_jobs_of_one_policy()
    {
        _plan = new PlanMember(
            Daily, new FileSetName("etc"), [Client], 1,
            new PlanTerms("office", 7, 7, 0, 10 << 20, 0, 1.5, 2, 9, 100, PlanStrategy.Standard));
        var due = Calendars.Of("differential daily at 02:00 priority 20").Next(At)!;
        var scheduled = await Spec(Firing.Request(new FiringRecord(
            Daily, due.At, due.Rule, due.Level, FiringState.Open, due.At, due.At, null, [])) with
        { Client = Client });
        var byHand = await Spec(new RunPolicy(new RequestId("hand"), Daily, Client, Level: "full"));
        var chosen = await Spec(new RunPolicy(new RequestId("user"), Daily, Client, Only: ["/etc/ssh", "/caf\\xE9"]));

        Assert.Equal([20, 5, 50], new[] { scheduled, byHand, chosen }.Select(spec => JobOrders.ClaimOf(spec).Priority));
        Assert.Equal([null, null, "/etc/ssh, /caf\\xE9"], new[] { scheduled, byHand, chosen }.Select(spec =>
            spec.FileSet.Operations[0].Only is { } only ? string.Join(", ", only) : null));
        Assert.Equal((new FileSetName("etc:chosen"), true, 0, "full"),
            (chosen.FileSet.Name, chosen.NoRecord, chosen.Level, chosen.Rule!.Level.Word));
        Assert.NotEqual(LevelChoice.RulesOf(byHand.FileSet), LevelChoice.RulesOf(chosen.FileSet));
    }

    [Fact]
    public async Task What_a_user_chose_takes_nobodys_place_and_nobody_its()
    {
        _duplicates = [DuplicateRule.Skip];
        Started(await Run("a", client: Client));

        var chosen = Started(await Answer(new RunPolicy(new RequestId("b"), Daily, Client, Only: ["/etc"])));
        var other = await Run("c", client: Client);

        Assert.Equal([new JobId(2)], chosen.Jobs);
        Assert.Contains("job 1 of policy daily", Assert.IsType<Refused>(other).Sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("2", Assert.IsType<Refused>(other).Sentence.Replace("web2", ""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr", null, "Expected a path within the roots of policy daily (/etc, /caf\\xE9), found \"/usr\".")]
    [InlineData("/etcetera", null, "Expected a path within the roots")]
    [InlineData("/etc/../root", null, "Expected an absolute path without `..`, found")]
    [InlineData("etc", null, "Expected an absolute path without `..`, found")]
    [InlineData("/etc", "incremental", "Expected no level with chosen paths, found \"incremental\"")]
    public async Task Paths_that_cannot_be_chosen_are_refused(string path, string? level, string sentence) =>
        Assert.StartsWith(
            sentence, Assert.IsType<Refused>(await Answer(new RunPolicy(
                new RequestId("a"), Daily, Client, level, Only: [path]))).Sentence, StringComparison.Ordinal);

    [Fact]
    public async Task Paths_are_chosen_of_one_client() => Assert.StartsWith(
        "Expected one client with chosen paths, found 2 of policy daily. Name one: --client web1",
        Assert.IsType<Refused>(await Answer(new RunPolicy(new RequestId("a"), Daily, Only: ["/etc"]))).Sentence,
        StringComparison.Ordinal);

    [Fact]
    public async Task What_a_user_chose_is_chosen_again_when_the_job_is_done_again()
    {
        var made = Started(await Answer(new RunPolicy(new RequestId("a"), Daily, Client, Only: ["/etc/ssh"]))).Jobs[0];
        var row = _fixture.Store.Jobs.Get(made).Value;

        var again = RunWishes.Again(new RerunJob(new RequestId("b"), made), Daily, row, out var same);

        Assert.Null(same);
        Assert.Equal((null, "/etc/ssh"), (again.Level, Assert.Single(again.Only!)));
    }

    [Fact]
    public async Task A_clone_is_done_again_at_another_level_and_one_that_is_none_is_refused()
    {
        var clone = _fixture.Store.Jobs.Create(CatalogSamples.Job("clone-1-of-7") with
        {
            Parameters = JobSpecs.Write(Save() with { CloneOf = new JobId(7), Base = new(new(5), default, At) }),
        }).Value.Job;
        _fixture.Store.Jobs.Update(clone, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Failed });
        var refused = Assert.IsType<Refused>(await Answer(new RerunJob(new RequestId("a"), clone, "often")));
        Started(await Answer(new RerunJob(new RequestId("b"), clone, "2")));

        Assert.Contains("found \"often\"", refused.Sentence, StringComparison.Ordinal);
        var again = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        Assert.Equal(("2", null), (again.Rule!.Level.Word, again.Base));
    }

    private async Task<BackupSpec> Spec(RunPolicy run)
    {
        Started(await Answer(run));
        var start = (JobProtocol.Start)_jobs.FishForMessage(message => message is JobProtocol.Start);
        return (BackupSpec)start.Spec;
    }

    [Fact]
    public async Task What_is_done_again_has_the_level_of_the_plan_the_priority_the_pool_and_the_rules_of_its_schedule()
    {
        _plan = Planned([Client, Other]);
        var run = new RunPolicy(
            new RequestId("a"), Daily, Client, Priority: 9, Scheduled: true, ToPool: new PoolName("off"));
        var first = Started(await Answer(run)).Jobs[0];
        var before = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        var planned = before with { Instead = 3, Run = before.Run! with { Warning = "The last full is old." } };
        Assert.Equal("the plan says so: it has no full yet", before.LevelReason);
        Assert.Equal(("office/a", 1), (before.Queue!.Run, before.Queue.Place));
        // As if the plan had chosen a full that could be put off, and warned
        var failed = _fixture.Store.Jobs.Create(CatalogSamples.Job("x/web1") with
        {
            Parameters = JobSpecs.Write(planned),
        }).Value.Job;
        foreach (var job in (JobId[])[first, failed])
            _fixture.Store.Jobs.Update(
                job, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Failed });
        _plan = null;

        var again = Started(await Answer(new RerunJob(new RequestId("retry-1-of-2"), failed))).Jobs[0];

        var spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start { Job: var job } && job == again));
        Assert.Equal(
            (before.LevelReason, 0, 3, "off", 9),
            (spec.LevelReason, spec.Rule!.Level.Number, spec.Instead, spec.Pool.Value, spec.Queue!.Priority));
        Assert.Equal(new RunWords(new PoolName("off"), 9, true, "The last full is old."), spec.Run);
        // By the rule of its schedule it is left out while that has not ended; by that of the policy it would wait
        Assert.IsType<Refused>(await Answer(new RerunJob(new RequestId("retry-2-of-2"), failed)));
        // Another level is another wish
        var other = new RerunJob(new RequestId("b"), failed, "2");
        _fixture.Store.Jobs.Update(again, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Failed });
        var changed = Started(await Answer(other)).Jobs[0];
        spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start { Job: var job } && job == changed));
        Assert.Equal(("as asked for", 2, null), (spec.LevelReason, spec.Rule!.Level.Number, spec.Instead));
    }

    [Fact]
    public async Task Scripts_alone_mind_those_of_the_same_policy_that_have_not_ended_and_their_priority()
    {
        _scripts = Admin.Frame;
        _duplicates = [DuplicateRule.Skip];
        var first = Started(await Run("a", client: Client, priority: 8));
        var start = (JobProtocol.Start)_jobs.FishForMessage(message => message is JobProtocol.Start);
        Assert.Equal(8, Assert.IsType<AdminSpec>(start.Spec).Queue!.Priority);

        Assert.Equal(first.Jobs, Started(await Run("a", client: Client)).Jobs);
        var second = Started(await Run("b"));

        Assert.Equal([new JobId(2)], second.Jobs);
        Assert.StartsWith("Client web1 is left out: job 1 of policy daily has not ended.", second.Notes!.Single());
        Assert.Equal(RefusalCode.Conflict, Assert.IsType<Refused>(await Run("c", scheduled: true)).Code);
    }

    [Fact]
    public async Task Jobs_of_a_plan_are_begun_in_its_order_and_their_warnings_are_the_jobs()
    {
        _plan = Planned([Client, Other]) with
        {
            Terms = Pasts.Terms with { CapacityBytes = 90, DumpOrder = "s", RunVolumes = 3 },
        };
        Image(Client, 100, days: 3);
        Image(Other, 900, days: 1);

        var started = Started(await Run("a"));

        var specs = started.Jobs.Select(job => (BackupSpec)JobSpecs.Read(
            _fixture.Store.Jobs.Get(job).Value.Parameters)).ToList();
        Assert.Equal([Other, Client], specs.Select(spec => spec.Client));
        Assert.Equal([1, 2], specs.Select(spec => spec.Queue!.Place));
        Assert.All(specs, spec => Assert.Equal(3, spec.Queue!.RunVolumes));
        Assert.All(specs, spec => Assert.Contains("which nobody knows any more", spec.Run!.Warning!));
        Assert.Equal(specs.Select(spec => spec.Run!.Warning!).Order(), started.Notes!.Order());
        var line = JobLines.WarningOf(new JobEvents.Created(specs[0], At))!;
        Assert.Equal((LogSeverity.Warning, specs[0].Run!.Warning), (line.Severity, line.Text));
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

    private static BackupSpec Spec(object start) => (BackupSpec)((JobProtocol.Start)start).Spec;

    private static PlanMember Planned(IReadOnlyList<ClientName> clients) =>
        new(Daily, new FileSetName("etc"), clients, 1, Pasts.Terms);

    /// <summary>A full, by which two hundredths of 1000 bytes change in a day.</summary>
    private void Image(ClientName client, long bytes, int days)
    {
        var store = _fixture.Store;
        var job = store.Jobs.Create(CatalogSamples.Job($"image-{client}", client.Value)).Value.Job;
        var image = CatalogSamples.Image(store.Jobs.TakeEpoch(job, default).Is(out _, out _) ? job : default) with
        {
            Client = client,
            Since = Sys.Scheduler.Now.AddDays(-days),
        };
        store.Images.Open(image, CatalogSamples.First);
        store.StageAndClose(image.Image, 0);
        var seal = CatalogSamples.Seal(1) with { Counts = new JobCounts(10, bytes, bytes, 0) };
        Assert.Equal(Recorded.Now, store.Images.Seal(image.Image, seal, CatalogSamples.ByFirst).Value);
        store.Jobs.Update(
            job, CatalogSamples.First, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete });
    }

    private static JobsStarted Started(IReply reply) => Assert.IsType<JobsStarted>(reply);

    private Task<IReply> Run(
        string request, ClientName? client = null, bool scheduled = false, int? priority = null) =>
        Answer(new RunPolicy(new RequestId(request), Daily, client, Priority: priority, Scheduled: scheduled));

    private JobFrame? _frame;

    private static readonly JobScript Weekly = new(
        ScriptPlace.Director, ScriptMoment.After, ["/bin/mail"], ScriptCondition.Exceptions, AbortOnError: false,
        TimeSpan.FromMinutes(1));

    private Task<IReply> Answer(IRequest run)
    {
        var policy = new PolicyDefinition(
            Daily, [Client, Other], each => Save() with
            {
                Client = each,
                Queue = new QueueRule(5, Network: _network),
                Frame = _frame,
            })
        {
            StartNotBefore = _ => _startNotBefore,
            Calendar = Calendars.Of(_schedule),
            Duplicates = _duplicates,
            ScriptsOnly = _scripts,
            InPool = (spec, pool) => pool.Value == "off"
                ? spec with { Pool = pool, Library = new LibraryName("cellar") } : null,
            MessagesNamed = name => name == "weekly" ? [Weekly] : null,
            HasSpool = pool => pool.Value == "off",
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
