using Akka.Actor;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>How long a job waits for drives, slots and limits before it ends.</summary>
internal static class JobPatience
{
    /// <summary>
    /// When it ends unless it is granted what it needs before; null: it waits for as long as it takes.
    /// </summary>
    /// <param name="state">Any state.</param>
    public static DateTimeOffset? EndOf(JobState state) => Limits(state) is { Count: > 0 } limits
        ? limits.Min(limit => limit.End)
        : null;

    /// <summary>Why it ends at a moment; null: it does not.</summary>
    /// <param name="state">Any state.</param>
    /// <param name="waitedFor">Why it waits, without a full stop; empty: it is not known.</param>
    /// <param name="now">The moment.</param>
    public static JobFailure? Failure(JobState state, string waitedFor, DateTimeOffset now) =>
        Limits(state).Where(limit => limit.End <= now).Select(limit => limit.Failure(waitedFor)).FirstOrDefault();

    private static List<(DateTimeOffset End, Func<string, JobFailure> Failure)> Limits(JobState state)
    {
        var limits = new List<(DateTimeOffset, Func<string, JobFailure>)>();
        if (state is not { Step: JobStep.Reserving, Spec: BackupSpec { Queue: { } queue } }) return limits;
        if (queue.StartDelayMax is { } delay && state.Attempts == 0)
            limits.Add((state.AskedAt + delay, why => new JobFailure.NotStartedInTime(delay, why)));
        if (queue.WaitMax is { } wait)
            limits.Add((state.WaitsSince + wait, why => new JobFailure.WaitedTooLong(wait, why)));
        return limits;
    }

    /// <summary>Told to the job when its time is up, with what the allocator says of it.</summary>
    /// <param name="WaitedFor">Without a full stop; empty: the allocator did not answer.</param>
    public sealed record Over(string WaitedFor) : INoSerializationVerificationNeeded;
}
