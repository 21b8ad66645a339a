using System.Globalization;
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
        var known = (state.Spec as BackupSpec)?.Queue ?? (state.Spec as AdminSpec)?.Queue;
        if (state.Step != JobStep.Reserving || known is not { } queue) return limits;
        if (queue.StartDelayMax is { } delay && state.Attempts == 0)
            limits.Add((
                Later(state.ReadyAt, queue.NotBefore) + delay, why => new JobFailure.NotStartedInTime(delay, why)));
        if (queue.WaitMax is { } wait)
            limits.Add((
                Later(state.WaitsSince, queue.NotBefore) + wait, why => new JobFailure.WaitedTooLong(wait, why)));
        return limits;
    }

    /// <summary>A job that is not to begin yet waits for nothing.</summary>
    private static DateTimeOffset Later(DateTimeOffset moment, DateTimeOffset? notBefore) =>
        notBefore > moment ? notBefore.Value : moment;

    /// <summary>Before which moment it asks for nothing; null: it may ask now.</summary>
    /// <param name="state">Any state.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset? NotBefore(JobState state, DateTimeOffset now) =>
        state is { Step: JobStep.Reserving, Spec: BackupSpec { Queue.NotBefore: { } moment } } && moment > now
            ? moment : null;

    /// <summary>Why it waits for a moment, without a full stop.</summary>
    /// <param name="moment">The moment.</param>
    public static string Sentence(DateTimeOffset moment) => string.Create(
        CultureInfo.InvariantCulture,
        $"its time: it does not begin before {moment.UtcDateTime:yyyy-MM-dd HH:mm}Z (start-not-before)");

    /// <summary>Told to the job when its time is up, with what the allocator says of it.</summary>
    /// <param name="WaitedFor">Without a full stop; empty: the allocator did not answer.</param>
    public sealed record Over(string WaitedFor) : INoSerializationVerificationNeeded;
}
