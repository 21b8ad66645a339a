using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;
using Xunit;

namespace Backup.Tests.Unit.Actors;

/// <summary>A job without its actor: messages in, events kept, as the saga does it.</summary>
internal sealed class JobRun
{
    private readonly List<IJobEvent> _events = [];
    private long _clock;

    public JobRun(JobSpec spec) => Tell(new JobProtocol.Start(JobSamples.Job, spec));

    public JobRun()
    {
    }

    public JobState State { get; private set; } = JobState.None;

    public IReadOnlyList<IJobEvent> Events => _events;

    public DateTimeOffset Now => JobSamples.At.AddSeconds(_clock);

    /// <summary>The answer, if there is one.</summary>
    public object? Tell(object message, MountRequest? awaited = null)
    {
        _clock++;
        var decision = JobDecision.On(JobSamples.Job, State, message, Now, awaited);
        if (decision.Event is { } happened) Happen(happened);
        return decision.Reply;
    }

    /// <summary>
    /// An event that the saga makes of its own questions: an epoch taken, a pause over, the end recorded.
    /// </summary>
    public void Happen(IJobEvent happened)
    {
        State = State.After(happened);
        _events.Add(happened);
    }

    /// <summary>Until an attempt works: drive granted, epoch taken, storage ready where it takes part.</summary>
    public JobRun Attempt(long epoch, int nextFragment = 0)
    {
        Tell(new AllocatorProtocol.Granted(
            JobSamples.Job, JobParts.Of(State.Spec!).Storage ? JobSamples.Drive : null, State.Turn));
        Happen(new JobEvents.AttemptStarted(new Epoch(epoch), Now));
        if (State.Step == JobStep.Opening) Tell(JobSamples.Ready(epoch, nextFragment));
        Assert.Equal(JobStep.Transferring, State.Step);
        return this;
    }

    /// <summary>Both sides say that they hold nothing any more.</summary>
    public JobRun Release(long epoch)
    {
        Tell(JobSamples.StorageStopped(epoch));
        Tell(JobSamples.ClientStopped(epoch));
        return this;
    }

    /// <summary>The end, as the saga judges it.</summary>
    public (JobOutcome Outcome, JobFailure? Failure) End()
    {
        Assert.Equal(JobStep.Ending, State.Step);
        var (outcome, failure) = JobRules.Judge(State);
        Happen(new JobEvents.Ended(outcome, failure, Now));
        Assert.Equal(JobStep.Over, State.Step);
        return (outcome, failure);
    }

    /// <summary>A backup that stands at a step: the first attempt, or behind it where there must be one.</summary>
    public static JobRun At(JobStep step)
    {
        if (step == JobStep.Idle) return new JobRun();
        var job = new JobRun(JobSamples.Save());
        if (step == JobStep.Reserving) return job;
        job.Tell(new AllocatorProtocol.Granted(JobSamples.Job, JobSamples.Drive, job.State.Turn));
        if (step == JobStep.Starting) return job;
        job.Happen(new JobEvents.AttemptStarted(new Epoch(1), job.Now));
        if (step == JobStep.Opening) return job;
        job.Tell(JobSamples.Ready(1));
        if (step == JobStep.Transferring) return job;
        job.Tell(JobSamples.StorageFailed(
            1, step is JobStep.Pausing or JobStep.Releasing ? JobSamples.VolumeBroke : JobSamples.NoVolume));
        if (step == JobStep.Releasing) return job;
        job.Release(1);
        if (step == JobStep.Over) job.End();
        Assert.Equal(step, job.State.Step);
        return job;
    }

    public JobState Replayed() => _events.Aggregate(JobState.None, (state, happened) => state.After(happened));
}
