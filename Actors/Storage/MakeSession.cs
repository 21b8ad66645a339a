using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Actors.Clients;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// One attempt of a job that writes fragments of what lies on volumes already, a merge or a copy, on its storage node.
/// First delivers what earlier attempts sealed; then works, and delivers each fragment when it is sealed. Needs no
/// client, and no director but for what the catalog knows.
/// </summary>
internal sealed class MakeSession : ReceiveActor, IWithTimers
{
    private readonly MakeOrders _orders;
    private readonly StorageOptions _options;
    private readonly SessionStore _store;
    private readonly IReadOnlyList<DriveHandle> _drives;
    private readonly Queue<DriveReturn> _returns;
    private readonly IMakeWork _work;
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

    private MakeSession(
        MakeOrders orders, StorageOptions options, SessionStore store, IReadOnlyList<DriveHandle> drives,
        IActorRef uplink, Func<MakeContext, IMakeWork> work)
    {
        (_orders, _options, _store, _uplink) = (orders, options, store, uplink);
        (_drives, _returns) = (drives, new(drives.Select(drive => new DriveReturn(drive, orders.Job, Self, _log))));
        _began = Context.System.Scheduler.Now;
        _meter = new ProgressMeter(Context.System.Scheduler);
        var (self, reports) = (Self, Context.Parent);
        _work = work(new MakeContext(
            options.Inquiry(uplink), store,
            (severity, code, text) =>
                reports.Tell(new StorageProtocol.Said(orders.Job, orders.Epoch, severity, code, text)),
            number => self.Tell(new FragmentSealed(number))));

        Receive<Outbox.Drained>(_ => OnDrained());
        Receive<Outbox.Refused>(refused => Fail(refused.Failure));
        Receive<FragmentSealed>(fragment => _outbox.Tell(new Outbox.Deliver(_store.Fragments[fragment.Fragment])));
        Receive<Worked>(OnWorked);
        Receive<Status.Failure>(failure => OnFailure(failure.Cause));
        Receive<StorageProtocol.Noted>(noted => _outbox.Forward(noted));
        Receive<StorageProtocol.Stop>(_ => OnStop());
        Receive<Closed>(closed => Finish(closed.Exceptions));
        Receive<DriveReturn.Returned>(OnReturned);
        Receive<DrainOver>(_ => Release());
        Receive<Tick>(_ => TellProgress());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A session.</summary>
    /// <param name="orders">Whose attempt it is.</param>
    /// <param name="options">Limits.</param>
    /// <param name="store">What is kept of the job.</param>
    /// <param name="drives">The drives that were granted; the first one writes.</param>
    /// <param name="uplink">The way to job and catalog.</param>
    /// <param name="work">What it does.</param>
    public static Props Props(
        MakeOrders orders, StorageOptions options, SessionStore store, IReadOnlyList<DriveHandle> drives,
        IActorRef uplink, Func<MakeContext, IMakeWork> work) =>
        Akka.Actor.Props.Create(() => new MakeSession(orders, options, store, drives, uplink, work));

    /// <summary>An outbox that throws would never be empty: the attempt is lost with it.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Escalate);

    protected override void PreStart()
    {
        _outbox = Context.ActorOf(Outbox.Props(_orders.Job, _orders.Epoch, _store, _uplink, _options), "outbox");
        _outbox.Tell(Outbox.Drain.Instance);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.ProgressEvery);
    }

    /// <summary>
    /// However it ends, the drives take their volumes out, behind what the work still does with them.
    /// </summary>
    protected override void PostStop()
    {
        _stop.Cancel();
        _work.Fail(new JobFailure.StorageLost(_orders.Drive.Library, "Its session has ended."));
        Cease();
        foreach (var each in _returns) each.Leave();
    }

    private void Cease()
    {
        foreach (var drive in _drives) drive.Cease();
    }

    /// <summary>One drive after the other: they are few.</summary>
    private void OnReturned(DriveReturn.Returned returned)
    {
        _returns.Dequeue().Note(returned);
        if (_returns.TryPeek(out var next)) next.Begin();
        else Context.Stop(Self);
    }

    /// <summary>All that is sealed is in catalog and journal: only now is it certain where to go on.</summary>
    private void OnDrained()
    {
        if (_stopping) Release();
        else if (_over) return;
        else if (!_begun) Begin();
        else if (_command is not null) Close();
    }

