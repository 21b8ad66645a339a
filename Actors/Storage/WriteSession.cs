using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Actors.Jobs;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// One attempt of a backup on its storage node. First delivers what earlier attempts sealed; then readies the drive,
/// releases the client, and runs the stream connection ─► check ─► fragment writer ─► drive. Needs no director from
/// then on.
/// </summary>
internal sealed class WriteSession : ReceiveActor, IWithTimers
{
    /// <summary>How long a job waits at its beginning for its copy's volume, at its end for the last blocks.</summary>
    private static readonly TimeSpan CopyPatience = TimeSpan.FromMinutes(2);

    private readonly StorageProtocol.OpenWrite _orders;
    private readonly StorageOptions _options;
    private readonly SessionStore _store;
    private readonly DataPlane _plane;
    private readonly DriveHandle _drive;
    private readonly DriveReturn _return;
    private readonly CopyDrive? _second;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly ProgressMeter _meter;
    private readonly MountNews _mounts = new();
    private readonly DateTimeOffset _began;
    private IActorRef _outbox = ActorRefs.Nobody;
    private DataLink<ArchiveChunk>? _link;
    private DataAddress? _address;
    private FragmentLane? _lane;
    private CopyDuring? _copy;
    private bool _copyIsOver = true;
    private bool _secondHasLeft;
    private bool _streaming;
    private bool _stopping;
    private bool _over;
    private string? _command;

    private WriteSession(
        StorageProtocol.OpenWrite orders, StorageOptions options, SessionStore store, DataPlane plane,
        DriveHandle drive, IActorRef uplink, CopyDrive? second)
    {
        _second = second;
        (_orders, _options, _store, _plane, _uplink) = (orders, options, store, plane, uplink);
        (_drive, _return) = (drive, new DriveReturn(drive, orders.Job, Self, _log));
        _began = Context.System.Scheduler.Now;
        _meter = new ProgressMeter(Context.System.Scheduler);
        Receive<Outbox.Drained>(_ => OnDrained());
        Receive<Outbox.Refused>(refused => Fail(refused.Failure));
        Receive<DriveProtocol.Mounted>(OnMounted);
        Receive<FragmentSealed>(OnSealed);
        Receive<StreamEnded>(ended => OnStreamEnded(ended.Command));
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
        Receive<StorageProtocol.Noted>(noted =>
        {
            _outbox.Forward(noted);
            _copy?.Noted(noted.Fragment);
        });
        Receive<CopyReady>(_ => BeginStream());
        Receive<CopyEnded>(_ => OnCopyEnded());
        Receive<CopyPatienceOver>(_ => OnCopyPatienceOver());
        Receive<StorageProtocol.Stop>(_ => OnStop());
        Receive<DriveReturn.Returned>(returned => { _return.Note(returned); Context.Stop(Self); });
        Receive<DrainOver>(_ => Release());
        Receive<Tick>(_ => TellProgress());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(
        StorageProtocol.OpenWrite orders, StorageOptions options, SessionStore store, DataPlane plane,
        DriveHandle drive, IActorRef uplink, CopyDrive? second = null) =>
        Akka.Actor.Props.Create(() => new WriteSession(orders, options, store, plane, drive, uplink, second));

    /// <summary>An outbox that throws would never be empty: the attempt is lost with it.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void PreStart()
    {
        _outbox = Context.ActorOf(Outbox.Props(_orders.Job, _orders.Epoch, _store, _uplink, _options), "outbox");
        _outbox.Tell(Outbox.Drain.Instance);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.ProgressEvery);
    }

    /// <summary>However it ends, nobody waits for it any more, and the drive takes its volume out.</summary>
    protected override void PostStop()
    {
        if (_address is not null)
            _plane.Close(_address.Token, new JobFailure.StorageLost(_orders.Spec.Library, "Its session has ended."));
        _drive.Cease();
        LeaveCopy("The session has ended.");
        CloseLane();
        _return.Leave();
    }

