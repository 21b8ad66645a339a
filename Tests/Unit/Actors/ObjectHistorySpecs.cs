using Akka.Actor;
using Akka.TestKit;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Tests.Unit.Persistence;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What catalog and calendar say of a policy (NW-06).</summary>
public sealed class ObjectHistorySpecs : ActorKit
{
    private static readonly PolicyName Daily = new("daily");
    private readonly SqliteFixture _fixture = new();
    private readonly TestProbe _jobs;

    public ObjectHistorySpecs() => _jobs = CreateTestProbe();

    protected override void AfterAll()
    {
        base.AfterAll();
        _fixture.Dispose();
    }

    [Fact]
    public async Task A_policy_works_as_long_as_any_job_of_it_does_however_many_have_ended_since()
    {
        var first = _fixture.Store.Jobs.Create(CatalogSamples.Job("first")).Value.Job;
        for (var number = 0; number < 120; number++)
            End(_fixture.Store.Jobs.Create(CatalogSamples.Job($"later-{number}")).Value.Job);

        var working = await Shown(first);
        End(first);
        var idle = await Shown(null);

        Assert.Equal(("working", CatalogSamples.At), (working.State, working.Since));
        Assert.Equal(100, working.Timeline.Count);
        Assert.Equal(($"job {first}: waiting", null), (working.Timeline[^1].What, working.Timeline[^1].To));
        Assert.Equal("idle", idle.State);
    }

    [Fact]
    public async Task Who_asks_for_one_client_does_not_read_what_a_run_says_of_another()
    {
        var due = At.AddHours(-1);
        _fixture.Store.Jobs.Create(CatalogSamples.Job("first"));
        _fixture.Store.Schedules.Decide(null, new ScheduleMark(Daily, "daily", due),
        [
            new FiringRecord(
                Daily, due, "daily", null, FiringState.Skipped, due, due,
                "Client web1 is left out: job 1 of the same policy had not ended. Client web2 is left out: job 2 of "
                    + "the same policy had not ended.", []),
        ]);

        var all = await Shown(new JobId(1));
        var own = await Shown(new JobId(1), Client);

        Assert.Contains(all.Events, each => each.Text.Contains("web2", StringComparison.Ordinal));
        Assert.EndsWith("Client web1 is left out: job 1 of the same policy had not ended.",
            Assert.Single(own.Events, each => each.Code == "run-skipped").Text, StringComparison.Ordinal);
    }

    private void End(JobId job) => _fixture.Store.Jobs.Update(
        job, default, new JobUpdate(JobPhase.Ended) { Outcome = JobOutcome.Complete, EndedAt = At });

    private async Task<ObjectShown> Shown(JobId? unfinished, ClientName? client = null)
    {
        var nobody = CreateTestProbe();
        var policy = new PolicyDefinition(Daily, [Client], each => Save() with { Client = each })
        {
            FileSet = new FileSetName("etc"),
        };
        var setup = new GatewaySetup(
            "d1", "1", At, null, () => [], () => [policy], () => [Library],
            () => new Dictionary<PoolName, IReadOnlyList<LibraryName>>(), _fixture.Store, nobody, _jobs, nobody,
            nobody, null, Sys.Scheduler, TimeSpan.FromSeconds(20), _ => new ConfigurationReloaded([], []), () => 1);
        var shown = new GatewayDesk(setup).Answer(new ShowObject(ObjectKind.Policy, Daily.Value, Client: client));
        if (unfinished is { } job)
        {
            Assert.Equal(job, _jobs.ExpectMsg<JobProtocol.Ask>().Job);
            _jobs.Reply(new JobProtocol.Status(job, "waiting", null, ["a drive"]));
        }
        return Assert.IsType<ObjectShown>(await shown);
    }
}
