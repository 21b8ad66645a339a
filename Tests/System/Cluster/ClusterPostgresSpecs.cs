using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// The database of two directors goes away in the middle of a job: dead, silent, or without room. For some seconds;
/// `BACKUP_DATABASE_AWAY=60` keeps it away for a minute, in which every limit of time of those who use it passes.
/// </summary>
public sealed class ClusterPostgresSpecs(ITestOutputHelper output)
{
    /// <summary>Longer than a saga waits before it asks again, and than a connection may take to come about.</summary>
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(KillSpecs.Setting("BACKUP_DATABASE_AWAY", 7));

    [PostgresFact]
    public async Task A_database_that_is_killed_and_one_that_is_silent_delay_a_job_and_no_more()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 2, server);
        await cluster.Start();
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);

        server.Kill();
        await NeverEnded(cluster, job);
        server.Start();
        await GoesOn(cluster, job);

        job = await cluster.Run();
        await cluster.FragmentClosed(job);
        server.Pause();
        var asked = cluster.Nodes.Select(node => cluster.Try<JobDetails>(node, new ShowJob(job))).ToList();
        await Task.Delay(Away);
        foreach (var answer in asked.Where(answer => answer.IsCompletedSuccessfully))
            Assert.NotEqual("ended", (await answer)?.Job.State);
        server.Continue();
        await Task.WhenAll(asked);
        await GoesOn(cluster, job);
    }

    [LongPostgresFact(root: true)]
    public async Task A_database_whose_disk_is_full_delays_a_job_and_no_more()
    {
        var disk = Directory.CreateTempSubdirectory("backup-full-").FullName;
        await Shell.Run("mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk);
        try
        {
            var data = Directory.CreateDirectory(Path.Combine(disk, "data")).FullName;
            using var server = new PostgresServer(data, "max_wal_size=32MB");
            await using var cluster = new ClusterFixture(output, directors: 2, server);
            await cluster.Start();
            await IsFullInAJob(server, cluster, Path.Combine(disk, "ballast"));
        }
        finally
        {
            await Shell.Run("umount", disk);
            Directory.Delete(disk);
        }
    }

    private static async Task IsFullInAJob(PostgresServer server, ClusterFixture cluster, string ballast)
    {
        var job = await cluster.Run();
        await cluster.FragmentClosed(job);
        // A new piece of log, which the server cannot do without: what it has no room for is the tables.
        server.Execute(cluster.Database, "SELECT pg_switch_wal()");
        server.Execute(cluster.Database, "CHECKPOINT");
        Fill(ballast);
        await ClusterFixture.Until(
            () => Task.FromResult(server.Log.Contains("No space left on device", StringComparison.Ordinal)),
            () => Task.FromResult("The disk is not full."));
        await NeverEnded(cluster, job);
        File.Delete(ballast);
        if (!server.Runs) server.Start(); // it gave up when it could not even begin again
        await GoesOn(cluster, job);
    }

    /// <summary>Refused, or known from the saga; never at its end, since nobody can have recorded it.</summary>
    private static async Task NeverEnded(ClusterFixture cluster, JobId job)
    {
        using var limit = new CancellationTokenSource(Away);
        while (!limit.IsCancellationRequested)
        {
            foreach (var node in cluster.Nodes)
                if (await cluster.Try<JobDetails>(node, new ShowJob(job)) is { } said)
                    Assert.NotEqual("ended", said.Job.State);
            await Task.Delay(100, CancellationToken.None);
        }
    }

    private static async Task GoesOn(ClusterFixture cluster, JobId job)
    {
        var ended = await cluster.Completed(job);
        Assert.Equal(1, ended.Job.Attempts);
        Assert.Single(ended.Log, line => line.Code == "image-sealed");
        await cluster.IsWhole(ended);
        Assert.Equal(JobOutcome.Complete, (await cluster.Completed(await cluster.Run())).Job.Outcome);
        await JobHistory.IsSound(cluster);
    }

    private static void Fill(string ballast)
    {
        using var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var length in (int[])[1 << 20, 1 << 12])
        {
            var block = new byte[length];
            while (HasRoom(file, block))
            {
            }
        }
    }

    private static bool HasRoom(FileStream file, byte[] block)
    {
        try
        {
            file.Write(block);
            return true;
        }
        catch (IOException)
        {
            return false; // full
        }
    }
}
