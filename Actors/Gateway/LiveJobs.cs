using Akka.Actor;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>What the sagas of jobs that have not ended know, and the catalog does not yet.</summary>
/// <param name="jobs">The job region.</param>
/// <param name="within">How long an actor may take to answer.</param>
internal sealed class LiveJobs(IActorRef jobs, TimeSpan within)
{
    /// <summary>Jobs of one answer whose sagas are asked, all at once; others stay as the catalog has them.</summary>
    public const int AskedMax = 25;

    private const string Rests = "its saga, whose journal failed; it is started again, and the node's log says when";
    private const string Silent = "its saga, which does not answer; it may be moving to another director";

    /// <summary>How long one is waited for: somebody looks at a screen.</summary>
    public TimeSpan OneWithin { get; } = AtMost(TimeSpan.FromSeconds(5), within);

    private readonly TimeSpan _listWithin = AtMost(TimeSpan.FromSeconds(1), within);

    /// <summary>The job with its progress and why it waits.</summary>
    public async Task<JobDetails> Of(JobDetails details)
    {
        if (details.Job.State == "ended") return details;
        try
        {
            return await Ask(details.Job.Job, OneWithin).ConfigureAwait(false) switch
            {
                JobProtocol.Status status => details with
                {
                    Job = With(details.Job, status),
                    Progress = status.Progress,
                    WaitsFor = status.WaitsFor,
                    Parts = status.Parts,
                },
                JobProtocol.Refused { Why: JobProtocol.Refusal.Resting } => details with { WaitsFor = [Rests] },
                _ => details,
            };
        }
        catch (AskTimeoutException)
        {
            return details with { WaitsFor = [Silent] };
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
                var live = await Ask(job.Job, _listWithin).ConfigureAwait(false) switch
                {
                    JobProtocol.Status status => With(job, status),
                    JobProtocol.Refused { Why: JobProtocol.Refusal.Resting } => job with { WaitsFor = [Rests] },
                    _ => job,
                };
                lock (known) known.Add(job.Job, live);
            }
            catch (AskTimeoutException)
            {
                lock (known) known.Add(job.Job, job with { WaitsFor = [Silent] });
            }
        }
    }

    private Task<JobProtocol.IReply> Ask(JobId job, TimeSpan most) =>
        jobs.Ask<JobProtocol.IReply>(new JobProtocol.Ask(job), most);

    private static TimeSpan AtMost(TimeSpan most, TimeSpan within) => within < most ? within : most;

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
