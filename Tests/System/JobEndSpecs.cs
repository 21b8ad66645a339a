using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Cancelling in every state, and jobs that wait for each other.</summary>
public sealed class JobEndSpecs
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_second_job_waits_for_the_drive_says_why_and_both_can_be_cancelled()
    {
        await using var node = Slow();
        await node.Start();
        var first = await node.Run();
        await node.Until(first, details => details.Job.State == "running");
        var second = await node.Run();

        var waiting = await node.Until(second, details => details.WaitsFor.Count > 0);
        Assert.Equal("waiting", waiting.Job.State);
        Assert.Contains(waiting.WaitsFor, why => why.Contains($"job {first}", StringComparison.Ordinal));

        await Cancelled(node, second);
        await node.Until(first, details => details.Progress is { StoredBytes: > 0 });
        await Cancelled(node, first);
        Assert.DoesNotContain((await node.Ask<ImageList>(new ListImages())).Images, image => image.State == "sealed");
    }

    [Fact]
    public async Task A_second_job_begins_when_the_first_has_ended()
    {
        await using var node = new NodeFixture { DriveSpeedLimit = "8MB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Run();
        var second = await node.Run();

        Assert.Equal(JobOutcome.Complete, (await node.Ended(first)).Job.Outcome);
        Assert.Equal(JobOutcome.Complete, (await node.Ended(second)).Job.Outcome);
    }

    [Fact]
    public async Task A_job_that_has_ended_is_done_once_more_and_one_that_runs_is_not()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "2MB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Run();
        Assert.Equal(RefusalCode.Conflict, (await node.Ask<Refused>(new RerunJob(RequestId.New(), first))).Code);
        var running = await node.Until(first, details => details.Parts?.Any(part => part.Part == "storage") == true);
        Assert.Equal(
            ["client", "storage", "catalog", "director"], running.Parts!.Select(part => part.Part));
        Assert.All(running.Parts!.Where(part => part.Part != "catalog"), part => Assert.Equal("tester", part.Node));
        // S1-23: who spoke last, and what was said
        var spoken = await node.Until(
            first, details => details.Parts?.Count(part => part.Message is not null) == details.Parts?.Count);
        foreach (var (part, protocol) in spoken.Parts!.Zip((string[])["ClientProtocol.", "StorageProtocol."]))
            Assert.StartsWith(protocol, part.Message, StringComparison.Ordinal);
        Assert.Equal("StorageProtocol.FragmentClosed", spoken.Parts![2].Message);
        Assert.Contains("Protocol.", spoken.Parts![3].Message, StringComparison.Ordinal);
        await node.Ended(first);

        var request = RequestId.New();
        var second = Assert.Single((await node.Ask<JobsStarted>(new RerunJob(request, first))).Jobs);
        Assert.Equal(second, Assert.Single((await node.Ask<JobsStarted>(new RerunJob(request, first))).Jobs));
        var ended = (await node.Ended(second)).Job;
        Assert.Equal((JobOutcome.Complete, "nightly"), (ended.Outcome, ended.Policy?.Value));
        Assert.NotEqual((await node.Ask<JobDetails>(new ShowJob(first))).Job.Image, ended.Image);

        var target = Path.Combine(node.Root, "restored");
        var restored = await node.Restore("latest", target);
        Directory.Delete(target, recursive: true);
        var again = (await node.Ask<JobsStarted>(new RerunJob(RequestId.New(), restored.Job.Job))).Jobs[0];
        Assert.Equal(JobOutcome.Complete, (await node.Ended(again)).Job.Outcome);
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    [Fact]
    public async Task A_job_is_cancelled_between_two_attempts()
    {
        await using var node = new NodeFixture { Policy = "restart-delay = 1h" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        File.Delete(Path.Combine(node.Library, "backup-library"));
        var job = await node.Run();
        var paused = await node.Until(
            job, details => details.WaitsFor.Any(why => why.Contains("next attempt", StringComparison.Ordinal)));
        Assert.Contains(paused.WaitsFor, why => why.Contains("marker file", StringComparison.Ordinal));

        await Cancelled(node, job);
    }

    /// <summary>The session opens when a new volume has its label; the disk takes five seconds for that.</summary>
    [NeedsFact(root: false, "strace")]
    public async Task A_job_is_cancelled_while_it_opens()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.StartProcess(Slowly(node, "fdatasync", "00000.label"));
        var job = await node.Run();
        await node.Until(job, details => details.Progress?.Phase == "opening");

        await Cancelled(node, job);

        Assert.DoesNotContain((await node.Ask<ImageList>(new ListImages())).Images, image => image.State == "sealed");
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome); // drive and volume were given back
    }

    /// <summary>
    /// The work is done and the drive takes five seconds to let go of the tape: nothing is left to cancel, and nothing
    /// is lost.
    /// </summary>
    [NeedsFact(root: false, "strace")]
    public async Task A_job_is_cancelled_while_it_releases()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Backup();
        await node.Stop();
        await node.StartProcess(Slowly(node, "close", "00001.data"));
        var target = Path.Combine(node.Root, "restored");
        var job = (await node.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), "latest", [], target))).Jobs[0];
        await node.Until(job, details => details.Progress?.Phase == "releasing");

        await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));

        var ended = await node.Until(job, details => details.Job.State == "ended", (int)Soon.TotalSeconds);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Contains(ended.Log, line => line.Code == "cancel");
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
    }

    private static string[] Slowly(NodeFixture node, string call, string file) =>
    [
        "strace", "-f", "-qq", "--seccomp-bpf", "-o", Path.Combine(node.Root, "strace"), "-P",
        Path.Combine(node.Library, "disk-0001", file),
        "-e", $"trace={call}", "-e", $"inject={call}:delay_enter=5000000",
    ];

    [Fact]
    public async Task A_restore_and_a_verification_are_cancelled_or_done()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var image = (await node.Backup()).Job.Image!.Value.ToString();
        var restore =
            (await node.Ask<JobsStarted>(
                new RestoreFiles(RequestId.New(), image, [], Path.Combine(node.Root, "restored")))).Jobs[0];
        var verify = (await node.Ask<JobsStarted>(new VerifyImage(RequestId.New(), image, VerifyTarget.Media))).Jobs[0];

        foreach (var job in (JobId[])[verify, restore])
        {
            // Refused when it has ended
            _ = await node.Connection.Ask(new CancelJob(RequestId.New(), job), CancellationToken.None);
            var ended = await node.Ended(job);
            Assert.Contains(ended.Job.Outcome, (JobOutcome?[])[JobOutcome.Cancelled, JobOutcome.Complete]);
        }
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome); // the drive was given back
    }

    [Fact]
    public async Task Closed_fragments_of_a_running_job_can_be_browsed()
    {
        await using var node = Slow();
        await node.Start();
        var job = await node.Run();
        var running =
            await node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));

        var files =
            (await node.Ask<FileList>(new ListFiles(running.Job.Image!.Value.ToString(), Recursive: true))).Files;

        Assert.Contains(files, file => file.Path.EndsWith("folder-0/file-00", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.Path.EndsWith("folder-3/large", StringComparison.Ordinal));
        await Cancelled(node, job);
    }

    private static NodeFixture Slow()
    {
        var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "250KiB" };
        Sources.Fill(node.Source, seed: 1);
        return node;
    }

    private static async Task Cancelled(NodeFixture node, JobId job)
    {
        await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));
        var ended = await node.Until(job, details => details.Job.State == "ended", (int)Soon.TotalSeconds);
        Assert.Equal(JobOutcome.Cancelled, ended.Job.Outcome);
    }
}
