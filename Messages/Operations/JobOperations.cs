using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Messages.Operations;

/// <summary>Starts a backup job for each client of a policy.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Policy">A configured policy.</param>
/// <param name="Client">One client of the policy only; null: all.</param>
/// <param name="Level">`full`, `differential`, `incremental` or 0 to 9; null: as the policy says.</param>
/// <param name="NoRecord">The images are never a base of others.</param>
/// <param name="AllowEmpty">Also record a root as empty below which the base has items.</param>
/// <param name="Priority">0 to 1000, among jobs that wait; null: the policy's.</param>
/// <param name="Scheduled">As its schedule does: by the rule that the schedule has for backups that have not
/// ended, and behind what its plan measures first.</param>
/// <param name="ToPool">Volumes of this pool take it; null: of the policy's.</param>
/// <param name="Only">A user's choice: of one client only these paths, absolute and within the roots of the file set,
/// each with all below (UTF-8; `\xNN` stands for another byte). The image is a full beside the chain, of a file set of
/// its own (docs/queue.md). Null: everything.</param>
/// <param name="SelectBy">How an incremental knows what changed; null: as the policy says.</param>
/// <param name="DueAt">The moment for which a schedule meant the run; null: it was not meant for any.</param>
/// <param name="Messages">Who is told what becomes of the jobs, by a configured name, or `none`; null: as the policy
/// says.</param>
/// <param name="Spool">Whether they go to the spool first, where there is one; null: as the pool says.</param>
/// <param name="CopyTo">Other pools in which a copy is promised, instead of those of the policy; null: the
/// policy's.</param>
public sealed record RunPolicy(
    RequestId Request,
    PolicyName Policy,
    ClientName? Client = null,
    string? Level = null,
    bool NoRecord = false,
    bool AllowEmpty = false,
    int? Priority = null,
    bool Scheduled = false,
    PoolName? ToPool = null,
    IReadOnlyList<string>? Only = null,
    SelectBy? SelectBy = null,
    DateTimeOffset? DueAt = null,
    string? Messages = null,
    SpoolUse? Spool = null,
    IReadOnlyList<PoolName>? CopyTo = null) : ICommandRequest;

/// <summary>Jobs were accepted. Accepted is not done.</summary>
/// <param name="Jobs">Their ids, at least one.</param>
/// <param name="Notes">Which clients are left out because of a backup that has not ended, and which of these are
/// cancelled: a sentence each. Null: none.</param>
/// <param name="AwaitedUntil">The jobs measure first, of a run that is <see cref="RunPolicy.Scheduled"/> by a plan:
/// asked again when they have ended, or at this moment, the request starts its backups. Null: these are its
/// jobs.</param>
public sealed record JobsStarted(
    IReadOnlyList<JobId> Jobs, IReadOnlyList<string>? Notes = null, DateTimeOffset? AwaitedUntil = null) : IReply;

/// <summary>Cancels a job that waits or runs.</summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Job">The job.</param>
public sealed record CancelJob(RequestId Request, JobId Job) : ICommandRequest;

/// <summary>The cancellation is recorded; the job ends within seconds.</summary>
/// <param name="Job">The job.</param>
public sealed record JobCancelling(JobId Job) : IReply;

/// <summary>
/// Does what a job that has ended did once more, as a new job: a backup by its policy as it is configured now, of the
/// same client; anything else exactly as it was asked for.
/// </summary>
/// <param name="Request">Idempotency key.</param>
/// <param name="Job">The job.</param>
/// <param name="Level">Of a backup: `full`, `differential`, `incremental` or 0 to 9 instead of what it was asked for;
/// null: that.</param>
public sealed record RerunJob(RequestId Request, JobId Job, string? Level = null) : ICommandRequest;

/// <summary>Asks for jobs, newest first.</summary>
/// <param name="Limit">Most jobs in the answer, 1 to 10,000.</param>
/// <param name="RunningOnly">Only jobs that have not ended.</param>
public sealed record ListJobs(int Limit = 50, bool RunningOnly = false) : IRequest;

/// <summary>Jobs, newest first.</summary>
/// <param name="Jobs">The jobs.</param>
public sealed record JobList(IReadOnlyList<JobSummary> Jobs) : IReply;

/// <summary>Asks for one job with its progress and a part of its log.</summary>
/// <param name="Job">The job.</param>
/// <param name="LogAfter">Only log lines with a greater number; 0: from the first.</param>
/// <param name="LogLimit">Most log lines in the answer, 0 to 10,000.</param>
public sealed record ShowJob(JobId Job, long LogAfter = 0, int LogLimit = 1000) : IRequest;

