using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>
/// The saga of one job of any kind: persists what <see cref="JobDecision"/> decides and then asks, again and again, for
/// whatever the state still waits for. Every request may be repeated; every receiver treats it as idempotent by job and
/// epoch.
/// </summary>
public sealed partial class JobSaga : ReceivePersistentActor, IWithTimers
{
    /// <summary>Less than anybody waits who asks the job.</summary>
    private static readonly TimeSpan AllocatorWithin = TimeSpan.FromMilliseconds(700);

    private const string AllocatorMoves =
        "a drive and a client's slot; the allocator, which grants them, does not answer: it may be moving";

    /// <summary>A node that has just started announces itself within seconds.</summary>
    private static readonly TimeSpan AskWhileAbsent = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(1);

    private readonly JobId _job;
    private readonly JobNeighbours _neighbours;
    private readonly JobOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly JobNews _news;
    private JobState _state = JobState.None;
    private CatalogQuestion? _question;
    private NodeProtocol.Absent? _absent;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobSaga(JobId job, JobNeighbours neighbours, JobOptions options)
    {
        (_job, _neighbours, _options) = (job, neighbours, options);
        _news = new JobNews(job, neighbours.Catalog, Context.System.Scheduler, _log);
        PersistenceId = $"job-{job}";
        Recover<IJobEvent>(happened =>
        {
            _state = _state.After(happened);
            _news.Replayed(happened, _state);
        });
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<JobProtocol.Ask>(_ => Answer());
        Command<JobProtocol.ICommand>(Handle);
        Command<StorageProtocol.Advanced>(OnAdvanced);
        Command<ClientProtocol.Advanced>(report => { if (IsWanted(report)) _news.Advanced(report); });
        Command<StorageProtocol.Said>(_news.Said);
        Command<StorageProtocol.Excepted>(report => { if (IsWanted(report)) _news.Excepted(report); });
        Command<ClientProtocol.Excepted>(report => { if (IsWanted(report)) _news.Excepted(report); });
        ReceiveScripts();
        Command<AllocatorProtocol.Granted>(Handle);
        Command<AllocatorProtocol.Refused>(Handle);
        Command<NodeProtocol.Absent>(OnAbsent);
        Command<JobPatience.Over>(Handle);
        Command<IAttemptMessage>(report => { if (IsCurrent(report)) _news.Talk.Heard(report); Handle(report); });
        Command<EpochTaken>(OnEpoch);
        Command<EndRecorded>(OnEndRecorded);
        ReceiveClones();
        Command<CatalogTrouble>(OnTrouble);
        Command<PauseOver>(_ => OnPauseOver());
        Command<AskAgain>(_ => OnAskAgain());
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The saga of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="neighbours">Whom it talks to.</param>
    /// <param name="options">Its limits.</param>
    public static Props Props(JobId job, JobNeighbours neighbours, JobOptions options) =>
        Akka.Actor.Props.Create(() => new JobSaga(job, neighbours, options));

    /// <summary>Others that wait for the drive are told by the allocator what its holder waits for.</summary>
    private void OnAdvanced(StorageProtocol.Advanced report)
    {
        if (!IsWanted(report)) return;
        var before = _news.AwaitedIn(_state);
        _news.Advanced(report);
        if (_news.AwaitedIn(_state) != before) TellAllocator();
    }

    private void TellAllocator()
    {
        if (JobPatience.NotBefore(_state, Now) is not null
            || JobOrders.ToAllocator(_job, _state, _news.AwaitedIn(_state)) is not { } said) return;
        _neighbours.Allocator.Tell(said);
        Context.Parent.Tell(new JobGuard.Said(said));
    }

    private bool IsCurrent(IAttemptMessage report) => report.Epoch == _state.Epoch;

    private bool IsWanted(IAttemptMessage report)
    {
        if (_state.Step == JobStep.Over) StopWhoReports(report);
        if (IsCurrent(report)) _news.Talk.Heard(report);
        return IsCurrent(report);
    }

    private DateTimeOffset Now => Context.System.Scheduler.Now;

    private void OnRecovered()
    {
        if (_state.Step is JobStep.Opening or JobStep.Transferring)
            _news.TakenUp(_state);
        Pursue(fresh: false);
    }

    private void Handle(object message)
    {
        var asker = Sender;
        var decision = JobDecision.On(_job, _state, message, Now, _news.AwaitedIn(_state));
        if (decision.Event is null)
        {
            if (decision.Reply is not null) asker.Tell(decision.Reply);
            // No such job: somebody asked for it
            if (_state.Step == JobStep.Idle) Context.Parent.Tell(JobGuard.Over.Instance);
            if (_state.Step == JobStep.Over) StopWhoReports(message);
            if (_state.Step == JobStep.Releasing && message is IAttemptMessage word) OnLastWord(word);
            return;
        }
        Persist(decision.Event, happened =>
        {
            var before = _state;
            _state = _state.After(happened);
            if (decision.Reply is not null) asker.Tell(decision.Reply);
            _news.Happened(happened, _state);
            var isNew = _state.Step != before.Step || _state.Scripts != before.Scripts;
            if (isNew || _state.Step == JobStep.Scripting) Pursue(isNew);
            else if (happened is JobEvents.RequestAssigned) TellAllocator();
        });
    }

    /// <summary>
    /// Asks for whatever the state waits for. Orders go out once, when the state is entered, and again where there was
    /// no node to take them; after recovery and on the timer the parties are asked whether they know the attempt: one
    /// that does not has lost it, and only a new attempt may write. The allocator is told every time, so that one that
    /// has just been made anew hears of it soon.
    /// </summary>
    private void Pursue(bool fresh)
    {
        if (fresh) _question = null;
        TellAllocator();
        WatchTime();
        if (_state.Step == JobStep.Scripting) PursueScripts();
        PursueClones();
        switch (_state.Step)
        {
            case JobStep.Reserving:
                MindPatience();
                break;
            case JobStep.Starting:
                TakeEpoch();
                break;
            case JobStep.Opening:
                ToStorage(_order.Gives(fresh)
                    ? JobOrders.ToStorage(_job, _state) : new StorageProtocol.Query(_job, _state.Epoch));
                break;
            case JobStep.Transferring:
                PursueTransfer(fresh);
                break;
            case JobStep.Releasing:
                Release(storage: true, client: true);
                break;
            case JobStep.Pausing:
                StartPause();
                break;
            case JobStep.Ending:
                RecordEnd();
                break;
            case JobStep.Over:
                Timers.CancelAll();
                if (JobParts.Of(_state.Spec!).Storage) ToStorage(new StorageProtocol.Forget(_job, _state.Epoch));
                Context.Parent.Tell(JobGuard.Over.Instance);
                return;
        }
        var again = (JobPatience.NotBefore(_state, Now) ?? JobPatience.EndOf(_state)) - Now is { } left
            && left > Soonest && left < _options.AskAgainAfter ? left : _options.AskAgainAfter;
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, again);
    }

