using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>What a client's own configuration and a policy's `compare` mean on a whole node.</summary>
public sealed class ClientWordSpecs
{
    /// <summary>CL-25.</summary>
    [Fact]
    public async Task A_client_that_takes_no_restores_is_saved_and_nothing_is_written_on_it()
    {
        await using var node = new NodeFixture("backup.client.commands = [backup]");
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var target = Path.Combine(node.Root, "target");

        var saved = await node.Backup();
        var restore = await node.Restore("latest", target);
        var verify = await node.Verify("latest", VerifyTarget.Disk);
        var media = await node.Verify("latest", VerifyTarget.Media);

        Assert.Equal((JobOutcome.Complete, JobOutcome.Complete), (saved.Job.Outcome, media.Job.Outcome));
        Assert.Equal((JobOutcome.Failed, JobOutcome.Failed), (restore.Job.Outcome, verify.Job.Outcome));
        Assert.Contains(restore.Log, line =>
            line.Text.Contains("`client.commands` of its own configuration leaves restore out", StringComparison.Ordinal));
        Assert.Equal(1, restore.Report!.Attempts);
        Assert.False(Directory.Exists(target));
        // No drive is held by what was refused
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
    }

    /// <summary>CL-17: access times and contents are kept, compared and given back.</summary>
    [Fact]
    public async Task Access_times_count_and_come_back_where_the_policy_compares_them()
    {
        await using var node = new NodeFixture { Policy = "level = incremental, compare = [mtime, digest, atime]" };
        Sources.Fill(node.Source, seed: 2);
        var file = Path.Combine(node.Source, "folder-0", "file-01");
        var longAgo = DateTime.UnixEpoch.AddSeconds(1_000_000_000);
        await node.Start();
        await node.Backup();
        var unchanged = await node.Backup();
        File.SetLastAccessTimeUtc(file, longAgo);
        var read = await node.Backup();

        var target = Path.Combine(node.Root, "target");
        await node.Restore("latest", target);

        Assert.True(unchanged.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(unchanged));
        Assert.Equal((0, 1), (unchanged.Job.Files, read.Job.Files));
        Assert.Equal(longAgo, File.GetLastAccessTimeUtc(target + file));
        Assert.Equal(File.GetLastWriteTimeUtc(file), File.GetLastWriteTimeUtc(target + file));
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Disk)).Job.Outcome);
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Media)).Job.Outcome);
    }
}
