using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>
/// R2, the peers' worst: jobs side by side that each change volumes many times, after which the catalog and the media
/// must agree on every byte of every one.
/// </summary>
public sealed class SpanSpecs
{
    private const int Jobs = 8;
    private const int ChangesMin = 10;

    [Fact]
    public async Task Jobs_side_by_side_over_tiny_volumes_are_all_restored_byte_for_byte()
    {
        await using var node = new NodeFixture
        {
            FragmentSize = "3MiB",
            VolumeCapacity = "2MiB",
            Slots = "300",
            Extra = $"backup.libraries.tapes.drives = 4\nbackup.client.jobs-max = {Jobs}\n" + string.Concat(
                Enumerable.Range(0, Jobs).Select(job =>
                    $"backup.policies.p{job} {{ file-set = f{job}, pool = disk }}\n"
                    + $"backup.file-sets.f{job}.operations = [ {{ roots = [\"%SOURCE%/{job}\"] }} ]\n")),
        };
        node.Extra = node.Extra.Replace("%SOURCE%", node.Source, StringComparison.Ordinal);
        for (var job = 0; job < Jobs; job++) Fill(Path.Combine(node.Source, $"{job}"), seed: job);
        await node.Start();

        var begun = new List<JobId>();
        for (var job = 0; job < Jobs; job++)
            begun.AddRange((await node.Ask<JobsStarted>(
                new RunPolicy(RequestId.New(), new PolicyName($"p{job}")))).Jobs);
        var images = new List<string>();
        foreach (var job in begun)
        {
            var ended = await node.Ended(job);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            images.Add(ended.Job.Image!.Value.ToString());
        }

        foreach (var image in (await node.Ask<ImageList>(new ListImages())).Images)
            Assert.True(image.Volumes.Count > ChangesMin, $"{image.Image} lies on {image.Volumes.Count} volumes.");
        await Restore(node, images);
        await node.Stop();
        var before = Contents(node);
        var found = Tapes.Assemble(node.Library);
        Assert.Equal(Jobs, found.Images.Count);
        Assert.Empty(found.MissingParts);

        // Without the catalog the media alone say the same.
        node.LoseCatalog();
        await node.Start();
        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
        await node.Stop();
        Assert.Equal(before, Contents(node));
    }

    [Fact]
    public async Task A_catalog_from_an_old_copy_does_not_let_newer_volumes_be_used_again()
    {
        await using var node = new NodeFixture { VolumeCapacity = "2MiB", FragmentSize = "3MiB", Slots = "80" };
        Fill(Path.Combine(node.Source, "a"), seed: 1);
        await node.Start();
        await node.Backup();
        await node.Stop();
        File.Copy(Path.Combine(node.Data, "catalog.db"), Path.Combine(node.Root, "old.db"));
        await node.Start();
        var newer = await node.Backup();
        await node.Stop();
        node.LoseCatalog();
        File.Copy(Path.Combine(node.Root, "old.db"), Path.Combine(node.Data, "catalog.db"));
        await node.Start();

        // What the old catalog has never heard of is neither overwritten by force nor appended to as if it were empty.
        foreach (var volume in newer.Report!.Volumes)
            Assert.IsType<Refused>(await node.Connection.Ask(
                new LabelVolume(RequestId.New(), new PoolName("disk"), volume, Overwrite: true),
                CancellationToken.None));
        var third = await node.Backup();
        Assert.True(third.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(third));
        var scan = await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);

        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
        await node.RestoresIdentical(newer.Job.Image!.Value.ToString());
        await node.RestoresIdentical(third.Job.Image!.Value.ToString());
        Assert.Equal(3, (await node.Ask<ImageList>(new ListImages())).Images.Count(image => image.State == "sealed"));
    }

    private static async Task Restore(NodeFixture node, IReadOnlyList<string> images)
    {
        var target = Path.Combine(node.Root, "restored");
        foreach (var image in images)
        {
            var restore = await node.Restore(image, target);
            Assert.True(restore.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(restore));
        }
        for (var job = 0; job < images.Count; job++)
            Assert.Empty(NodeFixture.Differences(
                Path.Combine(node.Source, $"{job}"), target + Path.Combine(node.Source, $"{job}")));
    }

    /// <summary>Small files, and one that is larger than ten volumes.</summary>
    private static void Fill(string directory, int seed)
    {
        Directory.CreateDirectory(directory);
        var random = new Random(seed);
        for (var file = 0; file < 5; file++)
            File.WriteAllBytes(Path.Combine(directory, $"small-{file}"), Sources.Bytes(random, 40_000));
        File.WriteAllBytes(Path.Combine(directory, "large"), Sources.Bytes(random, 12_000_000));
        File.WriteAllBytes(Path.Combine(directory, "z"), Sources.Bytes(random, 2_500_000));
    }

    private static IReadOnlyList<string> Contents(NodeFixture node) =>
        [.. node.Dump().Where(line => !line.StartsWith("volume ", StringComparison.Ordinal))];
}
