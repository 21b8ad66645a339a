using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A node starts what its schedules say, without an operator (S1-01).</summary>
public sealed class ScheduleSpecs
{
    private static readonly PolicyName Nightly = new("nightly");

    [Fact]
    public async Task What_was_missed_while_no_node_ran_is_started_once_when_one_does()
    {
        // Half an hour away, so that no run comes due while the test runs.
        var minute = (TimeProvider.System.GetUtcNow().Minute + 30) % 60;
        await using var node = new NodeFixture
        {
            Policy = "schedule = office",
            Extra = $$"""
                backup.schedules.office { runs = ["hourly at :{{minute:00}}"], zone = UTC, catch-up = 1d }
                """,
        };
        Sources.Fill(node.Source, seed: 1);
        Missed(node, TimeSpan.FromHours(3));

        await node.Start();
        var started = await Started(node);

        Assert.Equal(JobOutcome.Complete, (await node.Ended(started.Jobs[0])).Job.Outcome);
        var shown = await node.Ask<ScheduleShown>(new ShowSchedule(1));
        Assert.Equal(["started", "missed", "missed"], shown.Past.Select(run => run.State).Take(3));
        Assert.InRange(shown.Coming.Count, 23, 24);
        await node.Stop();

        await node.Start();
        Assert.Single((await node.Ask<JobList>(new ListJobs())).Jobs);
        await node.Stop();
    }

    /// <summary>
    /// PL-03, PL-01: a client without a backup is due at once, and from then on when its newest one is old enough; who
    /// is told is said by the rule.
    /// </summary>
    [Fact]
    public async Task What_counts_from_the_last_backup_is_started_when_that_is_old_and_its_rule_says_who_is_told()
    {
        await using var node = new NodeFixture();
        var (told, mail) = (Path.Combine(node.Root, "told"), Path.Combine(node.Root, "mail"));
        node.Policy = "schedule = roaming, messages = usual";
        node.Extra = $$"""
            backup.schedules.roaming.runs = ["full 7 days after the last messages weekly"]
            backup.messages.usual.send = [{ command = ["{{mail}}", usual] }]
            backup.messages.weekly.send = [
              { command = ["{{mail}}", weekly] }, { on = exceptions, command = ["{{mail}}", trouble] }
            ]
            backup.job.scripts = ["{{mail}}"]
            """;
        File.WriteAllText(
            mail, $"#!/bin/sh\necho \"$1: $BACKUP_JOB of $BACKUP_CLIENT is $BACKUP_OUTCOME\" >> {told}\n");
        File.SetUnixFileMode(mail, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Sources.Fill(node.Source, seed: 2);

        await node.Start();
        var first = await node.Ended((await Started(node)).Jobs.Single());
        await node.Backup();
        await node.Stop();
        // The newest backup, by hand, counts; a restart asks for nothing
        await node.Start();
        Assert.Equal(2, (await node.Ask<JobList>(new ListJobs())).Jobs.Count);
        var coming = (await node.Ask<ScheduleShown>(new ShowSchedule(8))).Coming;
        await node.Stop();
        Older(node, TimeSpan.FromDays(7) + TimeSpan.FromHours(2));
        await node.Start();
        var second = await node.Ended((await Started(node, but: first.Job.Job)).Jobs.Single());

        Assert.True(first.Job is { Level: 0, Outcome: JobOutcome.Complete }, NodeFixture.Describe(first));
        Assert.True(second.Job is { Level: 0, Outcome: JobOutcome.Complete }, NodeFixture.Describe(second));
        Assert.InRange(
            Assert.Single(coming).At - first.Job.Created, TimeSpan.FromDays(7), TimeSpan.FromDays(7.1));
        Assert.Equal(
            ["weekly: 1 of tester is complete", "usual: 2 of tester is complete",
                $"weekly: {second.Job.Job} of tester is complete"],
            await File.ReadAllLinesAsync(told));
    }

    /// <summary>As if all had happened so long ago, under the ids that requests had then.</summary>
    private static void Older(NodeFixture node, TimeSpan by)
    {
        using var catalog = new SqliteConnection($"Data Source={Path.Combine(node.Data, "catalog.db")};Pooling=False");
        catalog.Open();
        using var command = catalog.CreateCommand();
        command.CommandText = "UPDATE job SET created_at = created_at - $by, started_at = started_at - $by, "
            + "ended_at = ended_at - $by, request = 'older/' || request; UPDATE firing SET due_at = due_at - $by; "
            + "UPDATE schedule SET decided_until = decided_until - $by";
        command.Parameters.AddWithValue("$by", by.Ticks);
        command.ExecuteNonQuery();
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

    private static async Task<ScheduledRun> Started(NodeFixture node, JobId? but = null)
    {
        var until = Environment.TickCount64 + (long)TimeSpan.FromMinutes(2).TotalMilliseconds;
        while (true)
        {
            var shown = await node.Ask<ScheduleShown>(new ShowSchedule(1));
            if (shown.Past.FirstOrDefault(run => run.State == "started" && !run.Jobs.Any(job => job == but))
                is { } started) return started;
            Assert.True(
                Environment.TickCount64 < until,
                $"Nothing is started. Past: {string.Join("; ", shown.Past)}. Coming: {string.Join("; ", shown.Coming)}");
            await Task.Delay(50);
        }
    }
}