    private void Begin()
    {
        (_begun, _working) = (true, true);
        // Where nobody connects it only says where the work goes on.
        Context.Parent.Tell(new StorageProtocol.Ready(
            _orders.Job, _orders.Epoch, _work.Open(), _store.Last?.Resume ?? ResumePoint.Beginning, _orders.Drives));
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

    /// <summary>All that it made is recorded; what follows from that comes now.</summary>
    private void Close()
    {
        if (_working) return;
        _working = true;
        _work.Close(_stop.Token).PipeTo(Self, success: exceptions => new Closed(exceptions));
    }

    private void Finish(int exceptions)
    {
        (_working, _over) = (false, true);
        if (_stopping)
        {
            AskForDrain();
            return;
        }
        Context.Parent.Tell(new StorageProtocol.Finished(_orders.Job, _orders.Epoch, new StorageResult(
            _store.Fragments.Count,
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.Members),
            _store.Fragments.Sum(fragment => fragment.Summary.Counts.ContentBytes),
            _work.ReadBytes,
            exceptions,
            [.. _store.Fragments.SelectMany(fragment => fragment.Summary.Parts).Select(part => part.Volume.Name)
                .Distinct()],
            _command is { Length: > 0 } command ? command : null,
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
            cause, posix => new JobFailure.LibraryError(_orders.Drive.Library, posix.Message));
        if (failure is JobFailure.Internal) _log.Error(cause, "The storage session of job {0} failed.", _orders.Job);
        _work.Fail(failure);
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
        _work.Fail(new JobFailure.Cancelled("the job"));
        Cease();
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
        _returns.Peek().Begin();
    }

    private void TellProgress()
    {
        if (!_working || _over || _stopping) return;
        var awaited = _drives.Select(drive => drive.Awaits).FirstOrDefault(request => request is not null);
        if (_mounts.Of(_orders.Job, _orders.Epoch, awaited) is { } said) Context.Parent.Tell(said);
        var stored = _work.StoredBytes;
        Context.Parent.Tell(new StorageProtocol.Advanced(_orders.Job, _orders.Epoch, new JobProgress(
            _work.Phase, 0, _work.ReadBytes, stored, _meter.Rate(_work.ReadBytes + stored), 0, null, _orders.Drive,
            awaited is null ? _work.Volume : null, null, Context.System.Scheduler.Now, awaited,
            _work.InUse)));
    }

    private sealed record FragmentSealed(int Fragment) : INoSerializationVerificationNeeded;

    private sealed record Closed(int Exceptions) : INoSerializationVerificationNeeded;

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

/// <summary>Whose attempt a <see cref="MakeSession"/> is.</summary>
/// <param name="Job">The job.</param>
/// <param name="Epoch">The attempt.</param>
/// <param name="Drive">The drive that writes.</param>
/// <param name="Drives">How many of the drives that were granted to the job are used, here and elsewhere.</param>
internal sealed record MakeOrders(JobId Job, Epoch Epoch, DriveId Drive, int Drives = 1);

/// <summary>What the work of a <see cref="MakeSession"/> may use.</summary>
/// <param name="Catalog">How the catalog is asked.</param>
/// <param name="Store">What is kept of the job.</param>
/// <param name="Say">Takes a line for the job's log.</param>
/// <param name="Sealed">Takes the number of a fragment, as the store has it, that is sealed and kept.</param>
internal sealed record MakeContext(
    CatalogInquiry Catalog, SessionStore Store, Action<LogSeverity, string, string> Say, Action<int> Sealed);

/// <summary>What a <see cref="MakeSession"/> does. All but the two tasks may be asked from any thread.</summary>
internal interface IMakeWork
{
    /// <summary>What it does now, one word.</summary>
    string Phase { get; }

    /// <summary>Bytes read from media.</summary>
    long ReadBytes { get; }

    /// <summary>Bytes on the medium so far.</summary>
    long StoredBytes { get; }

    /// <summary>The volume that it read last.</summary>
    VolumeName? Volume { get; }

    /// <summary>The volume for which it waits, as another drive has it; null while it works.</summary>
    JobFailure.VolumeInUse? InUse { get; }

    /// <summary>Readies what another node connects to.</summary>
    /// <returns>Where; nowhere, when none does.</returns>
    DataAddress Open();

    /// <summary>Ends what another node waits for, with the reason.</summary>
    void Fail(JobFailure failure);

    /// <summary>Does it.</summary>
    /// <returns>The shell line that restores what was made; empty where there is none.</returns>
    /// <exception cref="JobFailureException">It cannot be done.</exception>
    Task<string> Run(CancellationToken cancellation);

    /// <summary>Does what may be done only when all that was made is recorded in catalog and journal.</summary>
    /// <returns>How much of that was left undone, and said.</returns>
    /// <exception cref="JobFailureException">It cannot be done.</exception>
    Task<int> Close(CancellationToken cancellation);
}
