using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>A policy whose jobs are done again when they failed as a whole.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Clients">Its clients.</param>
/// <param name="Retries">How often, 1 or more.</param>
/// <param name="After">How long after the first failure; doubled each time.</param>
public sealed record RetriedPolicy(
    PolicyName Policy, IReadOnlyList<ClientName> Clients, int Retries, TimeSpan After)
{
    /// <summary>What its jobs are.</summary>
    public JobKind Kind { get; init; } = JobKind.Backup;

    private static readonly TimeSpan PauseMax = TimeSpan.FromDays(1);

    /// <summary>A retry that nobody could start for so long is none any more.</summary>
    private static readonly TimeSpan LateMax = TimeSpan.FromHours(8);

    /// <summary>The retry that is due, now or later.</summary>
    /// <param name="newest">The newest backup of the policy and a client: only that one is done again.</param>
    /// <param name="now">The moment.</param>
    /// <returns>Null: none is.</returns>
    public DueRetry? Next(JobRecord newest, DateTimeOffset now)
    {
        if (newest is not { Outcome: JobOutcome.Failed or JobOutcome.Incomplete, EndedAt: { } ended }) return null;
        var (number, first) = Parse(newest);
        if (number >= Retries) return null;
        var doubled = After.TotalSeconds * Math.Pow(2, number);
        var due = ended + TimeSpan.FromSeconds(
            Math.Min(doubled, Math.Max(PauseMax.TotalSeconds, After.TotalSeconds)));
        return now - due > LateMax
            ? null
            : new DueRetry(
                newest.Job, first, number + 1, new RequestId($"retry-{number + 1}-of-{first}"), due, newest.ErrorText);
    }

    /// <summary>Which retry a job is, and of which: its request says so. One that is none is its own first.</summary>
    private static (int Number, JobId First) Parse(JobRecord job)
    {
        var words = job.Request.Value.Split('/')[0].Split('-');
        return words is ["retry", var number, "of", var first]
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? (count, new JobId(id))
            : (0, job.Job);
    }
}

/// <summary>A job that is done again.</summary>
/// <param name="Job">The one that failed last.</param>
/// <param name="First">The one that failed first.</param>
/// <param name="Number">Which retry it is, from 1.</param>
/// <param name="Request">Under which it is asked for: whoever asks, and however often, gets one job.</param>
/// <param name="At">When.</param>
/// <param name="Cause">Why the one that failed last did, a sentence; null: nobody knows.</param>
public sealed record DueRetry(
    JobId Job, JobId First, int Number, RequestId Request, DateTimeOffset At, string? Cause = null);