    /// <summary>
    /// Behind what the drive still does with the lane's buffers; a drive that refuses has done with them.
    /// </summary>
    private void CloseLane()
    {
        if (_lane is not { } lane) return;
        _lane = null;
        _drive.Run(_ => { lane.Dispose(); return true; }).ContinueWith(
            _ => lane.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>All that is sealed is in catalog and journal: only now is it certain where to go on.</summary>
    private void OnDrained()
    {
        if (_stopping) Release();
        else if (_over) return;
        else if (_lane is null) _drive.MountForWriting(_orders.Spec.Pool, RunShare.Of(_orders.Spec)).PipeTo(Self);
        else if (_command is not null) Finish();
    }

    private void OnMounted(DriveProtocol.Mounted mounted)
    {
        if (_stopping || _lane is not null) return;
        // From the image's beginning or not at all: half a copy is none
        if (_second is { } second && _store.NextFragment == 0)
            _copy = new CopyDuring(
                second.Drive, second.Pool, _orders.Job, _orders.Epoch, _options.Inquiry(_uplink),
                SayFrom(Context.Parent));
        _lane = new FragmentLane(
            _drive, mounted.Volume, _store, HeaderOf(_orders, _store), _orders.Epoch, _orders.Spec.Pool,
            RunShare.Of(_orders.Spec), _copy);
        if (_copy is null) BeginStream();
        else BeginCopy(_copy);
    }

    /// <summary>The client begins when both volumes are mounted, or the second cannot be.</summary>
    private void BeginCopy(CopyDuring copy)
    {
        _copyIsOver = false;
        Timers.StartSingleTimer(nameof(CopyPatienceOver), CopyPatienceOver.Instance, CopyPatience);
        var self = Self;
        Task.Run(() => copy.Run(() => self.Tell(CopyReady.Instance)))
            .PipeTo(self, success: () => CopyEnded.Instance);
    }

    private Action<LogSeverity, string, string> SayFrom(IActorRef reports) => (severity, code, text) =>
        reports.Tell(new StorageProtocol.Said(_orders.Job, _orders.Epoch, severity, code, text));

    private void BeginStream()
    {
        if (_stopping || _over || _link is not null || _lane is null) return;
        Timers.Cancel(nameof(CopyPatienceOver));
        var isCopied = _copy is { Dropped: null };
        if (!isCopied) LeaveSecond(); // before others may be granted it
        _link = new DataLink<ArchiveChunk>(_options.BufferedChunks, confirmsEnd: true);
        _address = _plane.Open(
            _link, new DataPassport(_orders.Job, _orders.Epoch, _orders.Spec.Client, _orders.Spec.Library));
        Run(_lane, _link);
        Context.Parent.Tell(new StorageProtocol.Ready(
            _orders.Job, _orders.Epoch, _address, _store.Last?.Resume ?? ResumePoint.Beginning, isCopied ? 2 : 0));
    }

    /// <summary>Its drive takes the volume out; the job holds it until it ends.</summary>
    private void OnCopyEnded()
    {
        _copyIsOver = true;
        LeaveSecond();
        if (_command is not null && !_stopping && !_over) _outbox.Tell(Outbox.Drain.Instance);
    }

    private void LeaveCopy(string why)
    {
        _copy?.Drop(why);
        _second?.Drive.Cease();
        LeaveSecond();
    }

    /// <summary>Behind all that was asked of it before; once, since it is another's then.</summary>
    private void LeaveSecond()
    {
        if (_secondHasLeft) return;
        _secondHasLeft = true;
        _second?.Drive.Leave();
    }

    /// <summary>A drive that does not answer is waited for no longer.</summary>
    private void OnCopyPatienceOver()
    {
        _copy?.Drop($"It took longer than {CopyPatience.TotalSeconds:0} s.");
        if (_link is null) BeginStream();
        else OnCopyEnded();
    }

    private void Run(FragmentLane lane, DataLink<ArchiveChunk> link)
    {
        _streaming = true;
        var self = Self;
        WriteGraph.Create(link, lane)
            .RunWith(
                Sink.Aggregate<SealedFragment, string>("", (_, fragment) =>
                {
                    self.Tell(new FragmentSealed(fragment.Fragment));
                    return fragment.Index.Seal?.Command ?? "";
                }),
                Context.Materializer())
            .PipeTo(self, success: command => command.Length == 0
                ? new Status.Failure(new DataLinkException("The data ended before the image was sealed.", null))
                : new StreamEnded(command));
    }

    private void OnSealed(FragmentSealed @sealed)
    {
        var fragment = _store.Fragments[@sealed.Fragment];
        _link?.Acknowledge(@sealed.Fragment, fragment.Summary.Root);
        _outbox.Tell(new Outbox.Deliver(fragment));
    }

    private void OnStreamEnded(string command)
    {
        (_streaming, _command) = (false, command);
        _link?.ConfirmEnd();
        if (_stopping) AskForDrain();
        else _outbox.Tell(Outbox.Drain.Instance);
    }

    private void Finish()
    {
        if (_over) return;
        if (!_copyIsOver)
        {
            Timers.StartSingleTimer(nameof(CopyPatienceOver), CopyPatienceOver.Instance, CopyPatience);
            return;
        }
        _over = true;
        Context.Parent.Tell(new StorageProtocol.Finished(_orders.Job, _orders.Epoch, new StorageResult(
            _store.Fragments.Count,
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.Members),
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.ContentBytes),
            0,
            0,
            [.. _store.Fragments.SelectMany(fragment => fragment.Summary.Parts).Select(part => part.Volume.Name)
                .Distinct()],
            _command,
            (Context.System.Scheduler.Now - _began).TotalSeconds)));
    }

