using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Catalog.Sqlite;
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

    /// <summary>As if a node had decided last so long ago.</summary>
    private static void Missed(NodeFixture node, TimeSpan ago)
    {
        var calendar = node.Settings().Policies[Nightly].Calendar!;
        Directory.CreateDirectory(node.Data);
        using var store = SqliteCatalog.Open(node.Data, TimeProvider.System).Value;
        Assert.Equal(Recorded.Now, store.Schedules.Decide(
            null, new ScheduleMark(Nightly, calendar.Text, TimeProvider.System.GetUtcNow() - ago), []).Value);
    }

    private static async Task<ScheduledRun> Started(NodeFixture node)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var shown = await node.Ask<ScheduleShown>(new ShowSchedule(1));
            if (shown.Past.FirstOrDefault(run => run.State == "started") is { } started) return started;
            await Task.Delay(50, limit.Token);
        }
    }
}
