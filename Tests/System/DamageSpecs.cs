using Backup.Media.Fragments;
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

    /// <summary>
    /// S0-27: what is read is the frames that hold the files, rounded to blocks, and the header that says which
    /// fragment it is.
    /// </summary>
    [Theory]
    [InlineData("folder-2/file-07")]
    [InlineData("folder-0/file-03", "folder-3/file-11")]
    [InlineData("folder-1/large")]
    public async Task Files_are_restored_from_their_blocks_and_one_more_a_range_at_most(params string[] names)
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();
        var wanted = names.Select(name => Path.Combine(node.Source, name)).ToArray();
        var target = Path.Combine(node.Root, "restored");

        var restore = await node.Restore(backup.Job.Image!.Value.ToString(), target, wanted);

        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        foreach (var file in wanted) Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(target + file));
        const long block = 1 << 20;
        var needed = 32 * 1024 + wanted.Sum(file => (FramesOf(node, file) + block - 1) / block * block);
        Assert.InRange(restore.Report!.StoredBytes, 1, needed + (wanted.Length * block));
        Assert.True(backup.Report!.StoredBytes > 4 << 20);
    }

    /// <summary>Bytes of the frames that hold a file's content, by the index on the medium.</summary>
    private static long FramesOf(NodeFixture node, string file)
    {
        var fragment =
            Assert.Single(Tapes.Indexes(node.Library, Assert.Single(Tapes.Assemble(node.Library).Images).Fragments));
        var entries = fragment.Index.EntryBlocks.SelectMany(block =>
        {
            Assert.Equal(EntryBlockDefect.None, EntryBlockReader.Read(block.Bytes.Span, out var read));
            return read;
        });
        var place = entries.Single(entry => "/" + entry.Path == file).Position;
        var (first, last) =
            (fragment.Index.Chunks.Find(place.Offset), fragment.Index.Chunks.Find(place.Offset + place.Length - 1));
        return Enumerable.Range(first, last - first + 1).Sum(chunk => (long)fragment.Index.Chunks[chunk].FrameLength);
    }
}
