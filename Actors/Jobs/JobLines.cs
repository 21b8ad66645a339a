using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>The line that an event leaves in its job's log.</summary>
internal static class JobLines
{
    public static JobLogLine? Of(IJobEvent happened, JobState state) => happened switch
    {
        JobEvents.Created e => Info(e, "accepted", Accepted(e.Spec)),
        JobEvents.Granted { Drive: { } drive, More: { Count: > 0 } more } e =>
            Info(e, "granted", $"Drives {string.Join(", ", more.Prepend(drive))} are the job's."),
        JobEvents.Granted { Drive: { } drive } e => Info(e, "granted", $"Drive {drive} is the job's."),
        JobEvents.AttemptStarted e =>
            Info(e, "attempt", $"Attempt {state.Attempts} begins, epoch {e.Epoch}.{LevelOf(e.Level, state)}"),
        JobEvents.SessionOpened e when e.Resume.NextFragment > 0 =>
            Info(e, "resumed",
                $"Storage is ready{Where(e)}; the job goes on with fragment {e.Resume.NextFragment}, all before are "
                    + "sealed."),
        JobEvents.SessionOpened e => Info(e, "opened", $"Storage is ready{Where(e)}."),
        JobEvents.FragmentClosed { Fragment: var closed } e when state.Spec is CopySpec copy => Info(
            e, "fragment-copied",
            $"Fragment {copy.Fragments?.ElementAtOrDefault(closed.Fragment) ?? closed.Fragment} is on "
            + $"{string.Join(", ", closed.Volumes)} and in the catalog as copy {copy.Copy}: "
            + $"{closed.StoredBytes} bytes."),
        JobEvents.FragmentClosed { Fragment: var closed } e => Info(
            e,
            closed.Seal ? "image-sealed" : "fragment-closed",
            $"Fragment {closed.Fragment} is on {string.Join(", ", closed.Volumes)} and in the catalog: "
            + $"{closed.Files} items, {closed.StoredBytes} bytes stored"
            + (closed.Seal ? "; it seals the image." : ".")),
        JobEvents.AttemptLost { Failure: JobFailure.NothingChanged nothing } e =>
            Info(e, FailureText.Code(nothing), FailureText.Sentence(nothing)),
        JobEvents.AttemptLost e => new JobLogLine(
            e.At, JobRules.IsRetryable(e.Failure) ? LogSeverity.Warning : LogSeverity.Error,
            FailureText.Code(e.Failure), FailureText.Sentence(e.Failure)),
        JobEvents.ClientFinished { Result.LongLists: { } lists } e => new JobLogLine(
            e.At, LogSeverity.Warning, "long-list",
            $"The list of names in {lists.First} is longer than 16 MiB and not in the archive"
                + (lists.Count > 1 ? $", as are those of {lists.Count - 1} other directories" : "")
                + ": a restore by GNU tar alone leaves there what was deleted since the base; one by this program does "
                + "not."),
        JobEvents.ScriptsEnded { Failure: null } e => Info(
            e, "scripts-ended", $"The scripts {WordOf(e.When)} the work have ended on "
                + $"{JobScripts.PlaceOf(state, e.Where)}."),
        JobEvents.ScriptsEnded { Failure: { } failure } e => new JobLogLine(
            e.At, e.When == ScriptMoment.Before ? LogSeverity.Error : LogSeverity.Warning, FailureText.Code(failure),
            FailureText.Sentence(failure)),
        JobEvents.RequestAssigned { Person: { } person } e => Info(
            e, "request-assigned",
            $"What it waits for was asked of {person}{(e.Note is null ? "." : $": {e.Note}")}"),
        JobEvents.RequestAssigned e => Info(e, "request-given-back", "What it waits for is asked of nobody any more."),
        JobEvents.CancelRequested e =>
            Info(e, "cancel", $"Cancellation was asked for{(e.By is { } by ? $" by {by}" : "")}."),
        _ => null,
    };

    /// <summary>What the plan of a backup warned of; null: nothing.</summary>
    public static JobLogLine? WarningOf(IJobEvent happened) =>
        happened is JobEvents.Created { Spec: BackupSpec { Run.Warning: { } warning } } e
            ? new JobLogLine(e.At, LogSeverity.Warning, "plan-warning", warning) : null;

