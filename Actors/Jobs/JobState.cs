using System.Collections.Immutable;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>Where a job stands. The order of the steps is the order of the normal run.</summary>
public enum JobStep
{
    /// <summary>Nothing is known yet.</summary>
    Idle,

    /// <summary>Waits for drive and client slot.</summary>
    Reserving,

    /// <summary>Takes the epoch of a new attempt in the catalog.</summary>
    Starting,

    /// <summary>Storage opens its session.</summary>
    Opening,

    /// <summary>The client gets its orders and works.</summary>
    Transferring,

    /// <summary>Client and storage are told to stop and release what they hold.</summary>
    Releasing,

    /// <summary>Waits before the next attempt.</summary>
    Pausing,

    /// <summary>Writes the end into the catalog.</summary>
    Ending,

    /// <summary>Has ended.</summary>
    Over,

    /// <summary>Scripts run, before or after the work.</summary>
    Scripting,
}

/// <summary>
/// What a job knows: a pure function of its events. Reads no clock, no configuration, no random number; the same
/// journal gives the same state.
/// </summary>
public sealed partial record JobState
{
    /// <summary>A job of which nothing is known.</summary>
    public static readonly JobState None = new();

    /// <summary>Where it stands.</summary>
    public JobStep Step { get; private init; }

    /// <summary>What it is, with what was chosen meanwhile; null only while idle.</summary>
    public JobSpec? Spec { get; private init; }

    /// <summary>What it was asked to be; null only while idle.</summary>
    public JobSpec? Asked { get; private init; }

    /// <summary>Libraries in which an attempt was lost by their fault, the last one last.</summary>
    public ImmutableList<LibraryName> Left { get; private init; } = [];

    /// <summary>
    /// The job has moved to another library, or gave up its full for want of volumes, and makes another image with the
    /// next attempt.
    /// </summary>
    public bool Moved { get; private init; }

    /// <summary>
    /// The backup whose level is chosen when its next attempt begins; null: it stands. It is chosen once for an image,
    /// when the job's turn has come: all attempts at it have one base, which lies in the image's library.
    /// </summary>
    public BackupSpec? Undecided =>
        Spec is BackupSpec { Rule: not null } backup && (Attempts == 0 || Moved) ? backup : null;

    /// <summary>
    /// The backup whose base is looked at when its next attempt begins: it may be gone since it was chosen. Null: there
    /// is none, or fragments of the image are closed, which build on it.
    /// </summary>
    public BackupSpec? Rebased =>
        Spec is BackupSpec { Rule: not null, Base: not null } backup && Undecided is null && Closed.Count == 0
            ? backup : null;

    /// <summary>The library had no volume, and another one comes next.</summary>
    public bool Moves { get; private init; }

    /// <summary>The first attempt at the image; what older ones wrote is of another.</summary>
    public Epoch ImageFrom { get; private init; }

