using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

public sealed class JobDecisionSpecs
{
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
}
