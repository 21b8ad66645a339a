using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Actors.Node;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// The storage of a node, in its local actor system: owns libraries and drives, and has one child session an attempt of
/// a job. The highest epoch of a job is on its own disk; older ones are refused, also after a restart. It reads and
/// writes small files itself, and so belongs on a thread of its own.
/// </summary>
public sealed partial class StorageActor : ReceiveActor, IWithTimers
{
    private StorageOptions _options;
    private readonly DataPlane _plane;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<LibraryName, OpenLibrary> _libraries = [];
    private readonly Dictionary<LibraryName, string> _closed = [];
    private readonly DriveBooks _drives;
    private readonly RingShelf _rings;
    private readonly Dictionary<IActorRef, LibraryName> _scanning = [];
    private readonly SessionShelf _shelf;
    private readonly AttemptTable _attempts;
    private readonly AttemptTable _giving;
    private string? _volumesTrouble;

    /// <summary>For <see cref="Props"/>.</summary>
    private StorageActor(StorageOptions options, DataPlane plane, IActorRef uplink, DriveBooks drives)
    {
        (_options, _plane, _uplink, _drives) = (options, plane, uplink, drives);
        _rings = new RingShelf(drives);
        _attempts = new AttemptTable(Words, report => uplink.Tell(report), Context.Stop);
        _giving = new AttemptTable(GivingWords, report => uplink.Tell(report), Context.Stop);
        _shelf = new SessionShelf(options.SessionDirectory);
        Receive<ClientProtocol.Stop>(_giving.Stop);
        Receive<ClientProtocol.Query>(_giving.Answer);
        Receive<ClientProtocol.Give>(order => { if (_giving.Admits(order)) BeginGiving(order); });
        Receive<ClientProtocol.IReport>(_giving.Take);
        Receive<StorageProtocol.Stop>(_attempts.Stop);
        Receive<StorageProtocol.Forget>(OnForget);
        Receive<StorageProtocol.Query>(_attempts.Answer);
        Receive<StorageProtocol.Noted>(noted => _attempts.SessionOf(noted.Job)?.Tell(noted));
        Receive<StorageProtocol.ICommand>(order => { if (_attempts.Admits(order)) Begin(order); });
        Receive<StorageProtocol.IReport>(_attempts.Take);
        Receive<Terminated>(ended =>
        {
            _scanning.Remove(ended.ActorRef);
            if (_attempts.Ended(ended.ActorRef) || _giving.Ended(ended.ActorRef)) IdleMemory.End();
        });
        Receive<CatalogProtocol.RecordVolume>(record => _uplink.Tell(record));
        Receive<CatalogProtocol.VolumeRecorded>(_ => _volumesTrouble = null);
        Receive<CatalogProtocol.Failed>(OnVolumeNotRecorded);
        Receive<ReportVolumes>(_ => TellVolumes());
        Receive<AskForEnds>(_ => AskWhatIsKept());
        Receive<AskForHeld>(_ => AskWhatIsHeld());
        Receive<CatalogProtocol.JobEnds>(OnEnds);
        Receive<StorageOptions>(Adopt);
        Receive<NodeProtocol.ForLibrary>(OnOperator);
        Receive<NodeProtocol.ForVolume>(OnRetention);
        Receive<NodeProtocol.Look>(look => Sender.Tell(_rings.Show(look)));
        Receive<DriveProtocol.Reported>(OnReported);
        Receive<AskForClosed>(_ => TellClosed(Sender));
        Receive<EndsNotKnown>(_ =>
            Timers.StartSingleTimer(nameof(AskForEnds), AskForEnds.Instance, _options.AskAgainAfter));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A storage.</summary>
    /// <param name="options">Libraries and limits.</param>
    /// <param name="plane">Where sessions meet clients.</param>
    /// <param name="uplink">The way to jobs and catalog.</param>
    /// <param name="drives">What is kept of its drives; null: it reads that itself, and nobody else does.</param>
    public static Props Props(
        StorageOptions options, DataPlane plane, IActorRef uplink, DriveBooks? drives = null)
    {
        var books = drives ?? new DriveBooks(options.SessionDirectory);
        return Akka.Actor.Props.Create(() => new StorageActor(options, plane, uplink, books));
    }

    /// <summary>A session that throws is stopped: its attempt is lost, the job decides about the next.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(thrown =>
    {
        _log.Error(thrown, "A storage session or drive failed.");
        return Directive.Stop;
    });

