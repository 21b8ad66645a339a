using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Scheduling;

/// <summary>Times of a scheduler.</summary>
/// <param name="LookEvery">The longest time between two looks at the clock, which may be set at any moment.</param>
/// <param name="RetryAfter">After what could not be done.</param>
/// <param name="AnswerWithin">How long the gateway may take.</param>
/// <param name="KeepFor">How long what was started is remembered.</param>
public sealed record SchedulerOptions(
    TimeSpan LookEvery, TimeSpan RetryAfter, TimeSpan AnswerWithin, TimeSpan KeepFor)
{
    /// <summary>What a node uses.</summary>
    public static readonly SchedulerOptions Usual = new(
        TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(1), TimeSpan.FromDays(400));
}

/// <summary>
/// Starts what schedules ask for; one of them serves all directors. It holds nothing: it reads what is decided, decides
/// what came due since in one conditional write, then asks the gateway for each run that is open, under an id made of
/// policy and moment, and records the answer. Whoever takes over in between repeats a step without effect.
/// </summary>
public sealed class Scheduler : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(10);

    /// <summary>Enough to know that there are some.</summary>
    private const int WorkingMax = 100;

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<IReadOnlyList<ScheduledPolicy>> _policies;
    private readonly SchedulerOptions _options;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<RequestId> _asked = [];
    private string? _trouble;
    private DateTimeOffset _forgot;

    /// <summary>For <see cref="Props"/>.</summary>
    private Scheduler(IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<ScheduledPolicy>> policies,
        SchedulerOptions options)
    {
        (_catalog, _gateway, _policies, _options) = (catalog, gateway, policies, options);
        Receive<Look>(_ => OnLook());
        Receive<Loaded>(OnLoaded);
        Receive<Decided>(_ => OnLook());
        Receive<Outrun>(_ => LookAgain(_options.RetryAfter / 10));
        Receive<Forgot>(_ => { });
        Receive<Examined>(OnExamined);
        Receive<Answered>(OnAnswered);
        Receive<Noted>(OnNoted);
        Receive<Trouble>(OnTrouble);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A scheduler.</summary>
    /// <param name="catalog">Remembers what is decided.</param>
    /// <param name="gateway">Starts jobs.</param>
    /// <param name="policies">The policies that have a schedule now.</param>
    /// <param name="options">Its times.</param>
    public static Props Props(IActorRef catalog, IActorRef gateway, Func<IReadOnlyList<ScheduledPolicy>> policies,
        SchedulerOptions options) =>
        Akka.Actor.Props.Create(() => new Scheduler(catalog, gateway, policies, options));

    /// <inheritdoc/>
    protected override void PreStart() => OnLook();

    private void OnLook()
    {
        Timers.Cancel(nameof(Look));
        Pipe(_catalog.Read(store => store.Schedules.Load()), records => new Loaded(records));
    }

    private void OnLoaded(Loaded loaded)
    {
        _trouble = null;
        var (policies, now) = (_policies(), _clock.Now);
        var marks = loaded.Records.Marks.ToDictionary(mark => mark.Policy);
        var turns = policies.Select(policy => ScheduleTurn.Of(policy, marks.GetValueOrDefault(policy.Policy), now))
            .OfType<ScheduleTurn>().ToList();
        if (turns.Count > 0)
        {
            Pipe(_catalog.Write(store => DecideAll(store, turns)), _ => Decided.Instance);
            return;
        }
        foreach (var firing in loaded.Records.Open.Where(firing => firing.NotBefore <= now)) Start(firing);
        Forget(now);
        LookAgain(NextLook(policies, marks, loaded.Records.Open, now));
    }

    /// <summary>One policy's contradiction means that another scheduler decided: all are read again.</summary>
    private static CatalogAnswer<Recorded> DecideAll(CatalogStore store, IReadOnlyList<ScheduleTurn> turns)
    {
        foreach (var turn in turns)
            if (!store.Schedules.Decide(turn.Before, turn.After, turn.Firings).Is(out _, out var failure))
                return failure;
        return Recorded.Now;
    }

    private void Start(FiringRecord firing)
    {
        var request = Firing.Request(firing);
        if (!_asked.Add(request.Request)) return;
        var working = new JobFilter(JobKind.Backup, Ended: false, Policy: firing.Policy);
        Pipe(_catalog.Read(store => store.Jobs.List(working, WorkingMax)), jobs => new Examined(firing, jobs));
    }

    /// <summary>What is at work already decides whether another one starts beside it.</summary>
    private void OnExamined(Examined examined)
    {
        var firing = examined.Firing;
        if (Firing.Beside(firing, examined.Working, CalendarOf(firing), _clock.Now, out var waits) is { } leftOut)
        {
            _log.Warning("{0} is {1}.", Name(leftOut), leftOut.Note);
            Pipe(_catalog.Write(store => store.Schedules.Update(leftOut)), _ => new Noted(leftOut));
        }
        else if (waits)
        {
            _asked.Remove(Firing.RequestOf(firing));
            LookAgain(_options.RetryAfter);
        }
        else
            _gateway.Ask<IReply>(Firing.Request(firing), _options.AnswerWithin).PipeTo(
                Self,
                success: reply => new Answered(firing, reply),
                failure: _ => new Answered(firing, null));
    }

    private PolicyCalendar? CalendarOf(FiringRecord firing) =>
        _policies().FirstOrDefault(policy => policy.Policy == firing.Policy)?.Calendar;

    private void OnAnswered(Answered answered)
    {
        var latest = CalendarOf(answered.Firing)?.CatchUp;
        if (Firing.After(answered.Firing, answered.Reply, latest, _clock.Now) is not { } after)
        {
            _asked.Remove(Firing.RequestOf(answered.Firing));
            OnTrouble(new Trouble($"Policy {answered.Firing.Policy} could not be started: "
                + (answered.Reply is Refused refused ? refused.Sentence : "the gateway did not answer.")));
            return;
        }
        if (after.State == FiringState.Refused)
            _log.Error("{0} is not started: {1}", Name(after), after.Note);
        Pipe(_catalog.Write(store => store.Schedules.Update(after)), _ => new Noted(after));
    }

    private void OnNoted(Noted noted)
    {
        _asked.Remove(Firing.RequestOf(noted.Firing));
        if (noted.Firing.State == FiringState.Started)
            _log.Info("{0} is started: jobs {1}.", Name(noted.Firing), string.Join(", ", noted.Firing.Jobs));
    }

    private static string Name(FiringRecord firing) => $"The run of policy {firing.Policy} due at {firing.DueAt:u}";

    private void OnTrouble(Trouble trouble)
    {
        if (_trouble != trouble.Sentence)
            _log.Error("What is scheduled cannot be started now: {0} It is tried again.", trouble.Sentence);
        _trouble = trouble.Sentence;
        // What was asked and could not be noted is asked again: it gets the same answer.
        _asked.Clear();
        LookAgain(_options.RetryAfter);
    }

    private TimeSpan NextLook(IReadOnlyList<ScheduledPolicy> policies, Dictionary<PolicyName, ScheduleMark> marks,
        IReadOnlyList<FiringRecord> open, DateTimeOffset now)
    {
        var next = policies
            .Select(policy => policy.Calendar.Next(Later(marks[policy.Policy].DecidedUntil, now))?.At)
            .Concat(open.Where(firing => firing.NotBefore > now).Select(firing => (DateTimeOffset?)firing.NotBefore))
            .Where(moment => moment is not null).Min();
        var wait = next is { } moment ? moment - now : _options.LookEvery;
        return wait < _options.LookEvery ? wait : _options.LookEvery;
    }

    private void LookAgain(TimeSpan after) =>
        Timers.StartSingleTimer(nameof(Look), Look.Instance, after > Soonest ? after : Soonest);

    private void Forget(DateTimeOffset now)
    {
        if (now - _forgot < TimeSpan.FromDays(1)) return;
        _forgot = now;
        Pipe(_catalog.Write(store => store.Schedules.Forget(now - _options.KeepFor)), _ => Forgot.Instance);
    }

    private void Pipe<T>(Task<CatalogAnswer<T>> asked, Func<T, object> then) => asked.PipeTo(
        Self,
        success: answer => answer.Is(out var value, out var failure)
            ? then(value)
            : failure is CatalogFailure.Contradiction
                ? Outrun.Instance
                : new Trouble(CatalogFailureText.Sentence(failure)),
        failure: mistake => new Trouble(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private sealed record Loaded(ScheduleRecords Records) : INoSerializationVerificationNeeded;

    private sealed record Examined(FiringRecord Firing, IReadOnlyList<JobRecord> Working)
        : INoSerializationVerificationNeeded;

    private sealed record Answered(FiringRecord Firing, IReply? Reply) : INoSerializationVerificationNeeded;

    private sealed record Noted(FiringRecord Firing) : INoSerializationVerificationNeeded;

    private sealed record Trouble(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record Decided : INoSerializationVerificationNeeded
    {
        public static readonly Decided Instance = new();
    }

    /// <summary>Another scheduler decided in between.</summary>
    private sealed record Outrun : INoSerializationVerificationNeeded
    {
        public static readonly Outrun Instance = new();
    }

    private sealed record Forgot : INoSerializationVerificationNeeded
    {
        public static readonly Forgot Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
