using Backup.Messages.Operations;

namespace Backup.Messages.Jobs;

/// <summary>All that may be said to a job from outside, and all it answers.</summary>
public static class JobProtocol
{
    /// <summary>A command to a job.</summary>
    public interface ICommand : IJobMessage;

    /// <summary>An answer of a job.</summary>
    public interface IReply : IJobMessage;

    /// <summary>Begins the job; repeated, it is answered alike and nothing happens twice.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Spec">What it is.</param>
    public sealed record Start(JobId Job, JobSpec Spec) : ICommand;

    /// <summary>Ends the job without completing it.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="By">Who asks, as `job 13`; null: an operator.</param>
    public sealed record Cancel(JobId Job, string? By = null) : ICommand;

    /// <summary>
    /// Says who is to do what the job asks of a person now; repeated, it is answered alike and nothing happens twice.
    /// </summary>
    /// <param name="Job">The job.</param>
    /// <param name="Person">Who; null: nobody any more.</param>
    /// <param name="By">Who says so.</param>
    /// <param name="Note">What is said to the person; null: nothing.</param>
    public sealed record Assign(JobId Job, string? Person, string By, string? Note) : ICommand;

    /// <summary>Asks what the job does.</summary>
    /// <param name="Job">The job.</param>
    public sealed record Ask(JobId Job) : ICommand;

    /// <summary>The command is recorded.</summary>
    /// <param name="Job">The job.</param>
    public sealed record Accepted(JobId Job) : IReply;

    /// <summary>The command is not possible.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="Why">The reason.</param>
    public sealed record Refused(JobId Job, Refusal Why) : IReply;

    /// <summary>What the job does.</summary>
    /// <param name="Job">The job.</param>
    /// <param name="State">`waiting`, `running`, `cancelling` or `ended`.</param>
    /// <param name="Progress">The newest progress; null when none is known.</param>
    /// <param name="WaitsFor">Why it waits, nearest reason first.</param>
    /// <param name="Parts">Who works on it; null from a saga that does not say.</param>
    public sealed record Status(
        JobId Job, string State, JobProgress? Progress, IReadOnlyList<string> WaitsFor,
        IReadOnlyList<JobPart>? Parts = null) : IReply;

    /// <summary>Why a command is not possible.</summary>
    public enum Refusal
    {
        /// <summary>No such job runs.</summary>
        NotRunning,

        /// <summary>It has ended.</summary>
        Ended,

        /// <summary>Its journal failed; its saga is started again in a while.</summary>
        Resting,

        /// <summary>It asks nothing of a person now.</summary>
        NothingAwaited,
    }
}
