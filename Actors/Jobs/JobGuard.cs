using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Stands before the saga of one job. A saga that stops before its job is over (its journal failed) is started again
/// after a pause, which doubles each time up to an hour: a job whose journal cannot be read must not fill the node's
/// log, and others are not touched by it.
/// </summary>
public sealed class JobGuard : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromHours(1);
    private readonly JobId _job;
    private readonly Props _saga;
    private readonly TimeSpan _firstPause;
    private readonly object _farewell;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private JobProtocol.Start? _start;
    private int _stops;
    private bool _isOver;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobGuard(JobId job, JobNeighbours neighbours, JobOptions options, object farewell)
    {
        (_job, _saga, _farewell) = (job, JobSaga.Props(job, neighbours, options), farewell);
        _firstPause = options.AskAgainAfter;
        Receive<IJobMessage>(OnMessage);
        Receive<Over>(_ => OnOver());
        Receive<Rested>(_ => OnRested());
        Receive<Terminated>(_ => OnSagaEnded());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsResting => Timers.IsTimerActive(nameof(Rested));

    /// <summary>A guard.</summary>
    /// <param name="job">The job.</param>
    /// <param name="neighbours">Whom its saga talks to.</param>
    /// <param name="options">Its saga's limits.</param>
    /// <param name="farewell">What the guard tells its parent when the job is over; that then stops it.</param>
    public static Props Props(JobId job, JobNeighbours neighbours, JobOptions options, object farewell) =>
        Akka.Actor.Props.Create(() => new JobGuard(job, neighbours, options, farewell));

    private void OnMessage(IJobMessage message)
    {
        if (message is JobProtocol.Start start) _start = start;
        if (!IsResting) Saga().Forward(message);
        else if (message is JobProtocol.ICommand and not JobProtocol.Start)
            Sender.Tell(new JobProtocol.Refused(_job, JobProtocol.Refusal.NotRunning));
    }

    private IActorRef Saga() => Context.Child("saga") is var known && known.IsNobody()
        ? Context.Watch(Context.ActorOf(_saga, "saga")) : known;

    /// <summary>An ended job is in the catalog; its saga would only take memory.</summary>
    private void OnOver()
    {
        _isOver = true;
        Context.Parent.Tell(_farewell);
    }

    private void OnSagaEnded()
    {
        if (_isOver) return;
        var pause = TimeSpan.FromTicks((long)Math.Min(
            _firstPause.Ticks * Math.Pow(2, _stops++), Math.Max(PauseMax.Ticks, _firstPause.Ticks)));
        _log.Error("The saga of job {0} stopped before its end; it is started again in {1:0} s.", _job,
            pause.TotalSeconds);
        Timers.StartSingleTimer(nameof(Rested), Rested.Instance, pause);
    }

    /// <summary>It recovers from its journal; what failed may have been its very first event.</summary>
    private void OnRested()
    {
        if (_start is null) Saga();
        else Saga().Tell(_start, ActorRefs.NoSender);
    }

    /// <summary>A saga's last word: its job is over, or there is none of this number.</summary>
    public sealed record Over : INoSerializationVerificationNeeded
    {
        /// <summary>The only one.</summary>
        public static readonly Over Instance = new();
    }

    private sealed record Rested : INoSerializationVerificationNeeded
    {
        public static readonly Rested Instance = new();
    }
}
