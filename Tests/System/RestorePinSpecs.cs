using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A restore restores what it was accepted for, and says beforehand which volumes that needs.</summary>
public sealed class RestorePinSpecs
{
    [Fact]
    public async Task A_restore_of_the_latest_restores_that_of_its_acceptance_whatever_is_made_meanwhile()
    {
        await using var node = Node();
        Write(node, "changes", 1, 1000);
        Write(node, "goes", 2, 1000);
        await node.Start();
        var older = await Run(node, "full");
        var state = Path.Combine(node.Root, "state");
        await Shell.Run("cp", "-a", node.Source, state);
        var target = Path.Combine(node.Root, "restored");

        var away = Take(node, "disk-0001");
        var job = (await node.Ask<JobsStarted>(new RestoreFiles(RequestId.New(), "latest", [], target))).Jobs[0];
        await node.Until(job, details => details.Progress is { Awaits.Volume.Value: "disk-0001" });
        Write(node, "changes", 3, 2000);
        Write(node, "comes", 4, 1000);
        File.Delete(Path.Combine(node.Source, "goes"));
        var newer = await Run(node, "full");
        Assert.Equal(newer, (await node.Ask<ImageList>(new ListImages(1))).Images[0].Image.ToString());
        Bring(away);

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(older, ended.Job.Image.ToString());
        Assert.Empty(NodeFixture.Differences(state, target + node.Source));
    }

    /// <summary>Those that are named are needed, one by one; and no other is.</summary>
    [Fact]
    public async Task The_volumes_that_it_names_beforehand_are_those_that_it_needs()
    {
        await using var node = Node();
        node.VolumeCapacity = "2MiB";
        node.FragmentSize = "1MiB";
        for (var file = 0; file < 5; file++) Write(node, $"file-{file}", file, 1_500_000);
        await node.Start();
        await Run(node, "full");
        Write(node, "file-9", 9, 1_500_000);
        var image = await Run(node, "incremental");
        var all = (await node.Ask<VolumeList>(new ListVolumes())).Volumes.Select(volume => volume.Volume.Value)
            .Order(StringComparer.Ordinal).ToList();
        Assert.True(all.Count > 4, $"{all.Count} volumes");
        string[] paths = [$"{node.Source}/file-0", $"{node.Source}/file-9"];
        var needed = Needed(await node.Restore(image, Path.Combine(node.Root, "first"), paths));
        Assert.InRange(needed.Count, 2, all.Count - 2);

        var others = all.Except(needed).Select(volume => Take(node, volume)).ToList();
        var without = await node.Restore(image, Path.Combine(node.Root, "without"), paths);
        Assert.True(without.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(without));
        Assert.DoesNotContain(without.Log, line => line.Code == "volume-awaited");
        Assert.Equal(needed, Needed(without));
        foreach (var name in paths.Select(Path.GetFileName))
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(node.Source, name!)),
                File.ReadAllBytes(Path.Combine(node.Root, "without") + node.Source + "/" + name));

        foreach (var volume in needed)
        {
            var away = Take(node, volume);
            var job = (await node.Ask<JobsStarted>(new RestoreFiles(
                RequestId.New(), image, paths, Path.Combine(node.Root, "with-" + volume)))).Jobs[0];
            await node.Until(job, details => details.Progress?.Awaits?.Volume?.Value == volume);
            Bring(away);
            var ended = await node.Ended(job);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            Assert.Equal(needed, Needed(ended));
        }
        others.ForEach(Bring);
    }

    private static NodeFixture Node() => new("backup.libraries.tapes.drives = 2")
    {
        Slots = "20",
        WaitForVolume = "1h",
    };

    private static (string From, string To) Take(NodeFixture node, string volume)
    {
        var (from, to) = (Path.Combine(node.Library, volume), Path.Combine(node.Root, $"away-{volume}"));
        Directory.Move(from, to);
        return (from, to);
    }

    private static void Bring((string From, string To) taken) => Directory.Move(taken.To, taken.From);

    private static void Write(NodeFixture node, string name, int seed, int bytes) =>
        File.WriteAllBytes(Path.Combine(node.Source, name), Sources.Bytes(new Random(seed), bytes));

    private static async Task<string> Run(NodeFixture node, string level)
    {
        var job = await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: level))).Jobs[0]);
        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        return job.Job.Image!.Value.ToString();
    }

    private static List<string> Needed(JobDetails job) => [.. job.Log.Single(line => line.Code == "volumes-needed").Text
        .Split(": ")[1].TrimEnd('.').Split(", ").Order(StringComparer.Ordinal)];
}
