using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>The scripts that a job runs at a moment.</summary>
/// <param name="Where">On which node.</param>
/// <param name="When">Before the work, or after it.</param>
/// <param name="Since">When their turn came.</param>
public sealed record ScriptStage(ScriptPlace Where, ScriptMoment When, DateTimeOffset Since);

/// <summary>Which scripts a job runs when, and what they are told: pure functions of its state.</summary>
internal static class JobScripts
{
    /// <summary>For starting them, and for telling their end.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <summary>What stands around the work of a job; null: nothing does.</summary>
    public static JobFrame? FrameOf(JobSpec? spec) => (spec as BackupSpec)?.Frame ?? (spec as AdminSpec)?.Frame;

    /// <summary>The scripts of a place and moment that are to run in this state, in order.</summary>
    public static IReadOnlyList<JobScript> Of(JobState state, ScriptPlace where, ScriptMoment when) =>
        [.. (FrameOf(state.Spec)?.All ?? []).Where(script => script.Where == where && script.When == when
            && (when == ScriptMoment.Before || script.On switch
            {
                ScriptCondition.Success => state.WorkDone,
                ScriptCondition.Failure => !state.WorkDone,
                ScriptCondition.Exceptions => JobRules.Judge(state).Outcome != JobOutcome.Complete,
                _ => true,
            }))];

    /// <summary>When the scripts that run are given up, whatever became of who runs them.</summary>
    /// <param name="state">A state with scripts that run.</param>
    /// <param name="absentMax">How long nothing may be heard of a node.</param>
    public static DateTimeOffset Deadline(JobState state, TimeSpan absentMax) =>
        Of(state, state.Scripts!.Where, state.Scripts.When).Aggregate(
            state.Scripts.Since + absentMax + Slack, (end, script) => end + script.TimeLimit + Slack);

    /// <summary>Where they run, for sentences.</summary>
    public static string PlaceOf(JobState state, ScriptPlace where) =>
        where == ScriptPlace.Director ? "the director" : $"client {JobOrders.ClientOf(state.Spec!)}";

    /// <summary>They were given up: nobody says what became of them.</summary>
    public static JobFailure Overdue(JobState state) => new JobFailure.ScriptFailed(
        PlaceOf(state, state.Scripts!.Where),
        Of(state, state.Scripts.Where, state.Scripts.When)[0].Command[0],
        null,
        "Nothing was heard of its end, long after its time limit. See whether it still runs.");

    /// <summary>What the scripts that run are told.</summary>
    /// <param name="job">The job.</param>
    /// <param name="state">A state with scripts that run.</param>
    public static IReadOnlyDictionary<string, string> Environment(JobId job, JobState state)
    {
        var told = new Dictionary<string, string>
        {
            ["BACKUP_JOB"] = $"{job}",
            ["BACKUP_WHEN"] = state.Scripts!.When == ScriptMoment.Before ? "before" : "after",
            ["BACKUP_ATTEMPT"] = Text(state.Attempts),
        };
        if (state.Spec is AdminSpec admin)
            (told["BACKUP_POLICY"], told["BACKUP_CLIENT"]) = (admin.Policy.Value, admin.Client.Value);
        if (state.Spec is BackupSpec backup)
        {
            told["BACKUP_POLICY"] = backup.Policy.Value;
            told["BACKUP_CLIENT"] = backup.Client.Value;
            told["BACKUP_FILE_SET"] = backup.FileSet.Name.Value;
            told["BACKUP_LEVEL"] = state.Undecided?.Rule?.Level.Word ?? Text(backup.Level);
        }
        if (state.Scripts.When == ScriptMoment.Before) return told;
        var (outcome, failure) = JobRules.Judge(state);
        told["BACKUP_OUTCOME"] = WordOf(outcome);
        told["BACKUP_FILES"] = Text(state.Closed.Files);
        told["BACKUP_BYTES"] = Text(state.Closed.Bytes);
        told["BACKUP_STORED_BYTES"] = Text(state.Closed.StoredBytes);
        told["BACKUP_FAILURE"] = failure is null ? "" : FailureText.Sentence(failure);
        return told;
    }

    private static string WordOf(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Complete => "complete",
        JobOutcome.CompleteWithExceptions => "complete-with-exceptions",
        JobOutcome.Incomplete => "incomplete",
        JobOutcome.Cancelled => "cancelled",
        _ => "failed",
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
