using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Restores that several drives read at once.</summary>
public sealed class RestoreDrivesSpecs
{
    private const string Drives = "backup.libraries.tapes.drives = 3";

    [Fact]
    public async Task Drives_read_side_by_side_and_none_waits_for_another()
    {
        await using var node = Node();
        node.WaitForVolume = "1h";
        Fill(node.Source);
        await node.Start();
        var image = await Complete(node, await node.Run());
        var target = Path.Combine(node.Root, "restored");
        // One drive would now wait for its first volume, and nothing would be restored
        var first = Path.Combine(node.Library, "disk-0001");
        var away = Path.Combine(node.Root, "away");
        Directory.Move(first, away);

        var job = await Restore(node, image, target);
        var waiting = await node.Until(
            job, details => details.Progress is { Files: > 10, Awaits.Volume.Value: "disk-0001" });
        var drives = (await node.Ask<NodeStatus>(new ShowStatus())).Drives;
        Assert.True(
            drives.Count(drive => drive.Contains($": job {job}", Ordinal)) == 3,
            $"{string.Join("; ", drives)}\n{NodeFixture.Describe(waiting)}");
        Directory.Move(away, first);

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(1, ended.Job.Attempts);
        Assert.Contains(ended.Log, line => line.Code == "drives-used" && line.Text.Contains("tapes/2", Ordinal));
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        Assert.Equal("a", File.ReadAllText(target + node.Source + "/other-name"));
    }

    [Fact]
    public async Task A_chain_comes_from_all_its_volumes_as_it_was_at_the_moment()
    {
        await using var node = Node();
        Fill(node.Source);
        await node.Start();
        await Complete(node, await node.Run());
        for (var level = 1; level < 3; level++)
        {
            Change(node.Source, level);
            await Complete(node, (await node.Ask<JobsStarted>(new RunPolicy(
                RequestId.New(), new PolicyName("nightly"), Level: "incremental"))).Jobs[0]);
        }
        var image = (await node.Ask<ImageList>(new ListImages(1))).Images[0];
        Assert.Equal(2, image.Level);

        var target = Path.Combine(node.Root, "restored");
        var ended = await node.Ended(await Restore(node, image.Image.ToString(), target));

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Contains(ended.Log, line => line.Code == "drives-used");
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    [Fact]
    public async Task One_that_needs_one_volume_takes_one_drive_and_one_that_finds_one_free_works_with_it()
    {
        await using var node = Node();
        node.WaitForVolume = "1h";
        Fill(node.Source);
        await node.Start();
        var image = await Complete(node, await node.Run());
        var first = Path.Combine(node.Library, "disk-0001");
        var away = Path.Combine(node.Root, "away");
        Directory.Move(first, away);

        // A file of the first volume: two drives are free again as soon as that is known
        var small = await Restore(
            node, image, Path.Combine(node.Root, "small"), node.Source + "/folder-0/file-00");
        await node.Until(small, details => details.Progress is { Awaits: not null });
        // Both of these begin now: the one has both drives, or each has one
        var second = await Restore(node, image, Path.Combine(node.Root, "second"), node.Source + "/folder-3");
        var third = await Restore(node, image, Path.Combine(node.Root, "third"), node.Source + "/folder-2");
        await Complete(node, second);
        await Complete(node, third);
        Directory.Move(away, first);
        var ended = await node.Ended(small);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.DoesNotContain(ended.Log, line => line.Code == "drives-used");
        foreach (var (name, folder) in new[] { ("second", "folder-3"), ("third", "folder-2") })
            Assert.Empty(NodeFixture.Differences(
                Path.Combine(node.Source, folder), Path.Combine(node.Root, name + node.Source, folder)));
    }

    [Fact]
    public async Task One_that_is_killed_in_the_middle_goes_on()
    {
        await using var node = Node();
        node.WaitForVolume = "1h";
        Fill(node.Source);
        await node.StartProcess();
        var image = await Complete(node, await node.Run());
        var target = Path.Combine(node.Root, "restored");
        var (second, away) = (Path.Combine(node.Library, "disk-0002"), Path.Combine(node.Root, "away"));
        Directory.Move(second, away);
        var job = await Restore(node, image, target);
        await node.Until(job, details => details.Progress is { Files: > 10, Awaits: not null });

        await node.Kill();
        Directory.Move(away, second);
        await node.StartProcess();

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(2, ended.Job.Attempts);
        Assert.Equal(2, ended.Log.Count(line => line.Code == "drives-used"));
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private static NodeFixture Node() => new(Drives)
    {
        FragmentSize = "2MiB",
        VolumeCapacity = "3MiB",
        Slots = "40",
    };

    private static async Task<JobId> Restore(NodeFixture node, string image, string target, params string[] paths) =>
        (await node.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), image, paths, target))).Jobs[0];

    private static async Task<string> Complete(NodeFixture node, JobId job)
    {
        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        return ended.Job.Image?.ToString() ?? "";
    }

    /// <summary>
    /// About 10 MiB on four volumes: a file that goes over three of them, further names, links, old times.
    /// </summary>
    private static void Fill(string directory)
    {
        Sources.Fill(directory, seed: 1);
        File.WriteAllBytes(Path.Combine(directory, "huge"), Sources.Bytes(new Random(2), 5_000_000));
        File.WriteAllText(Path.Combine(directory, "name"), "a");
        Directory.CreateDirectory(Path.Combine(directory, "zz"));
        foreach (var (name, of) in new[]
        {
            ("other-name", "name"), ("zz/huge", "huge"), ("zz/large", "folder-1/large"),
        })
            Hard(Path.Combine(directory, of), Path.Combine(directory, name));
        File.CreateSymbolicLink(Path.Combine(directory, "link"), "huge");
        File.WriteAllText(Path.Combine(directory, "empty"), "");
        Directory.CreateDirectory(Path.Combine(directory, "nothing"));
        foreach (var folder in Directory.GetDirectories(directory))
            Directory.SetLastWriteTimeUtc(folder, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
    }

    private static void Change(string directory, int level)
    {
        var random = new Random(level);
        File.Delete(Path.Combine(directory, "folder-1", $"file-0{level}"));
        File.WriteAllBytes(Path.Combine(directory, $"folder-{level}", "large"), Sources.Bytes(random, 2_500_000));
        File.WriteAllBytes(Path.Combine(directory, $"new-{level}"), Sources.Bytes(random, 1_000_000));
        Directory.Move(Path.Combine(directory, $"folder-{level + 1}"), Path.Combine(directory, $"moved-{level}"));
        Directory.CreateDirectory(Path.Combine(directory, $"folder-{level + 1}"));
    }

    private static void Hard(string of, string name)
    {
        using var link = global::System.Diagnostics.Process.Start("ln", [of, name]);
        link.WaitForExit();
        Assert.Equal(0, link.ExitCode);
    }
}