    /// <inheritdoc/>
    protected override void PreStart()
    {
        foreach (var library in _options.Libraries) Open(library, out _);
        Timers.StartSingleTimer(nameof(ReportVolumes), ReportVolumes.Instance, TimeSpan.FromMilliseconds(100));
        Timers.StartPeriodicTimer(nameof(AskForHeld), AskForHeld.Instance, _options.AskAgainAfter);
        AskWhatIsKept();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        IdleMemory.End(_attempts.Working + _giving.Working); // they end with this actor, and nobody hears of it
        foreach (var library in _libraries.Values) library.Keeper.Dispose();
    }

    /// <summary>
    /// Opening blocks for as long as reading the labels takes; there is nothing that storage could do before.
    /// </summary>
    private JobFailure? Open(LibraryOptions library, out OpenLibrary? opened)
    {
        if (_libraries.TryGetValue(library.Library, out opened)) return null;
        var self = Self;
        try
        {
            var keeper = LibraryKeeper.Open(
                library,
                _drives.VolumesOf(library.Library),
                report => self.Tell(new CatalogProtocol.RecordVolume(report)),
                _rings.Of(library),
                _drives.Of(library.Library));
            if (_libraries.Values.FirstOrDefault(open => open.Keeper.Identity == keeper.Identity) is { } twin)
            {
                keeper.Dispose();
                throw new JobFailureException(new JobFailure.LibraryError(
                    library.Library,
                    $"Expected a library of its own in {library.Directory}, found the identity of library "
                        + $"{twin.Keeper.Name}: one is a copy of the other, and both would claim the same volumes."));
            }
            _drives.Of(library.Library).Opened(keeper.Identity.ToString(), Context.System.Scheduler.Now);
            var drives = Enumerable.Range(0, library.DrivesInAll)
                .Select(number =>
                    Context.ActorOf(DriveActor.Props(keeper, number), $"drive-{library.Library}-{number}")).ToList();
            _libraries[library.Library] = opened = new OpenLibrary(
                keeper, drives, new MediaDesk(keeper, [.. drives.Take(library.Drives)]), library);
            _closed.Remove(library.Library);
            return null;
        }
        catch (Exception refused) when (refused is JobFailureException || IsDiskTrouble(refused))
        {
            // Whoever looks after the node tries it again and again; the log says each reason once.
            if (_closed.GetValueOrDefault(library.Library) != refused.Message) _log.Error("{0}", refused.Message);
            _closed[library.Library] = refused.Message;
            _rings.Of(library).Closed(refused.Message);
            return JobFailureException.Of(refused, posix =>
                new JobFailure.LibraryError(library.Library, posix.Message)) is var failure and not JobFailure.Internal
                ? failure
                : new JobFailure.LibraryError(library.Library, refused.Message);
        }
    }

    /// <summary>Limits for sessions that begin from now on. Of the libraries only how they label changes.</summary>
    private void Adopt(StorageOptions changed)
    {
        _options = changed;
        foreach (var library in changed.Libraries)
            if (_libraries.TryGetValue(library.Library, out var open)) open.Keeper.Adopt(library);
    }

    private void TellClosed(IActorRef asker)
    {
        foreach (var library in _options.Libraries) Open(library, out _);
        asker.Tell(new ClosedLibraries([.. _closed.Values]));
    }

    /// <summary>What may be wrong with files that this node keeps, as against a mistake of its own.</summary>
    private static bool IsDiskTrouble(Exception thrown) =>
        thrown is IOException or UnauthorizedAccessException or InvalidDataException or JsonException
            or FormatException;

    /// <summary>Reads the libraries' directories, and may wait for a changer: not on the actor's thread.</summary>
    private void TellVolumes()
    {
        var keepers = _libraries.Values.Select(library => library.Keeper).ToList();
        var (self, log) = (Self, _log);
        Task.Run(() => keepers.SelectMany(keeper => keeper.Reports()).ToList()).ContinueWith(
            read =>
            {
                if (read.IsFaulted) log.Error(read.Exception, "The volumes could not be listed.");
                else foreach (var report in read.Result) self.Tell(new CatalogProtocol.RecordVolume(report));
            },
            TaskScheduler.Default);
    }

