using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog.Sqlite;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Estimates beside the backups that they are of, and backups whose level a plan chose.</summary>
public sealed class PlanSpecs
{
    private static readonly PolicyName Nightly = new("nightly");

    [Fact]
    public async Task A_walk_says_what_backups_of_each_level_hold()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        foreach (var level in (string[])["full", "1", "2"])
        {
            await Run(node, level);
            Directory.CreateDirectory($"{node.Source}/after-{level}/deep");
            File.WriteAllBytes($"{node.Source}/after-{level}/deep/file", new byte[100_000]);
            if (level == "1") Directory.Delete($"{node.Source}/after-full", recursive: true);
        }

        var job = await node.Ended((await node.Ask<JobsStarted>(new EstimatePolicy(
            RequestId.New(), Nightly, Levels: [0, 1, 2, 3]))).Jobs.Single());
        var shown = await node.Ask<EstimateShown>(new ShowEstimate(Nightly));

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Equal([0, 1, 2, 3], job.Report!.Sizes!.Select(size => size.Level));
        Assert.Equal(["walk", "walk", "walk", "walk"], shown.Sizes.Select(size => size.From));
        // It moved nothing.
        Assert.Equal(0, job.Job.StoredBytes);
        Assert.True(shown.Sizes[3].Bytes < shown.Sizes[0].Bytes / 2, $"{shown.Sizes[3]}");
        var images = new List<ImageSummary>();
        foreach (var estimate in shown.Sizes) images.Add(await Run(node, $"{estimate.Level}", noRecord: true));
        Assert.Equal([0, 1, 2, 3], images.Select(image => image.Level));
        await node.Stop();
        using var store = SqliteCatalog.OpenReadOnly(node.Data, TimeProvider.System).Value;
        Assert.Equal(
            shown.Sizes.Select(size => size.Bytes!.Value),
            images.Select(image => store.Images.ArchiveBytes(image.Image).Value));
    }

    [Fact]
    public async Task A_planned_policy_has_the_level_that_the_plan_says_and_the_job_says_why()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = "backup.plans.office { cycle-days = 7, level-max = 1 }",
        };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        Assert.Equal(
            "it has no full yet", (await node.Ask<PlanShown>(new ShowPlan())).Runs.Single().Sets.Single().Why);

        var first = await node.Backup();
        var second = await node.Backup();

        Assert.Equal((0, 1), (first.Job.Level, second.Job.Level));
        Assert.Contains(first.Log, line =>
            line.Text.EndsWith("the plan says so: it has no full yet).", StringComparison.Ordinal));
        Assert.Contains(second.Log, line =>
            line.Text.Contains("level 1 follows a full", StringComparison.Ordinal));
        // Who says a level gets that.
        Assert.Equal(0, (await Run(node, "full")).Level);
        await node.RestoresIdentical(second.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task What_a_plan_leaves_out_is_not_started_and_says_so()
    {
        await using var node = new NodeFixture
        {
            Policy = "plan = office",
            Extra = "backup.plans.office { strategy = skip }",
        };
        await node.Start();

        var refused = await node.Connection.Ask(new RunPolicy(RequestId.New(), Nightly), CancellationToken.None);
        var nothing = await node.Connection.Ask(
            new EstimatePolicy(RequestId.New(), Nightly, Levels: [2]), CancellationToken.None);

        Assert.Equal(
            "Plan office leaves policy nightly out of this run: its strategy is to skip it. Run it with a level to "
                + "save it all the same.", Assert.IsType<Refused>(refused).Sentence);
        Assert.Equal(RefusalCode.Conflict, Assert.IsType<Refused>(nothing).Code);
        Assert.Empty((await node.Ask<JobList>(new ListJobs())).Jobs);
    }

    [Fact]
    public async Task An_order_stands_over_a_restart_until_a_backup_has_done_it()
    {
        await using var node = new NodeFixture { Policy = "plan = office", Extra = "backup.plans.office { }" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Backup();
        var order = new OrderPlan(RequestId.New(), Nightly, PlanOrder.ForceFull);
        var standing = Assert.Single((await node.Ask<PlanOrdered>(order)).Orders);
        Assert.Equal(PlanOrder.ForceFull, standing.Order);
        await Run(node, "1"); // does not do it
        await node.Stop();
        await node.Start();

        var ordered = await node.Backup();
        var next = await node.Backup();

        Assert.Equal((0, 1), (ordered.Job.Level, next.Job.Level));
        Assert.Contains(
            ordered.Log, line => line.Text.Contains("an operator ordered a full", StringComparison.Ordinal));
        Assert.Empty((await node.Ask<PlanOrdered>(order)).Orders); // the same once more orders nothing
        var unplanned = await node.Connection.Ask(
            new OrderPlan(RequestId.New(), new PolicyName("other"), PlanOrder.ForceFull), CancellationToken.None);
        Assert.Equal(RefusalCode.BadRequest, Assert.IsType<Refused>(unplanned).Code);
    }

    private static async Task<ImageSummary> Run(NodeFixture node, string level, bool noRecord = false)
    {
        var ended = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), Nightly, Level: level, NoRecord: noRecord))).Jobs.Single());
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        return (await node.Ask<ImageList>(new ListImages())).Images
            .Single(image => image.Image == ended.Job.Image);
    }
}
