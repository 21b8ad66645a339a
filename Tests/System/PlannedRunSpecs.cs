using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Runs of a plan on whole nodes: what is measured before them, what they warn of, and what they do for want of
/// volumes.
/// </summary>
public sealed class PlannedRunSpecs
{
    private static readonly PolicyName Nightly = new("nightly");

    /// <summary>S2-08.</summary>
    [Fact]
    public async Task Before_a_run_that_a_schedule_starts_its_clients_are_measured_and_a_restart_starts_it_once()
    {
        // Half an hour away, so that no run comes due while the test runs.
        var minute = (TimeProvider.System.GetUtcNow().Minute + 30) % 60;
        await using var node = new NodeFixture
        {
            Policy = "schedule = office, plan = office",
            Extra = $$"""
                backup.schedules.office { runs = ["hourly at :{{minute:00}}"], zone = UTC, catch-up = 1d }
                backup.plans.office { estimate = both }
                """,
        };
        Sources.Fill(node.Source, seed: 1);
        Missed(node, TimeSpan.FromHours(1));

        await node.Start();
        await Until(node, jobs => jobs.Any(job => job.Kind == JobKind.Estimate));
        await node.Stop();
        await node.Start();
        var jobs = await Until(node, all => all.Any(job => job is { Kind: JobKind.Backup, Ended: not null }));

        var estimate = jobs.Single(job => job.Kind == JobKind.Estimate);
        var backup = jobs.Single(job => job.Kind == JobKind.Backup);
        Assert.Equal((JobOutcome.Complete, JobOutcome.Complete), (estimate.Outcome, backup.Outcome));
        Assert.True(backup.Created >= estimate.Ended, $"{backup.Created:O} and {estimate.Ended:O}");
        var run = (await node.Ask<ScheduleShown>(new ShowSchedule(1))).Past.Single(past => past.State == "started");
        Assert.Equal([estimate.Job, backup.Job], run.Jobs);
        await node.RestoresIdentical(backup.Image!.Value.ToString());
    }

