using Backup.Host.CommandLine;
using Backup.Host.Http;
using Backup.Host.Service;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;

namespace Backup.Tests.System;

/// <summary>Jobs that wait for volumes, and people who answer with the real program (S1-21, NW-07, NW-31).</summary>
public sealed class MountSpecs
{
    [Fact]
    public async Task Jobs_wait_for_volumes_say_so_and_go_on_when_a_person_brings_them()
    {
        await using var node = new NodeFixture("backup.libraries.tapes.autolabel = off") { WaitForVolume = "1h" };
        Sources.Fill(node.Source, seed: 1);
        await node.StartProcess();

        // A backup for which no volume is labelled, and another one behind it.
        var job = await node.Run();
        await Waits(node, job, "job 1 waits for a volume of pool disk that takes data in library tapes");
        var second = await node.Run();
        var chain = await node.Until(second, details => details.WaitsFor.Count > 2);
        Assert.StartsWith("file set all of client tester is being saved by job 1", chain.WaitsFor[0],
            StringComparison.Ordinal);
        Assert.StartsWith("job 1 waits for a volume of pool disk", chain.WaitsFor[1], StringComparison.Ordinal);
        Assert.Equal("drive tapes/0 is held by job 1", chain.WaitsFor[2]);
        Assert.Contains((await node.Ask<NodeStatus>(new ShowStatus())).Drives,
            drive => drive.StartsWith("tapes/0: job 1; job 1 waits for a volume", StringComparison.Ordinal));

        // The request outlives the node that made it; the other job may have the drive by then.
        await node.Kill();
        await node.Start();
        await using var server = await NodeServer.Start(
            node.Connection, node.Settings().Node.SocketFile, new NodeHealth(TimeProvider.System));
        await node.Until(job, details => details.WaitsFor.Any(
            reason => reason.Contains("waits for a volume of pool disk", StringComparison.Ordinal)), seconds: 60);

        var labelled = (VolumeLabelled)Assert.Single((await Run(node, "label", "--pool", "disk", "--json"))
            .Expect(ExitCode.Complete).Replies());
        Assert.Equal("disk-0001", labelled.Volume.Value);
        Assert.Contains(Assert.Single(labelled.Answers), (JobId[])[job, second]);
        var first = await node.Ended(job);
        Assert.True(first.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(first));
        Assert.Contains(first.Log, line => line.Code == "volume-awaited");
        Assert.Equal(JobOutcome.Complete, (await node.Ended(second)).Job.Outcome);

        // What it holds is not given up, whatever is said.
        var kept = await Run(node, "label", "disk-0001", "--pool", "disk", "--overwrite");
        kept.Expect(ExitCode.Failed);
        Assert.Contains("holds data of 2 images", kept.Error, StringComparison.Ordinal);
        (await Run(node, "mount", "nothing", "--library", "tapes")).Expect(ExitCode.NothingFound);
        (await Run(node, "label", "--pool", "none")).Expect(ExitCode.Usage);

        // A restore whose volume was taken away: put back with a word, and without one.
        var (tape, away) = (Path.Combine(node.Library, "disk-0001"), Path.Combine(node.Root, "vault"));
        Directory.Move(tape, away);
        var restore = await Restore(node, "with");
        await Waits(node, restore, $"job {restore} waits for volume disk-0001, which is not in library tapes");
        Directory.Move(away, tape);
        (await Run(node, "mount", "disk-0001")).Expect(ExitCode.Complete);
        Assert.Equal(JobOutcome.Complete, (await node.Ended(restore)).Job.Outcome);

        Directory.Move(tape, away);
        restore = await Restore(node, "without");
        await Waits(node, restore, "disk-0001");
        Directory.Move(away, tape);
        Assert.Equal(JobOutcome.Complete, (await node.Ended(restore)).Job.Outcome);
        Assert.Empty(NodeFixture.Differences(node.Source, Path.Combine(node.Root, "without") + node.Source));

        // An idle drive.
        Assert.Contains("Volume disk-0001 is in drive tapes/0.",
            (await Run(node, "mount", "disk-0001", "--drive", "tapes/0")).Expect(ExitCode.Complete).Output,
            StringComparison.Ordinal);
        var unmounted = (DriveUnmounted)Assert.Single(
            (await Run(node, "unmount", "tapes/0", "--json")).Expect(ExitCode.Complete).Replies());
        Assert.Equal("disk-0001", unmounted.Volume?.Value);
    }

    [Fact]
    public async Task A_job_that_waits_for_a_volume_is_cancelled_and_its_drive_is_free()
    {
        await using var node = new NodeFixture("backup.libraries.tapes.autolabel = off") { WaitForVolume = "1h" };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var job = await node.Run();
        await Waits(node, job, "pool disk");

        await node.Ask<JobCancelling>(new CancelJob(RequestId.New(), job));

        Assert.Equal(JobOutcome.Cancelled, (await node.Ended(job)).Job.Outcome);
        Assert.Equal(["tapes/0: idle"], (await node.Ask<NodeStatus>(new ShowStatus())).Drives);
    }

    [Fact]
    public async Task A_backup_whose_volumes_are_full_goes_on_upon_the_one_that_is_brought()
    {
        await using var node = new NodeFixture
        {
            FragmentSize = "1MiB",
            VolumeCapacity = "2MiB",
            Slots = "1",
            WaitForVolume = "1h",
        };
        Sources.Fill(node.Source, seed: 1);
        await node.Start();
        var job = await node.Run();

        while ((await node.Until(job, details => details.Job.State == "ended" || details.WaitsFor.Count > 0)).Job.State
            != "ended")
        {
            var blank = Path.Combine(node.Library, $"brought-{Directory.GetDirectories(node.Library).Length}");
            Directory.CreateDirectory(blank);
            await node.Until(
                job, details => Directory.GetFiles(blank).Length > 0 || details.Job.State == "ended", seconds: 30);
        }

        var ended = await node.Ended(job);
        Assert.True(ended.Job.Outcome == JobOutcome.Complete, NodeFixture.Describe(ended));
        Assert.Equal(1, ended.Job.Attempts);
        Assert.InRange(ended.Report!.Volumes.Count, 2, 20);
        await node.RestoresIdentical("latest");
    }

    private static Task<JobDetails> Waits(NodeFixture node, JobId job, string what) => node.Until(
        job, details => details.Job.State == "waiting"
            && details.WaitsFor.Any(reason => reason.Contains(what, StringComparison.Ordinal)), seconds: 30);

    private static async Task<JobId> Restore(NodeFixture node, string target) => (await node.Ask<JobsStarted>(
        new RestoreFiles(RequestId.New(), "latest", [], Path.Combine(node.Root, target)))).Jobs.Single();

    private static Task<BackupProgram> Run(NodeFixture node, params string[] arguments) =>
        BackupProgram.Run([.. arguments, "--config", node.ConfigFile]);
}
