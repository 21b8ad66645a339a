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
    public static RunPolicy Request(FiringRecord firing)
    {
        var words = ScheduleText.WordsOf(firing.Rule);
        return new RunPolicy(
            RequestOf(firing), firing.Policy, Level: firing.Level, NoRecord: words.NoRecord, Priority: words.Priority,
            Scheduled: true, ToPool: words.Pool is { } pool ? new PoolName(pool) : null,
            SelectBy: words.SelectBy, DueAt: firing.DueAt, Messages: words.Messages, Spool: words.Spool);
    }

    /// <summary>With what the note of a run begins that waits for what its plan measures.</summary>
    internal const string Measuring = "it measures first:";

    /// <summary>The moment in the id of a request: runs of one plan that are due at the same moment share it.</summary>
    /// <param name="request">The request of a run; of one that no schedule made, all of it.</param>
    internal static string MomentOf(RequestId request) => request.Value[(request.Value.LastIndexOf('/') + 1)..];

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
        // What began to measure in time may start when that is done.
        var measuring = firing.Jobs.Count > 0 ? scheduled.EstimateTimeout : TimeSpan.Zero;
        if (now - firing.DueAt > ScheduleTurn.LatestOf(calendar) + measuring)
            return new FiringStep.Note(End(firing, own, ScheduleTurn.TooLate(now - firing.DueAt, calendar)));
        if (ScheduleTurn.Starts(calendar, firing.DueAt, now, out var never, measuring) is not { } starts)
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
        JobsStarted { AwaitedUntil: not null } measuring => firing with
        {
            Jobs = JobsOf(firing, measuring.Jobs),
            Note = Joined(NoteOf(firing), string.Join(" ", measuring.Notes ?? [])),
        },
        JobsStarted started => firing with
        {
            State = FiringState.Started,
            Jobs = JobsOf(firing, started.Jobs),
            Note = started.Notes is { } notes ? Joined(NoteOf(firing), string.Join(" ", notes)) : NoteOf(firing),
        },
        // A plan that leaves it out, or a backup that has not ended, is no mistake.
        Refused { Code: RefusalCode.Conflict } refused => firing with
        {
            State = FiringState.Skipped,
            Note = Joined(NoteOf(firing), refused.Sentence),
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
        Jobs = JobsOf(firing, own.Select(job => job.Job)),
        Note = why,
    };

    private static IReadOnlyList<JobId> JobsOf(FiringRecord firing, IEnumerable<JobId> jobs) =>
        [.. jobs.Union(firing.Jobs).OrderBy(job => job.Value)];

    /// <summary>Its note without what it waited for.</summary>
    private static string? NoteOf(FiringRecord firing) =>
        firing.Note?.Split("; ").Where(part => !part.StartsWith(Measuring, StringComparison.Ordinal)).ToList()
            is { Count: > 0 } parts ? string.Join("; ", parts) : null;

    private static string? Joined(string? one, string? other) =>
        one is null ? other : other is null ? one : $"{one}; {other}";
}
