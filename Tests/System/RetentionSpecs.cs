using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>AD-18: what the rules would let go, of a real catalog.</summary>
public sealed class RetentionSpecs
{
    [Fact]
    public async Task It_is_said_which_images_stay_and_why()
    {
        await using var node = new NodeFixture { Policy = "retention { last = 1, for = 1d }" };
        File.WriteAllText(Path.Combine(node.Source, "a"), "1");
        await node.Start();
        var images = new List<ImageId>();
        foreach (var level in (string[])["full", "full", "full", "1", "1"])
        {
            var job = (await node.Ask<JobsStarted>(new RunPolicy(
                RequestId.New(), new PolicyName("nightly"), Level: level))).Jobs[0];
            images.Add((await node.Ended(job)).Job.Image!.Value);
        }
        Assert.Equal(
            JobOutcome.Complete, (await node.Verify(images[1].ToString(), VerifyTarget.Media)).Job.Outcome);

        var now = await node.Ask<RetentionShown>(new ShowRetention());
        var later = await node.Ask<RetentionShown>(new ShowRetention(DateTimeOffset.UtcNow.AddDays(2)));
        var first = await node.Ask<RetentionShown>(new ShowRetention(later.AsOf, Limit: 2));
        var rest = await node.Ask<RetentionShown>(new ShowRetention(later.AsOf, After: first.Next));

        Assert.All(now.Images, line => Assert.True(line.Kept));
        Assert.Equal(images.AsEnumerable().Reverse(), later.Images.Select(line => line.Image));
        Assert.Equal(
            [
                "True last 1 of 1; the newest that can be restored", "False no rule keeps it",
                $"True base of {images[4].ToString()[..12]}", "True the newest that was verified",
                "False no rule keeps it",
            ],
            later.Images.Select(line => $"{line.Kept} {string.Join("; ", line.Reasons)}"));
        Assert.Equal(later.Images.Select(line => line.Image), first.Images.Concat(rest.Images).Select(line => line.Image));
        Assert.Null(rest.Next);
        await node.Ended((await node.Ask<JobsStarted>(
            new MergeImage(RequestId.New(), images[3].ToString()))).Jobs.Single());
        var merged = (await node.Ask<RetentionShown>(new ShowRetention())).Images;
        Assert.Equal(images[4], merged[0].Image); // what was merged is older
        Assert.Equal(2, merged.Count(line => line.SealedAt == merged.Single(each => each.Image == images[3]).SealedAt));
        var unknown = await node.Connection.Ask(
            new ShowRetention(Policy: new PolicyName("weekly")), CancellationToken.None);
        Assert.Contains("Configured are: nightly", Assert.IsType<Refused>(unknown).Sentence);
    }

