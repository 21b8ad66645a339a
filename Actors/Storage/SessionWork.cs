using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// A session that reads: runs one piece of work from its beginning to its end, tells how far it is, and gives its
/// drives back. What the work is, is the caller's.
/// </summary>
internal sealed class SessionWork : ReceiveActor, IWithTimers
{
    private readonly IAttemptMessage _orders;
    private readonly IReadOnlyList<DriveHandle> _drives;
    private readonly Queue<DriveReturn> _returns;
    private readonly DriveId _driveId;
    private readonly IReadWork _work;
    private readonly LibraryName _library;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProgressMeter _meter;
    private readonly MountNews _mounts = new();
    private bool _running;
    private bool _stopping;

    private SessionWork(IAttemptMessage orders, DriveId driveId, IReadOnlyList<DriveHandle> drives,
        StorageOptions options, Func<SessionContext, IReadWork> work)
    {
        (_orders, _driveId, _library) = (orders, driveId, driveId.Library);
        (_drives, _returns) = (drives, new(drives.Select(drive => new DriveReturn(drive, orders.Job, Self, _log))));
        _meter = new ProgressMeter(Context.System.Scheduler);
        _work = work(new SessionContext(drives, Context.Parent, orders.Job, orders.Epoch, Context.Materializer()));
        Receive<StorageResult>(OnResult);
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
        Receive<StorageProtocol.Stop>(_ => OnStop());
        Receive<DriveReturn.Returned>(OnReturned);
        Receive<Tick>(_ => TellProgress());
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, options.ProgressEvery);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        IAttemptMessage orders, DriveId driveId, DriveHandle drive, StorageOptions options,
        Func<SessionContext, IReadWork> work) => Props(orders, driveId, [drive], options, work);

    /// <summary>A session with several drives, of which the first has the given number.</summary>
    public static Props Props(
        IAttemptMessage orders, DriveId driveId, IReadOnlyList<DriveHandle> drives, StorageOptions options,
        Func<SessionContext, IReadWork> work) =>
        Akka.Actor.Props.Create(() => new SessionWork(orders, driveId, drives, options, work));

    protected override void PreStart()
    {
        _running = true;
        _work.Run(_stop.Token).PipeTo(Self);
    }

    /// <summary>However it ends, its work ends too, and the drives take their volumes out.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _stop.Dispose();
        Cease();
        if (_returns.Count == 0) return;
        _work.Fail(new JobFailure.StorageLost(_library, "Its session has ended."));
        foreach (var each in _returns) each.Leave();
    }

    /// <summary>One drive after the other: they are few.</summary>
    private void OnReturned(DriveReturn.Returned returned)
    {
        _returns.Dequeue().Note(returned);
        if (_returns.TryPeek(out var next)) next.Begin();
        else Context.Stop(Self);
    }

    private void Cease()
    {
        foreach (var drive in _drives) drive.Cease();
    }

    private void OnResult(StorageResult result)
    {
        _running = false;
        if (_stopping) _returns.Peek().Begin();
        else Context.Parent.Tell(new StorageProtocol.Finished(_orders.Job, _orders.Epoch, result));
    }

    private void OnFailure(Exception cause)
    {
        _running = false;
        if (_stopping)
        {
            _returns.Peek().Begin();
            return;
        }
        var failure = JobFailureException.Of(cause, posix => new JobFailure.LibraryError(_library, posix.Message));
        if (failure is JobFailure.Internal) _log.Error(cause, "The storage session of job {0} failed.", _orders.Job);
        _work.Fail(failure);
        Context.Parent.Tell(new StorageProtocol.Failed(_orders.Job, _orders.Epoch, failure));
    }

    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        _stop.Cancel();
        Cease();
        _work.Fail(new JobFailure.Cancelled("the job"));
        if (!_running) _returns.Peek().Begin();
    }

    private void TellProgress()
    {
        if (!_running || _stopping) return;
        var awaited = _drives.Select(drive => drive.Awaits).FirstOrDefault(request => request is not null);
        if (_mounts.Of(_orders.Job, _orders.Epoch, awaited) is { } said) Context.Parent.Tell(said);
        var (phase, files, bytes, volume, path) = _work.Progress;
        Context.Parent.Tell(new StorageProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            phase, files, bytes, bytes, _meter.Rate(bytes), 0, path, _driveId, volume, null,
            Context.System.Scheduler.Now, awaited, _work.InUse)));
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>What a reading session does.</summary>
internal interface IReadWork
{
    /// <summary>Where it is; from any thread.</summary>
    (string Phase, long Files, long Bytes, VolumeName? Volume, string? Path) Progress { get; }

    /// <summary>The volume for which it waits, as another drive has it; null while it works. From any thread.</summary>
    JobFailure.VolumeInUse? InUse { get; }

    /// <summary>Does it.</summary>
    /// <exception cref="JobFailureException">It cannot be done.</exception>
    Task<StorageResult> Run(CancellationToken cancellation);

    /// <summary>Ends what others wait for, with the reason.</summary>
    void Fail(JobFailure failure);
}

/// <summary>What a reading session's work may use.</summary>
internal sealed record SessionContext(
    IReadOnlyList<DriveHandle> Drives, IActorRef Reports, JobId Job, Epoch Epoch, Akka.Streams.IMaterializer Streams)
{
    /// <summary>The drive, or the first of several.</summary>
    public DriveHandle Drive => Drives[0];

    /// <summary>A line for the job's log.</summary>
    public void Say(LogSeverity severity, string code, string text) =>
        Reports.Tell(new StorageProtocol.Said(Job, Epoch, severity, code, text));

    /// <summary>Items hit by damage, told at once.</summary>
    public void Except(IReadOnlyList<FileException> exceptions)
    {
        if (exceptions.Count > 0) Reports.Tell(new StorageProtocol.Excepted(Job, Epoch, exceptions));
    }
}