    [Fact]
    public async Task What_a_plan_warns_of_is_said_by_plan_run_status_and_the_jobs_log()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = "backup.plans.office { capacity = 3MiB }",
        };
        await FillRandomly(node);
        await node.Start();
        await node.Backup();
        await MakeOlder(node);
        const string warned = "it will never have one";

        var shown = (await node.Ask<PlanShown>(new ShowPlan())).Runs.Single().Sets.Single().Warning;
        Assert.Contains(warned, shown, StringComparison.Ordinal);
        Assert.Contains(
            (await node.Ask<NodeStatus>(new ShowStatus())).Warnings!,
            warning => warning.Contains(warned, StringComparison.Ordinal));
        File.WriteAllBytes(Path.Combine(node.Source, "small"), [1]);
        var started = await node.Ask<JobsStarted>(new RunPolicy(RequestId.New(), Nightly));

        Assert.Contains(warned, Assert.Single(started.Notes!), StringComparison.Ordinal);
        var job = await node.Ended(started.Jobs.Single());
        Assert.Contains(warned, Assert.Single(job.Log, line => line.Code == "plan-warning").Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_that_is_due_and_for_which_the_volumes_have_no_room_is_an_incremental()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = "backup.plans.office { cycle-days = 7 }",
            Slots = "1",
            VolumeCapacity = "8MiB",
        };
        await FillRandomly(node);
        await node.Start();
        Assert.Equal(0, (await node.Backup()).Job.Level);

        // Its full is due, and there is room for 3 MiB
        await MakeOlder(node);
        File.WriteAllBytes(Path.Combine(node.Source, "small"), [1]);
        var planned = await node.Backup();
        Assert.Equal((1, JobOutcome.Complete), (planned.Job.Level, planned.Job.Outcome));
        Assert.Contains(planned.Log, line =>
            line.Text.Contains("and the volumes have room for", StringComparison.Ordinal));
        await node.RestoresIdentical(planned.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task A_full_that_finds_no_volume_when_its_turn_has_come_becomes_what_was_planned_in_its_place()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = """
                backup.plans.office { cycle-days = 7 }
                backup.libraries.tapes.autolabel = off
                """,
            WaitForVolume = "2s",
        };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Label();
        await node.Backup();
        await MakeOlder(node);
        // There is room by the catalog, and nobody knows yet that the volume was taken away
        var (tape, away) = (Directory.GetDirectories(node.Library).Single(), Path.Combine(node.Root, "away"));
        Directory.Move(tape, away);

        var job = await node.Run();
        await node.Until(job, details => details.Log.Any(line =>
            line.Text.Contains("The plan chose a full, and its pool has no volume", StringComparison.Ordinal)));
        Directory.Move(away, tape);

        var degraded = await node.Ended(job);
        Assert.True(degraded.Job is { Level: 1, Outcome: JobOutcome.Complete }, NodeFixture.Describe(degraded));
        await node.RestoresIdentical(degraded.Job.Image!.Value.ToString());
    }

    /// <summary>PL-05: the writer keeps to the volumes of a run; what is done again is no part of it.</summary>
    [Fact]
    public async Task A_run_writes_the_volumes_that_its_plan_gives_it_and_no_further_one()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = "backup.plans.office.run-volumes = 1",
            VolumeCapacity = "3MiB",
            FragmentSize = "1MiB",
        };
        Sources.Fill(node.Source, seed: 3);
        await node.Start();

        var limited = await node.Backup();
        var written = Directory.GetDirectories(node.Library, "disk-*").Length;
        var again = await node.Ended((await node.Ask<JobsStarted>(
            new RerunJob(RequestId.New(), limited.Job.Job))).Jobs.Single());

        Assert.True(limited.Job.Outcome == JobOutcome.Incomplete, NodeFixture.Describe(limited));
        Assert.Contains("The run has written on the 1 volumes in library tapes", limited.Job.Failure);
        Assert.Equal(1, written);
        Assert.True(again.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(again));
        Assert.InRange(Directory.GetDirectories(node.Library, "disk-*").Length, 2, 8);
        await node.RestoresIdentical(again.Job.Image!.Value.ToString());
    }

    /// <summary>5 MiB that nothing makes smaller.</summary>
    private static Task FillRandomly(NodeFixture node)
    {
        var content = new byte[5 << 20];
        new Random(1).NextBytes(content);
        return File.WriteAllBytesAsync(Path.Combine(node.Source, "file"), content);
    }

    /// <summary>As if a node had decided last so long ago.</summary>
    private static void Missed(NodeFixture node, TimeSpan ago)
    {
        var calendar = node.Settings().Policies[Nightly].Calendar!;
        Directory.CreateDirectory(node.Data);
        using var store = SqliteCatalog.Open(node.Data, TimeProvider.System).Value;
        Assert.Equal(Recorded.Now, store.Schedules.Decide(
            null, new ScheduleMark(Nightly, calendar.Text, TimeProvider.System.GetUtcNow() - ago), []).Value);
    }

    /// <summary>As if all had been made ten days before.</summary>
    private static async Task MakeOlder(NodeFixture node)
    {
        await node.Stop();
        SqliteConnection.ClearAllPools();
        await using (var catalog = new SqliteConnection($"Data Source={node.Data}/catalog.db"))
        {
            await catalog.OpenAsync();
            await using var command = catalog.CreateCommand();
            command.CommandText = string.Create(CultureInfo.InvariantCulture,
                $"UPDATE image SET since = since - {TimeSpan.FromDays(10).Ticks}, "
                    + $"sealed_at = sealed_at - {TimeSpan.FromDays(10).Ticks}");
            Assert.True(await command.ExecuteNonQueryAsync() > 0);
        }
        SqliteConnection.ClearAllPools();
        await node.Start();
    }

    private static async Task<IReadOnlyList<JobSummary>> Until(
        NodeFixture node, Func<IReadOnlyList<JobSummary>, bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            var jobs = (await node.Ask<JobList>(new ListJobs())).Jobs;
            if (condition(jobs)) return jobs;
            await Task.Delay(50, limit.Token);
        }
    }
}
