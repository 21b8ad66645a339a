using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Node;

/// <summary>The sessions of a client as events, and the jobs it works for as its state.</summary>
/// <param name="ring">Keeps them.</param>
internal sealed class SessionEvents(EventRing ring)
{
    /// <summary>A session works.</summary>
    /// <param name="order">What it does.</param>
    /// <param name="working">All jobs with a session now.</param>
    public void Begun(IAttemptMessage order, IEnumerable<JobId> working) => Become(
        working, "session-begun",
        $"{order.GetType().Name} of job {order.Job} has begun, attempt epoch {order.Epoch}.");

    /// <summary>A session was stopped, as its job asked.</summary>
    /// <param name="job">The job.</param>
    /// <param name="working">All jobs with a session now.</param>
    public void Stopped(JobId job, IEnumerable<JobId> working) =>
        Become(working, "session-stopped", $"The session of job {job} was stopped by the job.");

    /// <summary>A session has ended.</summary>
    /// <param name="word">Its last word.</param>
    /// <param name="working">All jobs with a session now.</param>
    public void Ended(IAttemptMessage word, IEnumerable<JobId> working)
    {
        if (word is ClientProtocol.Failed failed)
            Become(
                working, "session-failed",
                $"The session of job {word.Job} has failed: {FailureText.Sentence(failed.Failure)}");
        else Become(working, "session-finished", $"The session of job {word.Job} has finished.");
    }

    private void Become(IEnumerable<JobId> working, string code, string text)
    {
        var jobs = string.Join(", ", working.OrderBy(job => job.Value).Select(job => $"job {job}"));
        if (!ring.Become(jobs.Length == 0 ? "idle" : "working", jobs.Length == 0 ? "idle" : jobs, code, text))
            ring.Note(code, text);
    }
}
