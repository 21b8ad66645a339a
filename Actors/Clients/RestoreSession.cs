using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Actors.Storage;
using Backup.Media.Files;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// One attempt of a restore on its client: the stream connection ─► hash ─► compare, and files below the target.
/// </summary>
public sealed class RestoreSession : ReceiveActor, IWithTimers
{
    private readonly ClientProtocol.Restore _orders;
    private readonly DataPlane _plane;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ProgressMeter _meter;
    private readonly DateTimeOffset _began;
    private readonly RestoreTarget _target;
    private readonly CatalogInquiry _catalog;
    private readonly string _workDirectory;
    private readonly CancellationTokenSource _stop = new();
    private bool _deletes;
    private DataLink<RestoreBatch>? _link;
    private bool _stopping;

    /// <summary>For <see cref="Props"/>.</summary>
    private RestoreSession(
        ClientProtocol.Restore orders, ClientOptions options, DataPlane plane, CatalogInquiry catalog)
    {
        (_orders, _plane, _catalog, _workDirectory) = (orders, plane, catalog, options.WorkDirectory);
        _began = Context.System.Scheduler.Now;
        _meter = new ProgressMeter(Context.System.Scheduler);
        var self = Self;
        _target = new RestoreTarget(orders, () => self.Tell(Tick.Instance));
        Receive<Tick>(_ => TellProgress());
        Receive<Done>(_ => OnDone());
        Receive<ExtrasDeleted>(OnDeleted);
        Receive<TargetEnded>(_ => Context.Stop(Self));
        Receive<Status.Failure>(failure => Fail(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => OnStop());
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, options.ProgressEvery);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">All that it needs.</param>
    /// <param name="options">Limits.</param>
    /// <param name="plane">Where it connects.</param>
    /// <param name="catalog">How the catalog is asked, by a restore that deletes.</param>
    public static Props Props(
        ClientProtocol.Restore orders, ClientOptions options, DataPlane plane, CatalogInquiry catalog) =>
        Akka.Actor.Props.Create(() => new RestoreSession(orders, options, plane, catalog));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _link = _plane.Take<RestoreBatch>(
            _orders.Storage,
            new DataPassport(_orders.Job, _orders.Epoch, _orders.Spec.Client, _orders.Spec.Library));
        if (_link is not { } link)
        {
            Fail(new JobFailureException(new JobFailure.StorageLost(
                _orders.Spec.Library, "Its session does not know the token of this attempt.")));
            return;
        }
        _ = Spare(link, _orders, _catalog, _stop.Token);
        var (target, hasher) = (_target, new BatchHasher());
        Source.UnfoldAsync(0, async _ => await link.Read().ConfigureAwait(false) is { } batch
                ? Option<(int, RestoreBatch)>.Create((0, batch))
                : Option<(int, RestoreBatch)>.None)
            .SelectAsync(1, batch => Task.Run(() => hasher.Hash(batch))) // 1: content goes on from batch to batch
            .Buffer(1, OverflowStrategy.Backpressure)
            .SelectAsync(1, hashed => target.Take(hashed))
            .RunWith(Sink.Aggregate<bool, bool>(false, (ended, last) => ended || last), Context.Materializer())
            .PipeTo(Self, success: whole => whole
                ? Akka.Done.Instance
                : new Status.Failure(new DataLinkException("The data ended before the last batch.", null)),
                    failure: cause =>
            {
                link.Fail(cause);
                return new Status.Failure(cause);
            });
    }

    /// <summary>
    /// Says what stays as it is, before storage reads anything. It waits for that word, so a failure ends the link.
    /// </summary>
    private static async Task Spare(
        DataLink<RestoreBatch> link, ClientProtocol.Restore orders, CatalogInquiry catalog,
        CancellationToken cancellation)
    {
        try
        {
            var items = await Task.Run(() => Staying(orders, catalog, cancellation), cancellation)
                .ConfigureAwait(false);
            link.Spare(items.ToBytes());
        }
        catch (Exception cause)
        {
            link.Fail(cause);
        }
    }

