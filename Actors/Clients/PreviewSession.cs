using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// One walk that shows what a backup would save, read page by page by whoever asks. Belongs to no job: what nobody asks
/// for any more is given up.
/// </summary>
internal sealed class PreviewSession : ReceiveActor, IWithTimers
{
    /// <summary>Most characters of paths and sentences in a page: below a frame of remoting.</summary>
    private const int PageCharactersMax = 32 * 1024;

    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromMinutes(1);

    /// <summary>Who asks waits no longer for a page that is not full.</summary>
    private static readonly TimeSpan PageWithin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly BackupSpec _spec;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly PreviewWork _work;
    private readonly List<PreviewedItem> _open = [];
    private PreviewPage? _last;
    private (IActorRef Asker, NodeProtocol.Preview Asked, DateTimeOffset At)? _waiting;
    private int _openCharacters;
    private bool _isOver;
    private string? _failure;

    /// <summary>For <see cref="Props"/>.</summary>
    private PreviewSession(NodeProtocol.Preview first, BackupSpec spec, ClientOptions options, IActorRef uplink)
    {
        _spec = spec;
        _work = new PreviewWork(spec, first.Limit > 0, options, options.Inquiry(uplink));
        Receive<NodeProtocol.Preview>(OnAsked);
        Receive<Look>(_ => Answer());
        Receive<Ended>(ended => End(ended.Failure));
        Receive<Status.Failure>(failed => End(FailureOf(failed.Cause)));
        Receive<GivenUp>(_ => Context.Stop(Self));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session, which the first page begins.</summary>
    /// <param name="first">The order for page 0.</param>
    /// <param name="spec">Its backup.</param>
    /// <param name="options">Limits.</param>
    /// <param name="uplink">The way to the catalog.</param>
    public static Props Props(
        NodeProtocol.Preview first, BackupSpec spec, ClientOptions options, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new PreviewSession(first, spec, options, uplink));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var clock = Context.System.Scheduler;
        _work.Run(() => clock.Now, _stop.Token).PipeTo(Self, success: failure => new Ended(failure));
    }

    /// <summary>However it ends, its thread does not walk on for nobody.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void OnAsked(NodeProtocol.Preview asked)
    {
        Timers.StartSingleTimer(nameof(GivenUp), GivenUp.Instance, GivenUpAfter);
        if (_last is not null && asked.Page == _last.Number)
        {
            Sender.Tell(new RunPreview([], _last));
            return;
        }
        var next = (_last?.Number ?? -1) + 1;
        if (asked.Page != next || _last is { Done: true })
        {
            Sender.Tell(new Refused(
                RefusalCode.Conflict,
                $"Expected page {(_last is { Done: true } end ? end.Number : next)} of this preview, found "
                    + $"{asked.Page}. Begin it again."));
            return;
        }
        _waiting = (Sender, asked, _waiting?.At ?? Context.System.Scheduler.Now);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookEvery, LookEvery);
        Answer();
    }

    private void Answer()
    {
        if (_waiting is not var (asker, asked, at)) return;
        var isOver = _isOver; // before what is left is taken: nothing comes behind it then
        while (!IsFull(asked) && _work.TryTake(out var item))
        {
            _open.Add(item!);
            _openCharacters += item!.Path.Length + (item.Detail?.Length ?? 0);
        }
        var isLast = isOver && !IsFull(asked);
        if (!isLast && !IsFull(asked) && Context.System.Scheduler.Now - at < PageWithin) return;
        _last = _work.Counts(asked.Page) with
        {
            Items = [.. _open],
            Done = isLast,
            Failure = isLast ? _failure : null,
        };
        _open.Clear();
        (_openCharacters, _waiting) = (0, null);
        Timers.Cancel(nameof(Look));
        asker.Tell(new RunPreview([], _last));
    }

    private bool IsFull(NodeProtocol.Preview asked) =>
        _open.Count > 0 && (_open.Count >= asked.Limit || _openCharacters >= PageCharactersMax);

    private JobFailure FailureOf(Exception cause)
    {
        var failure = JobFailureException.Of(
            cause, posix => new JobFailure.ClientError(_spec.Client, posix.Operation, posix.Message));
        if (failure is JobFailure.Internal) _log.Error(cause, "A preview of policy {0} failed.", _spec.Policy);
        return failure;
    }

    private void End(JobFailure? failure)
    {
        (_isOver, _failure) = (true, failure is null ? null : FailureText.Sentence(failure));
        Answer();
    }

    private sealed record Ended(JobFailure? Failure) : INoSerializationVerificationNeeded;

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }

    private sealed record GivenUp : INoSerializationVerificationNeeded
    {
        public static readonly GivenUp Instance = new();
    }
}
