using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Copies;

/// <summary>What is copied by itself from one pool to another: a step in the life of what is stored.</summary>
/// <param name="Name">Its name, for the log.</param>
/// <param name="From">The pool.</param>
/// <param name="To">Another.</param>
/// <param name="AfterDays">So many days after it was sealed.</param>
/// <param name="Migrate">What is copied is then taken out of use where it was.</param>
/// <param name="HighWaterBytes">Of a migration: only when the pool holds more; 0: whatever it holds.</param>
/// <param name="LowWaterBytes">Until it holds no more than this.</param>
public sealed record CopyRule(
    string Name, PoolName From, PoolName To, int AfterDays, bool Migrate, long HighWaterBytes, long LowWaterBytes)
{
    /// <summary>The request that does it; each time another, since what is there already is left out.</summary>
    public ICommandRequest Request() => Migrate
        ? new MigrateImages(
            RequestId.New(), To, FromPool: From, OlderDays: AfterDays,
            By: HighWaterBytes > 0 ? MigrationRule.Occupancy : MigrationRule.All, HighBytes: HighWaterBytes,
            LowBytes: LowWaterBytes)
        : new CopyImages(RequestId.New(), To, FromPool: From, OlderDays: AfterDays);
}

/// <summary>Whether a rule may begin jobs now.</summary>
internal static class CopyRules
{
    private const int JobsLooked = 200;

    /// <summary>
    /// The newest copy into the rule's pool failed not long ago: what is in its way may be there still, and each look
    /// would begin all of them anew.
    /// </summary>
    /// <param name="store">The catalog.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="pause">How long ago.</param>
    /// <param name="now">The moment.</param>
    public static CatalogAnswer<bool> Failed(CatalogStore store, CopyRule rule, TimeSpan pause, DateTimeOffset now)
    {
        var kind = rule.Migrate ? JobKind.Migrate : JobKind.Copy;
        if (!store.Jobs.List(new JobFilter(kind, Ended: true), JobsLooked).Is(out var jobs, out var failure))
            return failure;
        var last = jobs.Where(job => JobSpecs.Read(job.Parameters) is CopySpec copy && copy.Pool == rule.To)
            .MaxBy(job => job.EndedAt);
        return last is { Outcome: JobOutcome.Failed or JobOutcome.Incomplete, EndedAt: { } ended }
            && now - ended < pause;
    }
}

/// <summary>What is done for copies by itself.</summary>
/// <param name="Rules">What is copied.</param>
/// <param name="Heals">What was found damaged is written once more, from other copies.</param>
/// <param name="ScrubEvery">How often each volume is read again, while no job works; zero: never.</param>
public sealed record CopyCare(IReadOnlyList<CopyRule> Rules, bool Heals, TimeSpan ScrubEvery)
{
    /// <summary>Whether a library has a spool, which is emptied by itself.</summary>
    public bool HasSpools { get; init; }

    /// <summary>How long after a failure a copy is tried again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the volumes of all pools are.</summary>
    public IReadOnlyList<PoolShelf> Shelves { get; init; } = [];
}

/// <summary>Which volume is read again next in idle time.</summary>
internal static class ScrubChoice
{
    private const int JobsMax = 100_000;

    /// <summary>
    /// The one that was neither written nor read again for longest, if that is long ago; null: none is due, or jobs
    /// work. Volumes that still take data come when they are full: till then they are read often enough.
    /// </summary>
    /// <param name="store">The catalog.</param>
    /// <param name="every">How often.</param>
    /// <param name="now">The moment.</param>
    public static CatalogAnswer<VolumeName?> Next(CatalogStore store, TimeSpan every, DateTimeOffset now)
    {
        if (!store.Jobs.UnfinishedCount().Is(out var working, out var failure)
            || !store.Volumes.List(new VolumeFilter()).Is(out var volumes, out failure)
            || !store.Jobs.List(new JobFilter(JobKind.Scrub, Ended: true), JobsMax).Is(out var jobs, out failure))
            return failure;
        return working > 0 ? CatalogAnswer<VolumeName?>.Of(null)
            : CatalogAnswer<VolumeName?>.Of(Due(
                volumes, Last([.. jobs.Where(job =>
                    job.Outcome is JobOutcome.Complete or JobOutcome.CompleteWithExceptions)]),
                Last(jobs), every, now));
    }

    /// <summary>
    /// The same of what is known. One that could not be read comes again behind the others that are due: none waits for
    /// it.
    /// </summary>
    internal static VolumeName? Due(
        IEnumerable<VolumeRecord> volumes, Func<VolumeRecord, DateTimeOffset?> last,
        Func<VolumeRecord, DateTimeOffset?> tried, TimeSpan every, DateTimeOffset now) => volumes
        .Where(volume => volume.TapeFiles > 1 && volume.State
            is VolumeState.Full or VolumeState.Used or VolumeState.ReadOnly or VolumeState.Archive)
        .Select(volume => (
            volume.Name, At: last(volume) ?? volume.LastWrittenAt ?? volume.LabelledAt, Tried: tried(volume)))
        .Where(each => now - each.At >= every)
        .OrderBy(each => each.Tried > each.At ? each.Tried : each.At)
        .ThenBy(each => each.Name.Value, StringComparer.Ordinal)
        .Select(each => (VolumeName?)each.Name).FirstOrDefault();

    /// <summary>When a volume was read again last, by jobs that have ended, newest first.</summary>
    private static Func<VolumeRecord, DateTimeOffset?> Last(IReadOnlyList<JobRecord> jobs)
    {
        var scrubs = jobs.Select(job => (Spec: JobSpecs.Read(job.Parameters) as ScrubSpec, job.EndedAt)).ToList();
        return volume => scrubs.FirstOrDefault(scrub => scrub.Spec is { } spec && spec.Library == volume.Library
            && (spec.Pool is null || spec.Pool == volume.Pool)
            && (spec.Volumes is null || spec.Volumes.Contains(volume.Name))).EndedAt;
    }
}
