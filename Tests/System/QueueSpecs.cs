using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Which jobs work side by side on a real node, and which wait, go before and give up (PL-08, PL-09, PL-10, JT-33).
/// </summary>
public sealed class QueueSpecs
{
    private const string Policies = """
        backup {
          libraries.tapes { autolabel = off, drives = 3 }
          client.jobs-max = 9
          job { jobs-max = 2, ask-again-after = 1s }
          policies {
            weekly { file-set = all, pool = disk, duplicates = [cancel-queued] }
            others { file-set = others, pool = disk }
            hasty { file-set = others, pool = disk, wait-max = 200ms }
          }
        }
        """;

    [Fact]
    public async Task Two_runs_of_a_file_set_are_ordered_and_limits_priorities_and_patience_are_kept()
    {
        await using var node = new NodeFixture { WaitForVolume = "1h" };
        var other = Directory.CreateDirectory(Path.Combine(node.Root, "other")).FullName;
        node.Extra = Policies + $$"""

            backup.file-sets.others.operations = [{ roots = ["{{other}}"] }]
            """;
        foreach (var folder in (string[])[node.Source, other])
            await File.WriteAllTextAsync(Path.Combine(folder, "file"), "content");
        await node.Start();

        // The first holds the file set for as long as nobody brings a volume.
        var first = await Run(node, "nightly");
        await node.Until(first, details => details.WaitsFor.Any(
            reason => reason.Contains("waits for a volume", StringComparison.Ordinal)));
        var second = await Run(node, "weekly");
        var chain = await node.Until(second, details => details.WaitsFor.Count > 1);
        Assert.Equal(
            [
                $"file set all of client tester is being saved by job {first}, and one job at a time does that",
                $"job {first} waits for a volume of pool disk that takes data in library tapes: label one with `backup "
                    + "label --pool disk`, or put one there",
            ],
            chain.WaitsFor);

        // There is a place for one more job, and no third.
        var third = await Run(node, "others");
        await node.Until(third, details => details.WaitsFor.Any(
            reason => reason.Contains("waits for a volume", StringComparison.Ordinal)));
        var full = $"the system runs job {first}, job {third}, as many as it may (job.jobs-max = 2)";
        await node.Until(second, details => details.WaitsFor.Contains(full));
        Assert.Contains(full, (await node.Ask<NodeStatus>(new ShowStatus())).Jobs!
            .Single(job => job.Job == second).WaitsFor!);

        // One that has no patience, and one that takes the place of another which has not begun.
        var hasty = await node.Ended(await Run(node, "hasty"));
        Assert.Equal((JobOutcome.Failed, 0), (hasty.Job.Outcome, hasty.Job.Attempts));
        Assert.StartsWith(
            "The job waited for 0.2 s, which is the most that `wait-max` of its policy lets it wait. It waited because "
                + $"file set others of client tester is being saved by job {third}",
            hasty.Job.Failure, StringComparison.Ordinal);
        var instead = await Run(node, "weekly", priority: 9);
        var cancelled = await node.Ended(second);
        Assert.Equal(JobOutcome.Cancelled, cancelled.Job.Outcome);
        Assert.Equal(
            $"Cancelled by job {instead}, which takes its place (duplicates of its policy).", cancelled.Job.Failure);
        var last = await Run(node, "nightly");

        // A volume comes; the one that asked last of all but one has the higher priority.
        await node.Label();
        JobDetails[] ended = [await node.Ended(first), await node.Ended(instead), await node.Ended(last)];
        Assert.All(ended, job => Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job)));
        Assert.All(ended.Zip(ended.Skip(1)), pair => Assert.True(
            pair.First.Log[^1].At <= pair.Second.Log.Single(line => line.Code == "attempt").At,
            $"{NodeFixture.Describe(pair.First)}\nand\n{NodeFixture.Describe(pair.Second)}"));
        Assert.Equal(JobOutcome.Complete, (await node.Ended(third)).Job.Outcome);
    }

    private static async Task<JobId> Run(NodeFixture node, string policy, int? priority = null) =>
        (await node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName(policy), Priority: priority))).Jobs.Single();
}
