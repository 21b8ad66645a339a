using Akka.Actor;
using Akka.Event;
using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Storage;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;
using Backup.Persistence.Journal;

namespace Backup.Actors.Jobs;

/// <summary>
/// What a job tells about itself: lines for its log and changes of its row, sent to the catalog as they happen and
/// never waited for; lines that it could not take are repeated. The newest progress; the report at the end. Nothing
/// here decides anything.
/// </summary>
internal sealed class JobNews
{
    /// <summary>More than a report is under way, even when nodes are busy.</summary>
    private static readonly TimeSpan SkewMin = TimeSpan.FromMinutes(2);

    private readonly JobPhases _phases = new();
    private readonly CatalogQueue<JobLogLine> _lines;
    private readonly JobItems _items;
    private readonly JobTalk _talk;
    private readonly JobId _job;
    private readonly IActorRef _catalog;
    private readonly IScheduler _clock;
    private readonly ILoggingAdapter _log;
    private long _sequence = Random.Shared.NextInt64(long.MaxValue / 2); // not that of an earlier saga of the job
    private readonly List<VolumeName> _volumes = [];
    private JobProgress? _client;
    private JobProgress? _storage;
    private bool _writesImage;
    private bool _byTimeStamps;
    private bool _skewTold;

    public JobNews(JobId job, IActorRef catalog, IScheduler clock, ILoggingAdapter log)
    {
        (_job, _catalog, _clock, _log) = (job, catalog, clock, log);
        _lines = new CatalogQueue<JobLogLine>(
            job, catalog, "Lines of the log", waitingMax: 10_000, atOnce: 10_000,
            (store, lines) => store.Jobs.AppendLog(job, lines), log);
        _items = new JobItems(job, catalog, clock, log, Append);
        _talk = new JobTalk(clock);
    }

    /// <summary>What the job's parties name.</summary>
    public JobItems Items => _items;

    /// <summary>The newest messages from and to the job's parties.</summary>
    public JobTalk Talk => _talk;

    public void Log(LogSeverity severity, string code, string text) =>
        Append([new JobLogLine(_clock.Now, severity, code, text)]);

    public void Said(StorageProtocol.Said said)
    {
        _talk.Heard(said);
        Log(said.Severity, said.Code, said.Text);
    }

    public void Advanced(StorageProtocol.Advanced report) => _storage = report.Progress;

    public void Advanced(ClientProtocol.Advanced report)
    {
        _client = report.Progress;
        var skew = report.Progress.At - _clock.Now;
        if (_skewTold || skew.Duration() < SkewMin) return;
        _skewTold = true;
        Log(LogSeverity.Warning, "clock-skew",
            $"The client's clock is {(long)Math.Round(skew.Duration().TotalSeconds)} s "
                + $"{(skew > TimeSpan.Zero ? "ahead of" : "behind")} the director's. "
                + (_byTimeStamps
                    ? "The difference is taken into account; but what is selected by time stamps is right only while "
                        + "the clock is not set. Set it right, and run a full then."
                    : "What is saved does not depend on it; set it right all the same."));
    }

    public void Excepted(StorageProtocol.Excepted report) => _items.Heard(report, records: !_writesImage);

    public void Excepted(ClientProtocol.Excepted report) => _items.Heard(report, records: !_writesImage);

    /// <summary>A line in the log, and the job's row where it changes.</summary>
    public void Happened(IJobEvent happened, JobState state)
    {
        Replayed(happened, state);
        if (happened is JobEvents.AttemptStarted)
        {
            (_client, _storage) = (null, null);
            _talk.Forget();
        }
        if (happened is JobEvents.AttemptStarted && !_writesImage && state.Attempts > 1) _items.Forget();
        if (JobLines.Of(happened, state) is { } line) Append([line]);
        if (JobLines.WarningOf(happened) is { } warning) Append([warning]);
        if (RowAfter(happened, state) is { } update)
            Record(_catalog.Write(store => store.Jobs.Update(_job, state.Epoch, update)));
    }

    /// <summary>Another saga of the job ended within an attempt, and this one goes on with it.</summary>
    public void TakenUp(JobState state)
    {
        Log(LogSeverity.Warning, "taken-up", $"The job is taken up again in its attempt {state.Attempts}.");
        if (!_writesImage && state.Attempts > 1) _items.ForgetBefore(state.Epoch);
    }

    /// <summary>Takes from an event what the report at the end says; nothing is recorded.</summary>
    public void Replayed(IJobEvent happened, JobState state)
    {
        _writesImage = JobParts.WritesImage(state.Spec);
        _byTimeStamps = state.Spec is BackupSpec { SelectBy: not SelectBy.Manifest, Level: > 0, Base: not null };
        _phases.Enter(state.Step, happened.At);
        if (happened is JobEvents.FragmentClosed { Fragment: var closed })
            foreach (var volume in closed.Volumes.Where(volume => !_volumes.Contains(volume))) _volumes.Add(volume);
    }