    /// <summary>
    /// A catalog that refuses for good would refuse the same report again, every time, for as long as the node runs.
    /// </summary>
    private void OnVolumeNotRecorded(CatalogProtocol.Failed failed)
    {
        var why = FailureText.Sentence(failed.Failure);
        if (!failed.TryAgain)
        {
            _log.Error("The catalog refuses what is known of a volume: {0}", why);
            return;
        }
        // Once, not for each volume and each time: the directors may be away for days.
        if (why != _volumesTrouble) _log.Warning("Volumes cannot be recorded: {0} They are reported again later.", why);
        _volumesTrouble = why;
        Timers.StartSingleTimer(nameof(ReportVolumes), ReportVolumes.Instance, _options.AskAgainAfter);
    }

    /// <summary>
    /// Whoever died between a job's end and its <see cref="StorageProtocol.Forget"/> left files that nobody else
    /// would remove.
    /// </summary>
    private void AskWhatIsKept()
    {
        Timers.StartSingleTimer(nameof(AskForEnds), AskForEnds.Instance, SessionShelf.LookAgainAfter);
        AskWhatHasEnded(Kept(), EndsNotKnown.Instance);
    }

    /// <summary>
    /// A job that ended while this node could not be reached told nobody here to stop; what its session still holds,
    /// above all the drive, is in the way of others.
    /// </summary>
    private void AskWhatIsHeld() => AskWhatHasEnded(
        [.. _attempts.Held.Union(_giving.Held).Take(CatalogProtocol.JobsMax)], new CatalogProtocol.JobEnds([], []));

    private void AskWhatHasEnded(IReadOnlyList<JobId> jobs, object otherwise)
    {
        if (jobs.Count == 0) return;
        _uplink.Ask<CatalogProtocol.IAnswer>(new CatalogProtocol.ReadJobEnds(jobs), _options.CatalogWithin).PipeTo(
            Self,
            success: answer => answer as CatalogProtocol.JobEnds ?? otherwise,
            failure: _ => otherwise); // asked again; without a director there is nothing to say
    }

    private IReadOnlyList<JobId> Kept()
    {
        try
        {
            return [.. _shelf.Jobs().Where(job => !_attempts.Holds(job)).Take(CatalogProtocol.JobsMax)];
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            _log.Warning("What is kept of jobs could not be listed: {0} It is tried again.", trouble.Message);
            return [];
        }
    }

    private void OnEnds(CatalogProtocol.JobEnds ends)
    {
        foreach (var job in ends.Ended) StopHeld(job);
        try
        {
            foreach (var job in ends.Ended.Where(job => !_attempts.Holds(job)))
            {
                _plane.Forget(job);
                _shelf.Remove(job);
            }
            foreach (var job in ends.Unknown.Where(job => !_attempts.Holds(job)))
                if (_shelf.RemoveOld(job, Context.System.Scheduler.Now))
                    _log.Warning(
                        "What was kept of job {0}, which the catalog has not known for long, is removed.", job);
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            _log.Warning(
                "What is kept of jobs that have ended could not be removed: {0} It is tried again.", trouble.Message);
        }
    }

    private void Begin(StorageProtocol.ICommand order)
    {
        var drive = DriveOf(order);
        OpenLibrary? library = null;
        var refused = _options.Libraries.FirstOrDefault(known => known.Library == drive.Library) is { } configured
            ? Open(configured, out library)
            : new JobFailure.LibraryError(drive.Library, "It is not configured on this node.");
        refused ??= ProcessRoom.Lack($"Library {drive.Library}");
        if (refused is null && library!.Options.IndexOf(drive) is null)
            refused = new JobFailure.LibraryError(drive.Library, $"It was opened without a drive {drive}.");
        refused ??= OutOfUse(order); // granted before the directors heard of it
        if (refused is null && order is StorageProtocol.Scan && _scanning.ContainsValue(drive.Library))
            refused = new JobFailure.LibraryError(
                drive.Library, "Another scan of it is at work. Scan again when that has ended.");
        var store = refused is null ? Raise(order, drive.Library, out refused) : null;
        if (refused is not null)
        {
            _attempts.Refuse(order, refused);
            return;
        }
        // A job that has another library to go to waits for no volume in this one
        var options = order is StorageProtocol.OpenWrite { Spec.OtherLibraries.Count: > 0 }
            or StorageProtocol.OpenRead { Spec.Others.Count: > 0 }
            ? _options with { WaitForVolume = TimeSpan.Zero }
            : _options;
        var session = Context.Watch(Context.ActorOf(
            PropsOf(order, store, library!, HandleOf), $"job-{order.Job}-epoch-{order.Epoch}"));
        IdleMemory.Begin();
        _attempts.Begin(order, session);
        if (order is StorageProtocol.Scan) _scanning[session] = drive.Library;

        DriveHandle HandleOf(DriveId granted) => new(
            library!.DriveOf(granted), order.Job,
            new MountPatience(library.Keeper, order.Job, granted, options, TimeProvider.System),
            (order as StorageProtocol.OpenWrite)?.Spec, store);
    }

