using Backup.Actors.Scheduling;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What schedules start and have started: the same for a running node and for a command that opens the catalog without
/// one. All calls block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured.</param>
/// <param name="now">The moment of the question.</param>
public sealed class ScheduleQueries(
    CatalogStore store, IReadOnlyList<PolicyDefinition> policies, DateTimeOffset now)
{
    private const int DaysMax = 400;
    private const int LimitMax = 10_000;

    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    public IReply Show(ShowSchedule show)
    {
        if (show.Days is < 1 or > DaysMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a number of days from 1 to {DaysMax}, found {show.Days}.");
        if (show.Limit is < 1 or > LimitMax)
            return new Refused(
                RefusalCode.BadRequest, $"Expected a limit from 1 to {LimitMax:N0}, found {show.Limit}.");
        var asked = policies.Where(policy => show.Policy is null || policy.Name == show.Policy).ToList();
        if (asked.Count == 0 && show.Policy is { } unknown)
            return new Refused(
                RefusalCode.BadRequest, $"There is no policy \"{unknown}\". Configured are: "
                    + $"{string.Join(", ", policies.Select(policy => policy.Name.Value).Order())}.");
        if (!store.Schedules.Load().Is(out var records, out var failure)
            || !store.Schedules.List(show.Policy, now.AddDays(-show.Days), show.Limit).Is(out var past, out failure))
            return CatalogQueries.Unavailable(failure);
        var scheduled = asked.Where(policy => policy.Calendar is not null)
            .Select(policy => new ScheduledPolicy(policy.Name, policy.Calendar!, policy.Clients)
            {
                Kind = policy.ScriptsOnly is null ? JobKind.Backup : JobKind.Admin,
            }).ToList();
        var lasts = new Dictionary<PolicyName, IReadOnlyList<SinceLast>>();
        foreach (var policy in scheduled)
            if (SinceLast.Read(store, policy).Is(out var read, out failure)) lasts[policy.Policy] = read;
            else return CatalogQueries.Unavailable(failure);
        DateTimeOffset DecidedOf(ScheduledPolicy policy) =>
            records.Marks.FirstOrDefault(mark => mark.Policy == policy.Policy)?.DecidedUntil ?? now;
        // What no scheduler has seen yet is judged as it would if it looked now.
        var undecided = scheduled.SelectMany(policy => ScheduleTurn.Of(
            policy, records.Marks.FirstOrDefault(mark => mark.Policy == policy.Policy), now, lasts[policy.Policy])
            ?.Firings ?? []);
        return new ScheduleShown(
            [.. past.Concat(undecided).OrderByDescending(firing => firing.DueAt).Take(show.Limit).Select(Past)],
            [.. scheduled.SelectMany(policy => policy.Calendar.Between(now, now.AddDays(show.Days)).Take(show.Limit)
                    .Concat(SinceLast.Coming(policy.Calendar, lasts[policy.Policy], DecidedOf(policy), now)
                        .Where(run => run.At > now && run.At <= now.AddDays(show.Days)))
                    .Select(run => Coming(policy.Policy, run)))
                .OrderBy(run => run.At).ThenBy(run => run.Policy.Value, StringComparer.Ordinal).Take(show.Limit)],
            [.. asked.Where(policy => policy.Calendar is null).Select(policy => policy.Name)]);
    }

    private static ScheduledRun Coming(PolicyName policy, ScheduledTime run) =>
        new(policy, run.At, "coming", run.Level, run.Rule, run.At, [], null);

    private static ScheduledRun Past(FiringRecord firing) => new(
        firing.Policy,
        firing.DueAt,
        firing.State switch
        {
            FiringState.Open => "due",
            FiringState.Started => "started",
            FiringState.Skipped => "missed",
            _ => "refused",
        },
        firing.Level,
        firing.Rule,
        firing.State == FiringState.Open ? firing.NotBefore : null,
        firing.Jobs,
        firing.Note);
}
