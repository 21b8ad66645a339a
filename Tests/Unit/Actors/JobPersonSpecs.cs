using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;
using Xunit;
using static Backup.Tests.Unit.Actors.JobSamples;

namespace Backup.Tests.Unit.Actors;

/// <summary>Who is asked for what a job waits for.</summary>
public sealed class JobPersonSpecs
{
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
