using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>What the sagas of jobs that have not ended know, and the catalog does not yet.</summary>
/// <param name="jobs">The job region.</param>
internal sealed class LiveJobs(IActorRef jobs)
{
    /// <summary>Jobs of one answer whose sagas are asked, all at once; others stay as the catalog has them.</summary>
    public const int AskedMax = 100;

    private static readonly TimeSpan OneWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ListWithin = TimeSpan.FromSeconds(1);

    /// <summary>The job with its progress and why it waits.</summary>
    public async Task<JobDetails> Of(JobDetails details)
    {
        if (details.Job.State == "ended") return details;
        try
        {
            return await Ask(details.Job.Job, OneWithin).ConfigureAwait(false) is { } status
                ? details with
                {
                    Job = With(details.Job, status),
                    Progress = status.Progress,
                    WaitsFor = status.WaitsFor,
                }
                : details;
        }
        catch (AskTimeoutException)
        {
            // A saga whose journal failed is started again after a while; until then the catalog says what is known.
            return details with { WaitsFor = ["Its saga does not answer; the node's log says why."] };
        }
    }

    /// <summary>
    /// The jobs, the first <see cref="AskedMax"/> unfinished ones as their sagas know them. One whose saga does not
    /// answer within a second, as it moves to another director perhaps, stays as the catalog has it.
    /// </summary>
    public async Task<IReadOnlyList<JobSummary>> Of(IReadOnlyList<JobSummary> listed)
    {
        var known = new Dictionary<JobId, JobSummary>();
        await Task.WhenAll(listed.Where(job => job.State != "ended").Take(AskedMax).Select(Add)).ConfigureAwait(false);
        return [.. listed.Select(job => known.GetValueOrDefault(job.Job, job))];

        async Task Add(JobSummary job)
        {
            try
            {
                if (await Ask(job.Job, ListWithin).ConfigureAwait(false) is not { } status) return;
                lock (known) known.Add(job.Job, With(job, status));
            }
            catch (AskTimeoutException)
            {
                lock (known) known.Add(job.Job, job with { WaitsFor = ["its saga, which does not answer"] });
            }
        }
    }

    private async Task<JobProtocol.Status?> Ask(JobId job, TimeSpan within) =>
        await jobs.Ask<JobProtocol.IReply>(new JobProtocol.Ask(job), within).ConfigureAwait(false)
            as JobProtocol.Status;

    private static JobSummary With(JobSummary job, JobProtocol.Status status) => job with
    {
        State = status.State == "ended" ? job.State : status.State,
        Files = status.Progress?.Files ?? job.Files,
        Bytes = status.Progress?.Bytes ?? job.Bytes,
        StoredBytes = status.Progress?.StoredBytes ?? job.StoredBytes,
        Exceptions = status.Progress?.Exceptions ?? job.Exceptions,
        WaitsFor = status.WaitsFor,
    };
}
