using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobDecisionSpecs
{
    private static readonly JobFailure VolumeBroke = new JobFailure.VolumeError(Volume, "write", "EIO.");
    private static readonly JobFailure NoVolume = new JobFailure.NoVolume(new PoolName("main"), Library);

    [Fact]
    public void A_backup_is_complete_when_its_seal_is_closed_and_both_sides_have_finished()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(Closed(1, 0));
        job.Tell(ClientDone(1));
        job.Tell(StorageDone(1));
        Assert.Equal(JobStep.Transferring, job.State.Step);

        job.Tell(Closed(1, 1, seal: true));

        Assert.Equal(JobStep.Releasing, job.State.Step);
        Assert.Equal((JobOutcome.Complete, null), job.Release(1).End());
        Assert.Equal(new ClosedFragments(2, 20, 2000, 800, 0, Root(1), Sealed: true), job.State.Closed);
    }

    [Fact]
    public void A_merge_is_complete_when_its_seal_is_closed_and_storage_has_finished()
    {
        var job = new JobRun(JobSamples.Merge).Attempt(1);
        job.Tell(Closed(1, 0));
        job.Tell(Closed(1, 1, seal: true));
        Assert.Equal(JobStep.Transferring, job.State.Step);

        job.Tell(StorageDone(1));

        Assert.Equal(JobStep.Releasing, job.State.Step);
        Assert.Equal((JobOutcome.Complete, null), job.Release(1).End());
    }

    [Theory]
    [InlineData("restore")]
    [InlineData("verify media")]
    [InlineData("verify disk")]
    [InlineData("scan")]
    public void Other_jobs_are_complete_when_all_their_parties_have_finished(string kind)
    {
        var job = new JobRun(Named(kind)).Attempt(1);
        var parts = JobParts.Of(job.State.Spec!);
        if (parts.Storage) job.Tell(StorageDone(1));
        Assert.Equal(parts.Client ? JobStep.Transferring : JobStep.Releasing, job.State.Step);

        if (parts.Client) job.Tell(ClientDone(1));

        Assert.Equal(JobStep.Releasing, job.State.Step);
        Assert.Equal((JobOutcome.Complete, null), job.Release(1).End());
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("verify media")]
    [InlineData("verify disk")]
    [InlineData("scan")]
    [InlineData("merge")]
    public void An_exception_anywhere_makes_it_complete_with_exceptions(string kind)
    {
        var job = new JobRun(Named(kind)).Attempt(1);
        job.Tell(ClientDone(1, exceptions: 1));
        job.Tell(StorageDone(1, exceptions: 1));
        job.Tell(Closed(1, 0, seal: true, exceptions: 1));

        Assert.Equal((JobOutcome.CompleteWithExceptions, null), job.Release(1).End());
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("verify media")]
    [InlineData("verify disk")]
    [InlineData("scan")]
    [InlineData("merge")]
    public void A_lost_attempt_is_released_then_pauses_then_asks_for_a_drive_again(string kind)
    {
        var job = new JobRun(Named(kind)).Attempt(1);
        var parts = JobParts.Of(job.State.Spec!);

        job.Tell(parts.Storage
            ? StorageFailed(1, VolumeBroke) : ClientFailed(1, new JobFailure.ClientLost(Client, "Gone.")));
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Release(1);
        Assert.Equal(JobStep.Pausing, job.State.Step);
        Assert.Null(job.State.Drive);
        job.Happen(new JobEvents.Resumed(job.Now));

        Assert.Equal(JobStep.Reserving, job.State.Step);
        Assert.Equal(2, job.Attempt(2).State.Attempts);
    }

    [Fact]
    public void An_attempt_is_not_over_before_both_sides_hold_nothing_any_more()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(ClientFailed(1, new JobFailure.ClientLost(Client, "Gone.")));

        job.Tell(ClientStopped(1));
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Tell(ClientStopped(1));
        Assert.Equal(JobStep.Releasing, job.State.Step);
        job.Tell(StorageStopped(1));

        Assert.Equal(JobStep.Pausing, job.State.Step);
    }

    [Fact]
    public void A_failure_that_another_attempt_would_meet_again_ends_the_job()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(StorageFailed(1, NoVolume));

        Assert.Equal((JobOutcome.Failed, NoVolume), job.Release(1).End());
    }

    [Fact]
    public void With_closed_fragments_it_ends_incomplete()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(Closed(1, 0));
        job.Tell(StorageFailed(1, NoVolume));

        Assert.Equal((JobOutcome.Incomplete, NoVolume), job.Release(1).End());
    }

    [Fact]
    public void As_many_attempts_as_the_policy_says_and_no_more()
    {
        var job = new JobRun(Save(attemptsMax: 2)).Attempt(1);
        job.Tell(StorageFailed(1, VolumeBroke));
        job.Release(1).Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(2).Tell(StorageFailed(2, VolumeBroke));

        var (outcome, failure) = job.Release(2).End();

        Assert.Equal(JobOutcome.Failed, outcome);
        Assert.Equal(new JobFailure.TooManyAttempts(2, VolumeBroke), failure);
    }

    [Fact]
    public void An_attempt_that_closed_a_fragment_was_not_in_vain()
    {
        var job = new JobRun(Save(attemptsMax: 2)).Attempt(1);
        for (var attempt = 1; attempt < 6; attempt++)
        {
            job.Tell(Closed(attempt, attempt - 1));
            job.Tell(StorageFailed(attempt, VolumeBroke));
            job.Release(attempt).Happen(new JobEvents.Resumed(job.Now));
            job.Attempt(attempt + 1, nextFragment: attempt);
        }

        Assert.Equal((6, 5), (job.State.Attempts, job.State.Closed.Count));
        Assert.Equal(5, job.State.Resume.NextFragment);
    }

    [Fact]
    public void A_job_under_which_the_node_stops_every_time_fails_and_says_so()
    {
        var job = new JobRun(Save(attemptsMax: 2));
        for (var attempt = 1; attempt < RetryRule.NodeStopsUsual; attempt++)
        {
            job.Attempt(attempt).Tell(StorageUnknown(attempt));
            Assert.Equal(JobStep.Pausing, job.Release(attempt).State.Step);
            job.Happen(new JobEvents.Resumed(job.Now));
        }
        job.Attempt(RetryRule.NodeStopsUsual).Tell(StorageUnknown(RetryRule.NodeStopsUsual));

        Assert.Equal(
            (JobOutcome.Failed, new JobFailure.NodeStoppedTooOften(RetryRule.NodeStopsUsual)),
            job.Release(RetryRule.NodeStopsUsual).End());
    }

    [Fact]
    public void A_sealed_fragment_begins_the_count_of_stopped_nodes_anew()
    {
        var job = new JobRun(Save(nodeStopsMax: 3));
        for (var attempt = 1; attempt < 8; attempt++)
        {
            job.Attempt(attempt, job.State.Closed.Count);
            if (attempt % 2 == 1) job.Tell(Closed(attempt, job.State.Closed.Count));
            job.Tell(StorageUnknown(attempt));
            Assert.Equal(JobStep.Pausing, job.Release(attempt).State.Step);
            job.Happen(new JobEvents.Resumed(job.Now));
        }
        Assert.Equal(1, job.State.NodeStops);
        job.Attempt(8, 4).Tell(StorageUnknown(8));
        job.Release(8).Happen(new JobEvents.Resumed(job.Now));
        job.Attempt(9, 4).Tell(StorageUnknown(9));

        Assert.Equal((JobOutcome.Incomplete, new JobFailure.NodeStoppedTooOften(3)), job.Release(9).End());
    }

    [Fact]
    public void A_volume_that_another_job_uses_costs_a_pause_and_no_attempt()
    {
        var used = new JobFailure.VolumeInUse(Volume, Drive);
        var job = new JobRun(Restore);
        for (var attempt = 1; attempt < 10; attempt++)
        {
            job.Attempt(attempt).Tell(StorageFailed(attempt, used));
            Assert.Equal(JobStep.Pausing, job.Release(attempt).State.Step);
            Assert.Equal(0, job.State.Fruitless);
            Assert.True(JobRules.Pause(job.State.Spec!, used, 1) > TimeSpan.Zero);
            job.Happen(new JobEvents.Resumed(job.Now));
        }

        job.Attempt(10).Tell(StorageDone(10));
        job.Tell(ClientDone(10));

        Assert.Equal((JobOutcome.Complete, null), job.Release(10).End());
    }

    [Fact]
    public void A_refused_reservation_that_nothing_mends_ends_the_job()
    {
        var job = new JobRun(Save());

        job.Tell(new AllocatorProtocol.Refused(Job, new JobFailure.NoDrive(Library)));

        Assert.Equal((JobOutcome.Failed, new JobFailure.NoDrive(Library)), job.End());
    }

    [Theory]
    [InlineData(JobStep.Reserving, JobStep.Ending)]
    [InlineData(JobStep.Starting, JobStep.Ending)]
    [InlineData(JobStep.Opening, JobStep.Releasing)]
    [InlineData(JobStep.Transferring, JobStep.Releasing)]
    [InlineData(JobStep.Releasing, JobStep.Releasing)]
    [InlineData(JobStep.Pausing, JobStep.Ending)]
    public void Cancel_in_every_step_releases_what_is_held_and_ends(JobStep step, JobStep next)
    {
        var job = At(step);

        Assert.Equal(new JobProtocol.Accepted(Job), job.Tell(new JobProtocol.Cancel(Job)));

        Assert.Equal(next, job.State.Step);
        if (next == JobStep.Releasing)
        {
            Assert.Equal(new JobProtocol.Accepted(Job), job.Tell(new JobProtocol.Cancel(Job)));
            job.Release(1);
        }
        Assert.Equal(JobOutcome.Cancelled, job.End().Outcome);
        Assert.Null(job.State.Drive);
    }

    [Theory]
    [InlineData(JobStep.Idle, JobProtocol.Refusal.NotRunning)]
    [InlineData(JobStep.Ending, JobProtocol.Refusal.Ended)]
    [InlineData(JobStep.Over, JobProtocol.Refusal.Ended)]
    public void Cancel_is_refused_where_there_is_nothing_to_cancel(JobStep step, JobProtocol.Refusal why)
    {
        var job = At(step);

        Assert.Equal(new JobProtocol.Refused(Job, why), job.Tell(new JobProtocol.Cancel(Job)));

        Assert.Equal(step, job.State.Step);
    }

    [Fact]
    public void A_seal_that_is_closed_while_the_job_is_cancelled_makes_it_complete()
    {
        var job = new JobRun(Save()).Attempt(1);
        job.Tell(new JobProtocol.Cancel(Job));

        job.Tell(Closed(1, 0, seal: true));

        Assert.Equal((JobOutcome.Complete, null), job.Release(1).End());
    }

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

    [Fact]
    public void An_event_that_cannot_follow_means_a_corrupt_journal() =>
        Assert.Throws<JournalCorruptException>(() =>
            new JobRun(Save()).State.After(new JobEvents.ClientReleased(JobSamples.At)));

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(3, 120)]
    [InlineData(20, 3600)]
    [InlineData(int.MaxValue, 3600)]
    public void Pauses_double_up_to_an_hour(int fruitless, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            JobRules.Pause(Save(), new JobFailure.ClientLost(Client, "Gone."), fruitless));

    [Fact]
    public void After_a_bad_volume_the_next_attempt_begins_at_once_on_another() =>
        Assert.Equal(TimeSpan.Zero, JobRules.Pause(Save(), VolumeBroke, 5));

    private static JobRun At(JobStep step)
    {
        if (step == JobStep.Idle) return new JobRun();
        var job = new JobRun(Save());
        if (step == JobStep.Reserving) return job;
        job.Tell(new AllocatorProtocol.Granted(Job, Drive, job.State.Turn));
        if (step == JobStep.Starting) return job;
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now));
        if (step == JobStep.Opening) return job;
        job.Tell(Ready(1));
        if (step == JobStep.Transferring) return job;
        job.Tell(StorageFailed(1, step == JobStep.Pausing || step == JobStep.Releasing ? VolumeBroke : NoVolume));
        if (step == JobStep.Releasing) return job;
        job.Release(1);
        if (step == JobStep.Over) job.End();
        Assert.Equal(step, job.State.Step);
        return job;
    }

    [Fact]
    public void What_a_job_asks_for_is_given_to_somebody_once_and_taken_back()
    {
        var job = new JobRun(Save()).Attempt(1);
        var asked = new MountRequest(Job, Drive, null, new PoolName("main"), JobSamples.At);
        var anna = new JobProtocol.Assign(Job, "anna", "an operator", "second shelf");

        Assert.IsType<JobProtocol.Accepted>(job.Tell(anna, asked));
        Assert.IsType<JobProtocol.Accepted>(job.Tell(anna, asked));
        Assert.Single(job.Events.OfType<JobEvents.RequestAssigned>());
        Assert.Equal(("anna", "second shelf"),
            (job.State.WithPerson(asked).AssignedTo!.Person, job.State.WithPerson(asked).AssignedTo!.Note));
        var other = asked with { Since = JobSamples.At.AddMinutes(1) };
        Assert.Null(job.State.WithPerson(other).AssignedTo);

        job.Tell(anna with { Person = "bob" }, asked);
        Assert.Equal("bob", job.State.WithPerson(asked).AssignedTo!.Person);
        job.Tell(anna with { Person = null, Note = null }, asked);
        Assert.Null(job.State.WithPerson(asked).AssignedTo);
        Assert.Equal(3, job.Events.OfType<JobEvents.RequestAssigned>().Count());
        Assert.Equal(job.State, job.Replayed());
    }

    [Fact]
    public void Who_was_asked_is_forgotten_with_the_attempt()
    {
        var job = new JobRun(Save()).Attempt(1);
        var asked = new MountRequest(Job, Drive, null, new PoolName("main"), JobSamples.At);
        job.Tell(new JobProtocol.Assign(Job, "anna", "an operator", null), asked);

        job.Tell(StorageFailed(1, VolumeBroke));

        Assert.Null(job.State.WithPerson(asked).AssignedTo);
    }

    [Fact]
    public void Who_asks_for_nothing_cannot_be_helped_by_anybody()
    {
        var assign = new JobProtocol.Assign(Job, "anna", "an operator", null);
        var job = new JobRun(Save()).Attempt(1);

        Assert.Equal(JobProtocol.Refusal.NothingAwaited, Why(job));
        Assert.Equal(JobProtocol.Refusal.NotRunning, Why(new JobRun()));
        job.Tell(new JobProtocol.Cancel(Job));
        job.Release(1);
        Assert.Equal(JobProtocol.Refusal.Ended, Why(job));

        JobProtocol.Refusal Why(JobRun asked) => Assert.IsType<JobProtocol.Refused>(asked.Tell(assign)).Why;
    }
}
