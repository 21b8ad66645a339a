using Backup.Messages;
using Backup.Messages.Operations;
using Backup.Tests.Postgres;
using Xunit;
using Xunit.Abstractions;

namespace Backup.Tests.System.Cluster;

/// <summary>
/// The director that directs a job sleeps until another one does, and wakes up with all that it was about to do.
/// `BACKUP_CLUSTER_PAUSES=5` has one after the other sleep.
/// </summary>
public sealed class PausedDirectorSpecs(ITestOutputHelper output)
{
    private const string Rejoins = "The cluster's actor system ended; it is made anew and joins again.";
    private static readonly int Pauses = KillSpecs.Setting("BACKUP_CLUSTER_PAUSES", 1);

    [PostgresFact]
    public async Task A_director_that_wakes_up_is_refused_everywhere()
    {
        using var server = new PostgresServer();
        await using var cluster = new ClusterFixture(output, directors: 3, server)
        {
            DriveSpeedLimit = "1MB", // the job runs while the directors change, and when the old one is back
        };
        await cluster.Start();
        var cutOff = 0;
        for (var pause = 0; pause < Pauses; pause++)
        {
            var first = await cluster.Run();
            var second = await cluster.Run(); // wants the same drive, so that it would take it if it seemed free
            var begun = await cluster.Until(first, details => DirectorOf(details) is not null
                && details.Log.Any(line => line.Code == "fragment-closed"));
            var sleeper = cluster[DirectorOf(begun)!];

            await sleeper.Pause();
            await cluster.Until(first, details => details.Job.State == "ended"
                || (DirectorOf(details) is { } director && director != sleeper.Name));
            await sleeper.Continue();
            JobDetails[] ended = [await cluster.Completed(first), await cluster.Completed(second)];
            await cluster.AllAreThere();

            Assert.Contains(Rejoins, sleeper.Log, StringComparison.Ordinal);
            await JobHistory.IsSound(cluster);
            // The transfer went on without a director.
            Assert.Equal(1, ended[0].Job.Attempts);
            foreach (var details in ended)
            {
                Assert.Single(details.Log, line => line.Code == "image-sealed");
                await OneOutcome(cluster, details);
                await cluster.IsWhole(details);
            }
            cutOff += ended.Sum(details => details.Job.Attempts - 1);
        }
        ClusterMedia.AtMostSentAgain(cluster.Library, cutOff, "A director slept");
        ClusterMedia.OneAtATime(cluster.Library);
    }

    /// <summary>Whoever is asked says the same, the one that slept too.</summary>
    private static async Task OneOutcome(ClusterFixture cluster, JobDetails details)
    {
        foreach (var node in cluster.Nodes)
            Assert.Equal(
                details.Job, Assert.Single(
                    (await cluster.Ask<JobList>(new ListJobs(), node)).Jobs, job => job.Job == details.Job.Job));
        Assert.Single(
            (await cluster.Ask<ImageList>(new ListImages())).Images, image => image.Job == details.Job.Job);
    }

    private static string? DirectorOf(JobDetails details) =>
        details.Parts?.SingleOrDefault(part => part.Part == "director")?.Node;
}
