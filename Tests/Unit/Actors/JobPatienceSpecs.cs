using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Journal;
using Backup.Tests.Unit.Scripts;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>How long a job waits for what the allocator grants.</summary>
public sealed class JobPatienceSpecs
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Without_a_limit_it_waits_for_ever()
    {
        Assert.Null(JobPatience.EndOf(Waiting(null)));
        Assert.Null(JobPatience.EndOf(Waiting(new QueueRule(5))));
    }

    [Fact]
    public void A_job_that_has_not_begun_in_time_fails_and_says_what_it_waited_for()
    {
        var run = new JobRun(SaveWith(new QueueRule(StartDelayMax: Minute)));
        Assert.Equal(run.State.AskedAt + Minute, JobPatience.EndOf(run.State));

        run.Tell(new JobPatience.Over("drive vault/0 is held by job 3"));
        Assert.Equal(JobStep.Reserving, run.State.Step); // not yet
        PassMinute(run);
        run.Tell(new JobPatience.Over("drive vault/0 is held by job 3"));

        Assert.Equal(JobStep.Ending, run.State.Step);
        var (outcome, failure) = JobRules.Judge(run.State);
        Assert.Equal(JobOutcome.Failed, outcome);
        Assert.Equal(new JobFailure.NotStartedInTime(Minute, "drive vault/0 is held by job 3"), failure);
        Assert.Equal(
            "The job had not begun 60 s after it was accepted, which is the most that `start-delay-max` of its policy "
                + "lets it wait. It waited because drive vault/0 is held by job 3. Run it again when that is free.",
            FailureText.Sentence(failure!));
    }

    [Fact]
    public void A_job_that_is_not_to_begin_yet_waits_for_nothing_until_then()
    {
        var early = new JobRun(Save());
        var moment = early.Now + (5 * Minute);
        var run = new JobRun(SaveWith(new QueueRule(StartDelayMax: Minute, WaitMax: 2 * Minute, NotBefore: moment)));

        Assert.Equal(moment + Minute, JobPatience.EndOf(run.State));
        Assert.Equal(moment, JobPatience.NotBefore(run.State, moment.AddTicks(-1)));
        Assert.Null(JobPatience.NotBefore(run.State, moment));
        Assert.Null(JobPatience.NotBefore(run.Attempt(1).State, moment.AddTicks(-1)));
        Assert.Null(JobPatience.NotBefore(early.State, early.Now));
    }

    [Fact]
    public void The_time_of_scripts_before_it_waits_does_not_count()
    {
        var run = new JobRun(SaveWith(new QueueRule(StartDelayMax: Minute)) with
        {
            Frame = new JobFrame([ScriptFolder.Script(ScriptPlace.Director, ScriptMoment.Before)]),
        });
        PassMinute(run);
        PassMinute(run);
        Assert.Null(JobPatience.EndOf(run.State)); // they run

        run.Tell(new ScriptsOver(run.State.Scripts!, null));

        Assert.Equal(run.Now + Minute, JobPatience.EndOf(run.State));
    }

    [Fact]
    public void Once_it_has_begun_its_start_is_in_time_and_each_wait_counts_by_itself()
    {
        var run = new JobRun(SaveWith(new QueueRule(StartDelayMax: Minute, WaitMax: 2 * Minute))).Attempt(1);
        run.Tell(StorageFailed(1, new JobFailure.StorageLost(Library, "Gone.")));
        run.Release(1);
        PassMinute(run);
        Assert.Null(JobPatience.EndOf(run.State)); // it pauses

        run.Happen(new JobEvents.Resumed(run.Now));
        Assert.Equal(run.Now + (2 * Minute), JobPatience.EndOf(run.State));
        PassMinute(run);
        PassMinute(run);
        run.Tell(new JobPatience.Over(""));

        Assert.Equal(new JobFailure.WaitedTooLong(2 * Minute, ""), JobRules.Judge(run.State).Failure);
    }

    [Fact]
    public void What_was_granted_in_the_meantime_goes_on()
    {
        var run = new JobRun(SaveWith(new QueueRule(WaitMax: Minute)));
        PassMinute(run);
        run.Tell(new AllocatorProtocol.Granted(Job, Drive, 1));

        run.Tell(new JobPatience.Over(""));

        Assert.Equal(JobStep.Starting, run.State.Step);
    }

    [Fact]
    public void Who_cancels_a_job_is_named_at_its_end()
    {
        var run = new JobRun(Save());
        run.Tell(new JobProtocol.Cancel(Job, "job 9"));

        Assert.Equal(new JobFailure.Cancelled("job 9"), JobRules.Judge(run.State).Failure);
    }

    private static JobState Waiting(QueueRule? queue) => new JobRun(SaveWith(queue)).State;

    private static BackupSpec SaveWith(QueueRule? queue) => Save() with { Queue = queue };

    /// <summary>Each message is a second later than the one before.</summary>
    private static void PassMinute(JobRun run)
    {
        for (var second = 0; second < 60; second++)
            run.Tell(new AllocatorProtocol.Granted(Job, Drive, run.State.Turn + 1));
    }
}
