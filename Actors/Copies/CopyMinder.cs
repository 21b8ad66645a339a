using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Copies;

/// <summary>
/// Looks after copies, one in the system: keeps what backups were promised, copies and migrates what rules say, has
/// what is damaged healed, and has volumes read again while nothing else works. Keeps nothing: what there is, and what
/// is being made, the catalog says.
/// </summary>
public sealed class CopyMinder : ReceiveActor, IWithTimers
{
    /// <summary>How often a node looks.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    /// <summary>It is looked so often whatever has changed: time alone makes images due.</summary>
    private static readonly TimeSpan LookAnyway = TimeSpan.FromHours(1);

    private static readonly TimeSpan LookSoonEvery = TimeSpan.FromSeconds(5);

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<CopyCare> _care;
    private readonly TimeSpan _lookEvery;
    private readonly TimeSpan _answerWithin;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, string> _said = [];
    private (CopyStamp Stamp, DateTimeOffset At)? _rulesSeen;
    private (CopyStamp Stamp, DateTimeOffset At)? _promisesSeen;
    private int _promisesAsked;

    /// <summary>For <see cref="Props"/>.</summary>
    private CopyMinder(
        IActorRef catalog, IActorRef gateway, Func<CopyCare> care, TimeSpan lookEvery, TimeSpan answerWithin)
    {
        (_catalog, _gateway, _care, _lookEvery, _answerWithin) = (catalog, gateway, care, lookEvery, answerWithin);
        Receive<Look>(_ => OnLook());
        Receive<LookSoon>(_ =>
        {
            if (_care().HasSpools) Ask("what waits on spools", new FlushSpool(RequestId.New(), Due: true));
            LookAtPromises();
        });
        Receive<Promised>(OnPromised);
        Receive<PromiseAnswered>(answered =>
        {
            _promisesAsked--;
            OnAnswered(answered.Answer);
        });
        Receive<Stamped>(OnStamped);
        Receive<Due>(due => OnDue(due.Volume));
        Receive<RuleLooked>(looked =>
        {
            if (looked.May is null) _rulesSeen = null; // it is looked again
            if (looked.May is true) Ask($"by rule {looked.Rule.Name}", looked.Rule.Request());
        });
        Receive<Answered>(OnAnswered);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A minder.</summary>
    /// <param name="catalog">Says what there is.</param>
    /// <param name="gateway">Starts jobs.</param>
    /// <param name="care">What is to be done now.</param>
    /// <param name="lookEvery">Between two looks.</param>
    /// <param name="answerWithin">How long the gateway may take.</param>
    public static Props Props(
        IActorRef catalog, IActorRef gateway, Func<CopyCare> care, TimeSpan lookEvery, TimeSpan answerWithin) =>
        Akka.Actor.Props.Create(() => new CopyMinder(catalog, gateway, care, lookEvery, answerWithin));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Wait();
        Timers.StartPeriodicTimer(
            nameof(LookSoon), LookSoon.Instance, _lookEvery < LookSoonEvery ? _lookEvery : LookSoonEvery);
    }

    private void Wait() => Timers.StartSingleTimer(nameof(Look), Look.Instance, _lookEvery);

    private void OnLook()
    {
        Wait();
        var (care, now) = (_care(), _clock.Now);
        if (care.Heals) Ask("what is damaged is healed", new HealCopies(RequestId.New()));
        if (care.Rules.Count > 0)
            _catalog.Read(store => store.Promises.Stamp()).PipeTo(
                Self,
                success: answer => new Stamped(answer.Is(out var stamp, out _) ? stamp : null),
                failure: _ => new Stamped(null)); // it is looked again
        if (care.ScrubEvery > TimeSpan.Zero)
            _catalog.Read(store => ScrubChoice.Next(store, care.ScrubEvery, now)).PipeTo(
                Self,
                success: answer => new Due(answer.Is(out var volume, out _) ? volume : null),
                failure: _ => new Due(null)); // it is looked again
    }

    /// <summary>Each rule reads all images: only where something is other than when they were read last.</summary>
    private void OnStamped(Stamped stamped)
    {
        var (care, now) = (_care(), _clock.Now);
        if (stamped.Stamp is not { } stamp || Same(_rulesSeen, stamp, care, now)) return;
        _rulesSeen = (stamp, now);
        foreach (var rule in care.Rules)
            _catalog.Read(store => CopyRules.Failed(store, rule, care.RetryAfter, now)).PipeTo(
                Self,
                success: answer => new RuleLooked(rule, answer.Is(out var failed, out _) ? !failed : null),
                failure: _ => new RuleLooked(rule, May: null));
    }

