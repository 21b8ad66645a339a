using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Sources that are missing, empty, or change under the backup.</summary>
public sealed class SourceSpecs
{
    [Fact]
    public async Task A_missing_source_fails_the_job_and_names_it()
    {
        await using var node = new NodeFixture();
        Directory.Delete(node.Source);
        await node.Start();

        var job = await node.Backup();

        Assert.Equal(JobOutcome.Failed, job.Job.Outcome);
        Assert.Contains(node.Source, job.Job.Failure, StringComparison.Ordinal);
        Assert.DoesNotContain((await node.Ask<ImageList>(new ListImages())).Images, image => image.State == "sealed");
    }

    [Fact]
    public async Task An_empty_source_is_saved_and_comes_back()
    {
        await using var node = new NodeFixture();
        await node.Start();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        await node.RestoresIdentical("latest");
    }

    [Fact]
    public async Task A_root_that_vanishes_is_an_exception_of_the_next_image()
    {
        await using var node = new NodeFixture { OtherRoots = ["-other"] };
        File.WriteAllText(Path.Combine(node.Source, "file"), "kept");
        var other = Directory.CreateDirectory(node.Source + "-other").FullName;
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        Directory.Delete(other);

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(job));
        Assert.Contains(job.Report!.FirstExceptions, sentence => sentence.Contains(other, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_full_does_not_record_one_root_of_several_as_emptied()
    {
        await using var node = new NodeFixture { OtherRoots = ["-other"] };
        File.WriteAllText(Path.Combine(node.Source, "file"), "kept");
        var other = Directory.CreateDirectory(node.Source + "-other").FullName;
        File.WriteAllText(Path.Combine(other, "file"), "on another disk");
        await node.Start();
        Assert.Equal(JobOutcome.Complete, (await node.Backup()).Job.Outcome);
        File.Delete(Path.Combine(other, "file"));

        var empty = await node.Backup();
        Directory.Delete(other);
        var missing = await node.Backup();

        Assert.Equal(JobOutcome.Failed, empty.Job.Outcome);
        Assert.Contains(other, empty.Job.Failure, StringComparison.Ordinal);
        Assert.Equal(JobOutcome.Failed, missing.Job.Outcome);
        Assert.Contains(other, missing.Job.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_changes_under_the_backup_is_named_and_the_rest_is_whole()
    {
        // The drive is slow, so the large file is read for seconds, and the writer below always gets its change in.
        await using var node = new NodeFixture { DriveSpeedLimit = "4MB", Policy = "reread-limit = 0" };
        var large = Path.Combine(node.Source, "b-large");
        File.WriteAllText(Path.Combine(node.Source, "a"), "quiet");
        File.WriteAllBytes(large, Sources.Bytes(new Random(1), 40_000_000));
        File.WriteAllText(Path.Combine(node.Source, "c-vanishes"), "soon gone");
        await node.Start();
        var job = await node.Run();
        await node.Until(job, details => details.Progress is { StoredBytes: > 0 });
        using (var file = File.OpenWrite(large)) file.Write("changed"u8);
        File.Delete(Path.Combine(node.Source, "c-vanishes"));

        var ended = await node.Ended(job);

        Assert.True(ended.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(ended));
        Assert.Contains(ended.Log,
            line => line.Code == "changed-while-read" && line.Text.Contains("b-large", StringComparison.Ordinal));
        var target = Path.Combine(node.Root, "restored");
        Assert.Equal(JobOutcome.Complete, (await node.Restore(ended.Job.Image!.Value.ToString(), target)).Job.Outcome);
        Assert.Equal("quiet", File.ReadAllText(target + Path.Combine(node.Source, "a")));
    }

    /// <summary>CL-15.</summary>
    [NeedsFact(root: false, "mkfifo", "sh")]
    public async Task What_is_written_into_a_fifo_is_saved_and_one_that_nobody_writes_into_is_named()
    {
        await using var node = new NodeFixture("backup.client.fifo-wait = 2s");
        node.Operations = $$"""{ roots = ["{{node.Source}}"], read-fifos = on }""";
        var (dump, silent) = (Path.Combine(node.Source, "dump"), Path.Combine(node.Source, "silent"));
        await Shell.Run("mkfifo", dump, silent);
        await node.Start();
        var writer = Shell.Run("timeout", "60", "sh", "-c", $"printf 'all of it' > '{dump}'");

        var job = await node.Backup();

        await writer;
        Assert.True(job.Job.Outcome == JobOutcome.CompleteWithExceptions, NodeFixture.Describe(job));
        Assert.Contains(silent, Assert.Single(job.Report!.FirstExceptions), StringComparison.Ordinal);
        var target = Path.Combine(node.Root, "restored");
        Assert.Equal(JobOutcome.Complete, (await node.Restore("latest", target)).Job.Outcome);
        Assert.Equal("all of it", File.ReadAllText(target + dump));
        Assert.False(File.Exists(target + silent));
    }

    [NeedsFact(root: false, "setpriv")]
    public async Task What_cannot_be_read_is_in_the_log_while_the_job_runs()
    {
        await using var node = new NodeFixture { DriveSpeedLimit = "4MB" };
        var secret = Path.Combine(node.Source, "a-unreadable");
        File.WriteAllText(secret, "secret");
        await Shell.Run("chmod", "000", secret);
        File.WriteAllBytes(Path.Combine(node.Source, "b-large"), Sources.Bytes(new Random(1), 30_000_000));
        string[] withoutOverride = Environment.IsPrivilegedProcess
            ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
        await node.StartProcess(withoutOverride);
        var job = await node.Run();

        var seen = await node.Until(
            job, details => details.Log.Any(line => line.Text.Contains("a-unreadable", StringComparison.Ordinal)));

        Assert.Equal("running", seen.Job.State);
        var line = seen.Log.First(line => line.Text.Contains("a-unreadable", StringComparison.Ordinal));
        Assert.Equal("unreadable", line.Code);
        // At once (S0-18): a clock would measure the machine. The file behind it is larger than all that may be on its
        // way, so nothing of it is acknowledged yet.
        Assert.DoesNotContain(seen.Log, other => other.Code is "fragment-closed" or "image-sealed");
        Assert.Equal(JobOutcome.CompleteWithExceptions, (await node.Ended(job)).Job.Outcome);
    }
}