    private void OnFailure(Exception cause)
    {
        _streaming = false;
        if (_stopping)
        {
            AskForDrain();
            return;
        }
        var failure = JobFailureException.Of(
            cause, posix => new JobFailure.LibraryError(_orders.Spec.Library, posix.Message));
        if (failure is JobFailure.Internal) _log.Error(cause, "The storage session of job {0} failed.", _orders.Job);
        _link?.Fail(new JobFailureException(failure));
        Fail(failure);
    }

    private void Fail(JobFailure failure)
    {
        if (_over) return;
        _over = true;
        _copy?.Drop("The attempt is lost.");
        Context.Parent.Tell(new StorageProtocol.Failed(_orders.Job, _orders.Epoch, failure));
    }

    /// <summary>The stream ends first, then what is sealed is delivered, then the drive is given back.</summary>
    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        _drive.Cease();
        LeaveCopy("The job was stopped.");
        if (_address is not null) _plane.Close(_address.Token, new JobFailure.Cancelled("the job"));
        if (!_streaming) AskForDrain();
    }

    /// <summary>What cannot be delivered now waits on disk: the drive is not kept for it.</summary>
    private void AskForDrain()
    {
        Timers.StartSingleTimer(nameof(DrainOver), DrainOver.Instance, _options.DrainWithin);
        _outbox.Tell(Outbox.Drain.Instance);
    }

    private void Release()
    {
        Timers.Cancel(nameof(DrainOver));
        CloseLane();
        _return.Begin();
    }

    private void TellProgress()
    {
        if (_over || _stopping) return;
        var awaited = _drive.Awaits;
        if (_mounts.Of(_orders.Job, _orders.Epoch, awaited) is { } said) Context.Parent.Tell(said);
        var stored = _lane?.StoredBytes ?? 0;
        if (_lane is not null || awaited is not null)
            Context.Parent.Tell(new StorageProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
                "transferring", 0, 0, stored, _meter.Rate(stored), 0, null, _orders.Drive,
                awaited is null ? _lane?.Volume : null, null, Context.System.Scheduler.Now, awaited)));
    }

    /// <summary>
    /// All fragments of an image have one header. The job stamps its moment anew while it has heard of none that is
    /// sealed; one may be, all the same.
    /// </summary>
    private static ImageHeader HeaderOf(StorageProtocol.OpenWrite orders, SessionStore store) => new(
        orders.Spec.Image, orders.Job, orders.Spec.Policy, orders.Spec.FileSet.Name, orders.Spec.Client,
        orders.Spec.Level,
        store.Last is { } last && store.Undelivered(last) is { } kept ? kept.Index.Image.Since : orders.Since,
        orders.Spec.Base is { } from ? new BaseImage(from.Image, from.Root) : null,
        !orders.Spec.NoRecord,
        LevelChoice.RulesOf(orders.Spec.FileSet));

    private sealed record CopyReady : INoSerializationVerificationNeeded
    {
        public static readonly CopyReady Instance = new();
    }

    private sealed record CopyEnded : INoSerializationVerificationNeeded
    {
        public static readonly CopyEnded Instance = new();
    }

    private sealed record CopyPatienceOver : INoSerializationVerificationNeeded
    {
        public static readonly CopyPatienceOver Instance = new();
    }

    private sealed record FragmentSealed(int Fragment) : INoSerializationVerificationNeeded;

    private sealed record StreamEnded(string Command) : INoSerializationVerificationNeeded;

    private sealed record DrainOver : INoSerializationVerificationNeeded
    {
        public static readonly DrainOver Instance = new();
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>Where a copy is written with an image.</summary>
/// <param name="Drive">The drive; nobody is asked for a volume.</param>
/// <param name="Pool">Whose volumes take it.</param>
internal sealed record CopyDrive(DriveHandle Drive, PoolName Pool);

/// <summary>The storage node's half of a backup's data flow. Demand starts at the drive.</summary>
internal static class WriteGraph
{
    /// <summary>Sealed fragments, as the chunks of a connection complete them.</summary>
    public static Source<SealedFragment, NotUsed> Create(DataLink<ArchiveChunk> link, FragmentLane lane) =>
        Source.UnfoldAsync(0, async _ => await link.Read().ConfigureAwait(false) is { } chunk
                ? Option<(int, ArchiveChunk)>.Create((0, chunk))
                : Option<(int, ArchiveChunk)>.None)
            .SelectAsync(
                1, async chunk =>
                    (IReadOnlyList<SealedFragment>)(await lane.Take(chunk).ConfigureAwait(false) is { } done
                        ? [done] : []))
            .SelectMany(done => done);
}
