using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// Gives the fragments of an image to the node that copies them, over the data plane: what a client does in a backup.
/// Reads whichever copies lie in its library; gives its drive back as soon as all is given.
/// </summary>
internal sealed class GiveSession : ReceiveActor
{
    private readonly ClientProtocol.Give _orders;
    private readonly DataPlane _plane;
    private readonly DriveHandle _drive;
    private readonly DriveReturn _return;
    private readonly CatalogInquiry _catalog;
    private readonly VolumeWait _volumes;
    private readonly IActorRef _reports;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _began;
    private DataLink<ArchiveChunk>? _link;
    private bool _stopping;
    private bool _working = true;

    private GiveSession(
        ClientProtocol.Give orders, StorageOptions options, DataPlane plane, DriveHandle drive, IActorRef uplink)
    {
        (_orders, _plane, _drive, _catalog) = (orders, plane, drive, options.Inquiry(uplink));
        (_return, _reports) = (new DriveReturn(drive, orders.Job, Self, _log), Context.Parent);
        _began = Context.System.Scheduler.Now;
        var reports = _reports;
        _volumes = new VolumeWait(
            drive,
            (severity, code, text) =>
                reports.Tell(new ClientProtocol.Said(orders.Job, orders.Epoch, severity, code, text)),
            TimeProvider.System);
        Receive<Given>(given => OnGiven(given.Bytes));
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
        Receive<ClientProtocol.Stop>(_ => OnStop());
        Receive<DriveReturn.Returned>(returned => { _return.Note(returned); Context.Stop(Self); });
    }

    public static Props Props(
        ClientProtocol.Give orders, StorageOptions options, DataPlane plane, DriveHandle drive, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new GiveSession(orders, options, plane, drive, uplink));

    protected override void PreStart()
    {
        var passport = CopyLink.PassportOf(_orders.Job, _orders.Epoch, _orders.Spec);
        _link = _plane.Take<ArchiveChunk>(_orders.Target, passport);
        var (link, cancellation) = (_link, _stop.Token);
        Task.Run(() => Run(link, cancellation), CancellationToken.None)
            .PipeTo(Self, success: bytes => new Given(bytes));
    }

    /// <summary>However it ends, the drive takes its volume out, behind what the work still does with it.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _drive.Cease();
        _link?.Fail(new JobFailureException(new JobFailure.StorageLost(_orders.Spec.From, "Its session has ended.")));
        _return.Leave();
    }

    private async Task<long> Run(DataLink<ArchiveChunk>? link, CancellationToken cancellation)
    {
        var spec = _orders.Spec;
        if (link is null)
            throw new JobFailureException(new JobFailure.StorageLost(
                spec.Library, "Its session does not know the token of this attempt."));
        var places = await ImagePlaces.Read(_catalog, spec.Image, cancellation, spec.From).ConfigureAwait(false);
        var wanted = spec.Fragments ?? [.. places.Fragments.Select(fragment => fragment.Fragment)];
        var bytes = 0L;
        for (var number = _orders.Next; number < wanted.Count; number++)
        {
            var source = new CopySource(
                spec.Image, places.Fragments[wanted[number]], spec.From, _volumes, OnDamage);
            await CopyLink.Give(link, number, source, cancellation).ConfigureAwait(false);
            bytes += source.ReadBytes;
        }
        link.Complete();
        return bytes;
    }

    private void OnDamage(int copy, string detail) => _reports.Tell(new ClientProtocol.Said(
        _orders.Job, _orders.Epoch, LogSeverity.Warning, "medium-damaged", detail));

    private void OnGiven(long bytes)
    {
        _working = false;
        if (!_stopping)
            _reports.Tell(new ClientProtocol.Finished(_orders.Job, _orders.Epoch, new ClientResult(
                new Dictionary<string, long>(), bytes, 0, new Dictionary<string, long>(),
                new Dictionary<string, long>(), (Context.System.Scheduler.Now - _began).TotalSeconds)));
        _link = null; // whoever takes what is under way ends it
        _return.Begin();
    }

    private void OnFailure(Exception cause)
    {
        _working = false;
        if (!_stopping)
        {
            var failure = JobFailureException.Of(
                cause, posix => new JobFailure.LibraryError(_orders.Spec.From, posix.Message));
            if (failure is JobFailure.Internal) _log.Error(cause, "Giving of job {0} failed.", _orders.Job);
            _link?.Fail(new JobFailureException(failure));
            _reports.Tell(new ClientProtocol.Failed(_orders.Job, _orders.Epoch, failure));
        }
        _return.Begin();
    }

    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        _stop.Cancel();
        _drive.Cease();
        _link?.Fail(new JobFailureException(new JobFailure.Cancelled("the job")));
        if (!_working) _return.Begin();
    }

    private sealed record Given(long Bytes) : INoSerializationVerificationNeeded;
}
