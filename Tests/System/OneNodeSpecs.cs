using Backup.Media.Files;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

public sealed class OneNodeSpecs
{
    [Fact]
    public async Task A_hostile_tree_goes_to_tape_and_comes_back()
    {
        await using var node = new NodeFixture();
        SampleTree.Create(node.Source);
        await node.Start();

        var backup = await node.Backup();
        Assert.True(backup.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(backup));

        var target = Path.Combine(node.Root, "restored");
        var started = await node.Ask<JobsStarted>(
            new RestoreFiles(RequestId.New(), "latest", [], target, Devices: true, SetId: true));
        var restore = await node.Ended(started.Jobs[0]);
        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        var differences = new List<FileException>();
        new TreeComparer(new CompareOptions(), differences.Add).CompareTrees(node.Source, target + node.Source);
        Assert.Empty(differences);
    }
}
