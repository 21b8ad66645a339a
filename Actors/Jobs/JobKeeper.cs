using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// Sees to it that every job that the catalog calls unfinished has its saga: reads them at the start and again and
/// again, and starts each. Starting one that runs changes nothing. One of them serves all directors.
/// </summary>
public sealed class JobKeeper : ReceiveActor, IWithTimers
{
    private readonly IActorRef _catalog;
    private readonly IActorRef _jobs;
    private readonly TimeSpan _every;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<JobId> _unreadable = [];
    private string? _trouble;
    private bool _loaded;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobKeeper(IActorRef catalog, IActorRef jobs, TimeSpan every)
    {
        (_catalog, _jobs, _every) = (catalog, jobs, every);
        Receive<Load>(_ => OnLoad());
        Receive<Unfinished>(OnUnfinished);
        Receive<NotLoaded>(OnNotLoaded);
        Receive<AreTakenUp>(_ => Sender.Tell(new TakenUp(_loaded)));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A keeper.</summary>
    /// <param name="catalog">Knows which jobs have not ended.</param>
    /// <param name="jobs">Routes to the sagas.</param>
    /// <param name="every">The time between two readings.</param>
    public static Props Props(IActorRef catalog, IActorRef jobs, TimeSpan every) =>
        Akka.Actor.Props.Create(() => new JobKeeper(catalog, jobs, every));

    /// <inheritdoc/>
    protected override void PreStart() => OnLoad();

    private void OnLoad() => _catalog.Read(catalog => catalog.Jobs.Unfinished()).PipeTo(
        Self,
        success: answer => answer.Is(out var jobs, out var failure)
            ? new Unfinished(jobs)
            : new NotLoaded(CatalogFailureText.Sentence(failure)),
        failure: mistake => new NotLoaded(FailureText.Sentence(new JobFailure.Internal(mistake.Message))));

    private void OnNotLoaded(NotLoaded trouble)
    {
        if (_trouble != trouble.Sentence)
            _log.Error("The jobs that have not ended could not be read: {0} It is tried again.", trouble.Sentence);
        _trouble = trouble.Sentence;
        Again();
    }

    private void OnUnfinished(Unfinished unfinished)
    {
        (_trouble, _loaded) = (null, true);
        foreach (var job in unfinished.Jobs)
            if (SpecOf(job) is { } spec) _jobs.Tell(new JobProtocol.Start(job.Job, spec), ActorRefs.NoSender);
        Again();
    }

    private void Again() => Timers.StartSingleTimer(nameof(Load), Load.Instance, _every);

    /// <summary>One job that cannot be read must not keep the others from being taken up.</summary>
    private JobSpec? SpecOf(JobRecord job)
    {
        try
        {
            return JobSpecs.Read(job.Parameters);
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException)
        {
            if (_unreadable.Add(job.Job))
                _log.Error("Job {0} cannot be taken up: its definition in the catalog cannot be read: {1}", job.Job,
                    unreadable.Message);
            return null;
        }
    }

    /// <summary>Asks whether the jobs that had not ended are taken up. Answered by <see cref="TakenUp"/>.</summary>
    public sealed record AreTakenUp : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly AreTakenUp Instance = new();
    }

    /// <summary>Whether they are.</summary>
    /// <param name="Yes">False until the catalog could be read for the first time.</param>
    public sealed record TakenUp(bool Yes) : INoSerializationVerificationNeeded;

    private sealed record Unfinished(IReadOnlyList<JobRecord> Jobs) : INoSerializationVerificationNeeded;

    private sealed record NotLoaded(string Sentence) : INoSerializationVerificationNeeded;

    private sealed record Load : INoSerializationVerificationNeeded
    {
        public static readonly Load Instance = new();
    }
}
