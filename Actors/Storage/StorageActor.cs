using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using Akka.Event;
using Backup.Actors.Data;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// The storage of a node, in its local actor system: owns libraries and drives, and has one child session an attempt of a job. The highest
/// epoch of a job is on its own disk; older ones are refused, also after a restart.
/// </summary>
public sealed class StorageActor : ReceiveActor, IWithTimers
{
    private readonly StorageOptions _options;
    private readonly DataPlane _plane;
    private readonly IActorRef _uplink;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<LibraryName, OpenLibrary> _libraries = [];
    private readonly Dictionary<JobId, Attempt> _attempts = [];

    /// <summary>For <see cref="Props"/>.</summary>
    private StorageActor(StorageOptions options, DataPlane plane, IActorRef uplink)
    {
        (_options, _plane, _uplink) = (options, plane, uplink);
        Receive<StorageProtocol.Stop>(OnStop);
        Receive<StorageProtocol.Forget>(OnForget);
        Receive<StorageProtocol.Query>(OnQuery);
        Receive<StorageProtocol.Noted>(noted => { if (_attempts.TryGetValue(noted.Job, out var known)) known.Session?.Tell(noted); });
        Receive<StorageProtocol.ICommand>(OnOrder);
        Receive<StorageProtocol.IReport>(OnReport);
        Receive<Terminated>(OnEnded);
        Receive<CatalogProtocol.RecordVolume>(record => _uplink.Tell(record));
        Receive<CatalogProtocol.VolumeRecorded>(_ => { });
        Receive<CatalogProtocol.Failed>(failed =>
        {
            _log.Warning("A volume could not be recorded: {0} All are reported again later.", FailureText.Sentence(failed.Failure));
            Timers.StartSingleTimer(nameof(ReportVolumes), ReportVolumes.Instance, _options.AskAgainAfter);
        });
        Receive<ReportVolumes>(_ => TellVolumes());
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A storage.</summary>
    /// <param name="options">Libraries and limits.</param>
    /// <param name="plane">Where sessions meet clients.</param>
    /// <param name="uplink">The way to jobs and catalog.</param>
    public static Props Props(StorageOptions options, DataPlane plane, IActorRef uplink) =>
        Akka.Actor.Props.Create(() => new StorageActor(options, plane, uplink));

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
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        foreach (var library in _libraries.Values) library.Keeper.Dispose();
    }

    /// <summary>Opening blocks for as long as reading the labels takes; there is nothing that storage could do before.</summary>
    private JobFailure? Open(LibraryOptions library, out OpenLibrary? opened)
    {
        if (_libraries.TryGetValue(library.Library, out opened)) return null;
        var self = Self;
        try
        {
            var keeper = LibraryKeeper.Open(
                library,
                Path.Combine(_options.SessionDirectory, $"{library.Library}.volumes"),
                report => self.Tell(new CatalogProtocol.RecordVolume(report)));
            var drives = Enumerable.Range(0, library.Drives)
                .Select(number => Context.ActorOf(DriveActor.Props(keeper, number), $"drive-{library.Library}-{number}")).ToList();
            _libraries[library.Library] = opened = new OpenLibrary(keeper, drives);
            return null;
        }
        catch (Exception refused) when (refused is JobFailureException || IsDiskTrouble(refused))
        {
            _log.Error("{0}", refused.Message);
            return JobFailureException.Of(refused, posix => new JobFailure.LibraryError(library.Library, posix.Message)) is var failure and not JobFailure.Internal
                ? failure
                : new JobFailure.LibraryError(library.Library, refused.Message);
        }
    }

    /// <summary>What may be wrong with files that this node keeps, as against a mistake of its own.</summary>
    private static bool IsDiskTrouble(Exception thrown) =>
        thrown is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or FormatException;

    private void TellVolumes()
    {
        foreach (var report in _libraries.Values.SelectMany(library => library.Keeper.Reports()))
            _uplink.Tell(new CatalogProtocol.RecordVolume(report));
    }

    private void OnOrder(StorageProtocol.ICommand order)
    {
        if (_attempts.TryGetValue(order.Job, out var known))
        {
            if (order.Epoch.Value < known.Epoch.Value) Refuse(order, new JobFailure.Fenced(order.Epoch, known.Epoch));
            else if (order.Epoch == known.Epoch) { if (known.LastWord is { } word) _uplink.Tell(word); }
            else if (known.Session is not null) Context.Stop(known.Session); // the job asks again when the old session is gone
            else Begin(order);
            return;
        }
        Begin(order);
    }

    private void Begin(StorageProtocol.ICommand order)
    {
        var drive = DriveOf(order);
        OpenLibrary? library = null;
        var refused = _options.Libraries.FirstOrDefault(known => known.Library == drive.Library) is { } options
            ? Open(options, out library)
            : new JobFailure.LibraryError(drive.Library, "It is not configured on this node.");
        var store = refused is null ? Raise(order, drive.Library, out refused) : null;
        if (refused is not null)
        {
            Refuse(order, refused);
            return;
        }
        var session = Context.Watch(Context.ActorOf(
            PropsOf(order, store, library!, library!.Drives[drive.Number]), $"job-{order.Job}-epoch-{order.Epoch}"));
        _attempts[order.Job] = new Attempt(order.Epoch, session, null);
    }

