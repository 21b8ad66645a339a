using Akka.Actor;
using Backup.Messages.Jobs;

namespace Backup.Actors.Jobs;

/// <summary>
/// Grants a job its drive and its client slot at once, in the order of the requests, so that no job holds one and waits
/// for the other. Holds nothing durable: nodes offer what they have and jobs say what they hold, again and again. After
/// a start it grants nothing until the jobs had time to say so; should it err all the same, the drive itself refuses a
/// second session, and the job that was granted it tries again.
/// </summary>
public sealed class Allocator : ReceiveActor, IWithTimers
{
    private readonly AllocatorOptions _options;
    private readonly Func<TimeSpan> _clock;
    private readonly LeaseBook<IActorRef> _book;

    /// <summary>For <see cref="Props(AllocatorOptions)"/>.</summary>
    private Allocator(AllocatorOptions options, Func<TimeSpan>? clock)
    {
        var scheduler = Context.System.Scheduler;
        (_options, _clock) = (options, clock ?? (() => scheduler.MonotonicClock));
        _book = new LeaseBook<IActorRef>(options, Elapsed);
        Receive<AllocatorProtocol.Reserve>(OnReserve);
        Receive<AllocatorProtocol.Release>(release => Then(() => _book.Release(release)));
        Receive<AllocatorProtocol.Hold>(hold => Then(() => _book.Hold(hold, Elapsed)));
        Receive<AllocatorProtocol.Offer>(offer => Then(() => _book.Offer(offer, Elapsed)));
        Receive<AllocatorProtocol.Withdraw>(gone => Then(() => _book.Withdraw(gone.Node)));
        Receive<AllocatorProtocol.Why>(OnWhy);
        Receive<AllocatorProtocol.List>(_ => Sender.Tell(new AllocatorProtocol.Holders(_book.Holders)));
        Receive<Look>(_ => Grant());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Elapsed => _clock();

    /// <summary>An allocator.</summary>
    /// <param name="options">What there is for good, and how long leases and silence last.</param>
    public static Props Props(AllocatorOptions options) => Props(options, clock: null);

    /// <summary>With a clock that a test moves: that of <c>TestScheduler</c> is the machine's.</summary>
    internal static Props Props(AllocatorOptions options, Func<TimeSpan>? clock) =>
        Akka.Actor.Props.Create(() => new Allocator(options, clock));

    /// <inheritdoc/>
    protected override void PreStart() => Timers.StartPeriodicTimer(
        nameof(Look), Look.Instance,
        _options.QuietAtStart > TimeSpan.Zero ? _options.QuietAtStart : _options.Lease, _options.Lease / 4);

    private void OnReserve(AllocatorProtocol.Reserve ask)
    {
        if (_book.Reserve(ask, Sender, Elapsed) is { } failure)
            Sender.Tell(new AllocatorProtocol.Refused(ask.Job, failure));
        else Grant();
    }

    private void OnWhy(AllocatorProtocol.Why why)
    {
        var chain = _book.WhyWaits(why.Job, Elapsed);
        Sender.Tell(new AllocatorProtocol.Reasons(why.Job, [.. chain.Select(WaitText.Sentence)], chain));
    }

    private void Then(Action change)
    {
        change();
        Grant();
    }

    private void Grant()
    {
        foreach (var (asker, granted) in _book.Grants(Elapsed)) asker.Tell(granted);
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
