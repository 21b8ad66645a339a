using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Jobs that want to read a volume which another one has in its drive.</summary>
public sealed class VolumeInUseSpecs
{
    [Fact]
    public async Task A_volume_that_a_backup_appends_to_is_waited_for_and_not_taken_for_damaged()
    {
        await using var node = new NodeFixture("backup.libraries.tapes.drives = 3") { DriveSpeedLimit = "3MB" };
        var folder = Directory.CreateDirectory(Path.Combine(node.Source, "folder")).FullName;
        Sources.Fill(folder, seed: 1);
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        var image = (await node.Ask<ImageList>(new ListImages())).Images.Single().Image.ToString();
        // Some seconds more on the same volume
        File.WriteAllBytes(Path.Combine(node.Source, "later"), Sources.Bytes(new Random(2), 12_000_000));
        var appending = await node.Run();
        await node.Until(appending, details => details.Progress is { StoredBytes: > 0 });
        var target = Path.Combine(node.Root, "restored");

        // Two that wait for the backup, and one of them then for the other
        var restore = await Start(new RestoreFiles(RequestId.New(), image, [], target));
        var verify = await Start(new VerifyImage(RequestId.New(), image, VerifyTarget.Media));

        foreach (var job in new[] { restore, verify })
        {
            var ended = await node.Ended(job);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            Assert.Equal(1, ended.Job.Attempts);
            Assert.Contains(ended.Log, line => line.Code == "volume-in-use"
                && line.Text.Contains("in use in drive tapes/", StringComparison.Ordinal));
        }
        Assert.Empty(NodeFixture.Differences(folder, target + folder));
        Assert.Equal(JobOutcome.Complete, (await node.Ended(appending)).Job.Outcome);

        async Task<JobId> Start(IRequest request) => (await node.Ask<JobsStarted>(request)).Jobs[0];
    }
}
