using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// Routes messages to the sagas by job id, and starts the sagas of all jobs that have not ended when the node starts. A
/// saga that stops before its job is over (its journal failed) is started again after a pause, which doubles each time
/// up to an hour: a job whose journal
/// cannot be read must not fill the node's log, and others are not touched by it.
/// </summary>
public sealed class JobRegion : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromHours(1);
    private readonly JobNeighbours _neighbours;
    private readonly JobOptions _options;
    private readonly JobId? _only;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<JobId> _running = [];
    private readonly Dictionary<JobId, int> _stops = [];
    private readonly HashSet<JobId> _resting = [];
    private bool _loaded;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobRegion(JobNeighbours neighbours, JobOptions options, JobId? only)
    {
        (_neighbours, _options, _only) = (neighbours, options, only);
        Receive<IJobMessage>(Route);
        Receive<Unfinished>(TakeUp);
        Receive<Over>(OnOver);
        Receive<LoadAgain>(_ => Load());
        Receive<Rested>(OnRested);
        Receive<Terminated>(OnSagaEnded);
        Receive<NotLoaded>(OnNotLoaded);
        Receive<AreTakenUp>(_ => Sender.Tell(new TakenUp(_loaded)));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The region.</summary>
    /// <param name="neighbours">Whom the sagas talk to.</param>
    /// <param name="options">Their limits.</param>
    /// <param name="only">Takes up this job alone, for a node that runs one job and ends; null: all. No job at all: job
    /// 0.</param>
    public static Props Props(JobNeighbours neighbours, JobOptions options, JobId? only) =>
        Akka.Actor.Props.Create(() => new JobRegion(neighbours, options, only));

    /// <inheritdoc/>
    protected override void PreStart() => Load();

    private void Load() =>
        _neighbours.Catalog.Read(catalog => catalog.Jobs.Unfinished()).PipeTo(
            Self,
            success: answer => answer.Is(out var jobs, out var failure)
                ? new Unfinished(jobs)
                : new NotLoaded(CatalogFailureText.Sentence(failure)),
            failure: mistake => new NotLoaded(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));

    private void OnNotLoaded(NotLoaded trouble)
    {
        _log.Error("The jobs that have not ended could not be read: {0} It is tried again.", trouble.Sentence);
        Timers.StartSingleTimer(nameof(LoadAgain), LoadAgain.Instance, _options.AskAgainAfter);
    }

    private void TakeUp(Unfinished unfinished)
    {
        _loaded = true;
        foreach (var job in unfinished.Jobs.Where(job =>
            _only is null || job.Job == _only || _running.Contains(job.Job)))
        {
            if (_resting.Contains(job.Job) || SpecOf(job) is not { } spec) continue;
            if (!_running.Contains(job.Job)) _log.Info("Job {0} has not ended; it is taken up again.", job.Job);
            Saga(job.Job).Tell(new JobProtocol.Start(job.Job, spec), ActorRefs.Nobody);
        }
    }

    /// <summary>One job that cannot be read must not keep the others from being taken up.</summary>
    private JobSpec? SpecOf(JobRecord job)
    {
        try
        {
            return JobSpecs.Read(job.Parameters);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
        {
            _log.Error("Job {0} cannot be taken up: its definition in the catalog cannot be read: {1}", job.Job,
                unreadable.Message);
            return null;
        }
    }

    private void Route(IJobMessage message)
    {
        if (message is JobProtocol.Start) _resting.Remove(message.Job);
        var serves = message is JobProtocol.Start
            || (_running.Contains(message.Job) && !_resting.Contains(message.Job));
        if (serves) Saga(message.Job).Forward(message);
        else if (message is JobProtocol.ICommand)
            Sender.Tell(new JobProtocol.Refused(message.Job, JobProtocol.Refusal.NotRunning));
    }

    private IActorRef Saga(JobId job)
    {
        _running.Add(job);
        var name = NameOf(job);
        var known = Context.Child(name);
        return known.IsNobody()
            ? Context.Watch(Context.ActorOf(JobSaga.Props(job, _neighbours, _options), name)) : known;
    }

    private void OnOver(Over over)
    {
        _running.Remove(over.Job);
        _stops.Remove(over.Job);
        // An ended job is in the catalog; its saga would only take memory
        Context.Stop(Context.Child(NameOf(over.Job)));
    }

    private static string NameOf(JobId job) => $"job-{job}";

    /// <summary>It may have stopped before its first event was durable, so its definition is read again too.</summary>
    private void OnSagaEnded(Terminated ended)
    {
        var job = JobId.Parse(ended.ActorRef.Path.Name["job-".Length..]);
        if (!_running.Contains(job)) return;
        var stops = _stops[job] = _stops.GetValueOrDefault(job) + 1;
        var pause =
            TimeSpan.FromTicks(
                (long)Math.Min(_options.AskAgainAfter.Ticks * Math.Pow(2, stops - 1),
                    Math.Max(PauseMax.Ticks, _options.AskAgainAfter.Ticks)));
        _log.Error(
            "The saga of job {0} stopped before its end; it is started again in {1:0} s.", job, pause.TotalSeconds);
        _resting.Add(job);
        Timers.StartSingleTimer($"{nameof(Rested)}-{job}", new Rested(job), pause);
    }

    /// <summary>By the catalog, as at the start of the node: what failed may have been its first event.</summary>
    private void OnRested(Rested rested)
    {
        _resting.Remove(rested.Job);
        Load();
    }

    /// <summary>A saga's last word: its job is over, it stops.</summary>
    /// <param name="Job">The job.</param>
    public sealed record Over(JobId Job) : INoSerializationVerificationNeeded;

    /// <summary>Asks whether the jobs that had not ended are taken up. Answered by <see cref="TakenUp"/>.</summary>
    public sealed record AreTakenUp : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly AreTakenUp Instance = new();
    }

    /// <summary>Whether they are.</summary>
    /// <param name="Yes">False as long as the catalog cannot be read.</param>
    public sealed record TakenUp(bool Yes) : INoSerializationVerificationNeeded;

    private sealed record Unfinished(IReadOnlyList<JobRecord> Jobs) : INoSerializationVerificationNeeded;

    private sealed record NotLoaded(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record Rested(JobId Job) : INoSerializationVerificationNeeded;

    private sealed record LoadAgain : INoSerializationVerificationNeeded
    {
        public static readonly LoadAgain Instance = new();
    }
}
