using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>What happens to a tree, to the client's own files and to its clock between and during backups.</summary>
public sealed class LevelFaultSpecs
{
    /// <summary>S0-11, CL-18: what the client keeps of a base is a copy of what the catalog has.</summary>
    [Fact]
    public async Task A_client_that_lost_or_damaged_the_manifest_of_its_base_selects_the_same()
    {
        await using var node = new NodeFixture();
        for (var number = 0; number < 300; number++) Write(node, $"{number % 7}/{number}", $"{number}");
        await node.Start();
        await Run(node, "full");
        Write(node, "3/3", "changed");
        File.Delete(Path.Combine(node.Source, "4/4"));
        var expected = Saved(await Done(node, "1"));
        Assert.Equal("1 regular, 7 bytes", expected);
        var manifest = Assert.Single(
            Directory.GetFiles(node.Root, "*", SearchOption.AllDirectories),
            file => Path.GetFileName(Path.GetDirectoryName(file)) == "manifests");
        var whole = File.ReadAllBytes(manifest);

        foreach (var damage in (Action[])
            [
                () => { },
                () => File.Delete(manifest),
                () => File.WriteAllBytes(manifest, [.. whole[..100], (byte)~whole[100], .. whole[101..]]),
                () => File.WriteAllBytes(manifest, whole[..(whole.Length / 2)]),
                () => File.WriteAllBytes(manifest, [.. new byte[16], .. whole[16..]]),
                () => File.WriteAllBytes(manifest, []),
            ])
        {
            damage();
            Assert.Equal(expected, Saved(await Done(node, "1")));
            Assert.Equal(whole, File.ReadAllBytes(manifest));
        }
    }

    /// <summary>S0-10: a file that changes behind the walk, with its old time set back, is in the next backup.</summary>
    [Fact]
    public async Task A_file_that_changes_behind_the_walk_is_in_the_next_incremental()
    {
        await using var node = new NodeFixture { DriveSpeedLimit = "4MB" };
        Write(node, "a", "before");
        File.WriteAllBytes(Path.Combine(node.Source, "b"), Sources.Bytes(new Random(1), 12_000_000));
        var path = Path.Combine(node.Source, "a");
        var then = DateTime.UtcNow.AddDays(-3);
        File.SetLastWriteTimeUtc(path, then);
        await node.Start();
        var job = await Begin(node, "full");
        await node.Until(job, details => details.Progress is { StoredBytes: > 0 });
        File.WriteAllText(path, "behind");
        File.SetLastWriteTimeUtc(path, then);
        Assert.Equal(JobOutcome.Complete, (await node.Ended(job)).Job.Outcome);

        var next = await Done(node, "incremental");

        Assert.Equal("1 regular, 6 bytes", Saved(next));
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task A_cancelled_incremental_deletes_nothing_and_is_no_base()
    {
        await using var node = new NodeFixture { DriveSpeedLimit = "2MB" };
        Write(node, "stays", "1");
        Write(node, "goes", "1");
        await node.Start();
        var full = await Run(node, "full");
        File.WriteAllBytes(Path.Combine(node.Source, "large"), Sources.Bytes(new Random(1), 12_000_000));
        File.Delete(Path.Combine(node.Source, "goes"));
        var cancelled = await Begin(node, "incremental");
        await node.Until(cancelled, details => details.Progress is { StoredBytes: > 0 });
        await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), cancelled));
        Assert.Equal(JobOutcome.Cancelled, (await node.Ended(cancelled)).Job.Outcome);
        Write(node, "goes", "2");
        File.Delete(Path.Combine(node.Source, "large"));

        var next = await Run(node, "incremental");

        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.Equal(full, Assert.Single(images, image => image.Image.ToString() == next).Base!.Value.ToString());
        await node.RestoresIdentical(next);
    }

    /// <summary>`latest` is another image when the merge has ended.</summary>
    [Fact]
    public async Task A_command_that_comes_once_more_is_answered_alike()
    {
        await using var node = new NodeFixture { Policy = "plan = office", Extra = "backup.plans.office { }" };
        Write(node, "a", "1");
        await node.Start();
        var run = new RunPolicy(RequestId.New(), new PolicyName("nightly"));
        var first = Assert.Single((await node.Ask<JobsStarted>(run)).Jobs);
        await node.Ended(first);
        Assert.Equal([first], (await node.Ask<JobsStarted>(run)).Jobs);
        Write(node, "a", "22");
        await Run(node, "1");
        var merge = new MergeImage(RequestId.New(), "latest");

        var merging = Assert.Single((await node.Ask<JobsStarted>(merge)).Jobs);
        Assert.Equal(JobOutcome.Complete, (await node.Ended(merging)).Job.Outcome);

        Assert.Equal([merging], (await node.Ask<JobsStarted>(merge)).Jobs);
    }

    /// <summary>Time stamps of files are compared with those that they had, not with a clock.</summary>
    [Fact]
    public async Task Times_far_in_the_future_and_in_the_past_change_nothing_about_the_selection()
    {
        await using var node = new NodeFixture();
        foreach (var name in (string[])["future", "past", "same"]) Write(node, name, "1");
        File.SetLastWriteTimeUtc(Path.Combine(node.Source, "future"), new DateTime(2099, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(Path.Combine(node.Source, "past"), new DateTime(1971, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await node.Start();
        await Run(node, "full");

        Assert.Equal("0 regular, 0 bytes", Saved(await Done(node, "incremental")));
        Write(node, "same", "2");
        File.SetLastWriteTimeUtc(Path.Combine(node.Source, "same"), new DateTime(1970, 1, 2, 0, 0, 0, DateTimeKind.Utc));
        var next = await Done(node, "incremental");

        Assert.Equal("1 regular, 1 bytes", Saved(next));
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
    }

    private static void Write(NodeFixture node, string name, string content)
    {
        var path = Path.Combine(node.Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private static async Task<JobId> Begin(NodeFixture node, string level) =>
        (await node.Ask<JobsStarted>(new RunPolicy(RequestId.New(), new PolicyName("nightly"), Level: level))).Jobs[0];

    private static async Task<JobDetails> Done(NodeFixture node, string level)
    {
        var job = await node.Ended(await Begin(node, level));
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job;
    }

    private static async Task<string> Run(NodeFixture node, string level) =>
        (await Done(node, level)).Job.Image!.Value.ToString();

    /// <summary>What was sent; directories are listed in every incremental.</summary>
    private static string Saved(JobDetails job) =>
        $"{job.Report!.Files.GetValueOrDefault("Regular")} regular, {job.Report.Bytes} bytes";
}
