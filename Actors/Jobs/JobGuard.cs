using Akka.Actor;
using Akka.Event;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Stands before the saga of one job. A saga that stops before its job is over (its journal failed) is started again
/// after a pause, which doubles each time up to an hour: a job whose journal cannot be read must not fill the node's
/// log, and others are not touched by it. Meanwhile the guard goes on saying what the job holds: its sessions are at
/// work.
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
    private TimeSpan _pause;
    private TimeSpan _begun;
    private AllocatorProtocol.Hold? _hold;
    private bool _isOver;

    /// <summary>For <see cref="Props"/>.</summary>
    private JobGuard(JobId job, JobNeighbours neighbours, JobOptions options, object farewell)
    {
        (_job, _saga, _farewell) = (job, JobSaga.Props(job, neighbours, options), farewell);
        var allocator = neighbours.Allocator;
        _firstPause = options.AskAgainAfter;
        Receive<IJobMessage>(OnMessage);
        Receive<Over>(_ => OnOver());
        Receive<Said>(said => _hold = said.ToAllocator as AllocatorProtocol.Hold);
        Receive<SayHold>(_ => allocator.Tell(_hold));
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
            Sender.Tell(new JobProtocol.Refused(_job, JobProtocol.Refusal.Resting));
    }

    private IActorRef Saga()
    {
        var known = Context.Child("saga");
        if (!known.IsNobody()) return known;
        Timers.Cancel(nameof(SayHold));
        _begun = Context.System.Scheduler.MonotonicClock;
        return Context.Watch(Context.ActorOf(_saga, "saga"));
    }

    /// <summary>An ended job is in the catalog; its saga would only take memory.</summary>
    private void OnOver()
    {
        _isOver = true;
        Context.Parent.Tell(_farewell);
    }

    private void OnSagaEnded()
    {
        if (_isOver) return;
        // One that ran for longer than it last rested had got over what was the matter.
        if (Context.System.Scheduler.MonotonicClock - _begun > _pause) _stops = 0;
        _pause = TimeSpan.FromTicks((long)Math.Min(
            _firstPause.Ticks * Math.Pow(2, _stops++), Math.Max(PauseMax.Ticks, _firstPause.Ticks)));
        _log.Error("The saga of job {0} stopped before its end; it is started again in {1:0} s.", _job,
            _pause.TotalSeconds);
        Timers.StartSingleTimer(nameof(Rested), Rested.Instance, _pause);
        if (_hold is not null) Timers.StartPeriodicTimer(nameof(SayHold), SayHold.Instance, TimeSpan.Zero, _firstPause);
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

    /// <summary>What the saga tells the allocator.</summary>
    internal sealed record Said(IWireMessage ToAllocator) : INoSerializationVerificationNeeded;

    private sealed record SayHold : INoSerializationVerificationNeeded
    {
        public static readonly SayHold Instance = new();
    }

    private sealed record Rested : INoSerializationVerificationNeeded
    {
        public static readonly Rested Instance = new();
    }
}
