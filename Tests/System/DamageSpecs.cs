using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Media that are not what was written: verify and restore through the node.</summary>
public sealed class DamageSpecs
{
    /// <summary>
    /// Bit positions tried in each tape file, spread over it; every single bit is flipped in Tests/Media.
    /// </summary>
    private const int FlipsInAFile = 7;

    [Fact]
    public async Task Every_flipped_bit_is_found_by_verify_and_the_files_are_named()
    {
        await using var node = new NodeFixture();
        var random = new Random(1);
        File.WriteAllBytes(Path.Combine(node.Source, "first"), Sources.Bytes(random, 20_000));
        File.WriteAllBytes(Path.Combine(node.Source, "second"), Sources.Bytes(random, 20_000));
        await node.Start();
        var backup = await node.Backup();
        var image = backup.Job.Image!.Value.ToString();
        Assert.Equal(JobOutcome.Complete, (await node.Verify(image, VerifyTarget.Media)).Job.Outcome);
        var files = Directory.GetFiles(Path.Combine(node.Library, backup.Report!.Volumes[0].Value))
            .Order(StringComparer.Ordinal).Skip(1).ToList();
        Assert.Equal(2, files.Count);
        foreach (var file in files)
        {
            var length = new FileInfo(file).Length;
            for (var flip = 0; flip < FlipsInAFile; flip++)
            {
                var offset = Math.Min(length - 1, length * flip / (FlipsInAFile - 1));
                LibrarySpecs.Flip(file, offset, flip);
                var verify = await node.Verify(image, VerifyTarget.Media);
                LibrarySpecs.Flip(file, offset, flip);

                Assert.True(verify.Job.Outcome == JobOutcome.CompleteWithExceptions,
                    $"Bit {flip} of byte {offset} of {file}: {NodeFixture.Describe(verify)}");
                Assert.Contains(verify.Log, line => line.Code == "medium-damaged"
                    && line.Text.Contains(backup.Report.Volumes[0].Value, StringComparison.Ordinal));
                // The header block holds no content; from its end on every bit belongs to some file.
                if (offset >= 32 * 1024)
                    Assert.Contains(verify.Log, line =>
                        line.Code == "content-damaged" && line.Text.Contains(node.Source, StringComparison.Ordinal));
            }
        }
        Assert.Equal(JobOutcome.Complete, (await node.Verify(image, VerifyTarget.Media)).Job.Outcome);
    }

    [Fact]
    public async Task A_damaged_block_costs_its_files_and_no_other()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();
        var volume = backup.Report!.Volumes[0].Value;
        var data = Directory.GetFiles(Path.Combine(node.Library, volume))
            .OrderByDescending(file => new FileInfo(file).Length).First();
        LibrarySpecs.Flip(data, new FileInfo(data).Length / 2);
        var target = Path.Combine(node.Root, "restored");

        var restore = await node.Restore(backup.Job.Image!.Value.ToString(), target);

        Assert.True(restore.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(restore));
        var missing = NodeFixture.Differences(node.Source, target + node.Source);
        Assert.NotEmpty(missing);
        Assert.True(missing.Count < 60, $"{missing.Count} of 84 files and folders are lost.");
        Assert.Contains(
            restore.Log, line => line.Code == "medium-damaged" && line.Text.Contains(volume, StringComparison.Ordinal)
            && line.Text.Contains("block", StringComparison.Ordinal));
        foreach (var lost in missing.Where(lost => lost.Kind == Messages.Files.FileExceptionKind.Missing))
        {
            var path = global::System.Text.Encoding.UTF8.GetString(lost.Path);
            Assert.Contains(restore.Log,
                line => line.Code == "content-damaged" && line.Text.Contains(path, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task One_file_is_restored_from_its_blocks_and_one_more_at_most()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();
        var wanted = Path.Combine(node.Source, "folder-2", "file-07");
        var target = Path.Combine(node.Root, "restored");

        var restore = await node.Restore(backup.Job.Image!.Value.ToString(), target, wanted);

        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        Assert.Equal(File.ReadAllBytes(wanted), File.ReadAllBytes(target + wanted));
        // Its chunk may lie across two blocks of 1 MiB, and the header is a third
        Assert.InRange(restore.Report!.StoredBytes, 1, 3 << 20);
        Assert.True(backup.Report!.StoredBytes > 4 << 20);
    }
}
