using System.Globalization;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>How a run that is due is started, and what its answer means.</summary>
public static class Firing
{
    /// <summary>
    /// The request that starts it. Its id is made of policy and moment alone: whoever asks again, here or on another
    /// director, gets the same jobs.
    /// </summary>
    /// <param name="firing">The run.</param>
    public static RunPolicy Request(FiringRecord firing) => new(RequestOf(firing), firing.Policy, Level: firing.Level);

    /// <summary>The id of its request.</summary>
    /// <param name="firing">The run.</param>
    public static RequestId RequestOf(FiringRecord firing) => new(string.Create(CultureInfo.InvariantCulture,
        $"schedule/{firing.Policy}/{firing.DueAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));

    /// <summary>What becomes of it while other backups of its policy are at work.</summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="jobs">Backups of its policy that have not ended; those that it started itself do not
    /// count.</param>
    /// <param name="calendar">The policy's; null where it has none any more.</param>
    /// <param name="now">The moment.</param>
    /// <param name="waits">True when it is to be looked at again later.</param>
    /// <returns>The run as it is to be recorded; null: it is started, or waits.</returns>
    public static FiringRecord? Beside(FiringRecord firing, IReadOnlyList<JobRecord> jobs, PolicyCalendar? calendar,
        DateTimeOffset now, out bool waits)
    {
        var own = $"{RequestOf(firing).Value}/";
        var others = jobs.Where(job => !job.Request.Value.StartsWith(own, StringComparison.Ordinal))
            .Select(job => job.Job.Value).Order().ToList();
        var rule = calendar?.Overlap ?? OverlapRule.Skip;
        waits = others.Count > 0 && rule == OverlapRule.Wait && !IsTooLate(firing, calendar?.CatchUp, now);
        return others.Count == 0 || rule == OverlapRule.Start || waits ? null : firing with
        {
            State = FiringState.Skipped,
            Note = $"left out: job {string.Join(", ", others)} of the same policy "
                + (rule == OverlapRule.Wait ? "did not end in time" : "had not ended"),
        };
    }

    /// <summary>What became of it.</summary>
    /// <param name="firing">The run, open.</param>
    /// <param name="answer">To its request; null: there was none in time.</param>
    /// <param name="latest">The calendar's longest delay; null where the policy has no schedule any more.</param>
    /// <param name="now">The moment.</param>
    /// <returns>The run as it is to be recorded; null: it is asked again later.</returns>
    public static FiringRecord? After(FiringRecord firing, IReply? answer, TimeSpan? latest, DateTimeOffset now) =>
        answer switch
        {
            JobsStarted started => firing with { State = FiringState.Started, Jobs = started.Jobs },
            Refused { Code: not RefusalCode.Unavailable } refused =>
                firing with { State = FiringState.Refused, Note = refused.Sentence },
            Refused refused when IsTooLate(firing, latest, now) =>
                firing with { State = FiringState.Refused, Note = refused.Sentence },
            _ => null,
        };

    /// <summary>Whether it makes no sense any more to start it.</summary>
    private static bool IsTooLate(FiringRecord firing, TimeSpan? latest, DateTimeOffset now)
    {
        var most = latest > ScheduleTurn.Punctual ? latest.Value : ScheduleTurn.Punctual;
        return now - firing.DueAt > most && now - firing.NotBefore > most;
    }
}
