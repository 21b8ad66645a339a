using Backup.Actors.Jobs;
using Backup.Messages.Jobs;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>A job that is cancelled, in whatever step.</summary>
public sealed class JobCancelSpecs
{
    [Theory]
    [InlineData(JobStep.Reserving, JobStep.Ending)]
    [InlineData(JobStep.Starting, JobStep.Ending)]
    [InlineData(JobStep.Opening, JobStep.Releasing)]
    [InlineData(JobStep.Transferring, JobStep.Releasing)]
    [InlineData(JobStep.Releasing, JobStep.Releasing)]
    [InlineData(JobStep.Pausing, JobStep.Ending)]
    public void Cancel_in_every_step_releases_what_is_held_and_ends(JobStep step, JobStep next)
    {
        var job = JobRun.At(step);

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
        var job = JobRun.At(step);

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
}
