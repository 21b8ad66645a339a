using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Copies;

/// <summary>
/// Looks after copies, one in the system: copies and migrates what rules say, has what is damaged healed, and has
/// volumes read again while nothing else works. Keeps nothing: what there is, and what is being made, the catalog says.
/// </summary>
public sealed class CopyMinder : ReceiveActor, IWithTimers
{
    /// <summary>How often a node looks.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookAtSpoolsEvery = TimeSpan.FromSeconds(5);

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<CopyCare> _care;
    private readonly TimeSpan _lookEvery;
    private readonly TimeSpan _answerWithin;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, string> _said = [];

    /// <summary>For <see cref="Props"/>.</summary>
    private CopyMinder(
        IActorRef catalog, IActorRef gateway, Func<CopyCare> care, TimeSpan lookEvery, TimeSpan answerWithin)
    {
        (_catalog, _gateway, _care, _lookEvery, _answerWithin) = (catalog, gateway, care, lookEvery, answerWithin);
        Receive<Look>(_ => OnLook());
        Receive<LookAtSpools>(_ =>
        {
            if (_care().HasSpools) Ask("what waits on spools", new FlushSpool(RequestId.New(), Due: true));
        });
        Receive<Due>(due => OnDue(due.Volume));
        Receive<RuleLooked>(looked =>
        {
            if (looked.May) Ask($"by rule {looked.Rule.Name}", looked.Rule.Request());
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
            nameof(LookAtSpools), LookAtSpools.Instance,
            _lookEvery < LookAtSpoolsEvery ? _lookEvery : LookAtSpoolsEvery);
    }

    private void Wait() => Timers.StartSingleTimer(nameof(Look), Look.Instance, _lookEvery);

    private void OnLook()
    {
        Wait();
        var (care, now) = (_care(), _clock.Now);
        if (care.Heals) Ask("what is damaged is healed", new HealCopies(RequestId.New()));
        foreach (var rule in care.Rules)
            _catalog.Read(store => CopyRules.Failed(store, rule, now)).PipeTo(
                Self,
                success: answer => new RuleLooked(rule, answer.Is(out var failed, out _) && !failed),
                failure: _ => new RuleLooked(rule, May: false)); // it is looked again
        if (care.ScrubEvery > TimeSpan.Zero)
            _catalog.Read(store => ScrubChoice.Next(store, care.ScrubEvery, now)).PipeTo(
                Self,
                success: answer => new Due(answer.Is(out var volume, out _) ? volume : null),
                failure: _ => new Due(null)); // it is looked again
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

    private sealed record RuleLooked(CopyRule Rule, bool May) : INoSerializationVerificationNeeded;

    private sealed record Answered(string What, IReply? Reply) : INoSerializationVerificationNeeded;

    private sealed record LookAtSpools : INoSerializationVerificationNeeded
    {
        public static readonly LookAtSpools Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
