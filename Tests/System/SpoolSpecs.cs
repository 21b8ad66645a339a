using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Xunit;

namespace Backup.Tests.System;

/// <summary>The spool of a library: written side by side, read before it is flushed, flushed after a kill.</summary>
public sealed class SpoolSpecs
{
    [Fact]
    public async Task What_is_spooled_is_restored_from_there_and_goes_to_a_volume_once_through_kills_of_the_node()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", DriveSpeedLimit = "2MB" };
        node.Extra = Spool(node, "start-at = 1TiB");
        Sources.Fill(node.Source, seed: 1);
        await node.StartProcess();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.All(job.Report!.Volumes, volume => Assert.StartsWith("disk.spool-", volume.Value));
        Assert.Empty(Directory.GetDirectories(node.Library));
        await SaysWhatWaits(node, job);
        await node.RestoresIdentical("latest");
        await node.Kill();
        await node.StartProcess();
        await node.RestoresIdentical("latest");
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var incremental = await Level(node, "incremental");
        Assert.Equal(1, incremental.Job.Level);

        var flushed = await node.Ask<JobsStarted>(new FlushSpool(RequestId.New()));

        Assert.Equal(2, flushed.Jobs.Count);
        Assert.Equal(
            flushed.Jobs, Assert.Single((await node.Ask<NodeStatus>(new ShowStatus())).Spools!).Leaving
                .Select(leaving => leaving.Job));
        await node.Until(flushed.Jobs[0], details => details.Log.Any(line => line.Code == "fragment-copied"));
        Assert.Equal("running", (await node.Ask<JobDetails>(new ShowJob(flushed.Jobs[0]))).Job.State);
        await node.Kill();
        await node.StartProcess();
        foreach (var each in flushed.Jobs)
        {
            var ended = await node.Ended(each);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            Assert.Equal(JobKind.Migrate, ended.Job.Kind);
        }
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.All(images, image => Assert.Equal("disk", Assert.Single(image.Copies!).Pool.Value));
        Assert.True(BytesIn(node) < 1 << 20, "The spool was not freed.");
        Assert.Null((await node.Ask<JobDetails>(new ShowJob(job.Job.Job))).Spool);
        await node.RestoresIdentical("latest");
        OnVolumesOnce(node, images.Sum(image => image.Fragments));
        Assert.Empty((await node.Ask<JobsStarted>(new FlushSpool(RequestId.New()))).Jobs);
    }

    [Fact]
    public async Task A_job_for_which_the_spool_has_no_room_goes_on_in_a_drive_and_what_it_spooled_follows_by_itself()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB" };
        node.Extra = Spool(node, "size = 16MiB, wait-max = 0s");
        Sources.Fill(node.Source, seed: 1);
        File.WriteAllBytes(Path.Combine(node.Source, "large"), Noise(24 << 20));
        await node.Start();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.Equal(2, job.Job.Attempts);
        Assert.Equal(
            ["disk-0001", "disk.spool-0001"],
            job.Report!.Volumes.Select(volume => volume.Value).Order(StringComparer.Ordinal));
        await node.VolumeBecomes("disk.spool-0001", "blank");
        var flush = await node.Ended((await node.Ask<JobList>(new ListJobs())).Jobs.MaxBy(each => each.Job.Value)!.Job);
        Assert.True(flush.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(flush));
        var image = Assert.Single((await node.Ask<ImageList>(new ListImages())).Images);
        Assert.All(image.Copies!, copy => Assert.Equal("disk", copy.Pool.Value));
        Assert.True(BytesIn(node) < 1 << 20, "The spool was not freed.");
        await node.RestoresIdentical("latest");
    }

    [Fact]
    public async Task Without_a_volume_jobs_end_on_the_spool_fulls_leave_its_reserve_and_all_goes_when_one_is_there()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB", Policy = "attempts = 1" };
        node.Extra = Spool(node, "size = 16MiB, start-at = 16MiB") + "backup.libraries.tapes.autolabel = off\n";
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var full = await node.Backup();
        Assert.True(full.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(full));
        var refused = await node.Ended(
            (await node.Ask<JobsStarted>(new FlushSpool(RequestId.New()))).Jobs.Single());
        Assert.True(refused.Job.Outcome == JobOutcome.Failed, NodeFixture.Describe(refused));
        Assert.True(Assert.Single((await node.Ask<NodeStatus>(new ShowStatus())).Spools!).IsDegraded);

        var another = await Level(node, "full");
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var incremental = await Level(node, "incremental");

        Assert.True(another.Job.Outcome == JobOutcome.Failed, NodeFixture.Describe(another));
        Assert.True(incremental.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(incremental));
        Assert.All(incremental.Report!.Volumes, volume => Assert.StartsWith("disk.spool-", volume.Value));
        await node.Label();
        foreach (var job in (await node.Ask<JobsStarted>(new FlushSpool(RequestId.New()))).Jobs)
        {
            var ended = await node.Ended(job);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        }
        var spool = Assert.Single((await node.Ask<NodeStatus>(new ShowStatus())).Spools!);
        Assert.Equal((false, 0, 0L), (spool.IsDegraded, spool.Images, spool.Bytes));
        await node.RestoresIdentical("latest");
    }

    /// <summary>`status`, `show library` and `job` say the same of what waits.</summary>
    private static async Task SaysWhatWaits(NodeFixture node, JobDetails job)
    {
        var spool = Assert.Single((await node.Ask<NodeStatus>(new ShowStatus())).Spools!);
        var shown = (await node.Ask<ObjectShown>(new ShowObject(ObjectKind.Library, "tapes"))).Spool!;

        Assert.Equal((1, job.Report!.Fragments), (spool.Images, spool.Fragments));
        Assert.InRange(spool.Bytes, job.Report.StoredBytes, spool.UsedBytes!.Value);
        Assert.True(spool.FreeBytes > 0 && spool.SizeBytes is null, $"{spool}");
        Assert.Equal(spool with { Leaving = shown.Leaving }, shown);
        Assert.Equal(job.Report.Fragments, job.Spool!.Fragments);
        Assert.Equal(job.Report.Volumes, job.Spool.Volumes);
    }

    /// <summary>Each fragment has one index on the volumes: it was sealed once.</summary>
    private static void OnVolumesOnce(NodeFixture node, int fragments)
    {
        var indexes = Tapes.Files(node.Library).Select(found => found.File).OfType<ScannedFile.Index>()
            .Select(index => (index.Fragment.Index.Image.Image, index.Fragment.Fragment)).ToList();
        Assert.Equal(fragments, indexes.Count);
        Assert.Equal(fragments, indexes.Distinct().Count());
    }

    private static async Task<JobDetails> Level(NodeFixture node, string level) => await node.Ended(
        (await node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Level: level))).Jobs.Single());

    private static string Spool(NodeFixture node, string more) => $$"""
        backup.libraries.tapes.spool { directory = "{{Folder(node)}}", {{more}} }
        """;

    private static string Folder(NodeFixture node) => Path.Combine(node.Root, "spool");

    private static long BytesIn(NodeFixture node) =>
        new DirectoryInfo(Folder(node)).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