    /// <summary>Of a job that waits for too long its end says what it waited for.</summary>
    private void MindPatience()
    {
        if (JobPatience.Failure(_state, "", Now) is null) return;
        _neighbours.Allocator.Ask<AllocatorProtocol.Reasons>(new AllocatorProtocol.Why(_job), AllocatorWithin)
            .PipeTo(
                Self,
                success: why => new JobPatience.Over(string.Join("; ", why.Sentences)),
                failure: _ => new JobPatience.Over(""));
    }

    private void OnAskAgain()
    {
        _absent = null;
        _news.Repeat();
        Pursue(fresh: false);
    }

    /// <summary>
    /// One conditional update raises the epoch; asked again after a restart it is raised once more, which harms nobody.
    /// </summary>
    private void TakeEpoch()
    {
        var (job, now) = (_job, Now);
        var (wanted, based) = (_state.Undecided, _state.Rebased);
        AskCatalog(() => CatalogQuestion.Of(
            catalog => LevelChoice.AtNewEpoch(catalog, job, wanted, based, now),
            taken => new EpochTaken(taken.Epoch, taken.Level),
            Trouble));
    }

    private void AskCatalog(Func<CatalogQuestion> question)
    {
        _question ??= question();
        _question.Ask(_neighbours.Catalog, Self, Mistake);
    }

