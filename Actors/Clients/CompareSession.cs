using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// Compares an image's manifest, read from the catalog page by page, with the disk: a merge of two sorted sequences in
/// constant memory. Needs no storage.
/// </summary>
public sealed class CompareSession : ReceiveActor, IWithTimers
{
    private readonly ClientProtocol.Compare _orders;
    private readonly ClientOptions _options;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly UntoldExceptions _untold;
    private readonly DateTimeOffset _began;
    private TreeComparer? _comparer;
    private bool _stopping;

    /// <summary>For <see cref="Props"/>.</summary>
    private CompareSession(ClientProtocol.Compare orders, ClientOptions options, IActorRef uplink)
    {
        (_orders, _options, _uplink) = (orders, options, uplink);
        _began = Context.System.Scheduler.Now;
        var self = Self;
        _untold = new UntoldExceptions(() => self.Tell(Tick.Instance));
        Receive<Tick>(_ => TellProgress());
        Receive<Compared>(compared => OnCompared(compared.Items));
        Receive<Status.Failure>(failure => Fail(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => { _stopping = true; _stop.Cancel(); });
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, options.ProgressEvery);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">What to compare.</param>
    /// <param name="options">Limits.</param>
    /// <param name="uplink">The way to the catalog.</param>
    public static Props Props(ClientProtocol.Compare orders, ClientOptions options, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new CompareSession(orders, options, uplink));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Task.Factory.StartNew(Compare, _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: items => new Compared(items));

    /// <summary>However it ends, its thread does not walk on for nobody.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>On a thread of its own: walking and reading block, and so does waiting for the next page.</summary>
    private long Compare()
    {
        var token = _stop.Token;
        var fileSet = _orders.Spec.FileSet
            ?? throw new JobFailureException(new JobFailure.Internal("A comparison needs a file set."));
        using var walker = new TreeWalker(
            fileSet, new WalkOptions { TemporaryDirectory = _options.WorkDirectory }, _untold.Add);
        var comparer = _comparer = new TreeComparer(
            new CompareOptions
            {
                Content = _orders.Spec.Content,
                ArchivedDigestOf = (item, algorithm) => ArchivedDigest.Of(item, algorithm, token),
                Cancellation = token,
            },
            _untold.Add);
        comparer.CompareEntries(
            ManifestPages.Read(_options.Inquiry(_uplink), _orders.Spec.Image, [], token)
                .ToBlockingEnumerable(token).Select(FurtherName.Of), walker);
        return comparer.Compared;
    }

    private void TellProgress()
    {
        if (_untold.TellSome(Tell)) Self.Tell(Tick.Instance);
        Context.Parent.Tell(new ClientProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            "verifying", _comparer?.Compared ?? 0, 0, 0, 0, _untold.Tally.Total, null, null, null, null,
            Context.System.Scheduler.Now)));
    }

    private void Tell(IReadOnlyList<FileException> exceptions) =>
        Context.Parent.Tell(new ClientProtocol.Excepted(_orders.Job, _orders.Epoch, exceptions));

    private void OnCompared(long items)
    {
        _untold.TellAll(Tell);
        Context.Parent.Tell(new ClientProtocol.Finished(_orders.Job, _orders.Epoch, new ClientResult(
            new Dictionary<string, long> { ["Compared"] = items },
            0,
            _untold.Tally.Total,
            _untold.Tally.ByKind,
            new Dictionary<string, long>(),
            (Context.System.Scheduler.Now - _began).TotalSeconds)));
        Context.Stop(Self);
    }

    private void Fail(Exception cause)
    {
        if (!_stopping)
        {
            _untold.TellAll(Tell);
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.ClientError(_orders.Spec.Client, posix.Operation, posix.Message));
            if (failure is JobFailure.Internal) _log.Error(cause, "The comparison of job {0} failed.", _orders.Job);
            Context.Parent.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        Context.Stop(Self);
    }

    private sealed record Compared(long Items) : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
