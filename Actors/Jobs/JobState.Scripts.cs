using Backup.Messages.Jobs;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <content>What runs around the work: scripts of the client around each attempt, of the director around all.</content>
public sealed partial record JobState
{
    /// <summary>The scripts that run; null: none do.</summary>
    public ScriptStage? Scripts { get; private init; }

    /// <summary>The newest attempt came as far as its client's scripts: those that run after it are owed.</summary>
    public bool OwesScripts { get; private init; }

    /// <summary>The newest attempt has run its client's scripts that come before the work.</summary>
    public bool IsPrepared { get; private init; }

    /// <summary>Scripts that ran after the work and whose failure counts.</summary>
    public int ScriptFailures { get; private init; }

    /// <summary>When its first attempt began.</summary>
    public DateTimeOffset? FirstBegunAt { get; private init; }

    /// <summary>The step in which the scripts of a place and moment run; null: there are none to be run.</summary>
    private JobState? Scripting(ScriptPlace where, ScriptMoment when, DateTimeOffset now) =>
        JobScripts.Of(this, where, when).Count == 0
            ? null
            : this with { Step = JobStep.Scripting, Scripts = new ScriptStage(where, when, now) };

    private JobState Accepted(JobEvents.Created e)
    {
        var accepted = None with
        {
            Step = JobStep.Reserving,
            Spec = e.Spec,
            Asked = e.Spec,
            AskedAt = e.At,
            ReadyAt = e.At,
            WaitsSince = e.At,
            Turn = Turn + 1,
        };
        return accepted.Scripting(ScriptPlace.Director, ScriptMoment.Before, e.At) ?? accepted;
    }

    private JobState Prepare(DateTimeOffset now)
    {
        if (JobScripts.FrameOf(Spec)?.Scripts.Any(script => script.Where == ScriptPlace.Client) != true)
            return Prepared();
        var owing = this with { OwesScripts = true };
        return owing.Scripting(ScriptPlace.Client, ScriptMoment.Before, now) ?? owing.Prepared();
    }

    /// <summary>Scripts alone are no work: what the client was told of the attempt is ended at once.</summary>
    private JobState Prepared() => this with
    {
        Step = Spec is AdminSpec ? JobStep.Releasing
            : JobParts.Of(Spec!).Storage ? JobStep.Opening
            : JobStep.Transferring,
        Scripts = null,
        IsPrepared = true,
    };

    private JobState ScriptsOver(JobEvents.ScriptsEnded e) => (e.Where, e.When, e.Failure) switch
    {
        (ScriptPlace.Director, ScriptMoment.Before, _) when Cancelling => Finish(e.At),
        (ScriptPlace.Director, ScriptMoment.Before, null) =>
            this with { Step = JobStep.Reserving, Scripts = null, ReadyAt = e.At, WaitsSince = e.At },
        (ScriptPlace.Director, ScriptMoment.Before, { } failure) => (this with { Lost = failure }).Finish(e.At),
        (ScriptPlace.Client, ScriptMoment.Before, null) => Prepared(),
        (ScriptPlace.Client, ScriptMoment.Before, { } failure) => Interrupted(failure).Leave(failure) with
        {
            Step = JobStep.Releasing,
            Lost = failure,
            Scripts = null,
        },
        (ScriptPlace.Client, ScriptMoment.After, _) => Counted(e.Failure).AttemptOver(e.At),
        _ => Counted(e.Failure) with { Step = JobStep.Ending, Scripts = null },
    };

    private JobState Counted(JobFailure? failure) =>
        failure is null ? this : this with { ScriptFailures = ScriptFailures + 1 };

    /// <summary>Nothing works for the attempt any more; what its client's scripts made ready is let go.</summary>
    private JobState LetGo(DateTimeOffset now)
    {
        var free = this with { OwesScripts = false, Scripts = null };
        return OwesScripts && free.Scripting(ScriptPlace.Client, ScriptMoment.After, now) is { } letting
            ? letting
            : free.AttemptOver(now);
    }

    /// <summary>What comes behind an attempt: the end, or a pause before the next one.</summary>
    private JobState AttemptOver(DateTimeOffset now)
    {
        var free = this with { Drive = null, More = [], Scripts = null };
        return free.WorkDone || free.Cancelling || !free.MayTryAgain
            ? free.Finish(now)
            : free with { Step = JobStep.Pausing };
    }

    /// <summary>The job is over but for its end in the catalog, and for what its director does behind it.</summary>
    private JobState Finish(DateTimeOffset now)
    {
        var free = this with { Drive = null, More = [], Scripts = null };
        return free.Scripting(ScriptPlace.Director, ScriptMoment.After, now) ?? free with { Step = JobStep.Ending };
    }
}
