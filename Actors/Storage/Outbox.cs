using Akka.Actor;
using Akka.Event;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Storage;

/// <summary>
/// Delivers a job's sealed fragments, in order and one at a time: first to the catalog, then to the job's saga, each
/// until it answers. What is kept on disk outlives the process, so the order of "sealed, catalog, journal" holds
/// whatever is killed.
/// </summary>
internal sealed class Outbox : ReceiveActor, IWithTimers
{
    private readonly JobId _job;
    private readonly SessionStore _store;
    private readonly IActorRef _uplink;
    private readonly StorageOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<SealedSummary> _waiting = new();
    private readonly List<IActorRef> _drainWatchers = [];
    private SealedFragment? _current;
    private int _number; // of the current one in the job
    private Epoch _epoch;
    private bool _inCatalog;
    private string? _trouble;

    private Outbox(JobId job, Epoch epoch, SessionStore store, IActorRef uplink, StorageOptions options)
    {
        (_job, _epoch, _store, _uplink, _options) = (job, epoch, store, uplink, options);
        Receive<Deliver>(deliver => { _waiting.Enqueue(deliver.Fragment); Next(); });
        Receive<CatalogProtocol.PieceTaken>(OnPieceTaken);
        Receive<CatalogProtocol.Closed>(OnClosed);
        Receive<CatalogProtocol.Failed>(OnFailed);
        Receive<StorageProtocol.Noted>(OnNoted);
        Receive<Drain>(_ => { _drainWatchers.Add(Sender); TellWhenEmpty(); });
        Receive<Again>(_ => Send());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(JobId job, Epoch epoch, SessionStore store, IActorRef uplink, StorageOptions options) =>
        Akka.Actor.Props.Create(() => new Outbox(job, epoch, store, uplink, options));

    /// <summary>Whatever an earlier process left undelivered comes first.</summary>
    protected override void PreStart()
    {
        foreach (var fragment in _store.Fragments) _waiting.Enqueue(fragment);
        Next();
    }

    private void Next()
    {
        while (_current is null && _waiting.TryDequeue(out var summary))
        {
            if (Failing(summary.Fragment, () => _current = _store.Undelivered(summary))) return;
            (_inCatalog, _number) = (false, summary.Fragment);
        }
        if (_current is null) TellWhenEmpty();
        else Send();
    }

    private void Send()
    {
        if (_current is null) return;
        WaitForAnswer();
        if (_inCatalog) _uplink.Tell(new StorageProtocol.FragmentClosed(_job, _epoch, SummaryOf(_current, _number)));
        else SendPiece(0);
    }

    /// <summary>
    /// From the last word on: an index of many pieces may take longer than the catalog's patience for one.
    /// </summary>
    private void WaitForAnswer() => Timers.StartSingleTimer(nameof(Again), Again.Instance, _options.AskAgainAfter);

    private void SendPiece(long offset)
    {
        var index = _current!.IndexBytes;
        var length = (int)Math.Min(CatalogProtocol.PieceBytesMax, index.Length - offset);
        _uplink.Tell(new CatalogProtocol.IndexPiece(
            _job,
            _epoch,
            _current.Image,
            _current.Fragment,
            _current.Root,
            new TapeFile(_current.IndexLocation.Volume.Name, _current.IndexLocation.File),
            offset,
            index.Length,
            index.Slice((int)offset, length).ToArray()));
    }

    private void OnPieceTaken(CatalogProtocol.PieceTaken taken)
    {
        if (!IsCurrent(taken.Fragment, taken.Root) || _inCatalog) return;
        WaitForAnswer();
        SendPiece(taken.Next);
    }

    private void OnClosed(CatalogProtocol.Closed closed)
    {
        if (!IsCurrent(closed.Fragment, closed.Root)) return;
        (_inCatalog, _trouble) = (true, null);
        Send();
    }

    private void OnFailed(CatalogProtocol.Failed failed)
    {
        if (_current is null || _inCatalog) return;
        if (failed.TryAgain)
        {
            var why = FailureText.Sentence(failed.Failure);
            if (why != _trouble)
                _log.Warning("Fragment {0} of job {1} waits for the catalog: {2}", _current.Fragment, _job, why);
            _trouble = why;
            return;
        }
        Timers.Cancel(nameof(Again));
        Context.Parent.Tell(new Refused(_current.Fragment, failed.Failure));
    }

    private void OnNoted(StorageProtocol.Noted noted)
    {
        if (_current is null || noted.Fragment != _number || !_inCatalog) return;
        Timers.Cancel(nameof(Again));
        if (Failing(noted.Fragment, () => _store.Delivered(noted.Fragment))) return;
        _current = null;
        Next();
    }

    /// <summary>
    /// What the disk refuses ends the attempt: the session must not wait for a delivery that never comes.
    /// </summary>
    private bool Failing(int fragment, Action work)
    {
        try
        {
            work();
            return false;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Context.Parent.Tell(new Refused(fragment, new JobFailure.CatalogError(refused.Message)));
            return true;
        }
    }

    private void TellWhenEmpty()
    {
        if (_current is not null || _waiting.Count > 0) return;
        foreach (var watcher in _drainWatchers) watcher.Tell(Drained.Instance);
        _drainWatchers.Clear();
    }

    private bool IsCurrent(int fragment, Sha256Digest root) =>
        _current is not null && _current.Fragment == fragment && _current.Root == root;

    private static Messages.Storage.FragmentSummary SummaryOf(SealedFragment fragment, int number) => new(
        number,
        fragment.Root,
        fragment.Index.Counts.Members,
        fragment.Index.Counts.ContentBytes,
        fragment.Index.Counts.StoredBytes,
        fragment.Index.Counts.Exceptions,
        [.. fragment.Index.Parts.Select(part => part.Location.Volume.Name).Distinct()],
        fragment.SealsImage);

    /// <summary>A fragment is sealed and kept.</summary>
    public sealed record Deliver(SealedSummary Fragment) : INoSerializationVerificationNeeded;

    /// <summary>Asks for <see cref="Drained"/> as soon as all is delivered.</summary>
    public sealed record Drain : INoSerializationVerificationNeeded
    {
        public static readonly Drain Instance = new();
    }

    /// <summary>All is delivered.</summary>
    public sealed record Drained : INoSerializationVerificationNeeded
    {
        public static readonly Drained Instance = new();
    }

    /// <summary>The catalog refuses a fragment for good.</summary>
    public sealed record Refused(int Fragment, JobFailure Failure) : INoSerializationVerificationNeeded;

    private sealed record Again : INoSerializationVerificationNeeded
    {
        public static readonly Again Instance = new();
    }
}
