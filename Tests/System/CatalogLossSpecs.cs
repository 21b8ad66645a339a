using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Catalog and journal are gone; the media are there.</summary>
public sealed class CatalogLossSpecs
{
    [Fact]
    public async Task A_scan_rebuilds_the_lost_catalog_and_lists_what_was_never_sealed()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", VolumeCapacity = "8MiB", Slots = "12" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var first = await node.Backup();
        Assert.True(first.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(first));
        File.WriteAllText(Path.Combine(node.Source, "later"), "more");
        var second = await node.Backup();
        await node.Stop();
        var before = node.Dump();

        // A third is killed in the middle, and with it everything that a node knows about it.
        node.DriveSpeedLimit = "500kB"; // on a slow machine too it is killed in the middle
        await node.StartProcess();
        var cut = await node.Run();
        await node.Until(cut, details => details.Log.Any(line => line.Code == "fragment-closed"));
        await node.Kill();
        node.LoseCatalog();
        node.DriveSpeedLimit = "0";
        await node.Start();
        var scan = await node.Ended(
            (await node.Ask<JobsStarted>(new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs[0]);
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        var abandoned = Assert.Single(images, image => image.State == "abandoned");
        Assert.Equal(cut, abandoned.Job);
        Assert.Contains(scan.Log, line =>
            line.Code == "image-abandoned" && line.Text.Contains(abandoned.Image.ToString(), StringComparison.Ordinal));

        using (var rows = new CatalogRows(node.Data))
            Assert.Equal(["scan tester"], rows.Origins(second.Job.Image!.Value));

        await node.RestoresIdentical(second.Job.Image!.Value.ToString());
        // The new job gets a number that the cut one may have had; nothing of that one must get into its image.
        var next = await node.Backup();
        Assert.True(next.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(next));
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
        await node.Stop();

        var ours = node.Dump()
            .Where(line => first.Job.Image is { } one && line.Contains(one.ToString(), StringComparison.Ordinal)
            || line.Contains(second.Job.Image.Value.ToString(), StringComparison.Ordinal));
        Assert.Equal(before.Where(line => !line.StartsWith("volume ", StringComparison.Ordinal)), ours);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_job_that_gets_the_number_of_a_lost_one_begins_anew(bool keepJournal)
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "500kB" };
        Sources.Fill(node.Source, seed: 2);
        await node.StartProcess();
        var cut = await node.Run();
        await node.Until(cut, details => details.Log.Any(line => line.Code == "fragment-closed"));
        await node.Kill();
        node.LoseCatalog(keepJournal);
        node.DriveSpeedLimit = "0";
        File.WriteAllText(Path.Combine(node.Source, "a-first"), "a file that the lost job never saw");
        await node.Start();

        var next = await node.Backup();

        Assert.Equal(cut, next.Job.Job);
        Assert.True(next.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(next));
        await node.RestoresIdentical(next.Job.Image!.Value.ToString());
    }

    [Fact]
    public async Task A_restore_adds_no_rows_but_its_own()
    {
        await using var node = new NodeFixture();
        Sources.Fill(node.Source, seed: 3);
        await node.Start();
        var backup = await node.Backup();
        await node.Stop();
        var before = node.Dump();
        await node.Start();

        await node.RestoresIdentical(backup.Job.Image!.Value.ToString());

        await node.Stop();
        Assert.Equal(before, node.Dump());
    }
}
