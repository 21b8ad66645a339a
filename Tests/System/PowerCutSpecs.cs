using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>
/// V2: the power goes at any moment. The volumes lie on a file system in a file; a copy of that file, taken while jobs
/// write, is what a disk would have after the cut. BACKUP_CUTS: how many.
/// </summary>
public sealed class PowerCutSpecs(ITestOutputHelper output)
{
    private static readonly int Cuts = int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_CUTS") ?? "2", CultureInfo.InvariantCulture);

    private static readonly int Seed = int.Parse(
        Environment.GetEnvironmentVariable("BACKUP_SEED") ?? "5", CultureInfo.InvariantCulture);

    [NeedsFact(root: true, "mount", "umount", "mkfs.ext4", "e2fsck", "truncate", "cp")]
    public async Task What_was_acknowledged_before_a_power_cut_is_restored_from_the_disk_alone()
    {
        output.WriteLine($"Seed {Seed}, {Cuts} cuts.");
        var random = new Random(Seed);
        await using var node = new NodeFixture
        {
            FragmentSize = "1MiB",
            VolumeCapacity = "2MiB",
            Slots = "60",
            DriveSpeedLimit = "4MB",
        };
        Sources.Fill(node.Source, Seed);
        var disk = Path.Combine(node.Root, "disk.img");
        var mounted = Directory.CreateDirectory(Path.Combine(node.Root, "disk")).FullName;
        await Shell.Run("truncate", "-s", "96M", disk);
        await Shell.Run("mkfs.ext4", "-q", "-F", disk);
        await Shell.Run("mount", "-o", "loop", disk, mounted);
        node.Library = Path.Combine(mounted, "tapes");
        try
        {
            await node.StartProcess();
            var acknowledged = new List<string>();
            for (var cut = 0; cut < Cuts; cut++)
            {
                var job = await node.Run();
                var fragments = random.Next(1, 5);
                await node.Until(job, details => details.Job.State == "ended"
                    || details.Log.Count(line => line.Code == "fragment-closed") >= fragments);
                await Task.Delay(random.Next(200));
                var copy = Path.Combine(node.Root, $"cut-{cut}.img");
                await node.Child!.Pause();
                await Shell.Run("cp", "--sparse=always", disk, copy);
                await node.Child.Resume();
                var before = acknowledged.ToList();
                var ended = await node.Ended(job);
                Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
                acknowledged.Add(ended.Job.Image!.Value.ToString());
                await Restores(copy, node, before);
            }
            Assert.NotEmpty(acknowledged);
        }
        finally
        {
            await node.Stop();
            await Shell.Run("umount", mounted);
        }
    }

    /// <summary>On a machine of its own, with the disk as it was.</summary>
    private static async Task Restores(string copy, NodeFixture writer, IReadOnlyList<string> images)
    {
        await Repair(copy);
        await using var reader = new NodeFixture { Slots = "60", VolumeCapacity = "2MiB" };
        var mounted = Directory.CreateDirectory(Path.Combine(reader.Root, "disk")).FullName;
        await Shell.Run("mount", "-o", "loop", copy, mounted);
        reader.Library = Path.Combine(mounted, "tapes");
        try
        {
            await reader.Start();
            var scan = await reader.Ended((await reader.Ask<JobsStarted>(
                new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
            Assert.True(
                scan.Job.Outcome is JobOutcome.Complete or JobOutcome.CompleteWithExceptions,
                NodeFixture.Describe(scan));
            foreach (var image in images)
            {
                var target = Path.Combine(reader.Root, image);
                var restore = await reader.Restore(image, target);
                Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
                Assert.Empty(NodeFixture.Differences(writer.Source, target + writer.Source));
            }
            // The volume that was being written takes the next backup as if nothing had been.
            File.WriteAllText(Path.Combine(reader.Source, "next"), "next");
            var next = await reader.Backup();
            Assert.True(next.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(next));
            await reader.RestoresIdentical(next.Job.Image!.Value.ToString());
        }
        finally
        {
            await reader.Stop();
            await Shell.Run("umount", mounted);
            File.Delete(copy);
        }
    }

    /// <summary>Ends with 0 where nothing, and with 1 where everything was mended.</summary>
    private static async Task Repair(string image)
    {
        using var check = global::System.Diagnostics.Process.Start("e2fsck", ["-fp", image]);
        await check.WaitForExitAsync();
        Assert.InRange(check.ExitCode, 0, 1);
    }
}