    [Fact]
    public async Task What_no_rule_keeps_goes_its_space_comes_back_and_its_volume_is_used_again()
    {
        await using var node = Once("backup.retention { every = 0s, grace = 0s }");
        var images = await Backups(node, 3);
        await node.Ask<ImageMarked>(new MarkImage(RequestId.New(), images[1].ToString(), ImageChange.Hold, "audit"));
        var why = (await node.Ask<VolumeList>(new ListVolumes(Why: true))).Volumes;
        Assert.Contains("held: audit", Assert.Single(why[1].KeptBy!), StringComparison.Ordinal);
        Assert.Contains("condemns it", Assert.Single(why[0].KeptBy!), StringComparison.Ordinal);
        var before = Size(node, why[0].Volume);

        var done = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));

        Assert.Equal((1, 1), (done.Condemned, done.Purged));
        Assert.Equal([why[0].Volume], done.VolumesFreed);
        Assert.True(done.BytesFreed > 1 << 20 && Size(node, why[0].Volume) < before - (1 << 20));
        await node.VolumeBecomes(why[0].Volume.Value, "recycle");
        var refused = Assert.IsType<Refused>(await node.Connection.Ask(
            new RestoreFiles(RequestId.New(), images[0].ToString(), [], "/tmp/nowhere"), CancellationToken.None));
        Assert.Contains("was removed", refused.Sentence, StringComparison.Ordinal);
        var again = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
        Assert.Equal((0, 0, 0), (again.Condemned, again.Purged, again.VolumesFreed.Count));
        var next = (await Backups(node, 1))[0];
        var volumes = (await node.Ask<ImageList>(new ListImages(10))).Images.First(image => image.Image == next).Volumes;
        Assert.Equal([why[0].Volume], volumes);
        foreach (var image in (ImageId[])[images[1], images[2], next]) await node.RestoresIdentical(image.ToString());
        await node.Stop();
        await node.Start(); // what the volume was before is not known any more, and nobody complains
        var last = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
        Assert.Equal((1, 1, 0), (last.Purged, last.VolumesFreed.Count, last.Notes.Count)); // the third image's
    }

    [Fact]
    public async Task A_condemned_image_is_whole_until_its_time_and_can_be_had_back()
    {
        await using var node = Once("backup.retention.every = 0s");
        var images = await Backups(node, 2);

        var done = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));

        Assert.Equal((1, 0), (done.Condemned, done.Purged));
        var line = (await node.Ask<RetentionShown>(new ShowRetention())).Images.Single(each => !each.Kept);
        Assert.InRange(line.GoesAt!.Value, done.At.AddDays(3).AddSeconds(-1), done.At.AddDays(3).AddMinutes(1));
        await node.RestoresIdentical(images[0].ToString());
        var marked = await node.Ask<ImageMarked>(new MarkImage(RequestId.New(), "all", ImageChange.Undo));
        Assert.Equal([images[0]], marked.Images);
        Assert.Null((await node.Ask<RetentionShown>(new ShowRetention())).Images.Single(each => !each.Kept).GoesAt);
        await node.Ask<ImageMarked>(new MarkImage(RequestId.New(), images[0].ToString(), ImageChange.LegalHold));
        Assert.Contains("--legal", Assert.IsType<Refused>(await node.Connection.Ask(
            new MarkImage(RequestId.New(), images[0].ToString(), ImageChange.Release), CancellationToken.None))
            .Sentence, StringComparison.Ordinal);
        Assert.Equal(0, (await node.Ask<RetentionDone>(new RunRetention(RequestId.New()))).Condemned);
    }

    [Fact]
    public async Task A_catalog_that_is_an_old_copy_lets_no_newer_volume_go()
    {
        await using var node = Once("backup.retention { every = 0s, grace = 0s }");
        await Backups(node, 1);
        await node.Stop();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        var copies = Directory.GetFiles(node.Data, "*.db*").ToDictionary(file => file, File.ReadAllBytes);
        var newer = await Backups(node, 2);
        await node.Stop();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        foreach (var file in Directory.GetFiles(node.Data, "*.db*")) File.Delete(file);
        foreach (var (file, bytes) in copies) File.WriteAllBytes(file, bytes);
        await node.Start();
        foreach (var volume in (string[])["disk-0002", "disk-0003"]) await node.VolumeBecomes(volume, "used");

        var done = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));

        Assert.Empty(done.VolumesFreed);
        Assert.Equal(2, done.Notes.Count(note => note.Contains("the catalog does not know", StringComparison.Ordinal)));
        await node.Ended((await node.Ask<JobsStarted>(
            new ScanLibrary(RequestId.New(), new LibraryName("tapes")))).Jobs.Single());
        await node.RestoresIdentical(newer[1].ToString());
    }

    /// <summary>V16: a restore has begun, and what it reads is condemned.</summary>
    [Fact]
    public async Task What_a_restore_reads_is_neither_removed_nor_its_volume_used_again()
    {
        await using var node = Once("backup.retention { every = 0s, grace = 0s }\nbackup.libraries.tapes.drives = 2");
        node.WaitForVolume = "1h";
        var images = await Backups(node, 2);
        var (there, away) = (Path.Combine(node.Library, "disk-0001"), Path.Combine(node.Root, "away"));
        Directory.Move(there, away);
        var target = Path.Combine(node.Root, "restored");
        var restore = (await node.Ask<JobsStarted>(
            new RestoreFiles(RequestId.New(), images[0].ToString(), [], target))).Jobs[0];
        await node.Until(restore, details => details.Progress?.Awaits?.Volume?.Value == "disk-0001");

        var meanwhile = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));
        Directory.Move(away, there);
        var ended = await node.Ended(restore);
        var behind = await node.Ask<RetentionDone>(new RunRetention(RequestId.New()));

        Assert.Equal((0, 0, 0), (meanwhile.Condemned, meanwhile.Purged, meanwhile.VolumesFreed.Count));
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Empty(NodeFixture.Differences(node.Source, target + node.Source));
        Assert.Equal((1, 1, 1), (behind.Condemned, behind.Purged, behind.VolumesFreed.Count));
    }

    [Fact]
    public async Task Levels_go_to_the_pools_that_the_policy_names_and_are_restored_from_both()
    {
        await using var node = new NodeFixture(
            "backup.pools.daily { library = tapes, volumes-max = 1 }")
        {
            Policy = "level = incremental, pools-by-level.incremental = daily",
        };
        File.WriteAllText(Path.Combine(node.Source, "a"), "1");
        var images = await Backups(node, 1);
        File.WriteAllText(Path.Combine(node.Source, "b"), "2");
        images.AddRange(await Backups(node, 1));

        var volumes = (await node.Ask<ImageList>(new ListImages(10))).Images
            .ToDictionary(image => image.Image, image => image.Volumes.Single().Value);

        Assert.Equal(("disk-0001", "daily-0001"), (volumes[images[0]], volumes[images[1]]));
        await node.RestoresIdentical(images[1].ToString());
    }

    private static NodeFixture Once(string extra)
    {
        var node = new NodeFixture($"backup.pools.disk.use-once = on\n{extra}") { Policy = "retention.last = 1" };
        var noise = new byte[2 << 20];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(Path.Combine(node.Source, "noise"), noise);
        return node;
    }

    private static long Size(NodeFixture node, VolumeName volume) =>
        new DirectoryInfo(Path.Combine(node.Library, volume.Value)).GetFiles().Sum(file => file.Length);

    private static async Task<List<ImageId>> Backups(NodeFixture node, int count)
    {
        if (!node.IsRunning) await node.Start();
        var images = new List<ImageId>();
        for (var run = 0; run < count; run++)
        {
            var details = await node.Backup();
            Assert.True(details.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(details));
            images.Add(details.Job.Image!.Value);
        }
        return images;
    }
}
