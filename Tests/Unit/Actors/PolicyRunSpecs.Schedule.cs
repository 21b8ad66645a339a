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
