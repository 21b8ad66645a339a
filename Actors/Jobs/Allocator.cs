using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Messages;
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
    private readonly IActorRef? _catalog;

    /// <summary>For <see cref="Props(AllocatorOptions)"/>.</summary>
    private Allocator(AllocatorOptions options, IActorRef? catalog, Func<TimeSpan>? clock)
    {
        var scheduler = Context.System.Scheduler;
        _catalog = catalog;
        (_options, _clock) = (options, clock ?? (() => scheduler.MonotonicClock));
        _book = new LeaseBook<IActorRef>(options, Elapsed);
        Receive<AllocatorProtocol.Reserve>(OnReserve);
        Receive<AllocatorProtocol.Release>(release => Then(() => _book.Release(release)));
        Receive<AllocatorProtocol.Hold>(hold => Then(() => _book.Hold(hold, Elapsed)));
        Receive<AllocatorProtocol.Offer>(offer => Then(() => _book.Offer(offer, Elapsed)));
        Receive<AllocatorProtocol.Withdraw>(gone => Then(() => _book.Withdraw(gone.Node)));
        Receive<AllocatorProtocol.Why>(OnWhy);
        Receive<AllocatorProtocol.List>(_ => Sender.Tell(new AllocatorProtocol.Holders(
            _book.Holders, _book.Awaited, _book.Disabled is { Count: > 0 } disabled ? disabled : null)));
        Receive<Look>(_ => Grant());
        Receive<Unfinished>(unfinished => Then(() => _book.Expect(unfinished.Jobs)));
        Receive<Unread>(_ => { });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Elapsed => _clock();

    /// <summary>An allocator.</summary>
    /// <param name="options">What there is for good, and how long leases and silence last.</param>
    /// <param name="catalog">Says which jobs may hold something when the allocator begins, so that it need not wait for
    /// longer than until it has heard of all of them; null: it waits for its time.</param>
    public static Props Props(AllocatorOptions options, IActorRef? catalog = null) => Props(options, catalog, null);

    /// <summary>With a clock that a test moves: that of <c>TestScheduler</c> is the machine's.</summary>
    internal static Props Props(AllocatorOptions options, IActorRef? catalog, Func<TimeSpan>? clock) =>
        Akka.Actor.Props.Create(() => new Allocator(options, catalog, clock));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(
            nameof(Look), Look.Instance,
            _options.QuietAtStart > TimeSpan.Zero ? _options.QuietAtStart : _options.Lease, _options.Lease / 4);
        // What cannot be read only means to wait for the whole time
        _catalog?.Read(catalog => catalog.Jobs.Unfinished()).PipeTo(
            Self,
            success: answer => answer.Is(out var jobs, out _)
                ? new Unfinished([.. jobs.Select(job => job.Job)])
                : Unread.Instance,
            failure: _ => Unread.Instance);
    }

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

    private sealed record Unfinished(IReadOnlyList<JobId> Jobs) : INoSerializationVerificationNeeded;

    private sealed record Unread : INoSerializationVerificationNeeded
    {
        public static readonly Unread Instance = new();
    }

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static readonly Look Instance = new();
    }
}
