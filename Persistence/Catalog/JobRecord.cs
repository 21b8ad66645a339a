using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>A job to be recorded.</summary>
/// <param name="Request">Makes the creation idempotent.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Client">The client whose data it saves, or to which it restores.</param>
/// <param name="At">When it was asked for.</param>
/// <param name="Policy">The policy; null for a job without one.</param>
/// <param name="FileSet">The file set; null for a job without one.</param>
/// <param name="Level">0 (full) to 9.</param>
/// <param name="Image">The image that it reads, where it is known; a backup's image is recorded when it is
/// opened.</param>
/// <param name="Parameters">Its further parameters: a JSON object.</param>
public sealed record NewJob(
    RequestId Request,
    JobKind Kind,
    ClientName Client,
    DateTimeOffset At,
    PolicyName? Policy = null,
    FileSetName? FileSet = null,
    int Level = 0,
    ImageId? Image = null,
    string Parameters = "{}");

/// <summary>What came of recording a job beside others.</summary>
/// <param name="Job">The job, new or of the same request before; null: it is not recorded.</param>
/// <param name="Others">Those that were recorded before it and have not ended, lowest first.</param>
public sealed record JobCreation(JobRecord? Job, IReadOnlyList<JobRecord> Others);

/// <summary>A job as it is recorded.</summary>
public sealed record JobRecord
{
    /// <summary>Its number.</summary>
    public required JobId Job { get; init; }

    /// <summary>The request that made it.</summary>
    public required RequestId Request { get; init; }

    /// <summary>What it does.</summary>
    public required JobKind Kind { get; init; }

    /// <summary>The client.</summary>
    public required ClientName Client { get; init; }

    /// <summary>The policy; null for a job without one.</summary>
    public PolicyName? Policy { get; init; }

    /// <summary>The file set; null for a job without one.</summary>
    public FileSetName? FileSet { get; init; }

    /// <summary>0 (full) to 9.</summary>
    public int Level { get; init; }

    /// <summary>What it is doing.</summary>
    public required JobPhase Phase { get; init; }

    /// <summary>How it ended; null until then.</summary>
    public JobOutcome? Outcome { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The newest epoch that was taken for it; 0 before the first attempt.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>The image that it makes or reads.</summary>
    public ImageId? Image { get; init; }

    /// <summary>Its further parameters: a JSON object.</summary>
    public string Parameters { get; init; } = "{}";

    /// <summary>What it has done.</summary>
    public JobCounts Counts { get; init; }

    /// <summary>Short name of the failure, as `no-volume`; null without one.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The operator's sentence about the failure.</summary>
    public string? ErrorText { get; init; }

    /// <summary>The report at the end: a JSON object.</summary>
    public string? Report { get; init; }
}

/// <summary>A change of a job's record. What is null stays as it is.</summary>
/// <param name="Phase">What it is doing now. <see cref="JobPhase.Ended"/> needs an outcome, and is the last
/// change.</param>
public sealed record JobUpdate(JobPhase Phase)
{
    /// <summary>How it ended.</summary>
    public JobOutcome? Outcome { get; init; }

    /// <summary>When its first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Attempts so far.</summary>
    public int? Attempts { get; init; }

    /// <summary>The image that it makes or reads.</summary>
    public ImageId? Image { get; init; }

    /// <summary>The level that was chosen for it.</summary>
    public int? Level { get; init; }

    /// <summary>What it has done.</summary>
    public JobCounts? Counts { get; init; }

    /// <summary>Why it, or its last attempt, failed; code and sentence are made from it.</summary>
    public JobFailure? Failure { get; init; }

    /// <summary>The report at the end: a JSON object.</summary>
    public string? Report { get; init; }
}

/// <summary>Which jobs a list holds; null means any.</summary>
/// <param name="Kind">Of this kind.</param>
/// <param name="Ended">True: only ended ones; false: only others.</param>
/// <param name="Outcome">With this outcome.</param>
/// <param name="Client">Of this client.</param>
/// <param name="Policy">Of this policy.</param>
/// <param name="Before">Older than this job: for the next page.</param>
public sealed record JobFilter(
    JobKind? Kind = null,
    bool? Ended = null,
    JobOutcome? Outcome = null,
    ClientName? Client = null,
    PolicyName? Policy = null,
    JobId? Before = null);

/// <summary>A line for a job's log.</summary>
/// <param name="At">When it happened, by the writer's clock.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Code">Short name for scripts, as `volume-full`.</param>
/// <param name="Text">One sentence.</param>
/// <param name="Path">The item that it is about; bytes with `/`, null for none.</param>
/// <param name="Source">Who writes it, as `client`.</param>
/// <param name="SourceSequence">The writer's own number: a line with the same source and number is recorded once. Null:
/// always recorded.</param>
public sealed record JobLogLine(
    DateTimeOffset At,
    LogSeverity Severity,
    string Code,
    string Text,
    byte[]? Path = null,
    string Source = "director",
    long? SourceSequence = null);

/// <summary>A line of a job's log, as recorded.</summary>
/// <param name="Sequence">Its number in the job's log, from 1, without gaps.</param>
/// <param name="Line">The line.</param>
public sealed record JobLogEntry(long Sequence, JobLogLine Line);