    /// <summary>The image that a job writes or reads.</summary>
    public static ImageId? ImageOf(JobSpec spec) => spec switch
    {
        BackupSpec backup => backup.Image,
        RestoreSpec restore => restore.Image,
        VerifySpec { State: StateUse.None } verify => verify.Image,
        MergeSpec merge => merge.Image,
        CopySpec copy => copy.Image,
        _ => null,
    };

    private static string Accepted(JobSpec spec) => spec switch
    {
        BackupSpec { Rule: { } rule } s =>
            $"Backup of client {s.Client} by policy {s.Policy}, asked for level {rule.Level} ({s.LevelReason}).",
        BackupSpec s => $"Backup of client {s.Client} by policy {s.Policy}, level {s.Level}: {s.LevelReason}",
        RestoreSpec { Since: { } since } s => string.Create(
            CultureInfo.InvariantCulture,
            $"Restore of image {s.Image}, the state of {since:yyyy-MM-dd HH:mm:ss}Z, on client {s.Client} below "
                + $"{s.Target}."),
        RestoreSpec s => $"Restore of image {s.Image} on client {s.Client} below {s.Target}.",
        VerifySpec { Against: VerifyTarget.Media } s => $"Verification of image {s.Image} on its media.",
        VerifySpec { Against: VerifyTarget.Data, Chain: { } chain } s =>
            $"Verification of image {s.Image} and the {chain.Count - 1} on which it builds, on their media.",
        VerifySpec { Against: VerifyTarget.Data } s => $"Verification of image {s.Image} on its media.",
        VerifySpec { State: StateUse.Record } s => $"Recording of the state of the disk of client {s.Client}.",
        VerifySpec { State: StateUse.Compare } s =>
            $"Comparison of the recorded state {s.Image} with the disk of client {s.Client}.",
        VerifySpec s => $"Comparison of image {s.Image} with the disk of client {s.Client}.",
        EstimateSpec s => $"Estimate of what backups of client {s.Client} by policy {s.Policy} would hold, of level "
            + $"{string.Join(", ", s.Levels.Select(level => level.Level))}.",
        MergeSpec s => $"Merge of image {s.Newest().Image} and the {s.Chain.Count - 1} on which it builds ("
            + $"{string.Join(", ", s.Chain.SkipLast(1).Select(image => image.Image))}), as the full image {s.Image}.",
        CopySpec { Retires: { } pool, Fragments: not null } s =>
            $"Migration of image {s.Image} from pool {pool} to pool {s.Pool}, where copy {s.Copy} lies already.",
        CopySpec { Retires: { } pool } s =>
            $"Migration of image {s.Image} from pool {pool} to pool {s.Pool}, as copy {s.Copy}.",
        CopySpec { Fragments: { } some } s => $"Healing of image {s.Image}: fragments {string.Join(", ", some)} are "
            + $"written once more to pool {s.Pool}.",
        CopySpec s => $"Copy of image {s.Image} to pool {s.Pool}, as copy {s.Copy}.",
        AdminSpec s => $"Scripts of policy {s.Policy} for client {s.Client}.",
        ScanSpec s => $"Scan of library {s.Library}.",
        ScrubSpec { Volumes: { } some } s => $"Scrub of {string.Join(", ", some)} in library {s.Library}.",
        ScrubSpec { Pool: { } pool } s => $"Scrub of pool {pool} in library {s.Library}.",
        ScrubSpec s => $"Scrub of library {s.Library}.",
        _ => "Accepted.",
    };

    private static string WordOf(ScriptMoment when) => when == ScriptMoment.Before ? "before" : "after";

    /// <summary>Which node works for the job; none where all is in one process, or storage works alone.</summary>
    private static string Where(JobEvents.SessionOpened opened) =>
        opened.Address.Node.Length == 0 ? "" : $" at node {opened.Address.Node}";

    private static string LevelOf(ChosenLevel? level, JobState state) => level is null ? ""
        : $" It has level {level.Level}. {(state.Spec as BackupSpec)?.LevelReason ?? level.Reason}";

    private static JobLogLine Info(IJobEvent happened, string code, string text) =>
        new(happened.At, LogSeverity.Info, code, text);
}
