using Akka.Actor;
using Backup.Messages.Operations;

namespace Backup.Actors.Gateway;

/// <summary>How often a follower gets news.</summary>
/// <param name="Look">Between two looks at the job.</param>
/// <param name="QuietMax">News are sent after this time though nothing changed, as a sign of life.</param>
internal sealed record FollowPace(TimeSpan Look, TimeSpan QuietMax)
{
    public static FollowPace Usual { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
}

/// <summary>
/// One subscription to a job: looks at it again and again and tells what is new, until its time is over, the job has
/// ended or cannot be found.
/// </summary>
internal sealed class JobFollower : ReceiveActor, IWithTimers
{
    /// <summary>Lines in one news; more follow at once.</summary>
    private const int LinesMax = 200;

    private readonly Func<IRequest, Task<IReply>> _answer;
    private readonly AnswerSize _size;
    private readonly FollowPace _pace;
    private IActorRef _asker = ActorRefs.Nobody;
    private FollowJob _follow = null!;
    private JobDetails? _told;
    private TimeSpan _toldAt;
    private bool _looking;

    private JobFollower(Func<IRequest, Task<IReply>> answer, AnswerSize size, FollowPace pace)
    {
        (_answer, _size, _pace) = (answer, size, pace);
        Receive<FollowJob>(OnFollow);
        Receive<Look>(_ => LookAtJob());
        Receive<Seen>(OnSeen);
        Receive<TimeOver>(_ => Context.Stop(Self));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Func<IRequest, Task<IReply>> answer, AnswerSize size, FollowPace pace) =>
        Akka.Actor.Props.Create(() => new JobFollower(answer, size, pace));

    private static TimeSpan Elapsed => Context.System.Scheduler.MonotonicClock;

    /// <summary>The follower knows what it has: from there on it is told, wherever it is now.</summary>
    private void OnFollow(FollowJob follow)
    {
        (_asker, _follow, _told) = (Sender, follow, null);
        if (follow.For > TimeSpan.Zero)
        {
            var time = follow.For < FollowJob.ForMax ? follow.For : FollowJob.ForMax;
            Timers.StartSingleTimer(nameof(TimeOver), TimeOver.Instance, time);
            Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _pace.Look);
        }
        LookAtJob();
    }

    private void LookAtJob()
    {
        if (_looking) return;
        _looking = true;
        var asked = _follow;
        _answer(new ShowJob(asked.Job, asked.LogAfter, LinesMax)).PipeTo(Self, Self,
            success: reply => new Seen(asked, reply),
            failure: cause => new Seen(asked, new Refused(
                RefusalCode.Unavailable, $"The node could not answer: {cause.GetBaseException().Message}")));
    }

    private void OnSeen(Seen seen)
    {
        _looking = false;
        if (!ReferenceEquals(seen.Asked, _follow))
        {
            LookAtJob(); // asked anew meanwhile
            return;
        }
        var told = AnswerSize.IsElsewhere(_asker) && seen.Reply is JobDetails
            ? _size.Fit(seen.Reply, reply => reply is JobDetails now ? News(now) : reply) : seen.Reply;
        if (told is not JobDetails details)
        {
            _asker.Tell(seen.Reply is Refused ? seen.Reply : told);
            Context.Stop(Self);
            return;
        }
        if (!IsNew(details)) return;
        _asker.Tell(News(details));
        (_told, _toldAt) = (details, Elapsed);
        var wasAll = ((JobDetails)seen.Reply).Log.Count is var lines && lines < LinesMax && lines == details.Log.Count;
        if (details.Log.Count > 0) _follow = _follow with { LogAfter = details.Log[^1].Number };
        if (!wasAll) LookAtJob();
        else if (details.Job.State == "ended" || _follow.For <= TimeSpan.Zero) Context.Stop(Self);
    }

    private JobNews News(JobDetails details) => new(_follow.Request, _follow.LogAfter, details);

    private bool IsNew(JobDetails now) => _told is null || now.Log.Count > 0 || now.Job.State != _told.Job.State
        || now.Progress?.At != _told.Progress?.At || !now.WaitsFor.SequenceEqual(_told.WaitsFor)
        || Elapsed - _toldAt >= _pace.QuietMax;

    private sealed record Seen(FollowJob Asked, IReply Reply) : INoSerializationVerificationNeeded;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }

    private sealed record TimeOver : INoSerializationVerificationNeeded
    {
        public static readonly TimeOver Instance = new();
    }
}