    /// <summary>
    /// Told to itself like any trouble: a question that nobody answers would keep the job waiting for ever.
    /// </summary>
    private static CatalogTrouble Mistake(Exception cause) =>
        new(FailureText.Sentence(new JobFailure.Internal(cause.Message)));

    private static CatalogTrouble Trouble(CatalogFailure failure) => new(CatalogFailureText.Sentence(failure));

    /// <summary>The catalog may be back later: the timer asks again.</summary>
    private void OnTrouble(CatalogTrouble trouble)
    {
        _question?.Failed();
        _log.Warning("Job {0}: {1} It is tried again.", _job, trouble.Sentence);
    }

    private void OnEpoch(EpochTaken taken)
    {
        if (_state.Step != JobStep.Starting || taken.Epoch.Value <= _state.Epoch.Value) return;
        Persist(new JobEvents.AttemptStarted(taken.Epoch, Now, taken.Level), happened =>
        {
            _state = _state.After(happened);
            _news.Happened(happened, _state);
            Pursue(fresh: true);
        });
    }

    private void StartPause()
    {
        var pause = JobRules.Pause(_state.Spec!, _state.Lost!, Math.Max(1, _state.Fruitless));
        if (!Timers.IsTimerActive(nameof(PauseOver)))
            Timers.StartSingleTimer(nameof(PauseOver), PauseOver.Instance, pause);
    }

    private void OnPauseOver()
    {
        if (_state.Step != JobStep.Pausing) return;
        Persist(new JobEvents.Resumed(Now), happened =>
        {
            _state = _state.After(happened);
            Pursue(fresh: true);
        });
    }

    /// <summary>Catalog first, journal second: a job that the journal calls over is over in the catalog too.</summary>
    private void RecordEnd()
    {
        AskCatalog(() =>
        {
            var (outcome, failure) = JobRules.Judge(_state);
            return CatalogQuestion.Of(
                BehindClones(_news.End(_state, outcome, failure, Now)), _ => new EndRecorded(outcome, failure),
                Trouble);
        });
    }

    private void OnEndRecorded(EndRecorded end)
    {
        if (_state.Step != JobStep.Ending) return;
        _news.Repeat(); // the catalog is there: its last lines too, before nobody asks again
        Persist(new JobEvents.Ended(end.Outcome, end.Failure, Now), happened =>
        {
            _state = _state.After(happened);
            Pursue(fresh: true);
        });
    }

    private void Answer()
    {
        var asker = Sender;
        var status = new JobProtocol.Status(_job, JobWords.State(_state, _news), _news.Progress(_state), [], Parts());
        if (_state.Step != JobStep.Reserving)
        {
            asker.Tell(status with { WaitsFor = JobWords.WaitsFor(_state, _news, _absent) });
            return;
        }
        if (JobPatience.NotBefore(_state, Now) is { } moment)
        {
            asker.Tell(status with { WaitsFor = [JobPatience.Sentence(moment)] });
            return;
        }
        _neighbours.Allocator.Ask<AllocatorProtocol.Reasons>(new AllocatorProtocol.Why(_job), AllocatorWithin)
            .PipeTo(
                asker,
                success: why => status with { WaitsFor = why.Sentences },
                failure: _ => status with { WaitsFor = [AllocatorMoves] });
    }

    private IReadOnlyList<JobPart> Parts()
    {
        var here = ((ExtendedActorSystem)Context.System).Provider.DefaultAddress.ToString();
        return [.. _news.Parts(_state).Select(part => part.Part == "director" ? part with { Node = here } : part)];
    }

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        // The journal does not have it, so the state must not: stop, and recover what the journal has.
        base.OnPersistRejected(cause, @event, sequenceNr);
        Context.Stop(Self);
    }

    private sealed record EpochTaken(Epoch Epoch, ChosenLevel? Level) : INoSerializationVerificationNeeded;

    private sealed record EndRecorded(JobOutcome Outcome, JobFailure? Failure) : INoSerializationVerificationNeeded;

    private sealed record CatalogTrouble(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record PauseOver : INoSerializationVerificationNeeded
    {
        public static readonly PauseOver Instance = new();
    }

    private sealed record AskAgain : INoSerializationVerificationNeeded
    {
        public static readonly AskAgain Instance = new();
    }
}
