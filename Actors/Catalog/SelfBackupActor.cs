using Akka.Actor;
using Akka.Event;
using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Has the catalog backed up after jobs have ended; one of them serves all directors. It holds nothing: what is due
/// follows from the catalog and from the last copy, and the job that saves it is asked for under an id made of what the
/// copy covers.
/// </summary>
public sealed class SelfBackupActor : ReceiveActor, IWithTimers
{
    /// <summary>Behind a look that failed.</summary>
    private const int LooksLeftOut = 30;

    private readonly CatalogStore _store;
    private readonly IActorRef _gateway;
    private readonly Func<SelfBackupRule> _rule;
    private readonly TimeSpan _lookEvery;
    private readonly TimeSpan _answerWithin;
    private readonly ITimeProvider _clock = Context.System.Scheduler;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private SelfBackup.Standing? _told;
    private DateTimeOffset? _owed;
    private string _trouble = "";

    /// <summary>For <see cref="Props"/>.</summary>
    private SelfBackupActor(
        CatalogStore store, IActorRef gateway, Func<SelfBackupRule> rule, TimeSpan lookEvery, TimeSpan answerWithin)
    {
        (_store, _gateway, _rule) = (store, gateway, rule);
        (_lookEvery, _answerWithin) = (lookEvery, answerWithin);
        Receive<Look>(_ => OnLook());
        Receive<Done>(OnDone);
        Receive<Answered>(OnAnswered);
        Receive<Covered>(_ => { });
        Receive<Trouble>(trouble => _log.Error("The backup of the catalog cannot be noted: {0}", trouble.Detail));
    }

    /// <summary>How often it looks whether jobs have ended.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The id under which the job is asked for that saves a copy.</summary>
    /// <param name="covers">What the copy covers.</param>
    public static RequestId RequestOf(DateTimeOffset covers) => new($"catalog-backup-{covers.UtcTicks}");

    /// <summary>One that looks after a catalog.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="gateway">Starts jobs.</param>
    /// <param name="rule">How the catalog is backed up now.</param>
    /// <param name="lookEvery">Between two looks.</param>
    /// <param name="answerWithin">How long the gateway may take.</param>
    public static Props Props(
        CatalogStore store, IActorRef gateway, Func<SelfBackupRule> rule, TimeSpan lookEvery, TimeSpan answerWithin) =>
        Akka.Actor.Props.Create(() => new SelfBackupActor(store, gateway, rule, lookEvery, answerWithin));

    /// <inheritdoc/>
    protected override void PreStart() => OnLook();

    private void OnLook()
    {
        var rule = _rule();
        if (!rule.Copies && rule.Bootstrap is null)
        {
            Timers.StartSingleTimer(nameof(Look), Look.Instance, _lookEvery);
            return;
        }
        var (now, told, mayCopy) = (_clock.Now, _told, _owed is null);
        // It writes files, and reads all of the catalog.
        Task.Run(() => Work(new SelfBackup(_store, rule), rule, now, told, mayCopy)).PipeTo(
            Self, failure: mistake => new Done(told, null, rule, mistake.GetBaseException().Message));
    }

    private static Done Work(
        SelfBackup backup, SelfBackupRule rule, DateTimeOffset now, SelfBackup.Standing? told, bool mayCopy)
    {
        if (!backup.Look(now).Is(out var standing, out var failure)) return Failed(failure);
        try
        {
            DateTimeOffset? copied = null;
            if (mayCopy && backup.IsDue(standing, now))
            {
                if (backup.Copy(now).Failure is { } notCopied) return Failed(notCopied);
                copied = standing.Covers;
                if (rule.Policy is null) backup.Cover(copied!.Value);
            }
            if (standing == told) return new Done(told, copied, rule, null);
            return backup.WriteBootstrap(now).Failure is { } unwritten
                ? Failed(unwritten) : new Done(standing, copied, rule, null);
        }
        catch (Exception refused) when (refused is PosixException or IOException or UnauthorizedAccessException)
        {
            return new Done(told, null, rule, refused.Message);
        }

        Done Failed(CatalogFailure why) => new(told, null, rule, CatalogFailureText.Sentence(why));
    }

    private void OnDone(Done done)
    {
        // A copy of a large catalog that fails at its end is not begun again at once
        Timers.StartSingleTimer(
            nameof(Look), Look.Instance, done.Trouble is null ? _lookEvery : LooksLeftOut * _lookEvery);
        _told = done.Told;
        if (done.Trouble is { } trouble && trouble != _trouble)
            _log.Error("The catalog is not backed up: {0}", trouble);
        _trouble = done.Trouble ?? "";
        if (done is { Copied: { } covers, Rule.Policy: not null }) _owed = covers;
        if (_owed is not { } owed || done.Rule.Policy is not { } policy) return;
        _gateway.Ask<IReply>(new RunPolicy(RequestOf(owed), policy), _answerWithin).PipeTo(
            Self,
            success: reply => new Answered(owed, done.Rule, reply),
            failure: _ => new Answered(owed, done.Rule, null));
    }

    /// <summary>The copy counts when there is a job that saves it; until then it is asked for again.</summary>
    private void OnAnswered(Answered answered)
    {
        switch (answered.Reply)
        {
            case JobsStarted started:
                if (_owed == answered.Covers) _owed = null;
                _log.Info("The catalog is backed up: job {0}.", string.Join(", ", started.Jobs));
                Task.Run(() => new SelfBackup(_store, answered.Rule).Cover(answered.Covers)).PipeTo(
                    Self, success: () => Covered.Instance, failure: why => new Trouble(why.Message));
                break;
            case Refused { Code: not RefusalCode.Unavailable } refused when refused.Sentence != _trouble:
                _log.Error("The catalog was copied and cannot be backed up to its pool: {0}", refused.Sentence);
                _trouble = refused.Sentence;
                break;
        }
    }

    private sealed record Done(
        SelfBackup.Standing? Told, DateTimeOffset? Copied, SelfBackupRule Rule, string? Trouble)
        : INoSerializationVerificationNeeded;

    private sealed record Answered(DateTimeOffset Covers, SelfBackupRule Rule, IReply? Reply)
        : INoSerializationVerificationNeeded;

    private sealed record Trouble(string Detail) : INoSerializationVerificationNeeded;

    private sealed record Covered : INoSerializationVerificationNeeded
    {
        public static readonly Covered Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
