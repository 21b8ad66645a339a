using Backup.Host.Node;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Libraries that are full, gone, or not the expected ones.</summary>
public sealed class LibrarySpecs
{
    [Fact]
    public async Task A_full_library_ends_the_job_incomplete_when_fragments_are_sealed()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "2MiB", Slots = "2" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Incomplete, NodeFixture.Describe(job));
        Assert.Contains(
            "No volume of pool disk in library tapes can take more data", job.Job.Failure, StringComparison.Ordinal);
        Assert.True(job.Job.StoredBytes > 1_000_000, NodeFixture.Describe(job));
        var next = await node.Backup();
        Assert.True(next.Job.Outcome == JobOutcome.Failed, NodeFixture.Describe(next));
        Assert.Contains("No volume of pool disk", next.Job.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_backup_goes_to_the_pools_next_library_when_the_first_cannot_take_it(bool isThere)
    {
        await using var node = new NodeFixture { WaitForVolume = "1h", Policy = "restart-delay = 200ms" };
        var cellar = Path.Combine(node.Root, "cellar");
        node.Extra = $$"""
            backup.libraries.tapes.autolabel = {{(isThere ? "off" : "on")}}
            backup.libraries.cellar { directory = "{{cellar}}", slots = 4, volume-capacity = 1GiB }
            backup.pools.disk.other-libraries = [cellar]
            """;
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        if (!isThere)
        {
            Assert.Equal(1, (await node.Backup()).Job.Attempts);
            Directory.Move(node.Library, node.Library + ".away");
        }

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Equal(2, job.Job.Attempts);
        Assert.Equal("disk-cellar-0001", Assert.Single(job.Report!.Volumes).Value);
        await node.RestoresIdentical("latest");
        if (!isThere) Directory.Move(node.Library + ".away", node.Library);
        else await node.Label();
        var next = await node.Backup();
        Assert.Equal(1, next.Job.Attempts);
        Assert.Equal("disk-0001", Assert.Single(next.Report!.Volumes).Value);
    }

    [Fact]
    public async Task A_library_whose_directory_vanished_is_never_made_anew()
    {
        await using var node = new NodeFixture { Policy = "restart-delay = 1s, attempts = 2" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        Directory.Move(node.Library, node.Library + ".away");

        var gone = await node.Backup();
        Assert.True(gone.Job.Outcome == JobOutcome.Failed, NodeFixture.Describe(gone));
        Assert.Contains("marker file", gone.Job.Failure, StringComparison.Ordinal);

        // An empty directory is a file system that is not mounted, also for a node that starts.
        await node.Stop();
        Directory.CreateDirectory(node.Library);
        await node.Start();
        var empty = await node.Backup();
        Assert.True(empty.Job.Outcome == JobOutcome.Failed, NodeFixture.Describe(empty));
        Assert.Contains("backup-library", empty.Job.Failure, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(node.Library));

        // The comparison with the disk needs no library (S0-24).
        var verify = await node.Verify("latest", VerifyTarget.Disk);
        Assert.True(verify.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(verify));

        // It comes back while the node runs.
        Directory.Delete(node.Library);
        Directory.Move(node.Library + ".away", node.Library);
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
    }

    [Fact]
    public async Task Another_library_in_its_place_is_refused()
    {
        await using var node = new NodeFixture { Policy = "attempts = 1" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Stop();
        Directory.Delete(node.Library, recursive: true);
        Assert.Null(VirtualLibrary.Create(node.Library, LibraryId.New()));
        await node.Start();

        var job = await node.Backup();

        Assert.Equal(JobOutcome.Failed, job.Job.Outcome);
        Assert.Contains("Expected the library", job.Job.Failure, StringComparison.Ordinal);
        Assert.Equal(["backup-library"], Directory.GetFileSystemEntries(node.Library).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_second_node_on_the_same_data_does_not_start()
    {
        await using var node = new NodeFixture();
        await node.Start();

        var refused = await Assert.ThrowsAsync<NodeStartException>(
            () => BackupNode.Start(node.Settings(), NodeMode.All, CancellationToken.None));
        Assert.Contains(node.Data, refused.Message, StringComparison.Ordinal);

        var other = await Assert.ThrowsAsync<Host.NodeUnreachableException>(() => ChildNode.Start(node.ConfigFile));
        Assert.Contains(node.Data, other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_node_on_the_same_library_cannot_use_it()
    {
        await using var node = new NodeFixture();
        await using var other = new NodeFixture { Policy = "attempts = 1" };
        Sources.Fill(other.Source, seed: 1);
        await node.Start();
        await node.Until(await node.Run(), details => details.Job.State == "ended");
        other.Library = node.Library;
        await other.Start();

        var job = await other.Backup();

        Assert.Equal(JobOutcome.Failed, job.Job.Outcome);
        Assert.Contains("in use by another process", job.Job.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_foreign_or_damaged_label_is_never_written_and_another_volume_is_used(bool foreign)
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Backup();
        await node.Stop();
        var volume = Path.Combine(node.Library, Assert.Single(first.Report!.Volumes).Value);
        var label = Directory.GetFiles(volume).Order(StringComparer.Ordinal).First();
        if (foreign) File.WriteAllText(label, "somebody else's data");
        else Flip(label, 100);
        var before = Contents(volume);
        await node.Start();

        var second = await node.Backup();

        Assert.True(second.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(second));
        Assert.NotEqual(first.Report.Volumes, second.Report!.Volumes);
        Assert.Equal(before, Contents(volume));
        await node.VolumeBecomes(first.Report.Volumes[0].Value, "error");
        // What it holds is not believed either: the label does not say that it is this volume.
        var restore = await node.Restore(first.Job.Image!.Value.ToString(), Path.Combine(node.Root, "restored"));
        Assert.NotEqual(JobOutcome.Complete, restore.Job.Outcome);
    }

    [NeedsFact(root: true, "chattr")]
    public async Task A_volume_that_may_not_be_written_is_marked_and_another_is_used()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Backup();
        var volume = Path.Combine(node.Library, first.Report!.Volumes[0].Value);
        await Shell.Run("chattr", "+i", volume);
        try
        {
            var second = await node.Backup();

            Assert.True(second.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(second));
            Assert.DoesNotContain(first.Report.Volumes[0], second.Report!.Volumes);
            Assert.Equal(2, second.Job.Attempts);
            await node.RestoresIdentical(first.Job.Image!.Value.ToString());
            await node.RestoresIdentical(second.Job.Image!.Value.ToString());
        }
        finally
        {
            await Shell.Run("chattr", "-i", volume);
        }
    }

    [Fact]
    public async Task A_volume_that_vanished_is_marked_and_another_is_used()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Backup();
        Directory.Move(Path.Combine(node.Library, first.Report!.Volumes[0].Value), Path.Combine(node.Root, "away"));

        var second = await node.Backup();

        Assert.True(second.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(second));
        await node.RestoresIdentical(second.Job.Image!.Value.ToString());
        var restore = await node.Restore(first.Job.Image!.Value.ToString(), Path.Combine(node.Root, "restored"));
        Assert.True(restore.Job.Outcome != JobOutcome.Complete, NodeFixture.Describe(restore));
        Assert.Contains(
            restore.Log, line => line.Text.Contains(first.Report.Volumes[0].Value, StringComparison.Ordinal));
    }

    internal static void Flip(string file, long offset, int bit = 0)
    {
        using var stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ (1 << bit)));
    }

    private static string[] Contents(string folder) =>
        [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .Select(file =>
                $"{file} {Convert.ToHexString(global::System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}")];
}
