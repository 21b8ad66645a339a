using System.Globalization;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// Disks that are full, and disks that fail. BACKUP_DISK_STEP: every size that is a multiple of so many KiB is tried.
/// </summary>
public sealed class MediumFaultSpecs
{
    public static TheoryData<string, string, int> Calls
    {
        get
        {
            var calls = new TheoryData<string, string, int>
            {
                { "pwrite64", "00000.label", 1 },
                { "pwrite64", "00003.data", 1 },
                { "pwrite64", "00004.index", 1 },
                { "fdatasync", "00005.data", 1 },
                { "fsync", "", 1 },
            };
            if (LongRun.Skip is not null) return calls;
            calls.Add("fdatasync", "00000.label", 1);
            calls.Add("pwrite64", "00001.data", 1);
            calls.Add("pwrite64", "00005.data", 1);
            calls.Add("fdatasync", "00001.data", 1);
            calls.Add("fdatasync", "00002.index", 1);
            return calls;
        }
    }

    /// <summary>
    /// Fails a system call on a tape file of the first volume (or on its directory), at its n-th use by one thread. The
    /// label is file 0, the first fragment files 1 and 2, the second 3 and 4, and so on.
    /// </summary>
    [NeedsTheory("strace")]
    [MemberData(nameof(Calls))]
    public async Task A_volume_that_fails_is_marked_and_the_fragment_goes_to_another(string call, string file, int when)
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB" };
        Sources.Fill(node.Source, seed: 1);
        var volume = Path.Combine(node.Library, "disk-0001");
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(
            "strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-P",
            file.Length == 0 ? volume : Path.Combine(volume, file),
            "-e", $"trace={call}", "-e", $"inject={call}:error=EIO:when={when}");

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Contains("INJECTED", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Equal(2, job.Job.Attempts);
        Assert.Contains(
            job.Log, line => line.Code == "volume-error" && line.Text.Contains("disk-0001", StringComparison.Ordinal));
        await node.RestoresIdentical("latest");
        // One that never got its label is no volume
        if (file is not ("00000.label" or "")) await node.VolumeBecomes("disk-0001", "error");
        Assert.Contains(job.Report!.Volumes, used => used.Value == "disk-0002");
        var verify = await node.Verify("latest", VerifyTarget.Media);
        Assert.True(verify.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(verify));
    }

    [NeedsFact(root: true, "mount", "umount")]
    public async Task A_full_disk_ends_the_job_and_keeps_what_is_sealed()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", Slots = "40" };
        Sources.Fill(node.Source, seed: 1);
        Directory.CreateDirectory(node.Library);
        foreach (var kilobytes in Sizes())
        {
            await Shell.Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", node.Library);
            try
            {
                await FillsUp(node, kilobytes);
            }
            finally
            {
                await node.Stop();
                await Shell.Run("umount", node.Library);
                node.LoseCatalog();
                Directory.Delete(node.Data, recursive: true);
            }
        }
    }

    /// <summary>Each of them ends before all of the source is on the disk.</summary>
    private static IEnumerable<int> Sizes() =>
        Environment.GetEnvironmentVariable("BACKUP_DISK_STEP") is { Length: > 0 } step
            ? Enumerable.Range(1, 4100).Where(size => size % int.Parse(step, CultureInfo.InvariantCulture) == 0)
            : [4, 40, 72, 1100, 1740, 2204, 3336, 4100];

    private static async Task FillsUp(NodeFixture node, int kilobytes)
    {
        await node.Start();
        var job = await node.Backup();

        var closed = job.Log.Where(line => line.Code == "fragment-closed").ToList();
        var text = $"{kilobytes} KiB: {NodeFixture.Describe(job)}";
        Assert.True(job.Job.Outcome == (closed.Count > 0 ? JobOutcome.Incomplete : JobOutcome.Failed), text);
        Assert.True(job.Job.Failure!.Contains("No volume of pool disk", StringComparison.Ordinal), text);
        Assert.True(kilobytes < 2000 || closed.Count > 0, text);
        var sealedOnMedia = Tapes.Assemble(node.Library).Abandoned;
        Assert.True(sealedOnMedia.Count >= closed.Count, text);
        Tapes.Verify(node.Library, sealedOnMedia);

        // With room again, the next job goes through.
        await Shell.Run("mount", "-o", "remount,size=64m", node.Library);
        var next = await node.Backup();
        Assert.True(next.Job.Outcome == JobOutcome.Complete, $"{kilobytes} KiB: {NodeFixture.Describe(next)}");
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
    }
}
