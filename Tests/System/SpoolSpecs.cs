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
    public async Task What_is_spooled_is_restored_from_there_survives_a_kill_and_goes_to_a_volume_when_flushed()
    {
        await using var node = new NodeFixture { FragmentSize = "1MiB" };
        node.Extra = Spool(node, "start-at = 1TiB");
        Sources.Fill(node.Source, seed: 1);
        await node.StartProcess();

        var job = await node.Backup();

        Assert.True(job.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(job));
        Assert.All(job.Report!.Volumes, volume => Assert.StartsWith("disk.spool-", volume.Value));
        Assert.Empty(Directory.GetDirectories(node.Library));
        await node.RestoresIdentical("latest");
        await node.Kill();
        await node.StartProcess();
        await node.RestoresIdentical("latest");
        File.WriteAllText(Path.Combine(node.Source, "later"), "later");
        var run = await node.Ask<JobsStarted>(
            new RunPolicy(RequestId.New(), new PolicyName("nightly"), Level: "incremental"));
        var incremental = await node.Ended(run.Jobs.Single());
        Assert.Equal(1, incremental.Job.Level);

        var flushed = await node.Ask<JobsStarted>(new FlushSpool(RequestId.New()));

        Assert.Equal(2, flushed.Jobs.Count);
        foreach (var each in flushed.Jobs)
        {
            var ended = await node.Ended(each);
            Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
            Assert.Equal(JobKind.Migrate, ended.Job.Kind);
        }
        var images = (await node.Ask<ImageList>(new ListImages())).Images;
        Assert.All(images, image => Assert.Equal("disk", Assert.Single(image.Copies!).Pool.Value));
        Assert.True(BytesIn(node) < 1 << 20, "The spool was not freed.");
        await node.RestoresIdentical("latest");
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