    private static async Task<SparedItems> Staying(
        ClientProtocol.Restore orders, CatalogInquiry catalog, CancellationToken cancellation)
    {
        var spared = new SparedItems();
        using var staying = await StayingItems.At(orders.Spec, orders.Attempt, catalog, cancellation)
            .ConfigureAwait(false);
        if (staying is null) return spared;
        await foreach (var entry in new LinkPromotion(catalog, orders.Spec).Read(cancellation).ConfigureAwait(false))
            spared.Add(staying.Contains(entry));
        return spared;
    }

    /// <summary>However it ends, the target is closed, behind what is being written.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
        var (log, job) = (_log, _orders.Job);
        _target.End().ContinueWith(
            ended => log.Warning("The target of job {0} could not be closed: {1}", job, ended.Exception!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void TellProgress()
    {
        if (_target.Exceptions.TellSome(Tell)) Self.Tell(Tick.Instance);
        Context.Parent.Tell(new ClientProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            _deletes ? "deleting" : "restoring", _target.Files, _target.Bytes, 0, _meter.Rate(_target.Bytes),
            _target.Exceptions.Tally.Total,
            _target.Current, null, null, null, Context.System.Scheduler.Now)));
    }

    private void Tell(IReadOnlyList<FileException> exceptions) =>
        Context.Parent.Tell(new ClientProtocol.Excepted(_orders.Job, _orders.Epoch, exceptions));

    private bool IsNothing => _target.Kinds.Count == 0 && _target.Exceptions.Tally.Total == 0;

    private void OnDone()
    {
        if (_orders.Spec.Delete is null || IsNothing)
        {
            Finish();
            return;
        }
        _deletes = true;
        new ExtraRemoval(_orders.Spec, _catalog, _workDirectory)
            .Remove(_target.IsWhole, _target.Exceptions.Add, _stop.Token)
            .PipeTo(Self, success: items => new ExtrasDeleted(items));
    }

    private void OnDeleted(ExtrasDeleted deleted)
    {
        _target.Deleted(deleted.Items);
        Finish();
    }

    private void Finish()
    {
        _target.Exceptions.TellAll(Tell);
        var result = new ClientResult(
            _target.Kinds,
            _target.Bytes,
            _target.Exceptions.Tally.Total,
            _target.Exceptions.Tally.ByKind,
            new Dictionary<string, long>(),
            (Context.System.Scheduler.Now - _began).TotalSeconds);
        Context.Parent.Tell(IsNothing
            ? new ClientProtocol.Failed(_orders.Job, _orders.Epoch, new JobFailure.NothingSelected(_orders.Spec.Image))
            : new ClientProtocol.Finished(_orders.Job, _orders.Epoch, result));
        Context.Stop(Self);
    }

    private void Fail(Exception cause)
    {
        if (!_stopping)
        {
            _target.Exceptions.TellAll(Tell);
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.TargetError(_orders.Spec.Client, _orders.Spec.Target, posix.Message));
            if (failure is JobFailure.Internal) _log.Error(cause, "The restore of job {0} failed.", _orders.Job);
            Context.Parent.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        // The stream ends at once, and a batch may still be written: only then has the session stopped.
        _target.End().PipeTo(Self, success: () => TargetEnded.Instance, failure: _ => TargetEnded.Instance);
    }

    private void OnStop()
    {
        _stopping = true;
        _stop.Cancel();
        if (_link is null) Context.Stop(Self);
        else _link.Fail(new JobFailureException(new JobFailure.Cancelled("the job")));
    }

    private sealed record ExtrasDeleted(long Items) : INoSerializationVerificationNeeded;

    private sealed record TargetEnded : INoSerializationVerificationNeeded
    {
        public static readonly TargetEnded Instance = new();
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
