using System.Globalization;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>What a scheduler does next about a run that is to be started.</summary>
public abstract record FiringStep
{
    /// <summary>It asks the gateway.</summary>
    /// <param name="Request">For all clients.</param>
    public sealed record Ask(RunPolicy Request) : FiringStep;

    /// <summary>It records what became of it, and asks nobody.</summary>
    /// <param name="Firing">The run, with its new state.</param>
    public sealed record Note(FiringRecord Firing) : FiringStep;

    private FiringStep()
    {
    }
}

/// <summary>
/// How a run that is due is started, and what its answer means. Whether it starts beside a backup that has not ended is
/// judged by the gateway, client by client (<see cref="PolicyCalendar.Overlap"/>), as for a run that somebody asks for.
/// </summary>
public static class Firing
{
    /// <summary>
    /// The request that starts it. Its id is made of policy and moment alone: whoever asks again, here or on another
    /// director, gets the same jobs.
    /// </summary>
    /// <param name="firing">The run.</param>
    public static RunPolicy Request(FiringRecord firing) => new(
        RequestOf(firing), firing.Policy, Level: firing.Level, Priority: ScheduleText.PriorityOf(firing.Rule),
        Scheduled: true);

    /// <summary>The id of its request.</summary>
    /// <param name="firing">The run.</param>
    public static RequestId RequestOf(FiringRecord firing) => new(string.Create(CultureInfo.InvariantCulture,
        $"schedule/{firing.Policy}/{firing.DueAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));

    /// <summary>The id under which the job of one client is recorded.</summary>
    /// <param name="firing">The run.</param>
    /// <param name="client">The client.</param>
    public static RequestId RequestOf(FiringRecord firing, ClientName client) =>
        new($"{RequestOf(firing).Value}/{client}");

    /// <summary>What is to be done now: it may be too late, or outside of the windows.</summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="scheduled">Its policy; null where it has no schedule any more.</param>
    /// <param name="own">The jobs that it started already: the answer may have been lost.</param>
    /// <param name="now">The moment.</param>
    public static FiringStep Next(
        FiringRecord firing, ScheduledPolicy? scheduled, IReadOnlyList<JobRecord> own, DateTimeOffset now)
    {
        if (scheduled is null) return new FiringStep.Note(End(firing, own, "left out: its policy has no schedule"));
        var calendar = scheduled.Calendar;
        if (IsTooLate(firing, calendar, now))
            return new FiringStep.Note(End(firing, own, ScheduleTurn.TooLate(now - firing.DueAt, calendar)));
        if (ScheduleTurn.Starts(calendar, firing.DueAt, now, out var never) is not { } starts)
            return new FiringStep.Note(End(firing, own, never));
        return starts > now
            ? new FiringStep.Note(firing with { NotBefore = starts })
            : new FiringStep.Ask(Request(firing));
    }

    /// <summary>What became of it.</summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="answer">To its request; null: there was none in time.</param>
    /// <returns>The run as it is to be recorded; null: it is looked at again later.</returns>
    public static FiringRecord? After(FiringRecord firing, IReply? answer) => answer switch
    {
        JobsStarted started => firing with
        {
            State = FiringState.Started,
            Jobs = [.. started.Jobs.Union(firing.Jobs).OrderBy(job => job.Value)],
            Note = started.Notes is { } notes ? Joined(firing.Note, string.Join(" ", notes)) : firing.Note,
        },
        // A plan that leaves it out, or a backup that has not ended, is no mistake.
        Refused { Code: RefusalCode.Conflict } refused => firing with
        {
            State = FiringState.Skipped,
            Note = Joined(firing.Note, refused.Sentence),
        },
        Refused { Code: not RefusalCode.Unavailable } refused => firing with
        {
            State = FiringState.Refused,
            Note = refused.Sentence,
        },
        _ => null,
    };

    /// <summary>It is not asked for any more: what it started stays.</summary>
    private static FiringRecord End(FiringRecord firing, IReadOnlyList<JobRecord> own, string why) => firing with
    {
        State = own.Count > 0 ? FiringState.Started : FiringState.Skipped,
        Jobs = [.. own.Select(job => job.Job).Union(firing.Jobs).OrderBy(job => job.Value)],
        Note = why,
    };

    private static string? Joined(string? one, string? other) =>
        one is null ? other : other is null ? one : $"{one}; {other}";

    /// <summary>Whether it makes no sense any more to start it.</summary>
    private static bool IsTooLate(FiringRecord firing, PolicyCalendar? calendar, DateTimeOffset now) =>
        now - firing.DueAt > ScheduleTurn.LatestOf(calendar);
}