    /// <summary>What the job does now: what the client says, with what only storage knows.</summary>
    public JobProgress? Progress(JobState state)
    {
        var known = _client ?? _storage;
        if (known is null && state.Step is JobStep.Idle or JobStep.Over) return null;
        var progress = known ?? new JobProgress("", 0, 0, 0, 0, 0, null, state.Drive, null, null, _clock.Now);
        return progress with
        {
            Phase = state.Step != JobStep.Transferring || known is null ? JobPhases.Word(state.Step)
                : InUseIn(state) is not null ? "waiting"
                : known.Phase,
            StoredBytes = Math.Max(_storage?.StoredBytes ?? 0, state.Closed.StoredBytes),
            Drive = state.Drive,
            Volume = _storage?.Volume,
            Exceptions = Math.Max(_items.Count, progress.Exceptions),
            Awaits = AwaitedIn(state),
            InUse = InUseIn(state),
        };
    }

    /// <summary>The volume that the job waits for until another drive gives it back; null: none.</summary>
    public JobFailure.VolumeInUse? InUseIn(JobState state) =>
        state.Step == JobStep.Transferring ? _storage?.InUse : null;

    /// <summary>What the job asks of a person; null when it has what it needs, or holds no drive.</summary>
    public MountRequest? AwaitedIn(JobState state) =>
        state.Step is JobStep.Opening or JobStep.Transferring && _storage?.Awaits is { } awaited
            ? state.WithPerson(awaited) : null;

    /// <summary>Who works on the job, as far as it has been heard of; nodes are not named yet.</summary>
    public IReadOnlyList<JobPart> Parts(JobState state)
    {
        if (state.Spec is not { } spec || state.Step is JobStep.Idle or JobStep.Over) return [];
        var (parts, needed) = (new List<JobPart>(), JobParts.Of(spec));
        if (needed.Client && JobOrders.ClientOf(spec) is { } client)
            parts.Add(new JobPart("client", client.Value, null,
                state.Client is not null ? "done" : _client?.Phase ?? "waits", _client?.Path,
                state.Client is null ? _client?.BytesPerSecond : null, _client?.At));
        if (needed.Storage && state.Drive is { } drive)
            parts.Add(new JobPart("storage", drive.ToString(), null,
                state.Storage is not null ? "done" : _storage?.Phase ?? "waits", _storage?.Volume?.Value,
                state.Storage is null ? _storage?.BytesPerSecond : null, _storage?.At));
        if (JobParts.WritesImage(spec))
            parts.Add(new JobPart("catalog", "", null, $"{state.Closed.Count} fragments", null, null, null));
        parts.Add(new JobPart("director", "", null, JobPhases.Word(state.Step), null, null, _clock.Now));
        return parts.ConvertAll(_talk.With);
    }

    /// <summary>
    /// The job's last change in the catalog; with the items that wait, and a report that is complete wherever the saga
    /// has lived.
    /// </summary>
    public Func<CatalogStore, CatalogAnswer<Recorded>> End(
        JobState state, JobOutcome outcome, JobFailure? failure, DateTimeOffset now)
    {
        _phases.Enter(JobStep.Over, now);
        var report = Report(state, outcome, failure);
        var image = JobParts.WritesImage(state.Spec) ? JobLines.ImageOf(state.Spec!) : null;
        var update = new JobUpdate(JobPhase.Ended)
        {
            Outcome = outcome,
            EndedAt = now,
            Attempts = state.Attempts,
            Counts = CountsOf(state),
            Failure = failure,
        };
        return store => !_items.Complete(store, report, image).Is(out var whole, out var trouble) ? trouble
            : !store.Jobs.Get(_job).Is(out var row, out trouble) ? trouble
            // The catalog's epoch is newer than the journal's when the job was cancelled, or its node lost, while an
            // epoch was being taken.
            : store.Jobs.Update(
                _job, row.Epoch.Value > state.Epoch.Value ? row.Epoch : state.Epoch,
                update with { Report = JobSpecs.Write(whole) });
    }

