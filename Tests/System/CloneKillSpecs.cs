using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System;

/// <summary>
/// kill -9 of the node while a job begins its clones and they work: each job has its own once, under the numbers that
/// they had, and all are whole (JT-21). More with BACKUP_KILLS.
/// </summary>
public sealed class CloneKillSpecs(ITestOutputHelper output)
{
    private const int ClonesOfEach = 2;

    private static readonly int Kills = KillSpecs.Setting("BACKUP_KILLS", 2);

    private static readonly int Seed = KillSpecs.Setting("BACKUP_SEED", Environment.TickCount & 0xFFFFFF);

    [Fact]
    public async Task A_killed_job_has_each_of_its_clones_once_and_all_are_whole()
    {
        output.WriteLine($"Seed {Seed}, {Kills} kills.");
        var random = new Random(Seed);
        await using var node = new NodeFixture
        {
            DriveSpeedLimit = "16MB", // long enough to be killed, and soon over
            FragmentSize = "2MiB",
            VolumeCapacity = "64MiB",
            Slots = "60",
            Policy = "clones = [{ pool = vault, level = full, record = off }, { pool = disk, since = same }]",
            Extra = "backup.pools.vault { library = tapes }",
        };
        Sources.Fill(node.Source, Seed);
        await node.StartProcess();
        var killed = 0;
        for (var round = 0; killed < Kills; round++)
        {
            await File.WriteAllBytesAsync(
                Path.Combine(node.Source, "folder-1/large"), Sources.Bytes(random, random.Next(500_000, 900_000)));
            var job = (await node.Ask<JobsStarted>(new RunPolicy(
                RequestId.New(), new PolicyName("nightly"), Level: round == 0 ? "full" : "incremental"))).Jobs[0];
            for (var times = 1 + random.Next(3); times > 0 && killed < Kills; times--, killed++)
            {
                await Task.Delay(random.Next(900));
                await node.Kill();
                await node.StartProcess();
            }
            // The clones are recorded before the end of the job that begins them
            var first = await node.Ended(job);
            foreach (var number in Enumerable.Range(0, ClonesOfEach + 1))
            {
                var ended = number == 0 ? first : await node.Ended(new JobId(job.Value + number));
                Assert.True(
                    ended.Job.Outcome == JobOutcome.Complete,
                    $"Seed {Seed}, after {killed} kills: {NodeFixture.Describe(ended)}\n{node.Child!.Log}");
                var level = number == 1 ? 0 : first.Job.Level;
                Assert.True(ended.Job.Level == level, $"Seed {Seed}: {NodeFixture.Describe(ended)}");
                await node.RestoresIdentical(ended.Job.Image!.Value.ToString());
            }
            var all = (await node.Ask<JobList>(new ListJobs(1000))).Jobs.Where(each => each.Kind == JobKind.Backup);
            Assert.Equal((round + 1) * (ClonesOfEach + 1), all.Count());
        }
    }
}
