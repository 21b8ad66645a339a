using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Host.CommandLine;

/// <summary>Jobs for people: lists, log lines, and the report at the end.</summary>
internal static class JobText
{
    private const int ExceptionsShown = 10;

    public static string Outcome(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Complete => "complete",
        JobOutcome.CompleteWithExceptions => "complete with exceptions",
        JobOutcome.Incomplete => "incomplete",
        JobOutcome.Failed => "failed",
        _ => "cancelled",
    };

    /// <summary>As "complete, copy 2 pending".</summary>
    public static string State(JobSummary job) =>
        (job.Outcome is { } outcome ? Outcome(outcome) : job.State) + Pending(job.PendingCopies);

    /// <summary>As ", copy 2 pending"; empty where none is.</summary>
    public static string Pending(IReadOnlyList<PendingCopy>? copies) => copies is not { Count: > 0 } ? ""
        : $", {(copies.Count == 1 ? "copy" : "copies")} {string.Join(" and ", copies.Select(copy => copy.Copy))} "
            + "pending";

    public static string Kind(JobSummary job) => job.Kind.ToString().ToLowerInvariant();

    /// <summary>As "Job 12: backup of web1 by policy nightly".</summary>
    public static string Title(JobSummary job)
    {
        var of = job.Client is { } client ? $" of {client}" : "";
        var by = job.Policy is { } policy ? $" by policy {policy}" : "";
        return $"Job {job.Job}: {Kind(job)}{of}{by}";
    }

    public static string Log(LogLine line) =>
        $"{Quantity.Instant(line.At)} "
        + $"{(line.Severity == LogSeverity.Info ? "" : $"{line.Severity.ToString().ToLowerInvariant()}: ")}{line.Text}";

    public static void Print(Screen screen, JobList list) => Print(screen, list.Jobs);

    /// <summary>A row a job; where one waits, a last column says for what, nearest reason first.</summary>
    public static void Print(Screen screen, IReadOnlyList<JobSummary> jobs)
    {
        var waits = jobs.Any(job => job.WaitsFor is { Count: > 0 });
        var table = new ListTable([
            ">JOB", "KIND", "POLICY", "CLIENT", "CREATED", "STATE", ">FILES", ">SIZE", ">EXC.", "IMAGE",
            .. waits ? ["~WAITS FOR"] : Array.Empty<string>()]);
        foreach (var job in jobs)
            table.Row([
                job.Job.ToString(), Kind(job), job.Policy?.Value ?? "", job.Client?.Value ?? "",
                Quantity.Moment(job.Created), State(job),
                Quantity.Count(job.Files), Quantity.Bytes(job.Bytes), Quantity.Count(job.Exceptions),
                job.Image is { } image ? FileText.Short(image) : "",
                .. waits ? [string.Join("; ", job.WaitsFor ?? [])] : Array.Empty<string>()]);
        table.Print(screen);
    }

    /// <summary>Everything about a job but its log.</summary>
    public static void Print(Screen screen, JobDetails details)
    {
        var job = details.Job;
        screen.Line(Title(job));
        Field(screen, "state", $"{State(job)}{(job.Attempts > 1 ? $", attempt {job.Attempts}" : "")}");
        if (job is { Kind: JobKind.Backup or JobKind.Merge, Level: { } level })
            Field(screen, "level", level == 0 ? "0 (full)" : Quantity.Count(level));
        Field(screen, "created", Quantity.Instant(job.Created));
        if (job.Ended is { } ended)
            Field(screen, "ended", $"{Quantity.Instant(ended)}, after {Quantity.Time(ended - job.Created)}");
        foreach (var copy in job.PendingCopies ?? [])
            Field(screen, $"copy {copy.Copy}", $"to pool {copy.Pool}, pending: `backup jobs` shows who makes it");
        foreach (var reason in details.WaitsFor) Field(screen, "waits for", reason);
        if (details.Progress is { } progress) Field(screen, "now", ProgressText.Line(job.Job, progress, TimeSpan.Zero));
        if (details.Spool is { } spooled) Field(screen, "on spool", SpoolText.Of(spooled));
        if (details.Parts is { Count: > 0 } parts) Field(screen, "flow", JobDiagram.Of(job.Kind, parts));
        if (details.Report is { } report) Print(screen, report, job);
        else if (job.Failure is { } failure) Field(screen, "failure", failure);
    }

    /// <summary>The report of a job that has ended.</summary>
    public static void Print(Screen screen, JobReport report, JobSummary job)
    {
        if (report.Failure is { } failure) Field(screen, "failure", failure);
        if (report.Image is { } image) Field(screen, "image", image.ToString());
        Field(screen, "files", report.Files.Count == 0
            ? "none"
            : $"{Quantity.Count(report.Files.Values.Sum())} ({Counts(report.Files)})");
        Field(
            screen, "size",
            Quantity.Bytes(report.Bytes)
                + (report.BytesPerSecond > 0 ? $", {Quantity.Bytes(report.BytesPerSecond)}/s" : ""));
        if (report.MergedFrom is { } chain)
            Field(screen, "merged from", string.Join(", ", chain.Select(FileText.Short)));
        foreach (var size in report.Sizes ?? [])
            Field(screen, $"level {size.Level}", $"{Quantity.Bytes(size.Bytes)} in {Quantity.Count(size.Items, "item")}"
                + (size.Base is { } built ? $", since image {FileText.Short(built)}" : ""));
        if (report.StoredBytes > 0)
            Field(
                screen, "on media",
                $"{Quantity.Bytes(report.StoredBytes)} in {Quantity.Count(report.Fragments, "fragment")} on "
                    + $"{string.Join(", ", report.Volumes)}");
        if (report.Phases.Count > 0)
            Field(screen, "phases", string.Join(
                ", ", report.Phases.Select(phase => $"{phase.Key} {Quantity.Seconds(phase.Value)}")));
        if (report.Attempts > 1) Field(screen, "attempts", Quantity.Count(report.Attempts));
        foreach (var (rule, count) in report.Excluded) Field(screen, "excluded", $"{Quantity.Count(count)} by {rule}");
        PrintExceptions(screen, report, job);
        if (report.RestoreCommand is not { } command) return;
        screen.Line("  Restore without this program, in the library's directory:");
        screen.Line($"    {command}");
    }

    private static void PrintExceptions(Screen screen, JobReport report, JobSummary job)
    {
        if (report.Exceptions == 0) return;
        Field(screen, "exceptions", $"{Quantity.Count(report.Exceptions)} ({Counts(report.ExceptionsByKind)})");
        foreach (var sentence in report.FirstExceptions.Take(ExceptionsShown)) screen.Line($"    {sentence}");
        var more = report.Exceptions - Math.Min(ExceptionsShown, report.FirstExceptions.Count);
        if (report.Exceptions > ExceptionsShown && report.FirstExceptions.Count > 0)
            screen.Line($"    and {Quantity.Count(more)} more; see: backup job {job.Job} --exceptions");
    }

    private static string Counts(IReadOnlyDictionary<string, long> counts) =>
        string.Join(", ",
            counts.OrderByDescending(each => each.Value).Select(each => $"{Quantity.Count(each.Value)} {each.Key}"));

    private static void Field(Screen screen, string name, string value) => screen.Line($"  {name,-11}{value}");
}
