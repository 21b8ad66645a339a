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

    private readonly IActorRef _catalog;
    private readonly IActorRef _gateway;
    private readonly Func<IReadOnlyList<ScheduledPolicy>> _policies;
    private readonly SchedulerOptions _options;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<RequestId> _asked = [];
    private readonly Dictionary<PolicyName, string> _mistakes = [];
    private string? _trouble;
    private long _notes;
    private DateTimeOffset _forgot;
    private DateTimeOffset _lookAt;

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
        var counting = _policies().Where(policy => policy.Calendar.SinceLast.Any()).ToList();
        var notes = _notes;
        Pipe(_catalog.Read(store => Load(store, counting)), loaded => loaded with { Notes = notes });
    }

    private static CatalogAnswer<Loaded> Load(CatalogStore store, IReadOnlyList<ScheduledPolicy> counting)
    {
        if (!store.Schedules.Load().Is(out var records, out var failure)) return failure;
        var lasts = new Dictionary<PolicyName, IReadOnlyList<SinceLast>>();
        foreach (var policy in counting)
            if (SinceLast.Read(store, policy).Is(out var read, out failure)) lasts[policy.Policy] = read;
            else return failure;
        return CatalogAnswer<Loaded>.Of(new Loaded(records, lasts));
    }

    private void OnLoaded(Loaded loaded)
    {
        _trouble = null;
        if (loaded.Notes != _notes)
        {
            // What was noted while this was read may be missing in it: it would be asked for a second time.
            LookAgain(Soonest);
            return;
        }
        var (policies, now) = (_policies(), _clock.Now);
        var marks = loaded.Records.Marks.ToDictionary(mark => mark.Policy);
        var turns = policies
            .Select(policy => OfOne(policy.Policy,
                () => ScheduleTurn.Of(
                    policy, marks.GetValueOrDefault(policy.Policy), now,
                    loaded.Lasts.GetValueOrDefault(policy.Policy))))
            .OfType<ScheduleTurn>().ToList();
        var gone = loaded.Records.Marks.Where(mark => policies.All(policy => policy.Policy != mark.Policy)).ToList();
        if (turns.Count + gone.Count > 0)
        {
            Pipe(_catalog.Write(store => DecideAll(store, turns, gone)), _ => Decided.Instance);
            return;
        }
        // One of a policy at a time, in order: what becomes of the second depends on the first.
        foreach (var firing in loaded.Records.Open.GroupBy(firing => firing.Policy)
            .Select(open => open.MinBy(firing => firing.DueAt)!).Where(firing => firing.NotBefore <= now))
            Start(firing);
        Forget(now);
        LookAgain(NextLook(policies, marks, loaded, now));
    }

    /// <summary>One policy's contradiction means that another scheduler decided: all are read again.</summary>
    private static CatalogAnswer<Recorded> DecideAll(
        CatalogStore store, IReadOnlyList<ScheduleTurn> turns, IReadOnlyList<ScheduleMark> gone)
    {
        foreach (var turn in turns)
            if (!store.Schedules.Decide(turn.Before, turn.After, turn.Firings).Is(out _, out var failure))
                return failure;
        // A policy that gets a schedule again has missed nothing in between.
        foreach (var mark in gone)
            if (!store.Schedules.Drop(mark).Is(out _, out var failure)) return failure;
        return Recorded.Now;
    }

    /// <summary>
    /// What is asked of the calendar of one policy: its mistake does not keep the others from running.
    /// </summary>
    private T? OfOne<T>(PolicyName policy, Func<T?> question)
    {
        try
        {
            var answer = question();
            _mistakes.Remove(policy);
            return answer;
        }
        catch (Exception mistake) when (mistake is ArgumentException or InvalidOperationException or OverflowException)
        {
            if (_mistakes.GetValueOrDefault(policy) != mistake.Message)
                _log.Error(mistake, "The schedule of policy {0} cannot be followed; the others are.", policy);
            _mistakes[policy] = mistake.Message;
            return default;
        }
    }

    private void Start(FiringRecord firing)
    {
        var request = Firing.Request(firing);
        if (!_asked.Add(request.Request)) return;
        var own = (ScheduledOf(firing)?.Clients ?? []).Select(client => Firing.RequestOf(firing, client)).ToList();
        Pipe(_catalog.Read(store => store.Jobs.MadeBy(own)), made => new Examined(firing, made));
    }

    /// <summary>The hour decides whether it starts.</summary>
    private void OnExamined(Examined examined)
    {
        var firing = examined.Firing;
        switch (OfOne(firing.Policy, () => Firing.Next(firing, ScheduledOf(firing), examined.Own, _clock.Now)))
        {
            case FiringStep.Ask asked:
                _gateway.Ask<IReply>(asked.Request, _options.AnswerWithin).PipeTo(
                    Self,
                    success: answer => new Answered(firing, answer),
                    failure: _ => new Answered(firing, null));
                break;
            case FiringStep.Note { Firing: var noted }:
                if (noted.State == FiringState.Skipped) _log.Warning("{0} is {1}.", Name(noted), noted.Note);
                Note(noted);
                break;
            default:
                _asked.Remove(Firing.RequestOf(firing));
                LookAgain(_options.RetryAfter);
                break;
        }
    }

    private ScheduledPolicy? ScheduledOf(FiringRecord firing) =>
        _policies().FirstOrDefault(policy => policy.Policy == firing.Policy);

    private void OnAnswered(Answered answered)
    {
        if (Firing.After(answered.Firing, answered.Answer) is not { } after)
        {
            _asked.Remove(Firing.RequestOf(answered.Firing));
            OnTrouble(new Trouble($"Policy {answered.Firing.Policy} could not be started: "
                + ((answered.Answer as Refused)?.Sentence ?? "the gateway did not answer.")));
            return;
        }
        if (after.State == FiringState.Open && after.Note != answered.Firing.Note)
            _log.Info("{0} is not started yet: {1}.", Name(after), after.Note);
        if (after.State == FiringState.Refused)
            _log.Error("{0} is not started: {1}", Name(after), after.Note);
        if (after.State == FiringState.Skipped) _log.Info("{0} is left out. {1}", Name(after), after.Note);
        Note(after);
    }

    private void Note(FiringRecord firing) =>
        Pipe(_catalog.Write(store => store.Schedules.Update(firing)), _ => new Noted(firing));

    private void OnNoted(Noted noted)
    {
        _asked.Remove(Firing.RequestOf(noted.Firing));
        _notes++;
        if (noted.Firing.State == FiringState.Started)
            _log.Info("{0} is started: jobs {1}.", Name(noted.Firing), string.Join(", ", noted.Firing.Jobs));
        // What is still open waits for a window, or for what is measured; else the next of its policy may come.
        LookAgain(noted.Firing.State != FiringState.Open ? Soonest
            : noted.Firing.Jobs.Count > 0 ? _options.RetryAfter / 3 : _options.RetryAfter);
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
        Loaded loaded, DateTimeOffset now)
    {
        var next = policies
            .Select(policy => OfOne(policy.Policy, () => policy.Calendar.Next(
                Later(marks.GetValueOrDefault(policy.Policy)?.DecidedUntil ?? now, now)))?.At)
            .Concat(policies.SelectMany(policy => OfOne(policy.Policy, () => SinceLast.Coming(
                policy.Calendar, loaded.Lasts.GetValueOrDefault(policy.Policy),
                marks.GetValueOrDefault(policy.Policy)?.DecidedUntil ?? now, now).ToList()) ?? [])
                .Select(run => (DateTimeOffset?)run.At))
            .Concat(loaded.Records.Open.Where(firing => firing.NotBefore > now)
                .Select(firing => (DateTimeOffset?)firing.NotBefore))
            .Where(moment => moment is not null).Min();
        var wait = next is { } moment ? moment - now : _options.LookEvery;
        return wait < _options.LookEvery ? wait : _options.LookEvery;
    }

    /// <summary>A look that is to come sooner stays: one run that waits must not make another one late.</summary>
    private void LookAgain(TimeSpan after)
    {
        var (now, wait) = (_clock.Now, after > Soonest ? after : Soonest);
        if (Timers.IsTimerActive(nameof(Look)) && _lookAt > now && _lookAt <= now + wait) return;
        _lookAt = now + wait;
        Timers.StartSingleTimer(nameof(Look), Look.Instance, wait);
    }

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

    private sealed record Loaded(
        ScheduleRecords Records, IReadOnlyDictionary<PolicyName, IReadOnlyList<SinceLast>> Lasts)
        : INoSerializationVerificationNeeded
    {
        /// <summary>How many answers had been noted when it was asked for.</summary>
        public long Notes { get; init; }
    }

    private sealed record Examined(FiringRecord Firing, IReadOnlyList<JobRecord> Own)
        : INoSerializationVerificationNeeded;

    private sealed record Answered(FiringRecord Firing, IReply? Answer) : INoSerializationVerificationNeeded;

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
