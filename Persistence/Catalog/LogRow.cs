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

    public const string Insert =
        "INSERT INTO job_log (job, seq, source, source_seq, logged_at, severity, code, text, path) "
        + "SELECT @Job, COALESCE((SELECT MAX(seq) FROM job_log WHERE job = @Job), 0) + 1, @Source, @SourceSeq, "
        + "@LoggedAt, @Severity, "
        + "@Code, @Text, @Path WHERE NOT EXISTS "
        + "(SELECT 1 FROM job_log WHERE job = @Job AND source = @Source AND source_seq = @SourceSeq)";

    public long Job { get; set; }

    public long Seq { get; set; }

    public string Source { get; set; } = "";

    public long? SourceSeq { get; set; }

    public long LoggedAt { get; set; }

    public long Severity { get; set; }

    public string Code { get; set; } = "";

    public string Text { get; set; } = "";

    public byte[]? Path { get; set; }

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
