using Backup.Actors.Planning;
using Backup.Actors.Scheduling;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What a plan would have done on days that have passed, beside what really ran. Each policy is planned as of the
/// moment at which its first backup of the day was asked for, by what was recorded then. Images that were deleted since
/// are not known. All calls block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="now">Plans by what is known now.</param>
/// <param name="planned">All of one plan.</param>
/// <param name="calendars">When each policy runs by itself.</param>
/// <param name="clock">The moment of the question.</param>
internal sealed class PlanReplay(CatalogStore store, PlanQueries now, IReadOnlyList<PlanMember> planned,
    IReadOnlyDictionary<PolicyName, PolicyCalendar?> calendars, PlanClock clock)
{
    private const int PageMax = 500;

    /// <summary>The runs, the oldest day first; today is none of them.</summary>
    /// <param name="days">How many days.</param>
    public CatalogAnswer<IReadOnlyList<PlannedRun>> Of(int days)
    {
        var from = clock.Today.AddDays(-days);
        var ran = new Dictionary<PolicyName, IReadOnlyList<JobRecord>>();
        foreach (var member in planned)
        {
            if (!BackupsOf(member, clock.BeginningOf(from)).Is(out var jobs, out var failure)) return failure;
            ran[member.Policy] = jobs;
        }
        var runs = new List<PlannedRun>();
        for (var day = from; day < clock.Today; day = day.AddDays(1))
        {
            PlannedRun? run = null;
            foreach (var member in planned)
            {
                var jobs = ran[member.Policy].Where(job => clock.DayOf(job.CreatedAt) == day).ToList();
                if (MomentOf(member, day, jobs) is not { } moment) continue;
                var then = now.AsOf(new PlanClock(moment, clock.Zone) { Known = moment });
                if (!then.RunOf(member.Policy, planned, calendars).Is(out var own, out var failure)) return failure;
                if (!WithRan(own, jobs).Is(out own, out failure)) return failure;
                run = run is null ? own : own with { Sets = [.. run.Sets, .. own.Sets] };
            }
            if (run is not null) runs.Add(Summed(run));
        }
        return CatalogAnswer<IReadOnlyList<PlannedRun>>.Of(runs);
    }

    private static PlannedRun Summed(PlannedRun run) => run with
    {
        TotalBytes = run.Sets.Sum(set => set.Bytes),
        FullBytes = run.Sets.Where(set => set.Level == 0).Sum(set => set.Bytes),
    };

    /// <summary>When a policy was planned on a day, or would have been; null: it had no run.</summary>
    private DateTimeOffset? MomentOf(PlanMember member, DateOnly day, IReadOnlyList<JobRecord> jobs)
    {
        if (jobs.Count > 0) return jobs.Min(job => job.CreatedAt);
        var end = clock.BeginningOf(day.AddDays(1)).AddTicks(-1);
        return calendars.GetValueOrDefault(member.Policy) is { } calendar
            ? calendar.Between(clock.BeginningOf(day).AddTicks(-1), end).FirstOrDefault()?.At : end;
    }

    private CatalogAnswer<PlannedRun> WithRan(PlannedRun run, IReadOnlyList<JobRecord> jobs)
    {
        var sets = new List<PlannedSet>();
        foreach (var set in run.Sets)
        {
            var ran = new List<PastRun>();
            foreach (var job in jobs.Where(job => job.Client == set.Client).OrderBy(job => job.Job.Value))
            {
                var made = new ImageFilter(State: ImageState.Sealed, Job: job.Job);
                if (!store.Images.List(made, 1).Is(out var images, out var failure)) return failure;
                ran.Add(new PastRun(
                    job.Job, images.Count > 0 ? images[0].Opened.Level : null,
                    job.Parameters.Length > 2 && JobSpecs.Read(job.Parameters) is BackupSpec spec
                        && spec.LevelReason.StartsWith(RunWishes.Planned, StringComparison.Ordinal)));
            }
            sets.Add(set with { Ran = ran });
        }
        return run with { Sets = sets };
    }

    /// <summary>All backups of a policy since a moment.</summary>
    private CatalogAnswer<IReadOnlyList<JobRecord>> BackupsOf(PlanMember member, DateTimeOffset from)
    {
        var found = new List<JobRecord>();
        for (JobId? before = null; ;)
        {
            var filter = new JobFilter(JobKind.Backup, Policy: member.Policy, Before: before);
            if (!store.Jobs.List(filter, PageMax).Is(out var page, out var failure)) return failure;
            found.AddRange(page.Where(job => job.CreatedAt >= from));
            if (page.Count < PageMax || page[^1].CreatedAt < from)
                return CatalogAnswer<IReadOnlyList<JobRecord>>.Of(found);
            before = page[^1].Job;
        }
    }
}
