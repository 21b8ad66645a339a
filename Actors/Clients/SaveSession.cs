using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Compression;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// One attempt of a backup on its client: gathers what a resume needs, then runs the stream
/// walk ─► archive ─► chunk ─► compress ∥ ─► connection. From then on it needs no director.
/// </summary>
public sealed class SaveSession : ReceiveActor, IWithTimers
{
    private readonly ClientProtocol.Save _orders;
    private readonly ClientOptions _options;
    private readonly DataPlane _plane;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly UntoldExceptions _untold;
    private readonly ProgressMeter _meter;
    private readonly DateTimeOffset _began;
    private readonly IActorRef _uplink;
    private ArchiveSource? _source;
    private DataLink<ArchiveChunk>? _link;
    private UniqueKillSwitch? _switch;
    private bool _stopping;

    /// <summary>For <see cref="Props"/>.</summary>
    private SaveSession(ClientProtocol.Save orders, ClientOptions options, DataPlane plane, IActorRef uplink)
    {
        (_orders, _options, _plane, _uplink) = (orders, options, plane, uplink);
        _began = Context.System.Scheduler.Now;
        _meter = new ProgressMeter(Context.System.Scheduler);
        var self = Self;
        _untold = new UntoldExceptions(() => self.Tell(Tick.Instance));
        Receive<ResumeReader.Found>(found => Run(found));
        Receive<Tick>(_ => TellProgress());
        Receive<Done>(OnDone);
        Receive<Status.Failure>(failure => Fail(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => OnStop());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">All that it needs.</param>
    /// <param name="options">Limits.</param>
    /// <param name="plane">Where it connects.</param>
    /// <param name="uplink">The way to the catalog, for a resume and the base's manifest.</param>
    public static Props Props(ClientProtocol.Save orders, ClientOptions options, DataPlane plane, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new SaveSession(orders, options, plane, uplink));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        var clock = Context.System.Scheduler;
        Prepare(_orders, _options.Inquiry(_uplink), _options, () => clock.Now, _stop.Token).PipeTo(Self);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.ProgressEvery);
    }

    /// <summary>All that it needs, so that from then on it needs no director.</summary>
    private static async Task<ResumeReader.Found> Prepare(
        ClientProtocol.Save orders, CatalogInquiry catalog, ClientOptions options, Func<DateTimeOffset> clock,
        CancellationToken cancellation)
    {
        var resume = await ResumeReader.Read(orders, catalog, cancellation).ConfigureAwait(false);
        var manifest = await BaseManifest.Ready(orders, catalog, options.WorkDirectory, cancellation)
            .ConfigureAwait(false);
        var ahead = ArchiveSource.SelectionOf(orders.Spec) != SelectBy.Manifest && orders.Spec.Base is { } known
            ? await ClockDifference.Ask(catalog, known.Image, clock, cancellation).ConfigureAwait(false) : null;
        return resume with { Base = manifest, ClockAhead = ahead };
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Run(ResumeReader.Found resume)
    {
        if (_stopping) return;
        var passport = new DataPassport(_orders.Job, _orders.Epoch, _orders.Spec.Client, _orders.Spec.Library);
        if (_plane.Take<ArchiveChunk>(_orders.Storage, passport) is not { } link)
        {
            Fail(new JobFailureException(new JobFailure.StorageLost(
                _orders.Spec.Library, "Its session does not know the token of this attempt.")));
            return;
        }
        _link = link;
        _source = new ArchiveSource(_orders, resume, _options, _untold.Add, _stop.Token);
        var ended = SaveGraph.Create(_source, _options.Compressors)
            .ViaMaterialized(KillSwitches.Single<ArchiveChunk>(), Keep.Right)
            .ToMaterialized(SaveGraph.Into(link), Keep.Both)
            .Run(Context.Materializer());
        _switch = ended.Item1;
        ended.Item2.PipeTo(Self, success: () => new Done(), failure: cause =>
        {
            link.Fail(cause);
            return new Status.Failure(cause);
        });
    }

    private void TellProgress()
    {
        if (_untold.TellSome(Tell)) Self.Tell(Tick.Instance);
        if (_source?.Progress is not { } progress) return;
        Context.Parent.Tell(new ClientProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            "transferring",
            progress.Files,
            progress.ContentBytes,
            0,
            _meter.Rate(progress.ContentBytes),
            _untold.Tally.Total,
            progress.Current.ToString(),
            null,
            null,
            null,
            Context.System.Scheduler.Now)));
    }

    private void Tell(IReadOnlyList<FileException> exceptions) =>
        Context.Parent.Tell(new ClientProtocol.Excepted(_orders.Job, _orders.Epoch, exceptions));

    private void OnDone(Done _)
    {
        TellProgress(); // the only one of a short job
        _untold.TellAll(Tell);
        Context.Parent.Tell(new ClientProtocol.Finished(_orders.Job, _orders.Epoch, new ClientResult(
            _source!.Kinds,
            _source.Progress!.ContentBytes,
            _untold.Tally.Total,
            _untold.Tally.ByKind,
            _source.Excluded,
            (Context.System.Scheduler.Now - _began).TotalSeconds,
            LongLists: _source.LongLists)));
        Context.Stop(Self);
    }

    private void Fail(Exception cause)
    {
        if (!_stopping)
        {
            _untold.TellAll(Tell);
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.ClientError(_orders.Spec.Client, posix.Operation, posix.Message));
            if (failure is JobFailure.Internal) _log.Error(cause, "The stream of job {0} failed.", _orders.Job);
            Context.Parent.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        Context.Stop(Self);
    }

    /// <summary>The stream is torn down and closes its files; its end, whichever, ends the session.</summary>
    private void OnStop()
    {
        _stopping = true;
        _stop.Cancel(); // a walk that waits for a writer of a FIFO goes on
        if (_switch is null)
        {
            Context.Stop(Self);
            return;
        }
        var cancelled = new JobFailureException(new JobFailure.Cancelled("the job"));
        _link!.Fail(cancelled); // a writer that waits for room wakes up
        _switch.Abort(cancelled);
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }

    private sealed record Done : INoSerializationVerificationNeeded;
}
