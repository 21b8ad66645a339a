using Backup.Host;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>
/// V1: kill -9 of the node while the space of an image that was removed is given back, and while its volume is erased
/// and labelled anew for the next backup. BACKUP_RECYCLE_KILLS: before each of the first so many renames and writes;
/// without, before the first. What each kill leaves on the medium is in `RecyclingKillSpecs` of Tests/Media.
/// </summary>
public sealed class RecycleKillSpecs(ITestOutputHelper output)
{
    private static readonly int Kills = KillSpecs.Setting("BACKUP_RECYCLE_KILLS", 0);

    [NeedsTheory("strace")]
    [InlineData("renameat,renameat2", 1)]
    [InlineData("pwrite64", 1)]
    public async Task A_node_that_is_killed_while_it_recycles_loses_nothing_that_is_kept_and_recycles_again(
        string calls, int usual)
    {
        foreach (var n in Kills > 0 ? Enumerable.Range(1, Kills) : [usual])
            await Round(calls, n);
    }

    private async Task Round(string calls, int n)
    {
        await using var node = new NodeFixture(
            "backup.pools.disk.use-once = on\nbackup.retention { every = 0s, grace = 0s }")
        {
            Policy = "retention.last = 1, restart-delay = 0s",
            FragmentSize = "1MiB",
        };
        Sources.Fill(node.Source, seed: n);
        await node.StartProcess();
        await Complete(node);
        var kept = await Complete(node);
        await node.Ask<ImageMarked>(new MarkImage(RequestId.New(), kept.ToString(), ImageChange.Hold));
        await node.Stop();

        var log = await Recycle(node, calls, n);

        var isKilled = log.Contains("killed by SIGKILL", StringComparison.Ordinal);
        output.WriteLine($"{calls} {n}: {(isKilled ? "killed" : "there is no such use")}.");
        Assert.True(isKilled || Kills > 0);
        await node.StartProcess();
        foreach (var job in (await node.Ask<JobList>(new ListJobs())).Jobs) await node.Ended(job.Job);
        await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
        await node.RestoresIdentical(kept.ToString());
        var next = await Complete(node);
        await node.RestoresIdentical(next.ToString());
        await node.RestoresIdentical(kept.ToString());
        Assert.DoesNotContain(
            (await node.Ask<VolumeList>(new ListVolumes())).Volumes, volume => volume.State == "error");
        var done = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
        Assert.Empty(done.Notes);
        await Complete(node);
        Assert.InRange(Directory.GetDirectories(node.Library).Length, 2, 4);
    }

    /// <summary>Retention and the backup that needs a volume behind it, until the node dies.</summary>
    private static async Task<string> Recycle(NodeFixture node, string calls, int n)
    {
        var volume = Path.Combine(node.Library, "disk-0001");
        var log = Path.Combine(node.Root, "strace");
        var paths = Directory.GetFiles(volume).Append(volume).SelectMany(path => (string[])["-P", path]);
        await node.StartProcess(
            ["strace", "-f", "-qq", "--seccomp-bpf", "-o", log, .. paths, "-e", $"trace={calls}", "-e",
                $"inject={calls}:signal=KILL:when={n}"]);
        try
        {
            await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
            await node.Backup();
        }
        catch (NodeUnreachableException)
        {
            // Killed: what it left is looked at next.
        }
        await node.Stop();
        return File.ReadAllText(log);
    }

    private static async Task<ImageId> Complete(NodeFixture node)
    {
        var job = await node.Backup();
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job.Job.Image!.Value;
    }
}
