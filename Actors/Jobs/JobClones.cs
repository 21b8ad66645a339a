using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// The jobs that a backup begins beside itself. Their requests are made of its number, so that there is one of each,
/// however often it is asked for and whichever director asks.
/// </summary>
internal static class JobClones
{
    /// <summary>Of a state in which they are to be begun; null: there are none, or not yet.</summary>
    /// <param name="state">Where the job stands.</param>
    public static BackupSpec? DueOf(JobState state) =>
        state is { Attempts: > 0, Spec: BackupSpec { Clones.Count: > 0 } spec } ? spec : null;

    /// <summary>
    /// Records them, each with a line in the job's log. Whoever takes unfinished jobs up starts them.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="job">The job.</param>
    /// <param name="spec">What it is, with its level.</param>
    /// <param name="now">The moment.</param>
    /// <returns>Those that have not ended.</returns>
    public static CatalogAnswer<IReadOnlyList<(JobId Job, JobSpec Spec)>> Begin(
        CatalogStore catalog, JobId job, BackupSpec spec, DateTimeOffset now)
    {
        var begun = new List<(JobId Job, JobSpec Spec)>();
        foreach (var (clone, number) in spec.Clones!.Select((clone, at) => (Of(job, spec, clone), at + 1)))
        {
            var made = catalog.Jobs.Create(new NewJob(
                RequestOf(job, number), JobKind.Backup, clone.Client, now, clone.Policy, clone.FileSet.Name,
                clone.Level, Parameters: JobSpecs.Write(clone)));
            if (!made.Is(out var row, out var failure)) return failure;
            if (row.Phase != JobPhase.Ended) begun.Add((row.Job, JobSpecs.Read(row.Parameters)));
            var line = new JobLogLine(
                now, LogSeverity.Info, "clone",
                $"Job {row.Job} begins beside it: policy {clone.Policy}, pool {clone.Pool}.", Source: "clones",
                SourceSequence: number);
            if (catalog.Jobs.AppendLog(job, [line]).Failure is { } unsaid) return unsaid;
        }
        return CatalogAnswer<IReadOnlyList<(JobId Job, JobSpec Spec)>>.Of(begun);
    }

    /// <summary>True for a job that another one began.</summary>
    /// <param name="job">Any job.</param>
    public static bool Is(JobRecord job) =>
        job.Parameters.Contains($"\"{nameof(BackupSpec.CloneOf)}\"", StringComparison.Ordinal)
        && JobSpecs.Read(job.Parameters) is BackupSpec { CloneOf: not null };

    private static RequestId RequestOf(JobId job, int number) => new($"clone-{number}-of-{job}");

    /// <summary>
    /// The definition of a clone. On the same base only where that lies in the library that the clone is written to:
    /// one restore reads one library.
    /// </summary>
    /// <param name="job">The job that begins it.</param>
    /// <param name="spec">What that is, with its level.</param>
    /// <param name="clone">The clone, as it is configured.</param>
    public static BackupSpec Of(JobId job, BackupSpec spec, CloneSpec clone)
    {
        var own = clone.Backup with { CloneOf = job, Clones = null };
        if (!clone.SameBase) return own with { LevelReason = $"job {job} begins it" };
        if (own.Library == spec.Library && own.FileSet.Name == spec.FileSet.Name && own.Client == spec.Client)
            return own with
            {
                Level = spec.Level,
                LevelReason = spec.Base is { } known
                    ? $"As job {job}, which begins it: what changed since image {known.Image}."
                    : $"As job {job}, which begins it: a full.",
                Base = spec.Base,
                HadItems = spec.HadItems,
                Rule = null,
                OtherLibraries = null,
                Reference = null,
            };
        return own with
        {
            Rule = (own.Rule ?? new LevelRule(LevelWord.Full)) with { Level = new LevelWord($"{spec.Level}") },
            LevelReason = $"job {job}, which begins it, has level {spec.Level}; its base lies elsewhere",
        };
    }
}
