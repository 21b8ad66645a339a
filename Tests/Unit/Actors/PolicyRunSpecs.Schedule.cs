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
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Persistence;
using Backup.Tests.Unit.Planning;
using Backup.Tests.Unit.Scheduling;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What the rule of a schedule says of a run, and what a run is told besides.</summary>
public sealed partial class PolicyRunSpecs
{
    /// <summary>PL-01.</summary>
    [Fact]
    public async Task The_rule_of_a_schedule_says_pool_priority_and_record_and_a_pool_that_is_none_is_refused()
    {
        var due = Calendars.Of("full daily at 02:00 no-record pool off priority 9").Next(At)!;
        var firing = new FiringRecord(Daily, due.At, due.Rule, due.Level, FiringState.Open, due.At, due.At, null, []);

        Started(await Answer(Firing.Request(firing) with { Client = Client }));

        var spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        Assert.Equal(
            ("off", "cellar", true, 9), (spec.Pool.Value, spec.Library.Value, spec.NoRecord, spec.Queue!.Priority));
        Assert.Equal(
            "There is no pool \"none\". `backup config show` lists what is configured.",
            Assert.IsType<Refused>(await Answer(
                new RunPolicy(new RequestId("b"), Daily, ToPool: new PoolName("none")))).Sentence);
    }

    /// <summary>PL-01: in place of the policy's messages those of the rule, also when it is done again.</summary>
    [Fact]
    public async Task The_rule_of_a_schedule_says_who_is_told_and_what_is_spooled()
    {
        _frame = new JobFrame([], Messages: [Weekly with { Command = ["/bin/own"] }]);
        Started(await Answer(Ruled("daily at 02:00 pool off spool required messages weekly") with { Client = Client }));
        var spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        Assert.Equal(["/bin/mail"], Assert.Single(spec.Frame!.Messages!).Command);
        Assert.Equal(
            (SpoolUse.Required, "weekly", (SpoolUse?)SpoolUse.Required),
            (spec.Spool, spec.Run!.Messages, spec.Run.Spool));

        // No library of the policy's own pool has a spool
        Started(await Answer(
            Ruled("daily at 03:00 spool required messages none") with { Client = Other }));
        spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start { Spec: BackupSpec other }
            && other.Client == Other));
        Assert.Equal((null, SpoolUse.None), (spec.Frame!.Messages, spec.Spool));

        Assert.Equal(
            "There are no messages \"nobody\". `backup config show` lists what is configured.",
            Assert.IsType<Refused>(await Answer(
                new RunPolicy(new RequestId("b"), Daily, Messages: "nobody"))).Sentence);

        static RunPolicy Ruled(string rule)
        {
            var due = Calendars.Of(rule).Next(At)!;
            return Firing.Request(new FiringRecord(
                Daily, due.At, due.Rule, due.Level, FiringState.Open, due.At, due.At, null, []));
        }
    }

    /// <summary>PL-01, PL-07, PL-10.</summary>
    [Fact]
    public async Task A_scheduled_run_knows_its_moment_how_it_selects_and_before_which_time_it_does_not_begin()
    {
        var due = Calendars.Of("full daily at 02:00 select-by modification-times").Next(At)!;
        var firing = new FiringRecord(Daily, due.At, due.Rule, due.Level, FiringState.Open, due.At, due.At, null, []);
        var (now, zone) = (Sys.Scheduler.Now, Calendars.Of("every 5 minutes").Zone);
        _startNotBefore = TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(now.AddHours(3), zone).DateTime);
        var then = StartTime.Next(_startNotBefore.Value, now, zone);

        Started(await Answer(Firing.Request(firing) with { Client = Client }));
        var spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        Assert.Equal(
            new RunWords(Scheduled: true, DueAt: due.At, SelectBy: SelectBy.ModificationTimes), spec.Run);
        Assert.Equal((SelectBy.ModificationTimes, then), (spec.SelectBy, spec.Queue?.NotBefore));
        Assert.NotNull(then);

        Started(await Run("by-hand", client: Other));
        spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start { Spec: BackupSpec other }
            && other.Client == Other));
        Assert.Equal((SelectBy.Manifest, null, null), (spec.SelectBy, spec.Run, spec.Queue?.NotBefore));
    }

    /// <summary>PL-03.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_so_long_behind_the_last_leaves_out_who_is_not_due_and_gets_the_same_jobs_again(bool scripts)
    {
        _schedule = "full 7 days after the last";
        _scripts = scripts ? new JobFrame([], null) : null;
        var due = new DateTimeOffset(2026, 11, 9, 12, 0, 0, TimeSpan.Zero);
        var firing = new FiringRecord(Daily, due, _schedule, "full", FiringState.Open, due, due, null, []);
        _fixture.Store.Schedules.Decide(null, new ScheduleMark(Daily, _schedule, due), [firing]);
        foreach (var (client, days) in new[] { (Client, 7), (Other, 6) })
        {
            var job = _fixture.Store.Jobs.Create(CatalogSamples.Job($"before-{client}", client.Value) with
            {
                Kind = scripts ? JobKind.Admin : JobKind.Backup,
            }).Value.Job;
            _fixture.Store.Jobs.Update(job, default, new JobUpdate(JobPhase.Ended)
            {
                StartedAt = due.AddDays(-days),
                Outcome = JobOutcome.Complete,
            });
        }

        var started = Started(await Answer(Firing.Request(firing)));

        Assert.Equal([new JobId(3)], started.Jobs);
        Assert.Equal(
            ["Client web2 is left out: by job 2 its next is due at 2026-11-10 12:00:00Z."], started.Notes);
        Assert.Equal(started.Jobs, Started(await Answer(Firing.Request(firing))).Jobs);
        // Nobody's turn
        var early = firing with { DueAt = due.AddHours(-1) };
        _fixture.Store.Schedules.Decide(
            new ScheduleMark(Daily, _schedule, due), new ScheduleMark(Daily, _schedule, due.AddHours(1)), [early]);
        Assert.Equal(
            RefusalCode.Conflict, Assert.IsType<Refused>(await Answer(Firing.Request(early))).Code);
        // By hand it makes no difference
        Assert.Equal(2, Started(await Run("by-hand")).Jobs.Count);
    }

    [Fact]
    public async Task What_a_backup_takes_of_its_network_is_as_fast_as_those_before()
    {
        _network = "office";

        Started(await Run("a", client: Client));
        var spec = Spec(_jobs.FishForMessage(message => message is JobProtocol.Start));
        Assert.Equal(("office", 0), (spec.Queue!.Network, spec.Queue.BytesPerSecond));

        var claim = JobOrders.ClaimOf(spec with { Queue = spec.Queue with { BytesPerSecond = 7 } });
        Assert.Equal(("office", 7), (claim.Network, claim.BytesPerSecond));
    }
}
