using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>
/// Has jobs done again that failed as a whole, where their policy says so; one of them serves all directors. It holds
/// nothing: what is due follows from the catalog, and a retry is asked for under an id made of the first job and its
/// number.
/// </summary>
public sealed class Retrier : ReceiveActor, IWithTimers
{
    /// <summary>Of so many the newest that counts is found.</summary>
    private const int JobsAtOnce = 20;

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(10);

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<IReadOnlyList<RetriedPolicy>> _policies;
    private readonly TimeSpan _lookEvery;
    private readonly TimeSpan _answerWithin;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<RequestId> _asked = [];
    private (RequestId Request, string Why) _complaint;

    /// <summary>For <see cref="Props"/>.</summary>
    private Retrier(
        IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<RetriedPolicy>> policies, TimeSpan lookEvery,
        TimeSpan answerWithin)
    {
        (_catalog, _gateway, _policies) = (catalog, gateway, policies);
        (_lookEvery, _answerWithin) = (lookEvery, answerWithin);
        Receive<Look>(_ => OnLook());
        Receive<Newest>(OnNewest);
        Receive<Answered>(OnAnswered);
        Receive<Noted>(_ => { });
        Receive<Trouble>(trouble => _log.Warning("What is to be tried again is not known now: {0}", trouble.Sentence));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A retrier.</summary>
    /// <param name="catalog">Says what failed.</param>
    /// <param name="gateway">Starts jobs.</param>
    /// <param name="policies">The policies that have a rule now.</param>
    /// <param name="lookEvery">The longest time between two looks.</param>
    /// <param name="answerWithin">How long the gateway may take.</param>
    public static Props Props(
        IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<RetriedPolicy>> policies, TimeSpan lookEvery,
        TimeSpan answerWithin) =>
        Akka.Actor.Props.Create(() => new Retrier(catalog, gateway, policies, lookEvery, answerWithin));

    /// <inheritdoc/>
    protected override void PreStart() => OnLook();

    private void OnLook()
    {
        Timers.StartSingleTimer(nameof(Look), Look.Instance, _lookEvery);
        foreach (var policy in _policies())
            foreach (var client in policy.Clients)
            {
                var made = new JobFilter(policy.Kind, Client: client, Policy: policy.Policy);
                _catalog.Read(store => store.Jobs.List(made, JobsAtOnce)).PipeTo(
                    Self,
                    success: answer => answer.Is(out var jobs, out var failure)
                        ? new Newest(policy, jobs)
                        : new Trouble(CatalogFailureText.Sentence(failure)),
                    failure: mistake => new Trouble(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));
            }
    }

    private void OnNewest(Newest newest)
    {
        // What a user chose, and a clone, stand beside the policy's own runs: nobody does them again by rule
        var job = newest.Jobs.FirstOrDefault(made => !ChosenFiles.IsOf(made.FileSet) && !JobClones.Is(made));
        if (job is null || newest.Policy.Next(job, _clock.Now) is not { } due) return;
        var wait = due.At - _clock.Now;
        if (wait > TimeSpan.Zero)
        {
            if (wait < _lookEvery) Timers.StartSingleTimer(due.Request, Look.Instance, Later(wait));
            return;
        }
        if (!_asked.Add(due.Request)) return;
        _gateway.Ask<IReply>(new RerunJob(due.Request, due.Job), _answerWithin).PipeTo(
            Self,
            success: reply => new Answered(newest.Policy, due, reply),
            failure: cause => new Answered(newest.Policy, due, null, cause.Message));
    }

    private static TimeSpan Later(TimeSpan wait) => wait > Soonest ? wait : Soonest;

    private void OnAnswered(Answered answered)
    {
        var due = answered.Due;
        switch (answered.Reply)
        {
            case JobsStarted { Jobs: [var again, ..] }:
                var which = $"retry {due.Number} of {answered.Policy.Retries}";
                var cause = due.Cause is null ? "" : $" ({due.Cause.TrimEnd('.')})";
                _log.Info($"Job {due.Job} failed{cause} and is done again: job {again}, {which}.");
                Note(due.Job, due.Number, $"It is done again as job {again}, {which}.");
                Note(again, due.Number, due.Job == due.First
                    ? $"It does job {due.Job} again, which failed{cause}: {which}."
                    : $"It does job {due.Job} again, which failed{cause}: {which}, the first of which was job "
                        + $"{due.First}.");
                break;
            case Refused { Code: not RefusalCode.Unavailable } refused:
                _log.Error("Job {0} failed and cannot be done again: {1}", due.Job, refused.Sentence);
                Note(due.Job, due.Number, $"It cannot be done again: {refused.Sentence}");
                break;
            default:
                _asked.Remove(due.Request);
                Complain(due, (answered.Reply as Refused)?.Sentence ?? answered.Cause ?? "the gateway did not answer");
                break;
        }
    }

    /// <summary>It is asked for at each look until it can be done: said once for a reason.</summary>
    private void Complain(DueRetry due, string why)
    {
        if (_complaint != (due.Request, why))
            _log.Warning("Job {0} failed and cannot be done again now: {1}. It is tried again.", due.Job,
                why.TrimEnd('.'));
        _complaint = (due.Request, why);
    }

    /// <summary>Said once, whoever says it; a log that cannot be written keeps no job from running.</summary>
    private void Note(JobId job, int number, string text)
    {
        var line = new JobLogLine(
            _clock.Now, LogSeverity.Info, "retry", text, Source: "retrier", SourceSequence: number);
        _catalog.Write(store => store.Jobs.AppendLog(job, [line])).PipeTo(
            Self,
            success: answer => answer.Is(out _, out var failure)
                ? Noted.Instance
                : new Trouble(CatalogFailureText.Sentence(failure)),
            failure: mistake => new Trouble(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));
    }

    private sealed record Newest(RetriedPolicy Policy, IReadOnlyList<JobRecord> Jobs)
        : INoSerializationVerificationNeeded;

    private sealed record Answered(RetriedPolicy Policy, DueRetry Due, IReply? Reply, string? Cause = null)
        : INoSerializationVerificationNeeded;

    private sealed record Trouble(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record Noted : INoSerializationVerificationNeeded
    {
        public static readonly Noted Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
