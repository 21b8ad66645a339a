using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>What a message means to a job: at most one event and one answer.</summary>
/// <param name="Event">To be persisted; null: nothing happens.</param>
/// <param name="Reply">To be sent when the event is durable, or at once without one; null: none.</param>
public readonly record struct JobDecision(IJobEvent? Event, object? Reply = null)
{
    /// <summary>Nothing happens.</summary>
    public static readonly JobDecision Ignore = new(null);

    /// <summary>Decides; changes nothing.</summary>
    /// <param name="job">The job's id.</param>
    /// <param name="state">Where it stands.</param>
    /// <param name="message">A command of <see cref="JobProtocol"/>, a report of client or storage, a grant.</param>
    /// <param name="now">The moment for the event.</param>
    /// <param name="awaited">What the job asks of a person now; null: nothing.</param>
    public static JobDecision On(
        JobId job, JobState state, object message, DateTimeOffset now, MountRequest? awaited = null) => message switch
        {
            JobProtocol.Assign assign => OnAssign(job, state, assign, now, awaited),
            JobProtocol.ICommand command => OnCommand(job, state, command, now),
            IAttemptMessage old when old.Epoch != state.Epoch => OnOldAttempt(state, old, now),
            NodeProtocol.Absent absent => OnAbsent(state, absent, now),
            ScriptsOver over when over.Running == state.Scripts =>
                new(new JobEvents.ScriptsEnded(over.Running.Where, over.Running.When, over.Failure, now)),
            LimitReached limit when !state.Cancelling && !IsClosing(state) =>
                new(new JobEvents.CancelRequested(now, limit.Rule)),
            StorageProtocol.IReport report => OnStorage(state, report, now),
            ClientProtocol.IReport report => OnClient(state, report, now),
            AllocatorProtocol.Granted granted when state.Step == JobStep.Reserving && granted.Turn == state.Turn =>
                new(new JobEvents.Granted(granted.Drive, now, granted.More)),
            AllocatorProtocol.Refused refused when state.Step == JobStep.Reserving =>
                new(new JobEvents.AttemptLost(refused.Failure, now)),
            JobPatience.Over over when JobPatience.Failure(state, over.WaitedFor, now) is { } failure =>
                new(new JobEvents.AttemptLost(failure, now)),
            _ => Ignore,
        };

    private static JobDecision OnCommand(
        JobId job, JobState state, JobProtocol.ICommand command, DateTimeOffset now) => command switch
        {
            JobProtocol.Start start when state.Spec is null || IsAnother(start.Spec, state.Asked!) =>
                new(new JobEvents.Created(start.Spec, now), new JobProtocol.Accepted(job)),
            JobProtocol.Start => new(null, new JobProtocol.Accepted(job)),
            JobProtocol.Cancel when state.Step == JobStep.Idle =>
                new(null, new JobProtocol.Refused(job, JobProtocol.Refusal.NotRunning)),
            JobProtocol.Cancel when state.Cancelling => new(null, new JobProtocol.Accepted(job)),
            JobProtocol.Cancel when IsClosing(state) =>
                new(null, new JobProtocol.Refused(job, JobProtocol.Refusal.Ended)),
            JobProtocol.Cancel cancel =>
                new(new JobEvents.CancelRequested(now, cancel.By), new JobProtocol.Accepted(job)),
            _ => Ignore,
        };

    private static JobDecision OnAssign(
        JobId job, JobState state, JobProtocol.Assign assign, DateTimeOffset now, MountRequest? awaited)
    {
        if (awaited is null)
            return new JobDecision(null, new JobProtocol.Refused(job, state.Step switch
            {
                JobStep.Idle => JobProtocol.Refusal.NotRunning,
                JobStep.Ending or JobStep.Over => JobProtocol.Refusal.Ended,
                _ => JobProtocol.Refusal.NothingAwaited,
            }));
        var known = state.WithPerson(awaited).AssignedTo;
        var isAlike = known?.Person == assign.Person && (known is null || known.Note == assign.Note);
        return new JobDecision(
            isAlike ? null
                : new JobEvents.RequestAssigned(assign.Person, assign.By, assign.Note, awaited.Since, now),
            new JobProtocol.Accepted(job));
    }

    /// <summary>
    /// The catalog gives out numbers and the journal follows it: where a catalog was lost and the journal was not, a
    /// number comes again for another job, and what the journal holds of the old one is over.
    /// </summary>
    private static bool IsAnother(JobSpec asked, JobSpec known) => JobSpecs.Write(asked) != JobSpecs.Write(known);

    /// <summary>
    /// A fragment that an older attempt sealed counts, whichever attempt is on: it is in the catalog. One of an image
    /// that was begun in another library, before the job moved, does not.
    /// </summary>
    private static JobDecision OnOldAttempt(JobState state, IAttemptMessage old, DateTimeOffset now) => old switch
    {
        StorageProtocol.FragmentClosed closed when closed.Epoch.Value < state.ImageFrom.Value =>
            new(null, new StorageProtocol.Noted(closed.Job, closed.Epoch, closed.Fragment.Fragment)),
        StorageProtocol.FragmentClosed closed => OnFragment(state, closed, now),
        _ => Ignore,
    };

    private static JobDecision OnStorage(
        JobState state, StorageProtocol.IReport report, DateTimeOffset now) => report switch
        {
            StorageProtocol.Ready ready when state.Step == JobStep.Opening =>
                new(new JobEvents.SessionOpened(ready.Address, ready.Resume, now, ready.Drives)),
            StorageProtocol.FragmentClosed closed
                when IsAtWork(state) && closed.Fragment.Fragment > state.Closed.Count =>
                new(new JobEvents.AttemptLost(Ahead(state, closed.Fragment.Fragment), now)),
            StorageProtocol.FragmentClosed closed => OnFragment(state, closed, now),
            StorageProtocol.Finished finished when IsAtWork(state) && state.Storage is null =>
                new(new JobEvents.StorageFinished(finished.Result, now)),
            StorageProtocol.Failed failed when IsAtWork(state) => new(new JobEvents.AttemptLost(failed.Failure, now)),
            StorageProtocol.Unknown when IsAtWork(state) =>
                new(new JobEvents.AttemptLost(new JobFailure.NodeStopped(), now)),
            StorageProtocol.Stopped when state.Step == JobStep.Releasing && !state.StorageReleased =>
                new(new JobEvents.StorageReleased(now)),
            _ => Ignore,
        };

    /// <summary>
    /// Nobody to wait for: what is not heard of is fenced by the next epoch, whatever it does meanwhile.
    /// </summary>
    private static JobDecision OnAbsent(
        JobState state, NodeProtocol.Absent absent, DateTimeOffset now) => state.Step switch
        {
            JobStep.Releasing when absent.Client is not null && !state.ClientReleased =>
                new(new JobEvents.ClientReleased(now)),
            JobStep.Releasing when state.Spec is CopySpec copy && copy.From != copy.Library
                && absent.Library == copy.From =>
                state.ClientReleased ? Ignore : new(new JobEvents.ClientReleased(now)),
            JobStep.Releasing when absent.Library is not null && !state.StorageReleased =>
                new(new JobEvents.StorageReleased(now)),
            JobStep.Opening or JobStep.Transferring => new(new JobEvents.AttemptLost(LossOf(absent), now)),
            JobStep.Scripting when absent.Client is not null && state.Scripts!.Where == ScriptPlace.Client =>
                new(new JobEvents.ScriptsEnded(ScriptPlace.Client, state.Scripts.When, LossOf(absent), now)),
            _ => Ignore,
        };

    /// <summary>Fragments come one by one, each when the one before is in the journal.</summary>
    private static JobFailure.CatalogError Ahead(JobState state, int fragment) => new(
        $"The storage node has sealed fragment {fragment} and the journal knows of {state.Closed.Count}: the database "
            + "is older than the job, as after a restore of it. Run the policy again; `backup scan` records what lies "
            + "on the volumes.");

    private static JobFailure LossOf(NodeProtocol.Absent absent)
    {
        var detail = $"Nothing was heard of it for {absent.For.TotalSeconds:0} s.";
        return absent.Client is { } client
            ? new JobFailure.ClientLost(client, detail)
            : new JobFailure.StorageLost(absent.Library!.Value, detail);
    }

    private static JobDecision OnFragment(JobState state, StorageProtocol.FragmentClosed closed, DateTimeOffset now)
    {
        var noted = new StorageProtocol.Noted(closed.Job, closed.Epoch, closed.Fragment.Fragment);
        if (closed.Fragment.Fragment < state.Closed.Count) return new JobDecision(null, noted);
        return closed.Fragment.Fragment == state.Closed.Count
            && state.Step is JobStep.Opening or JobStep.Transferring or JobStep.Releasing
            ? new JobDecision(new JobEvents.FragmentClosed(closed.Fragment, now), noted)
            : Ignore;
    }

    private static JobDecision OnClient(
        JobState state, ClientProtocol.IReport report, DateTimeOffset now) => report switch
        {
            ClientProtocol.Finished finished when IsAtWork(state) && state.Client is null =>
                new(new JobEvents.ClientFinished(finished.Result, now)),
            ClientProtocol.Failed failed when IsAtWork(state) => new(new JobEvents.AttemptLost(failed.Failure, now)),
            ClientProtocol.Unknown when state.Step == JobStep.Transferring && state.Client is null =>
                new(new JobEvents.AttemptLost(new JobFailure.NodeStopped(), now)),
            ClientProtocol.ScriptsEnded ended
                when state.Scripts is { Where: ScriptPlace.Client } running && running.When == ended.When =>
                new(new JobEvents.ScriptsEnded(ScriptPlace.Client, ended.When, ended.Failure, now)),
            ClientProtocol.Stopped when state.Step == JobStep.Releasing && !state.ClientReleased =>
                new(new JobEvents.ClientReleased(now)),
            _ => Ignore,
        };

    /// <summary>Nothing of it can be cancelled any more.</summary>
    private static bool IsClosing(JobState state) => state is { Step: JobStep.Ending or JobStep.Over }
        or { Scripts: { Where: ScriptPlace.Director, When: ScriptMoment.After } };

    private static bool IsAtWork(JobState state) => state.Step is JobStep.Opening or JobStep.Transferring;
}
