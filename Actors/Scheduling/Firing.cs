using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>What a scheduler does next about a run that is to be started.</summary>
public abstract record FiringStep
{
    /// <summary>It asks the gateway, for all clients or for each that is free.</summary>
    /// <param name="Requests">In order; at least one.</param>
    /// <param name="LeftOut">Which clients are left out, and why; null: none.</param>
    /// <param name="AsksAgain">The others are asked for when they are free.</param>
    public sealed record Ask(IReadOnlyList<RunPolicy> Requests, string? LeftOut, bool AsksAgain) : FiringStep;

    /// <summary>It records what became of it, and asks nobody.</summary>
    /// <param name="Firing">The run, with its new state.</param>
    public sealed record Note(FiringRecord Firing) : FiringStep;

    /// <summary>It looks again in a while.</summary>
    public sealed record Later : FiringStep;

    private FiringStep()
    {
    }
}

/// <summary>How a run that is due is started, and what its answer means.</summary>
public static class Firing
{
    /// <summary>
    /// The request that starts it. Its id is made of policy and moment alone: whoever asks again, here or on another
    /// director, for all clients or for some, gets the same jobs.
    /// </summary>
    /// <param name="firing">The run.</param>
    public static RunPolicy Request(FiringRecord firing) => new(RequestOf(firing), firing.Policy, Level: firing.Level);

    /// <summary>The id of its request.</summary>
    /// <param name="firing">The run.</param>
    public static RequestId RequestOf(FiringRecord firing) => new(string.Create(CultureInfo.InvariantCulture,
        $"schedule/{firing.Policy}/{firing.DueAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));

    /// <summary>The id under which the job of one client is recorded.</summary>
    /// <param name="firing">The run.</param>
    /// <param name="client">The client.</param>
    public static RequestId RequestOf(FiringRecord firing, ClientName client) =>
        new($"{RequestOf(firing).Value}/{client}");

    /// <summary>
    /// What is to be done now: it may be too late, outside of the windows, or beside jobs that have not ended. Those
    /// are looked at client by client: one that is away does not keep the others from being saved.
    /// </summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="scheduled">Its policy; null where it has no schedule any more.</param>
    /// <param name="working">Backups of its policy that have not ended; its own do not count.</param>
    /// <param name="own">The jobs that it started already: the answer may have been lost.</param>
    /// <param name="now">The moment.</param>
    public static FiringStep Next(FiringRecord firing, ScheduledPolicy? scheduled, IReadOnlyList<JobRecord> working,
        IReadOnlyList<JobRecord> own, DateTimeOffset now)
    {
        if (scheduled is null) return new FiringStep.Note(End(firing, own, "left out: its policy has no schedule"));
        var calendar = scheduled.Calendar;
        var mine = own.Select(job => job.Job).ToHashSet();
        var busy = working
            .Where(job => calendar.Overlap != OverlapRule.Start && !mine.Contains(job.Job)
                && scheduled.Clients.Contains(job.Client))
            .ToLookup(job => job.Client);
        var waits = busy.Count > 0 && calendar.Overlap == OverlapRule.Wait;
        if (IsTooLate(firing, calendar, now))
            return new FiringStep.Note(End(firing, own, waits ? Busy(busy, "did not end in time")
                : ScheduleTurn.TooLate(now - firing.DueAt, calendar)));
        if (ScheduleTurn.Starts(calendar, firing.DueAt, now, out var never) is not { } starts)
            return new FiringStep.Note(End(firing, own, never));
        if (starts > now) return new FiringStep.Note(firing with { NotBefore = starts });
        var free = scheduled.Clients.Where(client => !busy.Contains(client)).ToList();
        if (waits && free.TrueForAll(client => own.Any(job => job.Client == client))) return new FiringStep.Later();
        if (free.Count == 0) return new FiringStep.Note(End(firing, own, Busy(busy, "had not ended")));
        return new FiringStep.Ask(
            busy.Count == 0
                ? [Request(firing)]
                : [.. free.Select(client => Request(firing) with { Client = client })],
            busy.Count == 0 ? null : Busy(busy, "had not ended"), waits);
    }

    /// <summary>What became of it.</summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="asked">What was asked.</param>
    /// <param name="answers">To its requests, in order; those that are missing were not asked any more. Null: there
    /// was none in time.</param>
    /// <param name="calendar">The policy's; null where it has none any more.</param>
    /// <param name="now">The moment.</param>
    /// <returns>The run as it is to be recorded; null: it is asked again later.</returns>
    public static FiringRecord? After(FiringRecord firing, FiringStep.Ask asked, IReadOnlyList<IReply?> answers,
        PolicyCalendar? calendar, DateTimeOffset now)
    {
        var jobs = answers.OfType<JobsStarted>().SelectMany(started => started.Jobs)
            .Union(firing.Jobs).OrderBy(job => job.Value).ToList();
        var refused = answers.OfType<Refused>().FirstOrDefault(answer => answer.Code != RefusalCode.Conflict);
        if (answers.Contains(null)
            || (refused is { Code: RefusalCode.Unavailable } && !IsTooLate(firing, calendar, now))) return null;
        var note = Joined(firing.Note, asked.AsksAgain ? null : asked.LeftOut);
        if (refused is not null)
            return firing with
            {
                State = jobs.Count > 0 ? FiringState.Started : FiringState.Refused,
                Jobs = jobs,
                Note = jobs.Count > 0 ? Joined(note, refused.Sentence) : refused.Sentence,
            };
        if (asked.AsksAgain) return firing with { Jobs = jobs };
        if (jobs.Count > 0) return firing with { State = FiringState.Started, Jobs = jobs, Note = note };
        // A plan that leaves it out is no mistake.
        return firing with
        {
            State = FiringState.Skipped,
            Note = Joined(note, $"left out: {answers.OfType<Refused>().First().Sentence}"),
        };
    }

    /// <summary>It is not asked for any more: what it started stays.</summary>
    private static FiringRecord End(FiringRecord firing, IReadOnlyList<JobRecord> own, string why) => firing with
    {
        State = own.Count > 0 ? FiringState.Started : FiringState.Skipped,
        Jobs = [.. own.Select(job => job.Job).Union(firing.Jobs).OrderBy(job => job.Value)],
        Note = why,
    };

    private static string Busy(ILookup<ClientName, JobRecord> busy, string how) => "left out: " + string.Join("; ",
        busy.OrderBy(client => client.Key.Value, StringComparer.Ordinal).Select(client =>
            $"client {client.Key}, whose job {string.Join(", ", client.Select(job => job.Job.Value).Order())} "
                + $"of the same policy {how}"));

    private static string? Joined(string? one, string? other) =>
        one is null ? other : other is null ? one : $"{one}; {other}";

    /// <summary>Whether it makes no sense any more to start it.</summary>
    private static bool IsTooLate(FiringRecord firing, PolicyCalendar? calendar, DateTimeOffset now) =>
        now - firing.DueAt > ScheduleTurn.LatestOf(calendar);
}
