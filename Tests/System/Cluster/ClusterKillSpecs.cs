using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// kill -9 of a node at random moments of a running job; it is started again after a random pause.
/// `BACKUP_CLUSTER_KILLS=20 BACKUP_SEED=7 dotnet test Tests/System --filter FullyQualifiedName~ClusterKill` kills as
/// often in each of the tests; without, once with a seed of its own, which the test prints.
/// </summary>
public abstract class ClusterKills(ITestOutputHelper output)
{
    private const int KillsInOneCluster = 10;
    private static readonly int Kills = KillSpecs.Setting("BACKUP_CLUSTER_KILLS", 1);
    private static readonly int Seed = KillSpecs.Setting("BACKUP_SEED", Environment.TickCount & 0xFFFFFF);

    private protected async Task Kill(Func<ClusterFixture> make, string victims)
    {
        for (var done = 0; done < Kills; done += KillsInOneCluster)
            await Round(make, victims, Seed + done, Math.Min(KillsInOneCluster, Kills - done));
    }

    private async Task Round(Func<ClusterFixture> make, string victims, int seed, int kills)
    {
        output.WriteLine($"BACKUP_SEED={seed}, {kills} kills of {victims}.");
        var random = new Random(seed);
        await using var cluster = make();
        await cluster.Start(seed);
        for (var kill = 0; kill < kills; kill++)
        {
            var able = cluster.Nodes.Where(node => node.Role == victims).ToList();
            var victim = able[random.Next(able.Count)];
            var job = await cluster.Run();
            await Task.Delay(random.Next(4500));
            await victim.Kill();
            await Task.Delay(random.Next(3000));
            await victim.Start();
            var details = await cluster.Completed(job);
            await OneJobOneOutcome(cluster, details);
            await cluster.IsWhole(details);
            output.WriteLine($"Job {job}: complete, {details.Job.Attempts} attempts.");
        }
        ClusterMedia.AtMostSentAgain(cluster.Library, kills, $"Seed {seed}, {kills} kills of {victims}");
    }

    /// <summary>Whoever is asked says the same, and no other job of the policy came to be.</summary>
    private static async Task OneJobOneOutcome(ClusterFixture cluster, JobDetails details)
    {
        await cluster.AllAreThere();
        // One end, whoever told it, though a director that dies with it may take the line along.
        Assert.InRange(details.Log.Count(line => line.Code == "image-sealed"), 0, 1);
        Assert.Equal(details.Job.Outcome, details.Report!.Outcome);
        foreach (var node in cluster.Nodes)
        {
            var jobs = (await cluster.Ask<JobList>(new ListJobs(), node)).Jobs;
            Assert.Equal(
                details.Job, Assert.Single(jobs, job => job.Image == details.Job.Image && job.Policy is not null));
            Assert.Equal(jobs.Count, jobs.Select(job => job.Job).Distinct().Count());
            Assert.DoesNotContain(jobs, job => job.State != "ended");
        }
    }
}

/// <summary>The client dies.</summary>
public sealed class ClusterKillOfClientSpecs(ITestOutputHelper output) : ClusterKills(output)
{
    private readonly ITestOutputHelper _output = output;

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public Task A_client_that_is_killed_ends_its_job_under_the_same_number() =>
        Kill(() => new ClusterFixture(_output), "client");
}

/// <summary>The storage node dies.</summary>
public sealed class ClusterKillOfStorageSpecs(ITestOutputHelper output) : ClusterKills(output)
{
    private readonly ITestOutputHelper _output = output;

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public Task A_storage_node_that_is_killed_ends_its_job_under_the_same_number() =>
        Kill(() => new ClusterFixture(_output), "storage");
}

/// <summary>A director dies.</summary>
public sealed class ClusterKillOfDirectorSpecs(ITestOutputHelper output) : ClusterKills(output)
{
    private readonly ITestOutputHelper _output = output;

    [NeedsFact(root: false, "setpriv", "zstd", "tar")]
    public Task The_only_director_that_is_killed_finds_the_job_where_the_others_brought_it() =>
        Kill(() => new ClusterFixture(_output), "director");

    [PostgresFact]
    public async Task Of_three_directors_one_that_is_killed_is_replaced()
    {
        using var server = new PostgresServer();
        await Kill(() => new ClusterFixture(_output, directors: 3, server), "director");
    }
}
