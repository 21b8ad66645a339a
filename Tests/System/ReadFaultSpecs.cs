using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Input/output errors under whoever reads: the medium, and the files that are saved.</summary>
public sealed class ReadFaultSpecs
{
    /// <summary>
    /// From the n-th read on, the fragment's data cannot be read: the header is the first, each block of 1 MiB one
    /// more.
    /// </summary>
    [NeedsTheory("strace")]
    [InlineData("1+")]
    [InlineData("2+")]
    public async Task A_medium_that_cannot_be_read_costs_the_files_on_it_and_names_them(string when)
    {
        await using var node = new NodeFixture { FragmentSize = "3MiB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();
        Assert.True(backup.Report!.Fragments > 1);
        await node.Stop();
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(Strace(log, Path.Combine(node.Library, "disk-0001", "00001.data"), "pread64", when));
        var target = Path.Combine(node.Root, "restored");

        var restore = await node.Restore("latest", target);

        Assert.True(restore.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(restore));
        Assert.Contains("INJECTED", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Contains(restore.Log, line => line.Code == "medium-damaged"
            && line.Text.Contains("disk-0001", StringComparison.Ordinal)
            && line.Text.Contains("EIO", StringComparison.Ordinal));
        var lost = NodeFixture.Differences(node.Source, target + node.Source)
            .Where(one => one.Kind == FileExceptionKind.Missing).ToList();
        Assert.InRange(lost.Count, 1, 70);
        foreach (var file in lost)
        {
            var path = global::System.Text.Encoding.UTF8.GetString(file.Path);
            Assert.Contains(restore.Log,
                line => line.Code == "content-damaged" && line.Text.Contains(path, StringComparison.Ordinal));
        }
        Assert.Equal(lost.Count, restore.Job.Exceptions);
    }

    /// <summary>A block that cannot be read once, and can the second time, costs nothing, and is told.</summary>
    [NeedsFact(root: false, "strace")]
    public async Task A_read_that_fails_once_is_tried_again_and_told()
    {
        await using var node = new NodeFixture { FragmentSize = "3MiB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        await node.Backup();
        await node.Stop();
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(Strace(log, Path.Combine(node.Library, "disk-0001", "00001.data"), "pread64", "3"));
        var target = Path.Combine(node.Root, "restored");

        var restore = await node.Restore("latest", target);

        Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        Assert.Contains("INJECTED", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        Assert.Contains(restore.Log, line => line.Code == "copy-switched" && line.Severity == LogSeverity.Warning
            && line.Text.Contains("EIO", StringComparison.Ordinal));
    }

    [NeedsTheory("strace")]
    [InlineData("00001.data", "1+")]
    [InlineData("00001.data", "2")]
    [InlineData("00002.index", "1+")]
    public async Task A_verification_names_what_cannot_be_read_and_goes_on(string file, string when)
    {
        await using var node = new NodeFixture { FragmentSize = "3MiB" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var backup = await node.Backup();
        await node.Stop();
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(Strace(log, Path.Combine(node.Library, "disk-0001", file), "pread64", when));

        var verify = await node.Verify("latest", VerifyTarget.Media);

        Assert.True(verify.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(verify));
        Assert.Contains("INJECTED", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Contains(verify.Log,
            line => line.Code == "medium-damaged" && line.Text.Contains("disk-0001", StringComparison.Ordinal));
        Assert.Contains(verify.Log,
            line => line.Code == "content-damaged" && line.Text.Contains("folder-0", StringComparison.Ordinal));
        Assert.DoesNotContain(verify.Log,
            line => line.Code == "content-damaged" && line.Text.Contains("folder-3/file-19", StringComparison.Ordinal));
        Assert.Equal(backup.Report!.Fragments, verify.Report!.Fragments);
    }

    /// <summary>
    /// A file that cannot be read, and one that cannot be read to its end: both are named, all others are whole.
    /// </summary>
    [NeedsTheory("strace")]
    [InlineData("1+", false)]
    [InlineData("3+", true)]
    public async Task A_source_that_cannot_be_read_is_an_exception_and_no_failure(string when, bool inTheMiddle)
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 1);
        var bad = Path.Combine(node.Source, "folder-1", "large-bad");
        // strace(1) counts calls for each thread, and the reads of a file hop between those of the pool
        File.WriteAllBytes(bad, Sources.Bytes(new Random(1), 60_000_000));
        var log = Path.Combine(node.Root, "strace");
        await node.StartProcess(Strace(log, bad, "pread64,read", when));

        var backup = await node.Backup();

        Assert.True(backup.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(backup));
        Assert.Contains("INJECTED", File.ReadAllText(log), StringComparison.Ordinal);
        Assert.Equal((1L, 1), (backup.Job.Exceptions, backup.Job.Attempts));
        Assert.Contains(
            backup.Log, line => line.Code == "unreadable" && line.Text.Contains(bad, StringComparison.Ordinal));
        // What was read of it is there, zeros behind it, and a mark; what could not be read at all is left out.
        var listed =
            (await node.Ask<FileList>(new ListFiles("latest", Recursive: true))).Files.Where(file => file.Path == bad)
                .ToList();
        Assert.Equal(inTheMiddle ? [["truncated"]] : [], listed.Select(file => file.Marks));
        var target = Path.Combine(node.Root, "restored");
        Assert.Equal(JobOutcome.Complete, (await node.Restore("latest", target)).Job.Outcome);
        Assert.All(
            NodeFixture.Differences(node.Source, target + node.Source),
            difference => Assert.EndsWith(
                "large-bad", global::System.Text.Encoding.UTF8.GetString(difference.Path), StringComparison.Ordinal));
    }

    private static string[] Strace(string log, string file, string calls, string when) =>
    [
        "strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-P", file,
        "-e", $"trace={calls}", "-e", $"inject={calls}:error=EIO:when={when}",
    ];
}
