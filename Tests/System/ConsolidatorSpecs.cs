using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>JT-07: a policy of incrementals only, whose chain is merged by itself.</summary>
public sealed class ConsolidatorSpecs
{
    [Fact]
    public async Task A_chain_that_is_long_enough_is_merged_once_and_the_next_incremental_builds_on_the_full()
    {
        await using var node = new NodeFixture { Policy = "level = incremental, merge-after = 2" };
        await node.Start();
        for (var number = 0; number < 3; number++)
        {
            File.WriteAllText(Path.Combine(node.Source, $"{number}"), $"{number}");
            Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        }
        Assert.Empty(await Merges(node));

        // A node looks when it starts, and every five minutes.
        await node.Stop();
        await node.Start();
        JobSummary? merge = null;
        for (var patience = 0; merge is null && patience < 300; patience++)
        {
            await Task.Delay(100);
            merge = (await Merges(node)).SingleOrDefault();
        }
        var merged = await node.Ended(merge!.Job);
        Assert.True(merged.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(merged));
        await node.RestoresIdentical(merged.Job.Image!.Value.ToString());
        File.WriteAllText(Path.Combine(node.Source, "more"), "more");
        var next = await node.Backup();

        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.Equal(0, Assert.Single(images, image => image.Image == merged.Job.Image).Level);
        Assert.Equal(merged.Job.Image, Assert.Single(images, image => image.Image == next.Job.Image).Base);
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());

        await node.Stop();
        await node.Start();
        // Whatever the start begins is begun before a scan that is asked for then has ended.
        await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs.Single());
        Assert.Equal(merge.Job, Assert.Single(await Merges(node)).Job);
    }

    private static async Task<IReadOnlyList<JobSummary>> Merges(NodeFixture node) =>
        [.. (await node.Ask<JobList>(new ListJobs())).Jobs.Where(job => job.Kind == JobKind.Merge)];
}