/// <summary>One job.</summary>
/// <param name="Job">What is in the catalog.</param>
/// <param name="Progress">What is going on; null when it has ended or nothing is known yet.</param>
/// <param name="WaitsFor">Why it waits, nearest reason first; empty when it does not wait.</param>
/// <param name="Log">Log lines in order.</param>
/// <param name="Report">The report; null before the end.</param>
/// <param name="Parts">Who works on it, in the order client, storage, catalog, director; null when it has ended or
/// nothing is known.</param>
/// <param name="Spool">What of its image lies on a spool now; null: nothing.</param>
public sealed record JobDetails(
    JobSummary Job,
    JobProgress? Progress,
    IReadOnlyList<string> WaitsFor,
    IReadOnlyList<LogLine> Log,
    JobReport? Report,
    IReadOnlyList<JobPart>? Parts = null,
    SpooledFragments? Spool = null) : IReply;

/// <summary>Who works on a job, as its saga knows it at this moment (acceptance S1-23).</summary>
/// <param name="Part">`client`, `storage`, `catalog`, or `director`: the one that has the saga.</param>
/// <param name="Name">The client or the drive; empty for others.</param>
/// <param name="Node">The node; its address where no name is known, null where nobody is known.</param>
/// <param name="Doing">Its step.</param>
/// <param name="At">The item or volume under way, safe to print; null when there is none.</param>
/// <param name="BytesPerSecond">What it passes on, content of files from a client, bytes on the medium from
/// storage; null when it passes on nothing.</param>
/// <param name="HeardAt">When it said so; null for a part that has not said anything yet.</param>
/// <param name="Message">The newest message that the saga had of it in this attempt, as `ClientProtocol.Advanced`; of
/// the catalog through storage; of the director the newest that it sent. Null: none yet.</param>
/// <param name="MessageAt">When that was.</param>
public sealed record JobPart(
    string Part,
    string Name,
    string? Node,
    string Doing,
    string? At,
    double? BytesPerSecond,
    DateTimeOffset? HeardAt,
    string? Message = null,
    DateTimeOffset? MessageAt = null);

/// <summary>Asks for all exceptions of a job, in pages: of a backup those of its closed fragments, of any other job
/// those of its newest attempt.</summary>
/// <param name="Job">The job.</param>
/// <param name="After">The number of the last one of the page before; null: from the first.</param>
/// <param name="Limit">Most exceptions in the answer, 1 to 10,000.</param>
public sealed record ListExceptions(JobId Job, string? After = null, int Limit = 1000) : IRequest;

/// <summary>Exceptions of a job.</summary>
/// <param name="Exceptions">In the order in which they are recorded.</param>
/// <param name="Next">Pass as After for the rest; null at the end.</param>
public sealed record ExceptionList(IReadOnlyList<JobException> Exceptions, string? Next) : IReply;

/// <summary>One item that could not be treated as asked.</summary>
/// <param name="Number">Where it stands in the list; says nothing by itself.</param>
/// <param name="Code">A stable code, as `changed-while-read`.</param>
/// <param name="Text">The sentence, safe to print.</param>
public sealed record JobException(string Number, string Code, string Text);

/// <summary>One line of a list of jobs.</summary>
/// <param name="Job">The job.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Policy">Its policy; null for one without.</param>
/// <param name="Client">Its client; null for one without.</param>
/// <param name="Level">0 to 9; null for other than backups.</param>
/// <param name="State">`waiting`, `running`, `cancelling` or `ended`.</param>
/// <param name="Outcome">How it ended; null before.</param>
/// <param name="Image">The image that it writes or reads; null when there is none yet.</param>
/// <param name="Created">When it was accepted.</param>
/// <param name="Ended">When it ended.</param>
/// <param name="Files">Items saved, restored or compared so far or at the end.</param>
/// <param name="Bytes">Bytes of content of these.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Exceptions">Items that could not be treated as asked.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="Failure">The sentence why it failed; null when it did not.</param>
/// <param name="WaitsFor">Why it waits, nearest reason first; empty when it does not, null when that was not
/// asked.</param>
/// <param name="PendingCopies">Of one that has saved something: the copies that are promised and not there (yet).
/// Null: none.</param>
public sealed record JobSummary(
    JobId Job,
    JobKind Kind,
    PolicyName? Policy,
    ClientName? Client,
    int? Level,
    string State,
    JobOutcome? Outcome,
    ImageId? Image,
    DateTimeOffset Created,
    DateTimeOffset? Ended,
    long Files,
    long Bytes,
    long StoredBytes,
    long Exceptions,
    int Attempts,
    string? Failure,
    IReadOnlyList<string>? WaitsFor = null,
    IReadOnlyList<PendingCopy>? PendingCopies = null);