    /// <summary>
    /// What is kept of the job, with the attempt's epoch. Reading harms nothing, so only writing is fenced beyond this
    /// process.
    /// </summary>
    private SessionStore? Raise(StorageProtocol.ICommand order, LibraryName library, out JobFailure? refused)
    {
        refused = null;
        ImageId image;
        if (order is StorageProtocol.OpenWrite write) image = write.Spec.Image;
        else if (order is StorageProtocol.Merge merge) image = merge.Spec.Image;
        else if (order is StorageProtocol.Copy copy) image = copy.Spec.Image;
        else return null;
        try
        {
            var store = SessionStore.OpenFor(_shelf.DirectoryOf(order.Job), image);
            if (!store.Raise(order.Epoch)) refused = new JobFailure.Fenced(order.Epoch, store.Epoch);
            return store;
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            refused = new JobFailure.StorageLost(library, trouble.Message);
            return null;
        }
    }

    private Props PropsOf(
        StorageProtocol.ICommand order, SessionStore? store, OpenLibrary library,
        Func<DriveId, DriveHandle> handleOf) => order switch
        {
            StorageProtocol.OpenWrite write =>
                WriteSession.Props(
                    write, _options, store!, _plane, handleOf(write.Drive), _uplink, SecondOf(write, library)),
            StorageProtocol.Merge merge => PropsOf(merge, store!, handleOf(merge.Drive)),
            StorageProtocol.Copy copy => PropsOf(copy, store!, library, handleOf),
            StorageProtocol.OpenRead read => ReadSession.Props(
                read, _options, _plane, [.. (read.More ?? []).Prepend(read.Drive).Select(handleOf)], _uplink),
            StorageProtocol.CheckMedia check => CheckSession.Props(check, _options, handleOf(check.Drive), _uplink),
            StorageProtocol.Scan scan =>
                ScanSession.Props(scan, _options, library.Keeper, handleOf(scan.Drive), _uplink),
            StorageProtocol.Scrub scrub =>
                ScrubSession.Props(scrub, _options, library.Keeper, handleOf(scrub.Drive), _uplink),
            _ => throw new InvalidOperationException($"No session is known for {order.GetType().Name}."),
        };

    /// <summary>The job is over: nothing of it has to outlive this process any more.</summary>
    private void OnForget(StorageProtocol.Forget forget)
    {
        StopHeld(forget.Job);
        if (_attempts.Holds(forget.Job))
        {
            Timers.StartSingleTimer(nameof(AskForEnds), AskForEnds.Instance, _options.AskAgainAfter);
            return;
        }
        _plane.Forget(forget.Job);
        try
        {
            _shelf.Remove(forget.Job);
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            _log.Warning(
                "What is kept of job {0} could not be removed: {1} It is tried again.", forget.Job, trouble.Message);
        }
    }

    private static readonly AttemptWords Words = new(
        (job, epoch) => new StorageProtocol.Unknown(job, epoch),
        (job, epoch) => new StorageProtocol.Stopped(job, epoch),
        (job, epoch, failure) => new StorageProtocol.Failed(job, epoch, failure),
        IsKept: report => report is StorageProtocol.Ready or StorageProtocol.Finished or StorageProtocol.Failed,
        IsLast: report => report is StorageProtocol.Finished or StorageProtocol.Failed,
        "The storage session stopped without a word; see the node's log.");
}