    /// <summary>Whether things are as they were seen, and no failure has passed meanwhile.</summary>
    private static bool Same(
        (CopyStamp Stamp, DateTimeOffset At)? seen, CopyStamp stamp, CopyCare care, DateTimeOffset now) =>
        seen is { } before && before.Stamp == stamp && now >= before.At
        && now - before.At < (care.RetryAfter < LookAnyway ? care.RetryAfter : LookAnyway);

    private void LookAtPromises()
    {
        if (_promisesAsked > 0) return; // what was asked for may not be a job yet
        var (care, now, seen) = (_care(), _clock.Now, _promisesSeen);
        _promisesAsked = 1;
        _catalog.Read<Promised>(store =>
        {
            if (!store.Promises.Stamp().Is(out var stamp, out var failure)) return failure;
            if (Same(seen, stamp, care, now)) return new Promised([], null, now);
            return new CopyPromises(store).Due(care, now).Is(out var due, out failure)
                ? new Promised(due, stamp, now) : failure;
        }).PipeTo(
            Self,
            success: answer => answer.Is(out var promised, out _) ? promised : new Promised([], null, now),
            failure: _ => new Promised([], null, now)); // it is looked again
    }

    private void OnPromised(Promised promised)
    {
        _promisesAsked = promised.Copies.Count;
        if (promised.Stamp is { } stamp) _promisesSeen = (stamp, promised.At);
        foreach (var copy in promised.Copies)
        {
            var what = $"image {copy.Image} is promised in pool {copy.Pool}";
            _gateway.Ask<IReply>(
                new CopyImages(RequestId.New(), copy.Pool, copy.Image.ToString()), _answerWithin).PipeTo(
                Self,
                success: reply => new PromiseAnswered(new Answered(what, reply)),
                failure: _ => new PromiseAnswered(new Answered(what, null)));
        }
    }

    /// <summary>Once a day for a volume, whichever director asks.</summary>
    private void OnDue(VolumeName? volume)
    {
        if (volume is not { } due) return;
        Ask(
            $"volume {due} is read again",
            new ScrubMedia(new RequestId($"scrub-{due}-{_clock.Now.UtcDateTime:yyyyMMdd}"), Volume: due));
    }

    private void Ask(string what, IRequest request) => _gateway.Ask<IReply>(request, _answerWithin).PipeTo(
        Self, success: reply => new Answered(what, reply), failure: _ => new Answered(what, null));

    /// <summary>
    /// The same is said once, until it is something else: a job that has failed is named again by each answer.
    /// </summary>
    private void OnAnswered(Answered answered)
    {
        // What was not heard is asked again, whether or not anything changes till then
        if (answered.Reply is null or Refused { Code: RefusalCode.Unavailable })
            (_rulesSeen, _promisesSeen) = (null, null);
        var said = answered.Reply switch
        {
            JobsStarted { Jobs.Count: > 0 } started => $"job {string.Join(", ", started.Jobs)}.",
            Refused { Code: not RefusalCode.Unavailable } refused => refused.Sentence,
            _ => null,
        };
        if (said is null || _said.GetValueOrDefault(answered.What) == said) return;
        _said[answered.What] = said;
        if (answered.Reply is Refused) _log.Error("Of copies, {0}: {1}", answered.What, said);
        else _log.Info("Of copies, {0}: {1}", answered.What, said);
    }

    private sealed record Due(VolumeName? Volume) : INoSerializationVerificationNeeded;

    /// <summary>Null: nobody knows.</summary>
    private sealed record RuleLooked(CopyRule Rule, bool? May) : INoSerializationVerificationNeeded;

    private sealed record Answered(string What, IReply? Reply) : INoSerializationVerificationNeeded;

    private sealed record Stamped(CopyStamp? Stamp) : INoSerializationVerificationNeeded;

    /// <summary>Null: nothing has changed, or nobody knows.</summary>
    private sealed record Promised(IReadOnlyList<PromisedCopy> Copies, CopyStamp? Stamp, DateTimeOffset At)
        : INoSerializationVerificationNeeded;

    private sealed record PromiseAnswered(Answered Answer) : INoSerializationVerificationNeeded;

    private sealed record LookSoon : INoSerializationVerificationNeeded
    {
        public static readonly LookSoon Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
