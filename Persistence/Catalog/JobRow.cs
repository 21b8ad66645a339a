using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table job. Also the parameters of its statements.</summary>
internal sealed class JobRow
{
    public const string Select =
        "SELECT id AS Id, request AS Request, kind AS Kind, policy AS Policy, client AS Client, file_set AS FileSet, "
        + "level AS Level, "
        + "phase AS Phase, outcome AS Outcome, created_at AS CreatedAt, started_at AS StartedAt, ended_at AS EndedAt, "
        + "epoch AS Epoch, "
        + "attempts AS Attempts, image AS Image, parameters AS Parameters, files AS Files, bytes_read AS BytesRead, "
        + "bytes_stored AS BytesStored, exceptions AS Exceptions, error_code AS ErrorCode, error_text AS ErrorText, "
        + "report AS Report FROM job";

    public const string Insert =
        "INSERT INTO job (id, request, kind, policy, client, file_set, level, phase, created_at, epoch, attempts, "
        + "image, parameters, "
        + "files, bytes_read, bytes_stored, exceptions) VALUES (@Id, @Request, @Kind, @Policy, @Client, @FileSet, "
        + "@Level, @Phase, "
        + "@CreatedAt, 0, 0, @Image, @Parameters, 0, 0, 0, 0)";

    public const string Update =
        "UPDATE job SET phase = @Phase, level = @Level, outcome = @Outcome, started_at = @StartedAt, "
        + "ended_at = @EndedAt, attempts = "
        + "@Attempts, "
        + "image = @Image, files = @Files, bytes_read = @BytesRead, bytes_stored = @BytesStored, exceptions = "
        + "@Exceptions, "
        + "error_code = @ErrorCode, error_text = @ErrorText, report = @Report WHERE id = @Id";

    public long Id { get; set; }

    public string Request { get; set; } = "";

    public long Kind { get; set; }

    public string? Policy { get; set; }

    public string Client { get; set; } = "";

    public string? FileSet { get; set; }

    public long Level { get; set; }

    public long Phase { get; set; }

    public long? Outcome { get; set; }

    public long CreatedAt { get; set; }

    public long? StartedAt { get; set; }

    public long? EndedAt { get; set; }

    public long Epoch { get; set; }

    public long Attempts { get; set; }

    public byte[]? Image { get; set; }

    public string Parameters { get; set; } = "";

    public long Files { get; set; }

    public long BytesRead { get; set; }

    public long BytesStored { get; set; }

    public long Exceptions { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorText { get; set; }

    public string? Report { get; set; }

    public static JobRow Of(JobId id, NewJob job) => new()
    {
        Id = id.Value,
        Request = Columns.Of(job.Request.Value),
        Kind = (long)job.Kind,
        Policy = Columns.OfOptional(job.Policy?.Value),
        Client = Columns.Of(job.Client.Value),
        FileSet = Columns.OfOptional(job.FileSet?.Value),
        Level = job.Level,
        Phase = (long)JobPhase.Waiting,
        CreatedAt = Columns.Of(job.At),
        Image = Columns.Of(job.Image),
        Parameters = Columns.Of(job.Parameters),
    };

    public static JobRow Of(JobRecord now, JobUpdate update)
    {
        var counts = update.Counts ?? now.Counts;
        return new JobRow
        {
            Id = now.Job.Value,
            Phase = (long)update.Phase,
            Outcome = (long?)update.Outcome,
            StartedAt = Columns.Of(now.StartedAt ?? update.StartedAt),
            EndedAt = Columns.Of(update.EndedAt),
            Attempts = update.Attempts ?? now.Attempts,
            Level = update.Level ?? now.Level,
            Image = Columns.Of(update.Image ?? now.Image),
            Files = counts.Files,
            BytesRead = counts.BytesRead,
            BytesStored = counts.BytesStored,
            Exceptions = counts.Exceptions,
            ErrorCode = update.Failure is { } failure ? FailureText.Code(failure) : now.ErrorCode,
            ErrorText = Columns.OfOptional(update.Failure is { } why ? FailureText.Sentence(why) : now.ErrorText),
            Report = Columns.OfOptional(update.Report ?? now.Report),
        };
    }

    public JobRecord ToRecord() => new()
    {
        Job = new JobId(Id),
        Request = new RequestId(Request),
        Kind = (JobKind)Kind,
        Client = new ClientName(Client),
        Policy = Policy is null ? null : new PolicyName(Policy),
        FileSet = FileSet is null ? null : new FileSetName(FileSet),
        Level = (int)Level,
        Phase = (JobPhase)Phase,
        Outcome = (JobOutcome?)Outcome,
        CreatedAt = Columns.Time(CreatedAt),
        StartedAt = Columns.OptionalTime(StartedAt),
        EndedAt = Columns.OptionalTime(EndedAt),
        Epoch = new Epoch(Epoch),
        Attempts = (int)Attempts,
        Image = Columns.OptionalImage(Image),
        Parameters = Parameters,
        Counts = new JobCounts(Files, BytesRead, BytesStored, Exceptions),
        ErrorCode = ErrorCode,
        ErrorText = ErrorText,
        Report = Report,
    };
}