/// <summary>What a job does at this moment; known to the running job only, about a second old at most.</summary>
/// <param name="Phase">`queued`, `opening`, `scripts`, `transferring`, `sealing`, `cataloguing`, `restoring`,
/// `verifying`, `scanning`, `waiting`, `releasing`, `ending`.</param>
/// <param name="Files">Items treated so far in this attempt and those sealed before.</param>
/// <param name="Bytes">Bytes of content read (restore: written) so far.</param>
/// <param name="StoredBytes">Bytes on the medium so far.</param>
/// <param name="BytesPerSecond">Rate of <paramref name="Bytes"/> over the last seconds.</param>
/// <param name="Exceptions">Exceptions so far.</param>
/// <param name="Path">The item under way, safe to print; null when there is none.</param>
/// <param name="Drive">The drive in use; null when there is none.</param>
/// <param name="Volume">The volume in the drive; null when there is none.</param>
/// <param name="TotalBytes">Bytes to do in all, where known.</param>
/// <param name="At">When this was measured.</param>
/// <param name="Awaits">The volume that a person must bring before it goes on; null when it waits for none.</param>
/// <param name="InUse">The volume for which it waits until another drive gives it back; null: none.</param>
public sealed record JobProgress(
    string Phase,
    long Files,
    long Bytes,
    long StoredBytes,
    double BytesPerSecond,
    long Exceptions,
    string? Path,
    DriveId? Drive,
    VolumeName? Volume,
    long? TotalBytes,
    DateTimeOffset At,
    MountRequest? Awaits = null,
    JobFailure.VolumeInUse? InUse = null);

/// <summary>One line of a job's log.</summary>
/// <param name="Number">Counts from 1 within the job.</param>
/// <param name="At">When it happened.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Code">A stable code, as `file-unreadable`.</param>
/// <param name="Text">The sentence, safe to print.</param>
public sealed record LogLine(long Number, DateTimeOffset At, LogSeverity Severity, string Code, string Text);

/// <summary>What a job leaves behind (acceptance S0-15).</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Image">The image; null when none was made or read.</param>
/// <param name="Root">The image's root, 64 hexadecimal digits; null when it has none.</param>
/// <param name="Files">Items by kind, as `Regular`, `Directory`; those that attempts before the last one sealed as
/// `InEarlierAttempts`.</param>
/// <param name="Bytes">Bytes of content.</param>
/// <param name="StoredBytes">Bytes on the medium.</param>
/// <param name="Fragments">Fragments written or read.</param>
/// <param name="Volumes">Volumes written or read, in order.</param>
/// <param name="Exceptions">Number of exceptions; each is named in the catalog.</param>
/// <param name="ExceptionsByKind">Their number by kind.</param>
/// <param name="FirstExceptions">The first of them, up to 100, as sentences.</param>
/// <param name="Excluded">Items left out by each rule, as `exclude *.tmp`.</param>
/// <param name="Phases">Seconds by phase.</param>
/// <param name="Attempts">Attempts that it took.</param>
/// <param name="RestoreCommand">The one shell line that restores the image with plain tools; null when there is
/// none.</param>
/// <param name="Failure">Why it failed; null when it did not.</param>
/// <param name="BytesPerSecond">Rate of <paramref name="Bytes"/> over the time in which data moved; 0 when none
/// did.</param>
/// <param name="Sizes">Of an estimate: what backups would hold, by level; null for other jobs.</param>
/// <param name="MergedFrom">Of a merge: the images that it read, oldest first; null for other jobs.</param>
public sealed record JobReport(
    JobOutcome Outcome,
    ImageId? Image,
    string? Root,
    IReadOnlyDictionary<string, long> Files,
    long Bytes,
    long StoredBytes,
    int Fragments,
    IReadOnlyList<VolumeName> Volumes,
    long Exceptions,
    IReadOnlyDictionary<string, long> ExceptionsByKind,
    IReadOnlyList<string> FirstExceptions,
    IReadOnlyDictionary<string, long> Excluded,
    IReadOnlyDictionary<string, double> Phases,
    int Attempts,
    string? RestoreCommand,
    string? Failure,
    double BytesPerSecond = 0,
    IReadOnlyList<LevelSize>? Sizes = null,
    IReadOnlyList<ImageId>? MergedFrom = null);