    /// <summary>
    /// When the first attempt began that has closed a fragment, or the newest one while none has: the image's
    /// since-moment, always behind its base's.
    /// </summary>
    public DateTimeOffset? Since { get; private init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset AskedAt { get; private init; }

    /// <summary>When it could begin first: accepted, and its director's scripts before the work ended.</summary>
    public DateTimeOffset ReadyAt { get; private init; }

    /// <summary>Since when it waits for what the allocator grants, while it does.</summary>
    public DateTimeOffset WaitsSince { get; private init; }

    /// <summary>Which time it asks the allocator, or holds what that granted; 1 with the first.</summary>
    public int Turn { get; private init; }

    /// <summary>The drive that was granted; null when none is held.</summary>
    public DriveId? Drive { get; private init; }

    /// <summary>Further drives of the same library that the job holds, in the order in which it uses them.</summary>
    public ImmutableList<DriveId> More { get; private init; } = [];

    /// <summary>The epoch of the newest attempt.</summary>
    public Epoch Epoch { get; private init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; private init; }

    /// <summary>
    /// Attempts since the last one that closed a fragment; those that ended because the node stopped, or a volume was
    /// in use, do not count.
    /// </summary>
    public int Fruitless { get; private init; }

    /// <summary>How often the node stopped under the job since it last closed a fragment.</summary>
    public int NodeStops { get; private init; }

    /// <summary>Where the client connects; null before storage is ready.</summary>
    public DataAddress? Address { get; private init; }

    /// <summary>Where the attempt began.</summary>
    public ResumePoint Resume { get; private init; } = ResumePoint.Beginning;

    /// <summary>Fragments closed so far, in order.</summary>
    public ClosedFragments Closed { get; private init; } = ClosedFragments.None;

    /// <summary>What the client did; null before it finished.</summary>
    public ClientResult? Client { get; private init; }

    /// <summary>What storage did; null before it finished.</summary>
    public StorageResult? Storage { get; private init; }

    /// <summary>The client holds nothing of the attempt any more.</summary>
    public bool ClientReleased { get; private init; } = true;

    /// <summary>Storage holds nothing of the attempt any more.</summary>
    public bool StorageReleased { get; private init; } = true;

    /// <summary>Somebody asked for the end.</summary>
    public bool Cancelling { get; private init; }

    /// <summary>Who did; null: an operator.</summary>
    public string? CancelledBy { get; private init; }

    /// <summary>Why the newest attempt was lost; null while none is.</summary>
    public JobFailure? Lost { get; private init; }

    /// <summary>Who was asked for what the job waits for, or waited for before in the attempt; null: nobody.</summary>
    public AssignedRequest? Assigned { get; private init; }

    /// <summary>How it ended; null before.</summary>
    public JobOutcome? Outcome { get; private init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public JobFailure? Failure { get; private init; }

    /// <summary>True when the work itself is done and only the release and the catalog are missing.</summary>
    public bool WorkDone => Spec is not null && JobParts.Of(Spec).IsDone(this);

    /// <summary>The state after an event.</summary>
    /// <param name="happened">The next event of the journal.</param>
    /// <exception cref="JournalCorruptException">The event cannot follow.</exception>
    public JobState After(IJobEvent happened) => (Step, happened) switch
    {
        // Another job of the same number, too: see JobDecision.IsAnother
        (_, JobEvents.Created e) => Accepted(e),
        (JobStep.Scripting, JobEvents.ScriptsEnded e) when (e.Where, e.When) == (Scripts!.Where, Scripts.When) =>
            ScriptsOver(e),
        (JobStep.Reserving, JobEvents.Granted e) => In(e.Drive) with
        {
            Step = JobStep.Starting,
            Drive = e.Drive,
            More = [.. e.More ?? []],
        },
        (JobStep.Starting, JobEvents.AttemptStarted e) => Begin(e),
        (JobStep.Opening, JobEvents.SessionOpened e) =>
            this with
            {
                Step = JobStep.Transferring,
                Address = e.Address,
                Resume = e.Resume,
                More = [.. More.Take(Math.Max(1, e.Drives) - 1)],
            },
        (JobStep.Opening or JobStep.Transferring or JobStep.Releasing, JobEvents.FragmentClosed e) =>
            Done(this with { Closed = Closed.With(e.Fragment), Fruitless = 0, NodeStops = 0 }),
        (JobStep.Opening or JobStep.Transferring, JobEvents.ClientFinished e) => Done(this with { Client = e.Result }),
        (JobStep.Opening or JobStep.Transferring, JobEvents.StorageFinished e) =>
            Done(this with { Storage = e.Result }),
        (JobStep.Opening or JobStep.Transferring, JobEvents.AttemptLost e) =>
            Lose(e.Failure) with
            {
                Step = JobStep.Releasing,
                Lost = e.Failure,
                Assigned = null,
            },
        (JobStep.Opening or JobStep.Transferring, JobEvents.RequestAssigned e) => this with
        {
            Assigned = e.Person is { } person
                ? new AssignedRequest(new Assignment(person, e.At, e.Note), e.Since) : null,
        },
        (JobStep.Starting or JobStep.Reserving, JobEvents.AttemptLost e) =>
            Released(this with { Lost = e.Failure, Moves = false }, e.At),
        (JobStep.Releasing, JobEvents.ClientReleased e) => Released(this with { ClientReleased = true }, e.At),
        (JobStep.Releasing, JobEvents.StorageReleased e) => Released(this with { StorageReleased = true }, e.At),
        (JobStep.Pausing, JobEvents.Resumed e) =>
            Degraded() with { Step = JobStep.Reserving, Lost = null, WaitsSince = e.At, Turn = Turn + 1 },
        (not JobStep.Over, JobEvents.CancelRequested e) => (this with { CancelledBy = e.By }).Cancel(e.At),
        (JobStep.Ending, JobEvents.Ended e) =>
            this with { Step = JobStep.Over, Outcome = e.Outcome, Failure = e.Failure },
        _ => throw new JournalCorruptException(
            $"{happened.GetType().Name} cannot follow while a job is {Step}. Restore the journal, or cancel the job."),
    };

    /// <summary>What the job asks of a person, with who was asked: not who was asked for something before.</summary>
    /// <param name="awaited">As its storage node says it.</param>
    public MountRequest WithPerson(MountRequest awaited) =>
        awaited with { AssignedTo = Assigned is { } known && known.Since == awaited.Since ? known.To : null };

    private JobState Begin(JobEvents.AttemptStarted e)
    {
        var parts = JobParts.Of(Spec!);
        // What an attempt on another base may have left is of an image that nobody goes on with
        var isAnother = Rebased is not null && e.Level is not null;
        var spec = Chosen(e.Level);
        return (this with
        {
            Spec = isAnother && spec is BackupSpec backup ? backup with { Image = NextImage } : spec,
            FirstBegunAt = FirstBegunAt ?? e.At,
            Epoch = e.Epoch,
            Since = Closed.Count > 0 && Since is { } since ? since : MomentOf(spec, e.At),
            ImageFrom = Moved || isAnother ? e.Epoch : ImageFrom,
            Moved = false,
            Attempts = Attempts + 1,
            Fruitless = Fruitless + 1,
            Client = null,
            Storage = null,
            Address = null,
            Assigned = null,
            ClientReleased = !parts.Client,
            StorageReleased = !parts.Storage,
            IsPrepared = false,
        }).Prepare(e.At);
    }

    /// <summary>Made once a turn, and the same in each replay.</summary>
    private ImageId NextImage => ((BackupSpec)Asked!).Image.Successor(Turn);

    /// <summary>A director's clock may be behind that of the one which made the base.</summary>
    private static DateTimeOffset MomentOf(JobSpec? spec, DateTimeOffset now) =>
        spec is BackupSpec { Base.Since: var since } && since >= now ? since.AddTicks(1) : now;

    private JobSpec? Chosen(ChosenLevel? level) => level is not null && Spec is BackupSpec backup
        ? backup with
        {
            Level = level.Level,
            Pool = (backup.Run?.Pool is null ? backup.PoolsByLevel?.Of(level.Level) : null)
                ?? (Asked as BackupSpec ?? backup).Pool,
            LevelReason = IsDegraded
                ? $"The plan chose a full, and its pool has no volume for that. {level.Reason}" : level.Reason,
            Base = level.Base,
            ExpectsItems = level.ExpectsItems,
            HadItems = level.HadItems,
        }
        : Spec;

    /// <summary>
    /// In the library of the drive. What an attempt before may have left in another, or still writes there, is of an
    /// image that nobody goes on with.
    /// </summary>
    private JobState In(DriveId? drive) => (Spec, drive?.Library) switch
    {
        (BackupSpec backup, { } library) when library != backup.Library => this with
        {
            Spec = backup with
            {
                Library = library,
                Image = Attempts == 0 ? backup.Image : NextImage,
            },
            Moved = Attempts > 0,
        },
        (RestoreSpec restore, { } library) when library != restore.Library =>
            this with { Spec = restore with { Library = library } },
        _ => this,
    };

    /// <summary>
    /// When the work is done and its parties have reported, what is held is released. While storage opens, the client
    /// has no orders yet: an earlier attempt had sealed the image, and there is nobody to wait for.
    /// </summary>
    private static JobState Done(JobState next) =>
        next.WorkDone && (next.Step == JobStep.Opening || HasReported(next))
            ? next with { Step = JobStep.Releasing }
            : next;

    private static bool HasReported(JobState state)
    {
        var parts = JobParts.Of(state.Spec!);
        return (state.Client is not null || !parts.Client) && (state.Storage is not null || !parts.Storage);
    }

    /// <summary>
    /// That the node stopped is not the job's fault, and does not use up its attempts. It may be its fault all the same
    /// when it happens every time, so it is counted by itself. A volume in use is what another job does, and passes.
    /// </summary>
    private JobState Interrupted(JobFailure failure) => failure switch
    {
        JobFailure.NodeStopped => this with { Fruitless = Math.Max(0, Fruitless - 1), NodeStops = NodeStops + 1 },
        JobFailure.VolumeInUse => this with { Fruitless = Math.Max(0, Fruitless - 1) },
        JobFailure.NoVolume when JobLibraries.MayMove(this) => this with { Fruitless = Math.Max(0, Fruitless - 1) },
        _ when Spec is RestoreSpec restore && JobLibraries.MovesOn(restore, this) && JobLibraries.IsAtFault(failure) =>
            this with { Fruitless = Math.Max(0, Fruitless - 1) },
        _ => this,
    };

    private JobState Leave(JobFailure failure) =>
        Spec is BackupSpec { OtherLibraries: not null } or RestoreSpec { Others: not null }
            && JobOrders.LibraryOf(Spec) is { } library && JobLibraries.IsAtFault(failure)
            ? this with
            {
                Left = Left.Remove(library).Add(library),
                Moves = failure is JobFailure.NoVolume && JobLibraries.MayMove(this),
            }
            : this with { Moves = false };

    private JobState Cancel(DateTimeOffset now)
    {
        var next = this with { Cancelling = true };
        return Step switch
        {
            JobStep.Reserving or JobStep.Starting or JobStep.Pausing => next.Finish(now),
            JobStep.Opening or JobStep.Transferring => next with { Step = JobStep.Releasing },
            JobStep.Scripting when Scripts is { Where: ScriptPlace.Client, When: ScriptMoment.Before } =>
                next with { Step = JobStep.Releasing, Scripts = null },
            _ => next, // scripts of the director are killed first, and those after the work run to their end
        };
    }

    /// <summary>What comes when client and storage hold nothing any more.</summary>
    private static JobState Released(JobState next, DateTimeOffset now) =>
        next.ClientReleased && next.StorageReleased ? next.LetGo(now) : next;

    private bool MayTryAgain =>
        Degrades || (Lost is not null
            && (Moves || JobRules.IsRetryable(Lost) || (Lost is JobFailure.BaseNotUsable && Rebased is not null))
            && Fruitless < JobRules.Retry(Spec!).AttemptsMax
            && !JobRules.NodeStoppedTooOften(this));
}

/// <summary>Who was asked for something.</summary>
/// <param name="To">Who.</param>
/// <param name="Since">Since when the job waits for it.</param>
public sealed record AssignedRequest(Assignment To, DateTimeOffset Since);

/// <summary>The fragments that a job has closed, without holding each.</summary>
/// <param name="Count">How many.</param>
/// <param name="Files">Members in them.</param>
/// <param name="Bytes">Bytes of their content.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Exceptions">Exceptions named in them.</param>
/// <param name="LastRoot">Root of the last one.</param>
/// <param name="Sealed">True when the last one seals the image.</param>
public sealed record ClosedFragments(
    int Count, long Files, long Bytes, long StoredBytes, long Exceptions, Sha256Digest LastRoot, bool Sealed)
{
    /// <summary>Of a job that has closed none.</summary>
    public static readonly ClosedFragments None = new(0, 0, 0, 0, 0, default, Sealed: false);

    /// <summary>With one more; one that is known already changes nothing.</summary>
    /// <param name="next">The next fragment.</param>
    public ClosedFragments With(FragmentSummary next) => next.Fragment < Count
        ? this
        : new ClosedFragments(
            next.Fragment + 1,
            Files + next.Files,
            Bytes + next.Bytes,
            StoredBytes + next.StoredBytes,
            Exceptions + next.Exceptions,
            next.Root,
            next.Seal);
}
