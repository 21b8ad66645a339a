using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>
/// What a rule such as `full 7 days after the last` counts from. Another catalog may give another answer at the same
/// moment, and whoever decides by it does so against the mark that it read: two never decide by one mark.
/// </summary>
/// <param name="Rule">The text of the rule.</param>
/// <param name="Backup">When the newest backup of that client began whose newest is the oldest of all clients'; null:
/// one of them has none.</param>
/// <param name="Asked">For when a run by this rule was decided on last; null: never.</param>
public sealed record SinceLast(string Rule, DateTimeOffset? Backup, DateTimeOffset? Asked)
{
    /// <summary>
    /// What came to nothing is asked for again so long after, or after the rule's own time where that is shorter.
    /// Clients whose time comes within it are run together.
    /// </summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromHours(1);

    /// <summary>Reads what the rules of a policy count from. Blocks.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="scheduled">The policy.</param>
    /// <returns>One for each rule that counts from the last backup.</returns>
    public static CatalogAnswer<IReadOnlyList<SinceLast>> Read(CatalogStore store, ScheduledPolicy scheduled)
    {
        var lasts = new List<SinceLast>();
        foreach (var rule in scheduled.Calendar.SinceLast)
        {
            var newest = new List<DateTimeOffset?>();
            foreach (var client in scheduled.Clients)
            {
                if (!store.Jobs.Newest(scheduled.Policy, client, scheduled.Kind, LevelMaxOf(rule))
                    .Is(out var found, out var failure)) return failure;
                newest.Add(found.Count > 0 ? MomentOf(found[0]) : null);
            }
            if (!store.Schedules.Newest(scheduled.Policy, rule.Text).Is(out var asked, out var unread)) return unread;
            lasts.Add(new SinceLast(
                rule.Text, newest.Contains(null) ? null : newest.Min(), asked.Count > 0 ? asked[0].DueAt : null));
        }
        return CatalogAnswer<IReadOnlyList<SinceLast>>.Of(lasts);
    }

    /// <summary>The levels that count for a rule: those that save as much as its own, or more.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>The greatest of them, 0 to 9.</returns>
    public static int LevelMaxOf(RunRule rule) =>
        Math.Min(9, RunLevel.Rank(rule.Level.Words is [var word] ? word : null));

    /// <summary>From when on it is counted: what has begun counts from there, what waits from when it was
    /// asked for.</summary>
    /// <param name="job">The job.</param>
    public static DateTimeOffset MomentOf(JobRecord job) => job.StartedAt ?? job.CreatedAt;

    /// <summary>The next run of each rule that counts from the last backup.</summary>
    /// <param name="calendar">The policy's.</param>
    /// <param name="lasts">What they count from; null: not known, and nothing comes.</param>
    /// <param name="decided">Up to when it is decided what is due.</param>
    /// <param name="now">The moment.</param>
    /// <returns>At most one for each rule, at whole seconds behind <paramref name="decided"/>. What was due while
    /// nobody looked is due now: it is never late.</returns>
    public static IEnumerable<ScheduledTime> Coming(
        PolicyCalendar calendar, IReadOnlyList<SinceLast>? lasts, DateTimeOffset decided, DateTimeOffset now)
    {
        foreach (var rule in calendar.SinceLast)
        {
            if (lasts?.FirstOrDefault(each => each.Rule == rule.Text) is not { } last) continue;
            var after = rule.After!.Value;
            var due = Later(decided.AddSeconds(1), last.Backup is { } backup ? backup + after : decided);
            if (last.Asked is { } asked) due = Later(due, asked + (after < AskAgainAfter ? after : AskAgainAfter));
            due = Whole(now - due > ScheduleTurn.Punctual ? now : due.AddSeconds(1).AddTicks(-1));
            if (calendar.FirstFrom(rule, due) is { } may)
                yield return new ScheduledTime(
                    TimeZoneInfo.ConvertTime(may, calendar.Zone), rule.Level.Words is [var word] ? word : null,
                    rule.Text);
        }
    }

    private static DateTimeOffset Whole(DateTimeOffset moment) =>
        moment.AddTicks(-(moment.UtcTicks % TimeSpan.TicksPerSecond));

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
