using System.Globalization;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Persistence.Journal;
using Xunit;

namespace Backup.Tests.System.Cluster;

/// <summary>What the sagas of a cluster on PostgreSQL wrote into the journal that all its directors share.</summary>
internal static class JobHistory
{
    /// <summary>
    /// Each job has one history, whichever directors wrote it: every event can follow the one before, each attempt has
    /// a newer epoch, there is one end. And no drive worked for two attempts at the same time.
    /// </summary>
    public static async Task IsSound(ClusterFixture cluster)
    {
        List<IGrouping<JobId, Happened>> jobs = [];
        // The catalog knows an end first.
        await ClusterFixture.Until(
            () =>
            {
                jobs = [.. Read(cluster).GroupBy(happened => happened.Job)];
                return Task.FromResult(jobs.TrueForAll(job => job.Any(each => each.Event is JobEvents.Ended)));
            },
            () => Task.FromResult("Not all jobs have ended."));
        Assert.NotEmpty(jobs);
        var drives = jobs.SelectMany(job => Sessions(job.Key, [.. job])).GroupBy(session => session.Drive);
        foreach (var drive in drives)
        {
            var inOrder = drive.OrderBy(session => session.From).ToList();
            foreach (var (before, next) in inOrder.Zip(inOrder.Skip(1)))
                Assert.True(before.Until <= next.From, $"Two have drive {drive.Key}: {before} and {next}.");
        }
    }

    /// <summary>From when storage was ready until it had let go, or was given up.</summary>
    private static List<Session> Sessions(JobId job, IReadOnlyList<Happened> history)
    {
        var (state, epoch, sessions) = (JobState.None, default(Epoch), new List<Session>());
        Session? open = null;
        Assert.Equal(Enumerable.Range(1, history.Count), history.Select(happened => happened.Number));
        Assert.Single(history, happened => happened.Event is JobEvents.Ended);
        foreach (var happened in history.Select(each => each.Event))
        {
            var drive = state.Drive;
            state = state.After(happened); // throws at what cannot follow
            if (happened is JobEvents.AttemptStarted attempt)
            {
                Assert.True(attempt.Epoch.Value > epoch.Value, $"Job {job}: {attempt.Epoch} follows {epoch}.");
                epoch = attempt.Epoch;
            }
            if (happened is JobEvents.SessionOpened)
                open = new Session(drive!.Value, job, epoch, happened.At, DateTimeOffset.MaxValue);
            if (open is null || !(happened is JobEvents.StorageReleased || state.Drive is null)) continue;
            sessions.Add(open with { Until = happened.At });
            open = null;
        }
        Assert.Null(open);
        return sessions;
    }

    private static IEnumerable<Happened> Read(ClusterFixture cluster)
    {
        var rows = (string)cluster.Server!.Execute(cluster.Database, """
            SELECT string_agg(
                persistence_id || ' ' || sequence_number || ' ' || manifest || ' ' || encode(message, 'hex'), ','
                ORDER BY persistence_id, sequence_number)
            FROM journal WHERE persistence_id ~ '^job-[0-9]+$'
            """)!;
        return rows.Split(',').Select(row => row.Split(' ')).Select(row => new Happened(
            new JobId(long.Parse(row[0]["job-".Length..], CultureInfo.InvariantCulture)),
            int.Parse(row[1], CultureInfo.InvariantCulture),
            (IJobEvent)JournalCodec.FromBytes(row[2], Convert.FromHexString(row[3]))));
    }

    private sealed record Happened(JobId Job, int Number, IJobEvent Event);

    private sealed record Session(DriveId Drive, JobId Job, Epoch Epoch, DateTimeOffset From, DateTimeOffset Until);
}
