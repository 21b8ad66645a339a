using System.Globalization;
using Backup.Host;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Sdk;

namespace Backup.Tests.System;

/// <summary>V13: the process of a node may have no more files open.</summary>
public sealed class ShortageSpecs
{
    /// <summary>More than sessions and databases open at once, and less than is kept free for them.</summary>
    private const int RoomForWhatRuns = 40;

    [NeedsFact(root: false, "prlimit")]
    public async Task New_jobs_are_refused_for_want_of_descriptors_and_the_one_that_runs_goes_on()
    {
        await using var node = await Running();
        var running = await AtWork(node);
        await Limit(node, Open(node) + RoomForWhatRuns);

        var other = (await node.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("other")))).Jobs[0];
        var refused = await node.Until(other, job => job.Log.Any(
            line => line.Text.Contains("file descriptors are in use", StringComparison.Ordinal)));

        Assert.Null(refused.Job.Outcome);
        var ended = await node.Ended(running);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(1, ended.Job.Attempts);
        await Limit(node, Most(node));
        var later = await node.Ended(other);
        Assert.True(later.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(later));
        foreach (var job in (JobDetails[])[ended, later]) await node.RestoresIdentical(job.Job.Image!.Value.ToString());
    }

    [NeedsFact(root: false, "prlimit")]
    public async Task While_no_file_can_be_opened_nothing_is_left_out_and_no_volume_is_marked()
    {
        await using var node = await Running();
        var running = await AtWork(node);

        await Limit(node, Open(node) / 2); // those that are open stay
        await Task.Delay(3000); // at 1 MB/s that is longer than a fragment, each of which needs tape files
        await LivesOrIsStartedAgain(node);

        var ended = await node.Ended(running);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.True(ended.Job.Attempts > 1, NodeFixture.Describe(ended)); // it met the shortage
        Assert.Equal(0, ended.Job.Exceptions);
        await node.RestoresIdentical(ended.Job.Image!.Value.ToString());
        Assert.DoesNotContain(
            (await node.Ask<VolumeList>(new ListVolumes())).Volumes, volume => volume.State == "error");
        var next = await node.Backup();
        Assert.True(next.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(next));
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
    }

    /// <summary>
    /// Each thread takes descriptors while it starts. Without them the runtime ends the process when it needs one, or
    /// is left with too few threads to go on, which a service manager sees by its watchdog.
    /// </summary>
    private static async Task LivesOrIsStartedAgain(NodeFixture node)
    {
        var child = node.Child!;
        try
        {
            await Limit(node, Most(node));
        }
        catch (Exception gone) when (gone is XunitException or IOException)
        {
            // It may have ended just now: the question below finds out.
        }
        try
        {
            await node.Ask<JobList>(new ListJobs()).WaitAsync(TimeSpan.FromSeconds(45));
        }
        catch (TimeoutException)
        {
            await node.Kill();
            await node.StartProcess();
        }
        catch (Exception ended) when (ended is NodeUnreachableException or IOException)
        {
            await node.Stop();
            Assert.Contains("Out of memory.", child.Log, StringComparison.Ordinal);
            await node.StartProcess();
        }
    }

    private static async Task<NodeFixture> Running()
    {
        var node = new NodeFixture
        {
            FragmentSize = "1MiB",
            DriveSpeedLimit = "1MB",
            Policy = "restart-delay = 500ms, attempts = 50",
        };
        node.Extra = $$"""
            backup.libraries.tapes.drives = 2
            backup.client.jobs-max = 2
            backup.job.ask-again-after = 1s
            backup.file-sets.more.operations = [ { roots = ["{{node.Source}}"] } ]
            backup.policies.other { file-set = more, pool = disk, restart-delay = 500ms, attempts = 50 }
            """;
        Sources.Fill(node.Source, seed: 13);
        await node.StartProcess();
        return node;
    }

    private static async Task<JobId> AtWork(NodeFixture node)
    {
        var job = await node.Run();
        await node.Until(job, details => details.Log.Any(line => line.Code == "fragment-closed"));
        return job;
    }

    private static int Open(NodeFixture node) => Directory.GetFileSystemEntries($"/proc/{node.Child!.Id}/fd").Length;

    /// <summary>The hard limit, which no test changes.</summary>
    private static long Most(NodeFixture node) => long.Parse(
        File.ReadLines($"/proc/{node.Child!.Id}/limits").Single(
            line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4],
        CultureInfo.InvariantCulture);

    /// <summary>The soft limit: whoever runs the tests may raise it again.</summary>
    private static Task Limit(NodeFixture node, long most) => Shell.Run(
        "prlimit", "--pid", node.Child!.Id.ToString(CultureInfo.InvariantCulture),
        string.Create(CultureInfo.InvariantCulture, $"--nofile={most}:"));
}
