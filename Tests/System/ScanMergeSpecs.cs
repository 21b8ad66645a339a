using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Xunit;

namespace Backup.Tests.System;

/// <summary>A catalog gets from the media what it lacks: of some volumes, in any order, without doubles.</summary>
public sealed class ScanMergeSpecs
{
    [Fact]
    public async Task Volumes_in_any_order_make_the_catalog_whole_and_what_lacks_is_listed_as_that()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "2MiB", Slots = "20" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var full = await node.Backup();
        File.WriteAllText(Path.Combine(node.Source, "later"), "more");
        var incremental = (await node.Ended((await node.Ask<JobsStarted>(new RunPolicy(
            RequestId.New(), new PolicyName("nightly"), Level: "incremental"))).Jobs[0])).Job;
        await node.Stop();
        var before = Contents(node);
        var volumes = Volumes(node);
        Assert.True(volumes.Count >= 3, $"The images lie on {volumes.Count} volumes.");
        node.LoseCatalog();
        await node.Start();

        // The last volume first: the incremental is whole there, and builds on what nobody knows.
        var last = await Scan(node, volumes[^1]);

        Assert.Equal(JobOutcome.CompleteWithExceptions, last.Job.Outcome);
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.All(images, image => Assert.Equal("lacking", image.State));
        Assert.Contains(images, image => image.Image == full.Job.Image
            && image.Lacks!.Contains(volumes[0].Value, StringComparison.Ordinal));
        Assert.Contains(images, image => image.Image == incremental.Image
            && image.Lacks!.Contains($"image {full.Job.Image}", StringComparison.Ordinal));

        foreach (var volume in volumes.Skip(1).SkipLast(1).Reverse()) await Scan(node, volume);
        var first = await Scan(node, volumes[0]);

        Assert.True(first.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(first));
        Assert.All(
            (await node.Ask<ImageList>(new ListImages())).Images, image => Assert.Equal("sealed", image.State));
        await node.RestoresIdentical("latest");
        await node.Stop();
        Assert.Equal(before, Contents(node));

        // Once more, all of it and from the oldest: nothing is new.
        await node.Start();
        var again = await Scan(node);
        Assert.True(again.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(again));
        Assert.Contains(again.Log, line => line.Code == "scan-images"
            && line.Text.StartsWith("0 images were added, 2 were known", StringComparison.Ordinal));
        var read = Assert.Single(again.Log, line => line.Code == "scan-read").Text;
        Assert.Matches(@"^Read \d+ bytes of labels, headers and indexes of \d+ volumes, which hold \d+ bytes\.$", read);
        await node.Stop();
        Assert.Equal(before, Contents(node));
    }

    /// <summary>A node was killed between a data file and its index.</summary>
    [Fact]
    public async Task An_image_whose_space_was_given_back_in_part_is_not_added()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 3);
        await node.Start();
        await node.Backup();
        await node.Stop();
        var data = Directory.GetFiles(node.Root, "*.data", SearchOption.AllDirectories).Order().First();
        File.WriteAllBytes(data, ReleasedMarker.Of("fragment 0 of an image that no rule kept"));
        node.LoseCatalog();
        await node.Start();

        var scan = await Scan(node);

        Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
        Assert.Contains(scan.Log, line => line.Code == "image-given-back");
        Assert.Empty((await node.Ask<ImageList>(new ListImages())).Images);
    }

    [Fact]
    public async Task What_the_catalog_has_whole_stays_whole_when_a_volume_of_it_is_scanned_alone()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "2MiB", Slots = "20" };
        Sources.Fill(node.Source, seed: 2);
        await node.Start();
        await node.Backup();
        await node.Stop();
        var before = node.Dump();
        var volumes = Volumes(node);
        await node.Start();

        foreach (var volume in volumes)
        {
            var scan = await Scan(node, volume);
            Assert.True(scan.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(scan));
            Assert.Contains(scan.Log, line => line.Code == "image-elsewhere");
        }

        await node.Stop();
        Assert.Equal(before, node.Dump());
    }

    [Fact]
    public async Task What_contradicts_the_catalog_is_told_and_the_catalog_stays()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB" };
        Sources.Fill(node.Source, seed: 3);
        await node.Start();
        await node.Backup();
        await node.Stop();
        Sqlite.Change(node.Data, "UPDATE fragment SET root = randomblob(32) WHERE fragment = 1");
        var before = node.Dump();
        await node.Start();

        var scan = await Scan(node);

        Assert.Equal(JobOutcome.CompleteWithExceptions, scan.Job.Outcome);
        Assert.Contains(scan.Log, line => line.Code == "scan"
            && line.Text.Contains("is not what the catalog has, which stays as it is", StringComparison.Ordinal));
        await node.Stop();
        Assert.Equal(before, node.Dump());
    }

    [Fact]
    public async Task A_scan_that_is_killed_goes_on_where_it_was()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "2MiB", Slots = "20" };
        Sources.Fill(node.Source, seed: 4);
        await node.Start();
        await node.Backup();
        await node.Stop();
        var before = Contents(node);
        node.LoseCatalog();
        var volumes = Volumes(node);
        // The last one is not there, so that the scan waits for a person when it has read the others.
        var away = Path.Combine(node.Root, "away");
        Directory.Move(Path.Combine(node.Library, volumes[^1].Value), away);
        node.WaitForVolume = "1h";
        await node.StartProcess();
        var job = (await node.Ask<JobsStarted>(new ScanLibrary(
            RequestId.New(), new LibraryName("tapes"), volumes))).Jobs[0];
        await node.Until(job, details => details.Progress?.Awaits is not null);
        await node.Kill();
        await node.StartProcess();
        Directory.Move(away, Path.Combine(node.Library, volumes[^1].Value));

        var ended = await node.Ended(job);

        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(volumes.Count - 1, ended.Log.Count(line => line.Code == "scan-kept"));
        await node.Stop();
        Assert.Equal(before, Contents(node));
    }

    private static async Task<JobDetails> Scan(NodeFixture node, params VolumeName[] volumes) =>
        await node.Ended((await node.Ask<JobsStarted>(new ScanLibrary(
            RequestId.New(), new LibraryName("tapes"), volumes, FromOldest: volumes.Length == 0))).Jobs[0]);

    private static IReadOnlyList<VolumeName> Volumes(NodeFixture node) =>
    [
        .. Directory.GetDirectories(node.Library).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .Select(name => new VolumeName(name!)),
    ];

    /// <summary>All but the volumes: when one was read, its fill is said anew.</summary>
    private static IReadOnlyList<string> Contents(NodeFixture node) =>
        [.. node.Dump().Where(line => !line.StartsWith("volume ", StringComparison.Ordinal))];
}