    private JobReport Report(JobState state, JobOutcome outcome, JobFailure? failure) => new(
        outcome,
        state.Lost is JobFailure.NothingChanged ? null : JobLines.ImageOf(state.Spec!),
        state.Closed.Sealed ? state.Closed.LastRoot.ToString() : null,
        FilesOf(state),
        BytesOf(state),
        JobParts.WritesFragments(state.Spec) ? state.Closed.StoredBytes : state.Storage?.ReadBytes ?? 0,
        JobParts.WritesFragments(state.Spec) ? state.Closed.Count : state.Storage?.Fragments ?? 0,
        _volumes.Count > 0 ? _volumes : state.Storage?.Volumes ?? [],
        JobRules.Exceptions(state),
        state.Client?.ExceptionsByKind ?? _items.Named.ByKind,
        _items.Named.First,
        state.Client?.Excluded ?? new Dictionary<string, long>(),
        _phases.Seconds,
        state.Attempts,
        state.Storage?.RestoreCommand,
        failure is null ? null : FailureText.Sentence(failure),
        _phases.Seconds.GetValueOrDefault(JobPhases.Word(JobStep.Transferring)) is var seconds and > 0
            ? BytesOf(state) / seconds : 0,
        state.Client?.Sizes,
        state.Spec is MergeSpec merge ? [.. merge.Chain.Select(image => image.Image)] : null);

    private static IReadOnlyDictionary<string, long> FilesOf(
        JobState state) => (state.Client, state.Storage, state.Spec) switch
        {
            (_, { } storage, CopySpec) => new Dictionary<string, long> { ["Copied"] = storage.Files },
            ({ } client, _, BackupSpec) => OfAllAttempts(client.Files, state.Closed.Files),
            ({ } client, _, _) => client.Files,
            (_, { } storage, VerifySpec) => new Dictionary<string, long> { ["Checked"] = storage.Files },
            (_, { } storage, MergeSpec) => new Dictionary<string, long> { ["Merged"] = storage.Files },
            (_, { } storage, ScrubSpec) => new Dictionary<string, long> { ["Checked"] = storage.Files },
            (_, { } storage, ScanSpec) => new Dictionary<string, long> { ["Found"] = storage.Files },
            _ => new Dictionary<string, long>(),
        };

    /// <summary>A client counts kinds in the attempt that it was in; what was sealed before is told as one number.</summary>
    private static IReadOnlyDictionary<string, long> OfAllAttempts(
        IReadOnlyDictionary<string, long> lastAttempt, long closed) =>
        closed - lastAttempt.Values.Sum() is var before and > 0
            ? new Dictionary<string, long>(lastAttempt) { ["InEarlierAttempts"] = before }
            : lastAttempt;

    private static long BytesOf(JobState state) =>
        JobParts.WritesFragments(state.Spec) ? state.Closed.Bytes : state.Client?.Bytes ?? state.Storage?.Bytes ?? 0;

    private static JobCounts CountsOf(JobState state) => JobParts.WritesFragments(state.Spec)
        ? new JobCounts(state.Closed.Files, state.Closed.Bytes, state.Closed.StoredBytes, state.Closed.Exceptions)
        : new JobCounts(
            state.Client?.Files.Values.Sum() ?? state.Storage?.Files ?? 0,
            state.Client?.Bytes ?? state.Storage?.Bytes ?? 0,
            state.Storage?.ReadBytes ?? 0,
            JobRules.Exceptions(state));

    private static JobUpdate? RowAfter(IJobEvent happened, JobState state) => happened switch
    {
        JobEvents.AttemptStarted e =>
            new JobUpdate(JobPhase.Starting)
            {
                StartedAt = e.At,
                Attempts = state.Attempts,
                Level = state.Spec is MergeSpec ? 0 : (state.Spec as BackupSpec)?.Level,
                Image = JobLines.ImageOf(state.Spec!)
            },
        JobEvents.SessionOpened => new JobUpdate(JobPhase.Transferring),
        JobEvents.FragmentClosed => new JobUpdate(JobPhase.Transferring) { Counts = CountsOf(state) },
        JobEvents.AttemptLost { Failure: JobFailure.NothingChanged } => null, // the job is complete
        JobEvents.AttemptLost e => new JobUpdate(JobPhase.Waiting) { Failure = e.Failure },
        JobEvents.CancelRequested => new JobUpdate(JobPhase.Cancelling),
        _ => null,
    };

    /// <summary>What the catalog could not take is offered again.</summary>
    public void Repeat()
    {
        _lines.Repeat();
        _items.Repeat();
    }

    /// <summary>By its number a line that was recorded after all, its answer lost, is not recorded again.</summary>
    private void Append(IReadOnlyList<JobLogLine> lines) =>
        _lines.Add([.. lines.Select(line => line with { SourceSequence = line.SourceSequence ?? _sequence++ })]);

    /// <summary>
    /// The job does not wait for its row; the next change says the same and more, and the end is waited for.
    /// </summary>
    private void Record(Task<CatalogAnswer<Recorded>> written) => written.ContinueWith(
        done =>
        {
            if (done.IsFaulted) _log.Error(done.Exception, "News of job {0} could not be recorded.", _job);
            else if (!done.Result.Is(out _, out var failure))
                _log.Warning("News of job {0} could not be recorded: {1}", _job, CatalogFailureText.Sentence(failure));
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