    /// <summary>What is kept of the job, with the attempt's epoch. Reading harms nothing, so only writing is fenced beyond this process.</summary>
    private SessionStore? Raise(StorageProtocol.ICommand order, LibraryName library, out JobFailure? refused)
    {
        refused = null;
        if (order is not StorageProtocol.OpenWrite write) return null;
        try
        {
            var store = SessionStore.OpenFor(DirectoryOf(order.Job), write.Spec.Image);
            if (!store.Raise(order.Epoch)) refused = new JobFailure.Fenced(order.Epoch, store.Epoch);
            return store;
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            refused = new JobFailure.StorageLost(library, trouble.Message);
            return null;
        }
    }

    private Props PropsOf(StorageProtocol.ICommand order, SessionStore? store, OpenLibrary library, IActorRef drive) => order switch
    {
        StorageProtocol.OpenWrite write => WriteSession.Props(write, _options, store!, _plane, drive, _uplink),
        StorageProtocol.OpenRead read => ReadSession.Props(read, _options, _plane, drive, _uplink),
        StorageProtocol.CheckMedia check => CheckSession.Props(check, _options, drive, _uplink),
        StorageProtocol.Scan scan => ScanSession.Props(scan, _options, library.Keeper.Volumes(), drive, _uplink),
        _ => throw new InvalidOperationException($"No session is known for {order.GetType().Name}."),
    };

    private static DriveId DriveOf(StorageProtocol.ICommand order) => order switch
    {
        StorageProtocol.OpenWrite write => write.Drive,
        StorageProtocol.OpenRead read => read.Drive,
        StorageProtocol.CheckMedia check => check.Drive,
        StorageProtocol.Scan scan => scan.Drive,
        _ => throw new InvalidOperationException($"No drive is known for {order.GetType().Name}."),
    };

    private string DirectoryOf(JobId job) =>
        Path.Combine(_options.SessionDirectory, string.Create(CultureInfo.InvariantCulture, $"job-{job}"));

    private void Refuse(StorageProtocol.ICommand order, JobFailure failure) =>
        _uplink.Tell(new StorageProtocol.Failed(order.Job, order.Epoch, failure));

    private void OnQuery(StorageProtocol.Query query)
    {
        if (!_attempts.TryGetValue(query.Job, out var known) || known.Epoch != query.Epoch)
            _uplink.Tell(new StorageProtocol.Unknown(query.Job, query.Epoch));
        else if (known.LastWord is { } word) _uplink.Tell(word);
    }

    private void OnStop(StorageProtocol.Stop stop)
    {
        if (!_attempts.TryGetValue(stop.Job, out var known))
        {
            _uplink.Tell(new StorageProtocol.Stopped(stop.Job, stop.Epoch));
            return;
        }
        if (stop.Epoch.Value < known.Epoch.Value) return;
        if (known.Session is null)
        {
            _attempts.Remove(stop.Job);
            _uplink.Tell(new StorageProtocol.Stopped(stop.Job, stop.Epoch));
            return;
        }
        _attempts[stop.Job] = known with { Stopping = stop };
        known.Session.Tell(stop);
    }

    /// <summary>The job is over: nothing of it has to outlive this process any more.</summary>
    private void OnForget(StorageProtocol.Forget forget)
    {
        if (_attempts.ContainsKey(forget.Job)) return;
        try
        {
            SessionStore.Open(DirectoryOf(forget.Job)).Delete();
        }
        catch (Exception trouble) when (IsDiskTrouble(trouble))
        {
            _log.Warning("What is kept of job {0} could not be removed: {1} It may be deleted by hand.", forget.Job, trouble.Message);
        }
    }

    private void OnReport(StorageProtocol.IReport report)
    {
        if (!_attempts.TryGetValue(report.Job, out var known) || known.Epoch != report.Epoch) return;
        if (report is StorageProtocol.Ready or StorageProtocol.Finished or StorageProtocol.Failed)
            _attempts[report.Job] = known with { LastWord = report };
        _uplink.Tell(report);
    }

    private void OnEnded(Terminated ended)
    {
        var (job, known) = _attempts.FirstOrDefault(pair => ended.ActorRef.Equals(pair.Value.Session));
        if (known is null) return;
        if (known.Stopping is { } stop)
        {
            _attempts.Remove(job);
            _uplink.Tell(new StorageProtocol.Stopped(job, stop.Epoch));
            return;
        }
        var word = known.LastWord;
        if (word is null or StorageProtocol.Ready)
        {
            word = new StorageProtocol.Failed(job, known.Epoch, new JobFailure.Internal("The storage session stopped without a word; see the node's log."));
            _uplink.Tell(word);
        }
        _attempts[job] = known with { Session = null, LastWord = word };
    }

    private sealed record OpenLibrary(LibraryKeeper Keeper, IReadOnlyList<IActorRef> Drives);

    private sealed record Attempt(
        Epoch Epoch, IActorRef? Session, StorageProtocol.IReport? LastWord, StorageProtocol.Stop? Stopping = null);

    private sealed record ReportVolumes : INoSerializationVerificationNeeded
    {
        public static readonly ReportVolumes Instance = new();
    }
}
