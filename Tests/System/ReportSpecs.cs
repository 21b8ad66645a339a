using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>What a job leaves behind, and that it did what its orders say.</summary>
public sealed class ReportSpecs
{
    [Fact]
    public async Task The_report_says_how_it_went()
    {
        await using var node = new NodeFixture { Rules = "{ exclude = \"*.tmp\" }", OtherRoots = ["-missing"] };
        Sources.Fill(node.Source, seed: 1);
        foreach (var name in (string[])["one.tmp", "two.tmp"])
            File.WriteAllText(Path.Combine(node.Source, name), "left out");
        var files = Directory.GetFiles(node.Source, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal)).ToList();
        await node.Start();

        var ended = await node.Backup();

        var report = ended.Report!;
        Assert.Equal(JobOutcome.CompleteWithExceptions, report.Outcome);
        Assert.Equal((84, 5), (report.Files["Regular"], report.Files["Directory"]));
        Assert.Equal(files.Sum(file => new FileInfo(file).Length), report.Bytes);
        var onMedium = Directory.GetFiles(node.Library, "*.data", SearchOption.AllDirectories)
            .Sum(file => new FileInfo(file).Length - (32 * 1024));
        Assert.Equal(onMedium, report.StoredBytes);
        Assert.Equal((1, "disk-0001"), (report.Fragments, Assert.Single(report.Volumes).Value));
        Assert.Equal((1, 1L), (report.Exceptions, report.ExceptionsByKind["RootMissing"]));
        Assert.Contains("-missing", Assert.Single(report.FirstExceptions), StringComparison.Ordinal);
        Assert.Equal(2, report.Excluded.Single(rule => rule.Key.Contains("*.tmp", StringComparison.Ordinal)).Value);
        Assert.Equal(
            ["opening", "queued", "releasing", "transferring"], report.Phases.Keys.Order(StringComparer.Ordinal));
        Assert.InRange(
            report.Phases.Values.Sum(), 0.001, (ended.Job.Ended!.Value - ended.Job.Created).TotalSeconds + 1);
        Assert.Equal(report.Bytes / report.Phases["transferring"], report.BytesPerSecond, precision: 3);
        Assert.Equal((1, (string?)null), (report.Attempts, report.Failure));
        Assert.Contains("| zstd -dc | tar", report.RestoreCommand, StringComparison.Ordinal);
        // The image's digest is that of its last index, as the medium has it.
        var seal = Assert.Single(Tapes.Assemble(node.Library).Images);
        Assert.Equal(seal.Fragments[^1].Root.ToString(), report.Root);
    }

    [Fact]
    public async Task A_report_of_a_restore_says_how_it_went()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();

        var restore = await node.Restore("latest", Path.Combine(node.Root, "restored"));

        var report = restore.Report!;
        Assert.Equal(JobOutcome.Complete, report.Outcome);
        Assert.Equal(backup.Report!.Bytes, report.Bytes);
        Assert.Equal((84, 5), (report.Files["Regular"], report.Files["Directory"]));
        Assert.Equal((backup.Report.Image, backup.Report.Volumes[0]), (report.Image, Assert.Single(report.Volumes)));
        Assert.Equal(report.Bytes / report.Phases["transferring"], report.BytesPerSecond, precision: 3);
    }

    [Fact]
    public async Task A_report_of_a_verification_says_what_was_checked()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();

        var report = (await node.Verify("latest", VerifyTarget.Media)).Report!;

        Assert.Equal(
            backup.Report!.Files.Values.Sum(), Assert.Single(report.Files, kind => kind.Key == "Checked").Value);
        Assert.Equal((backup.Report.Bytes, 0L), (report.Bytes, report.Exceptions));
    }

    /// <summary>
    /// S0-06 and S2-19: the same content under two roots, once compressed and once not, with digests of two kinds.
    /// </summary>
    [Fact]
    public async Task Two_roots_of_one_job_have_options_of_their_own_and_come_back_equal()
    {
        await using var node = new NodeFixture();
        var (stored, small) = (Path.Combine(node.Source, "stored"), Path.Combine(node.Source, "small"));
        node.Operations = $$"""
            { roots = ["{{stored}}"], compression.level = 0, digest = sha512 }, { roots = ["{{small}}"], compression.level = 19, digest = sha256 }
            """;
        var text =
            string.Concat(Enumerable.Range(0, 60_000).Select(number => $"line {number} of a text that compresses\n"));
        foreach (var root in (string[])[stored, small])
        {
            Directory.CreateDirectory(root);
            File.WriteAllText(Path.Combine(root, "text"), text);
            File.WriteAllBytes(Path.Combine(root, "noise"), Sources.Bytes(new Random(1), 300_000));
        }
        await node.Start();

        var backup = await node.Backup();

        Assert.True(backup.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(backup));
        var listed =
            (await node.Ask<FileList>(new ListFiles("latest", Recursive: true))).Files
                .Where(file => file.Kind == "regular").ToList();
        Assert.Equal(4, listed.Count);
        foreach (var file in listed)
        {
            var bytes = File.ReadAllBytes(file.Path);
            var expected = file.Path.StartsWith(stored, StringComparison.Ordinal)
                ? "sha512:" + Convert.ToHexStringLower(global::System.Security.Cryptography.SHA512.HashData(bytes))
                : "sha256:" + Convert.ToHexStringLower(global::System.Security.Cryptography.SHA256.HashData(bytes));
            Assert.Equal(expected, file.Digest);
        }
        // The noise takes its room twice; the text takes it once whole and once next to nothing.
        Assert.InRange(backup.Report!.StoredBytes, text.Length + 600_000, text.Length + 600_000 + (text.Length / 4));
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Media)).Job.Outcome);
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Disk)).Job.Outcome);
        var target = Path.Combine(node.Root, "restored");
        Assert.Equal(JobOutcome.Complete, (await node.Restore("latest", target)).Job.Outcome);
        Assert.Empty(NodeFixture.Differences(stored, target + stored));
        Assert.Empty(NodeFixture.Differences(small, target + small));
        foreach (var name in (string[])["text", "noise"])
            Assert.Equal(File.ReadAllBytes(target + Path.Combine(stored, name)),
                File.ReadAllBytes(target + Path.Combine(small, name)));
    }

    [Fact]
    public async Task A_changed_byte_in_a_file_with_holes_is_found_on_the_disk()
    {
        await using var node = new NodeFixture();
        var path = Path.Combine(node.Source, "holes");
        File.WriteAllBytes(path, []);
        var then = DateTime.UnixEpoch.AddYears(50);
        Put(1);
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        Assert.Equal(JobOutcome.Complete, (await node.Verify("latest", VerifyTarget.Disk)).Job.Outcome);

        Put(2);
        var changed = await node.Verify("latest", VerifyTarget.Disk);

        Assert.Equal(JobOutcome.CompleteWithExceptions, changed.Job.Outcome);
        Assert.Contains("content, or where it has holes, differs", Assert.Single(changed.Report!.FirstExceptions));

        void Put(byte value)
        {
            using (var file = File.OpenWrite(path))
            {
                file.SetLength(4 << 20);
                file.Position = 1 << 20;
                file.WriteByte(value);
            }
            File.SetLastWriteTimeUtc(path, then);
        }
    }
}
