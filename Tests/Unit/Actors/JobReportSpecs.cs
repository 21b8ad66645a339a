using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Storage;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>What client and storage report late, twice, or of another attempt.</summary>
public sealed class JobReportSpecs
{
    [Fact]
    public void A_fragment_of_an_older_attempt_counts()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(StorageFailed(1, VolumeBroke));
        job.Release(1).Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(2);

        var noted = job.Tell(Closed(1, 0));

        Assert.Equal(new StorageProtocol.Noted(Job, new Epoch(1), 0), noted);
        Assert.Equal(1, job.State.Closed.Count);
    }

    [Fact]
    public void A_fragment_that_comes_twice_is_noted_twice_and_counted_once()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(Closed(1, 0));

        Assert.Equal(new StorageProtocol.Noted(Job, new Epoch(1), 0), job.Tell(Closed(1, 0)));

        Assert.Equal(400, job.State.Closed.StoredBytes);
        Assert.Single(job.Events.OfType<JobEvents.FragmentClosed>());
    }

    [Fact]
    public void A_fragment_ahead_of_the_journal_is_not_noted_and_loses_the_attempt_since_it_can_never_be()
    {
        var job = new JobRun(Save()).Attempt(1);

        Assert.Null(job.Tell(Closed(1, 1)));

        Assert.Equal(0, job.State.Closed.Count);
        Assert.Equal(JobStep.Releasing, job.State.Step);
        Assert.Contains("database is older than the job", Assert.IsType<JobFailure.CatalogError>(job.State.Lost).Detail,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_that_are_not_heard_of_lose_the_attempt_and_are_not_waited_for()
    {
        var job = new JobRun(Restore).Attempt(1);

        job.Tell(new NodeProtocol.Absent(Job, new Epoch(1), Client, null, TimeSpan.FromMinutes(11)));
        Assert.Equal(
            (JobStep.Releasing, new JobFailure.ClientLost(Client, "Nothing was heard of it for 660 s.")),
            (job.State.Step, job.State.Lost));
        job.Tell(new NodeProtocol.Absent(Job, new Epoch(1), Client, null, TimeSpan.FromMinutes(11)));
        Assert.True(job.State.ClientReleased);
        job.Tell(new NodeProtocol.Absent(Job, new Epoch(1), null, Library, TimeSpan.Zero));

        Assert.Equal(JobStep.Pausing, job.State.Step);
    }

    [Fact]
    public void Words_of_an_older_attempt_and_words_that_come_twice_mean_nothing()
    {
        var job = new JobRun(Restore).Attempt(1);
        job.Tell(StorageFailed(1, VolumeBroke));
        job.Release(1).Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(2).Tell(StorageDone(2));
        var before = job.State;

        foreach (object late in new object[]
            {
                Ready(1), Ready(2), StorageDone(1), StorageDone(2), ClientDone(1), StorageFailed(1, NoVolume),
                ClientFailed(1, NoVolume),
                StorageStopped(1), StorageStopped(2), ClientStopped(2), new StorageProtocol.Unknown(Job, new Epoch(1)),
                new ClientProtocol.Begun(Job, new Epoch(2)), new AllocatorProtocol.Granted(Job, Drive, job.State.Turn),
                new JobProtocol.Start(Job, Restore),
            })
            job.Tell(late);

        Assert.Equal(before, job.State);
    }

    [Fact]
    public void A_number_that_comes_again_for_another_job_begins_anew()
    {
        var job = new JobRun(Restore).Attempt(1);

        job.Tell(new JobProtocol.Start(Job, Scan)); // the catalog was lost, the journal was not

        Assert.Equal((JobStep.Reserving, Scan), (job.State.Step, job.State.Spec));
        Assert.Equal(new Epoch(0), job.State.Epoch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_side_that_knows_nothing_of_the_attempt_has_been_restarted(bool storage)
    {
        var job = new JobRun(Save()).Attempt(1);

        job.Tell(storage
            ? new StorageProtocol.Unknown(Job, new Epoch(1)) : new ClientProtocol.Unknown(Job, new Epoch(1)));

        Assert.Equal(JobStep.Releasing, job.State.Step);
        Assert.Equal(JobStep.Pausing, job.Release(1).State.Step);
    }
}
