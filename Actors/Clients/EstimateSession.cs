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
/// Says what backups would hold: the walk that a backup does, once for each level, with no content read. The base's
/// manifest comes from the catalog page by page, in constant memory. Needs no storage.
/// </summary>
public sealed class EstimateSession : ReceiveActor, IWithTimers
{
    private readonly ClientProtocol.Estimate _orders;
    private readonly ClientOptions _options;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly UntoldExceptions _untold;
    private readonly DateTimeOffset _began;
    private ArchiveMeter? _meter;
    private bool _stopping;

    /// <summary>For <see cref="Props"/>.</summary>
    private EstimateSession(ClientProtocol.Estimate orders, ClientOptions options, IActorRef uplink)
    {
        (_orders, _options, _uplink) = (orders, options, uplink);
        _began = Context.System.Scheduler.Now;
        var self = Self;
        _untold = new UntoldExceptions(() => self.Tell(Tick.Instance));
        Receive<Tick>(_ => TellProgress());
        Receive<Measured>(OnMeasured);
        Receive<Status.Failure>(failure => Fail(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => { _stopping = true; _stop.Cancel(); });
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, options.ProgressEvery);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">What to measure.</param>
    /// <param name="options">Limits.</param>
    /// <param name="uplink">The way to the catalog.</param>
    public static Props Props(ClientProtocol.Estimate orders, ClientOptions options, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new EstimateSession(orders, options, uplink));

    /// <inheritdoc/>
    protected override void PreStart() =>
        Task.Factory.StartNew(Measure, _stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: sizes => new Measured(sizes));

    /// <summary>However it ends, its thread does not walk on for nobody.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>On a thread of its own: walking blocks, and so does waiting for the next page of a manifest.</summary>
    private List<LevelSize> Measure()
    {
        var token = _stop.Token;
        var sizes = new List<LevelSize>();
        foreach (var asked in _orders.Spec.Levels)
        {
            // What one walk could not look at, the others cannot either
            Action<FileException> onException = sizes.Count == 0 ? _untold.Add : _ => { };
            var meter = new ArchiveMeter();
            Volatile.Write(ref _meter, meter);
            using var walker = new TreeWalker(
                _orders.Spec.FileSet,
                new WalkOptions { TemporaryDirectory = _options.WorkDirectory, Base = BaseOf(asked, token) },
                onException);
            while (walker.Next() is { } item)
            {
                using (item) meter.Add(item);
                token.ThrowIfCancellationRequested();
            }
            sizes.Add(new LevelSize(asked.Level, asked.Base, meter.Items, meter.Bytes));
        }
        return sizes;
    }

    private BaseComparison? BaseOf(EstimatedLevel asked, CancellationToken token) => asked.Base is { } known
        ? new BaseComparison(
            ManifestPages.Read(_options.Inquiry(_uplink), known, [], token).ToBlockingEnumerable(token),
            changedFrom: _orders.Spec.SelectBy == SelectBy.TimeStamps ? asked.Since!.Value.ToUnixTimeSeconds() : null)
        : null;

    private void TellProgress()
    {
        if (_untold.TellSome(Tell)) Self.Tell(Tick.Instance);
        var meter = Volatile.Read(ref _meter);
        Context.Parent.Tell(new ClientProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            "estimating", meter?.Items ?? 0, meter?.Bytes ?? 0, 0, 0, _untold.Tally.Total, null, null, null, null,
            Context.System.Scheduler.Now)));
    }

    private void Tell(IReadOnlyList<FileException> exceptions) =>
        Context.Parent.Tell(new ClientProtocol.Excepted(_orders.Job, _orders.Epoch, exceptions));

    private void OnMeasured(Measured measured)
    {
        _untold.TellAll(Tell);
        var first = measured.Sizes[0];
        Context.Parent.Tell(new ClientProtocol.Finished(_orders.Job, _orders.Epoch, new ClientResult(
            new Dictionary<string, long> { ["Measured"] = first.Items },
            first.Bytes,
            _untold.Tally.Total,
            _untold.Tally.ByKind,
            new Dictionary<string, long>(),
            (Context.System.Scheduler.Now - _began).TotalSeconds,
            measured.Sizes)));
        Context.Stop(Self);
    }

    private void Fail(Exception cause)
    {
        if (!_stopping)
        {
            _untold.TellAll(Tell);
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.ClientError(_orders.Spec.Client, posix.Operation, posix.Message));
            if (failure is JobFailure.Internal) _log.Error(cause, "The estimate of job {0} failed.", _orders.Job);
            Context.Parent.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        Context.Stop(Self);
    }

    private sealed record Measured(IReadOnlyList<LevelSize> Sizes) : INoSerializationVerificationNeeded;

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
