using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table job_log. Also the parameters of its statements.</summary>
internal sealed class LogRow
{
    public const string Select =
        "SELECT seq AS Seq, source AS Source, source_seq AS SourceSeq, logged_at AS LoggedAt, severity AS Severity, "
        + "code AS Code, "
        + "text AS Text, path AS Path FROM job_log";

    private const string Insert =
        "INSERT INTO job_log (job, seq, source, source_seq, logged_at, severity, code, text, path) "
        + "SELECT @Job, COALESCE((SELECT MAX(seq) FROM job_log WHERE job = @Job), 0) + 1, @Source, @SourceSeq, "
        + "@LoggedAt, @Severity, "
        + "@Code, @Text, @Path WHERE NOT EXISTS "
        + "(SELECT 1 FROM job_log WHERE job = @Job AND source = @Source AND source_seq = @SourceSeq) RETURNING seq";

    private const string There =
        "SELECT COUNT(*) FROM job_log WHERE job = @Job AND seq = @Seq AND source = @Source AND logged_at = @LoggedAt "
        + "AND code = @Code AND text = @Text";

    public long Job { get; set; }

    public long Seq { get; set; }

    public string Source { get; set; } = "";

    public long? SourceSeq { get; set; }

    public long LoggedAt { get; set; }

    public long Severity { get; set; }

    public string Code { get; set; } = "";

    public string Text { get; set; } = "";

    public byte[]? Path { get; set; }

    /// <summary>Adds the line; its number in the job's log, or null when it was there.</summary>
    /// <param name="given">The number that an earlier run of the same call gave it, if any.</param>
    public long? Add(CatalogTransaction transaction, long? given)
    {
        Seq = given ?? 0;
        return given is not null && transaction.Number(There, this) > 0 ? given : transaction.Number(Insert, this);
    }

    public static LogRow Of(JobId job, JobLogLine line) => new()
    {
        Job = job.Value,
        Source = Columns.Of(line.Source),
        SourceSeq = line.SourceSequence,
        LoggedAt = Columns.Of(line.At),
        Severity = (long)line.Severity,
        Code = Columns.Of(line.Code),
        Text = Columns.Of(line.Text),
        Path = line.Path,
    };

    public JobLogEntry ToEntry() => new(
        Seq,
        new JobLogLine(Columns.Time(LoggedAt), (LogSeverity)Severity, Code, Text, Path, Source, SourceSeq));
}
