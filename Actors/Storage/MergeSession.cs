using Akka.Actor;
using Akka.Event;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// One attempt of a merge on its storage node. First delivers what earlier attempts sealed; then works, and delivers
/// each fragment when it is sealed. Needs no client, and no director but for the manifest.
/// </summary>
internal sealed class MergeSession : ReceiveActor, IWithTimers
{
    private readonly StorageProtocol.Merge _orders;
    private readonly StorageOptions _options;
    private readonly SessionStore _store;
    private readonly DriveHandle _drive;
    private readonly DriveReturn _return;
    private readonly VolumeWait _volumes;
    private readonly MergeWork _work;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProgressMeter _meter;
    private readonly MountNews _mounts = new();
    private readonly DateTimeOffset _began;
    private IActorRef _outbox = ActorRefs.Nobody;
    private bool _begun;
    private bool _working;
    private bool _stopping;
    private bool _over;
    private string? _command;

    private MergeSession(
        StorageProtocol.Merge orders, StorageOptions options, SessionStore store, string directory,
        DriveHandle drive, IActorRef uplink)
    {
        (_orders, _options, _store, _uplink) = (orders, options, store, uplink);
        (_drive, _return) = (drive, new DriveReturn(drive, orders.Job, Self, _log));
        _began = Context.System.Scheduler.Now;
        _meter = new ProgressMeter(Context.System.Scheduler);
        var (self, reports) = (Self, Context.Parent);
        _volumes = new VolumeWait(drive, Say, TimeProvider.System);
        _work = new MergeWork(
            orders, options.Inquiry(uplink), store, directory, _volumes,
            (code, text) => Say(LogSeverity.Info, code, text),
            @sealed => self.Tell(new FragmentSealed(@sealed.Fragment)));

        void Say(LogSeverity severity, string code, string text) =>
            reports.Tell(new StorageProtocol.Said(orders.Job, orders.Epoch, severity, code, text));

        Receive<Outbox.Drained>(_ => OnDrained());
        Receive<Outbox.Refused>(refused => Fail(refused.Failure));
        Receive<FragmentSealed>(fragment => _outbox.Tell(new Outbox.Deliver(_store.Fragments[fragment.Fragment])));
        Receive<Worked>(OnWorked);
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
        Receive<StorageProtocol.Noted>(noted => _outbox.Forward(noted));
        Receive<StorageProtocol.Stop>(_ => OnStop());
        Receive<DriveReturn.Returned>(returned => { _return.Note(returned); Context.Stop(Self); });
        Receive<DrainOver>(_ => Release());
        Receive<Tick>(_ => TellProgress());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="orders">What to merge.</param>
    /// <param name="options">Limits.</param>
    /// <param name="store">What is kept of the job.</param>
    /// <param name="directory">For the temporary file.</param>
    /// <param name="drive">The drive that was granted.</param>
    /// <param name="uplink">The way to job and catalog.</param>
    public static Props Props(
        StorageProtocol.Merge orders, StorageOptions options, SessionStore store, string directory,
        DriveHandle drive, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new MergeSession(orders, options, store, directory, drive, uplink));

    /// <summary>An outbox that throws would never be empty: the attempt is lost with it.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void PreStart()
    {
        _outbox = Context.ActorOf(Outbox.Props(_orders.Job, _orders.Epoch, _store, _uplink, _options), "outbox");
        _outbox.Tell(Outbox.Drain.Instance);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.ProgressEvery);
    }

    /// <summary>However it ends, the drive takes its volume out, behind what the work still does with it.</summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _drive.Cease();
        _return.Leave();
    }

    /// <summary>All that is sealed is in catalog and journal: only now is it certain where to go on.</summary>
    private void OnDrained()
    {
        if (_stopping) Release();
        else if (_over) return;
        else if (!_begun) Begin();
        else if (_command is not null) Finish(_command);
    }

    private void Begin()
    {
        (_begun, _working) = (true, true);
        // Nobody connects: it only says where the merge goes on.
        Context.Parent.Tell(new StorageProtocol.Ready(
            _orders.Job, _orders.Epoch, new DataAddress("", ""), _store.Last?.Resume ?? ResumePoint.Beginning));
        var work = _work;
        var cancellation = _stop.Token;
        Task.Run(() => work.Run(cancellation), CancellationToken.None)
            .PipeTo(Self, success: command => new Worked(command));
    }

    private void OnWorked(Worked worked)
    {
        (_working, _command) = (false, worked.Command);
        if (_stopping) AskForDrain();
        else _outbox.Tell(Outbox.Drain.Instance);
    }

    private void Finish(string command)
    {
        _over = true;
        Context.Parent.Tell(new StorageProtocol.Finished(_orders.Job, _orders.Epoch, new StorageResult(
            _store.Fragments.Count,
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.Members),
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.ContentBytes),
            _work.ReadBytes,
            0,
            [.. _store.Fragments.SelectMany(fragment => fragment.Summary.Parts).Select(part => part.Volume.Name)
                .Distinct()],
            command,
            (Context.System.Scheduler.Now - _began).TotalSeconds)));
    }

    private void OnFailure(Exception cause)
    {
        _working = false;
        if (_stopping)
        {
            AskForDrain();
            return;
        }
        var failure = JobFailureException.Of(
            cause, posix => new JobFailure.LibraryError(_orders.Spec.Library, posix.Message));
        if (failure is JobFailure.Internal) _log.Error(cause, "The merge of job {0} failed.", _orders.Job);
        Fail(failure);
    }

    private void Fail(JobFailure failure)
    {
        if (_over) return;
        _over = true;
        Context.Parent.Tell(new StorageProtocol.Failed(_orders.Job, _orders.Epoch, failure));
    }

    /// <summary>The work ends first, then what is sealed is delivered, then the drive is given back.</summary>
    private void OnStop()
    {
        if (_stopping) return;
        _stopping = true;
        _stop.Cancel();
        _drive.Cease();
        if (!_working) AskForDrain();
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
        _return.Begin();
    }

    private void TellProgress()
    {
        if (!_working || _over || _stopping) return;
        var awaited = _drive.Awaits;
        if (_mounts.Of(_orders, awaited) is { } said) Context.Parent.Tell(said);
        var stored = _work.StoredBytes;
        Context.Parent.Tell(new StorageProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            _work.Phase, 0, _work.ReadBytes, stored, _meter.Rate(_work.ReadBytes + stored), 0, null, _orders.Drive,
            awaited is null ? _volumes.Volume : null, null, Context.System.Scheduler.Now, awaited,
            _volumes.InUse)));
    }

    private sealed record FragmentSealed(int Fragment) : INoSerializationVerificationNeeded;

    private sealed record Worked(string Command) : INoSerializationVerificationNeeded;

    private sealed record DrainOver : INoSerializationVerificationNeeded
    {
        public static readonly DrainOver Instance = new();
    }

    private sealed record Tick : INoSerializationVerificationNeeded
    {
        public static readonly Tick Instance = new();
    }
}
