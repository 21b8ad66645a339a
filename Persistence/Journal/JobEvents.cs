using System.Text.Json.Serialization;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Persistence.Journal;

/// <summary>An event in a job's journal. Such types only grow; <see cref="JobEvents"/> lists them.</summary>
public interface IJobEvent
{
    /// <summary>When it happened, by the clock of the node that persisted it.</summary>
    DateTimeOffset At { get; }
}

/// <summary>
/// All that can happen to a job of any kind, as its journal keeps it. The state machine is Actors/Jobs/JobState.
/// </summary>
public static class JobEvents
{
    /// <summary>The job was accepted.</summary>
    /// <param name="Spec">What it is, for good.</param>
    /// <param name="At">When.</param>
    public sealed record Created(JobSpec Spec, DateTimeOffset At) : IJobEvent;

    /// <summary>Drive and client slot are the job's.</summary>
    /// <param name="Drive">The drive; null when none is needed.</param>
    /// <param name="At">When.</param>
    /// <param name="More">Further drives of the same library; null: none.</param>
    public sealed record Granted(
        DriveId? Drive,
        DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<DriveId>? More = null)
        : IJobEvent;

    /// <summary>An attempt began.</summary>
    /// <param name="Epoch">Its epoch, taken in the catalog.</param>
    /// <param name="At">When.</param>
    /// <param name="Level">The level that was chosen for all attempts; null where none was, or earlier.</param>
    public sealed record AttemptStarted(
        Epoch Epoch,
        DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ChosenLevel? Level = null) : IJobEvent;

    /// <summary>Storage is ready; the client gets its orders.</summary>
    /// <param name="Address">Where the client connects.</param>
    /// <param name="Resume">Where the client begins.</param>
    /// <param name="At">When.</param>
    /// <param name="Drives">How many of the granted drives it uses, the first ones; 0: one.</param>
    public sealed record SessionOpened(
        DataAddress Address,
        ResumePoint Resume,
        DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Drives = 0) : IJobEvent;

    /// <summary>A fragment is durable on the medium and in the catalog.</summary>
    /// <param name="Fragment">What it is.</param>
    /// <param name="At">When.</param>
    public sealed record FragmentClosed(FragmentSummary Fragment, DateTimeOffset At) : IJobEvent;

    /// <summary>The client has done its part.</summary>
    /// <param name="Result">What it did.</param>
    /// <param name="At">When.</param>
    public sealed record ClientFinished(ClientResult Result, DateTimeOffset At) : IJobEvent;

    /// <summary>Storage has done its part.</summary>
    /// <param name="Result">What it did.</param>
    /// <param name="At">When.</param>
    public sealed record StorageFinished(StorageResult Result, DateTimeOffset At) : IJobEvent;

    /// <summary>The attempt cannot go on.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="At">When.</param>
    public sealed record AttemptLost(JobFailure Failure, DateTimeOffset At) : IJobEvent;

    /// <summary>The client holds nothing of the attempt any more.</summary>
    /// <param name="At">When.</param>
    public sealed record ClientReleased(DateTimeOffset At) : IJobEvent;

    /// <summary>Storage holds nothing of the attempt any more.</summary>
    /// <param name="At">When.</param>
    public sealed record StorageReleased(DateTimeOffset At) : IJobEvent;

    /// <summary>The pause is over; the next attempt asks for its resources.</summary>
    /// <param name="At">When.</param>
    public sealed record Resumed(DateTimeOffset At) : IJobEvent;

    /// <summary>Somebody asked for the end.</summary>
    /// <param name="At">When.</param>
    /// <param name="By">The rule that did, or a job that takes its place; null: an operator.</param>
    public sealed record CancelRequested(
        DateTimeOffset At,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? By = null) : IJobEvent;

    /// <summary>The scripts of a place and moment have ended.</summary>
    /// <param name="Where">On which node they ran.</param>
    /// <param name="When">Before the work, or after it.</param>
    /// <param name="Failure">The first failure that counts; null: there was none.</param>
    /// <param name="At">When.</param>
    public sealed record ScriptsEnded(
        ScriptPlace Where, ScriptMoment When, JobFailure? Failure, DateTimeOffset At) : IJobEvent;

    /// <summary>It was said who is to do what the job asks of a person.</summary>
    /// <param name="Person">Who; null: nobody any more.</param>
    /// <param name="By">Who said so.</param>
    /// <param name="Note">What is said to the person; null: nothing.</param>
    /// <param name="Since">Since when the job waits for it, by the storage node's clock: another moment is another
    /// request.</param>
    /// <param name="At">When.</param>
    public sealed record RequestAssigned(
        string? Person, string By, string? Note, DateTimeOffset Since, DateTimeOffset At) : IJobEvent;

    /// <summary>The end, which is in the catalog.</summary>
    /// <param name="Outcome">How.</param>
    /// <param name="Failure">Why it failed; null when it did not.</param>
    /// <param name="At">When.</param>
    public sealed record Ended(JobOutcome Outcome, JobFailure? Failure, DateTimeOffset At) : IJobEvent;
}
