using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>Jobs with their epochs, logs and exceptions.</summary>
public sealed class JobTable
{
    /// <summary>As in the partial index of jobs that have not ended: a parameter would not find it.</summary>
    internal static readonly string Unended = $"phase < {(int)JobPhase.Ended}";

    /// <summary>By +id: SQLite would read all jobs in the order of id rather than sort the few.</summary>
    internal static readonly string UnendedFirst = $"{JobRow.Select} WHERE {Unended} ORDER BY +id LIMIT @Max";

    private readonly CatalogDatabase _database;

    internal JobTable(CatalogDatabase database) => _database = database;

    /// <summary>Records a job, or finds the one that this request made before.</summary>
    /// <param name="job">The job.</param>
    /// <returns>The job as recorded: the caller sees by its number and time whether it is new.</returns>
    public CatalogAnswer<JobRecord> Create(NewJob job) => _database.Write<JobRecord>(transaction =>
    {
        if (FindByRequest(transaction, job.Request) is { } before) return before;
        var number = transaction.Number(
            "UPDATE counter SET value = value + 1 WHERE name = 'job' RETURNING value")!.Value;
        transaction.Execute(JobRow.Insert, JobRow.Of(new JobId(number), job));
        return FindByRequest(transaction, job.Request)!;
    });

    /// <summary>
    /// Records the job of a policy unless those that have not ended speak against it; nobody else records one in
    /// between.
    /// </summary>
    /// <param name="job">The job of a policy.</param>
    /// <param name="mayBe">Whether it may be beside jobs of the same kind, policy and client that have not ended. Is
    /// asked again when the database lets the work be repeated.</param>
    public CatalogAnswer<JobCreation> Create(NewJob job, Func<IReadOnlyList<JobRecord>, bool> mayBe) =>
        _database.Write<JobCreation>(transaction =>
        {
            // Whoever records a job waits here for this one's end.
            transaction.Execute("UPDATE counter SET value = value WHERE name = 'job'");
            var before = FindByRequest(transaction, job.Request);
            IReadOnlyList<JobRecord> others = transaction.Query<JobRow>(
                $"{JobRow.Select} WHERE {Unended} AND kind = @Kind AND client = @Client AND policy = @Policy "
                    + "AND id < @Before ORDER BY id",
                new
                {
                    Kind = (int)job.Kind,
                    Client = Columns.Of(job.Client.Value),
                    Policy = Columns.OfOptional(job.Policy?.Value),
                    Before = before?.Job.Value ?? long.MaxValue,
                }).ConvertAll(row => row.ToRecord());
            if (before is not null || !mayBe(others)) return new JobCreation(before, others);
            var number = transaction.Number(
                "UPDATE counter SET value = value + 1 WHERE name = 'job' RETURNING value")!.Value;
            transaction.Execute(JobRow.Insert, JobRow.Of(new JobId(number), job));
            return new JobCreation(FindByRequest(transaction, job.Request)!, others);
        });

    /// <summary>Changes a job's record. An ended job does not change any more.</summary>
    /// <param name="job">The job.</param>
    /// <param name="epoch">The epoch of the attempt that says so; 0 before the first attempt.</param>
    /// <param name="update">What changes.</param>
    /// <returns>Recorded; or unknown, older epoch, or a contradiction when it ended with another outcome.</returns>
    public CatalogAnswer<Recorded> Update(
        JobId job, Epoch epoch, JobUpdate update) => _database.Write<Recorded>(transaction =>
    {
        if ((update.Phase == JobPhase.Ended) != update.Outcome.HasValue)
            throw new ArgumentException("A job has an outcome when it has ended, and only then.", nameof(update));
        if (Fence(transaction, job, epoch) is { } refused) return refused;
        var now = Find(transaction, job)!;
        if (now.Phase == JobPhase.Ended)
        {
            return update.Outcome == now.Outcome
                ? Recorded.Before
                : new CatalogFailure.Contradiction($"job {job}", $"ended, {now.Outcome}",
                    $"{update.Phase}, {update.Outcome}");
        }
        transaction.Execute(JobRow.Update, JobRow.Of(now, update));
        return Recorded.Now;
    });

    /// <summary>Takes the next epoch of a job, if nobody took it since: one conditional update.</summary>
    /// <param name="job">The job.</param>
    /// <param name="expected">The epoch that the caller believes to be the newest; 0 before the first.</param>
    /// <returns>The new epoch; or older epoch with the current one, with which a rightful caller tries again.</returns>
    public CatalogAnswer<Epoch> TakeEpoch(JobId job, Epoch expected) => _database.Write<Epoch>(transaction =>
    {
        var taken = transaction.Number(
            "UPDATE job SET epoch = epoch + 1 WHERE id = @Job AND epoch = @Expected RETURNING epoch",
            new { Job = job.Value, Expected = expected.Value });
        if (taken is { } epoch) return new Epoch(epoch);
        return CurrentEpoch(transaction, job) is { } current
            ? new CatalogFailure.OlderEpoch($"job {job}", expected, current)
            : new CatalogFailure.Unknown($"job {job}");
    });

    /// <summary>One job.</summary>
    /// <param name="job">Its number.</param>
    /// <returns>The job; or unknown.</returns>
    public CatalogAnswer<JobRecord> Get(JobId job) => _database.Read<JobRecord>(transaction =>
        Find(transaction, job) is { } found ? found : new CatalogFailure.Unknown($"job {job}"));

    /// <summary>The jobs that requests made; of a request that made none there is nothing.</summary>
    /// <param name="requests">Their ids.</param>
    public CatalogAnswer<IReadOnlyList<JobRecord>> MadeBy(IReadOnlyList<RequestId> requests) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<JobRecord>>.Of(
            [.. requests.Select(request => FindByRequest(transaction, request)).OfType<JobRecord>()]));

    /// <summary>Jobs, newest first.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="countMax">Most jobs in the answer.</param>
    public CatalogAnswer<IReadOnlyList<JobRecord>> List(JobFilter filter, int countMax) =>
        _database.Read(transaction =>
        {
            var where = new Conditions()
                .And("kind = @Kind", filter.Kind is not null)
                .And("phase = @Ended", filter.Ended is true)
                .And(Unended, filter.Ended is false)
                .And("outcome = @Outcome", filter.Outcome is not null)
                .And("client = @Client", filter.Client is not null)
                .And("policy = @Policy", filter.Policy is not null)
                .And("id < @Before", filter.Before is not null);
            return CatalogAnswer<IReadOnlyList<JobRecord>>.Of(transaction.Query<JobRow>(
                $"{JobRow.Select}{where} ORDER BY {(filter.Ended is false ? "+id" : "id")} DESC LIMIT @Max",
                new
                {
                    Kind = (int?)filter.Kind,
                    Ended = (int)JobPhase.Ended,
                    Outcome = (int?)filter.Outcome,
                    Client = Columns.OfOptional(filter.Client?.Value),
                    Policy = Columns.OfOptional(filter.Policy?.Value),
                    Before = filter.Before?.Value,
                    Max = countMax,
                }).ConvertAll(row => row.ToRecord()));
        });

    /// <summary>
    /// The newest job of a policy and client that was done, or has not ended. What a user chose by paths does not
    /// count.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="client">The client.</param>
    /// <param name="kind">What it does.</param>
    /// <param name="levelMax">Of this level or a lower one, 0 to 9. One that has not begun may not know its level yet,
    /// and counts as 0.</param>
    /// <returns>One, or none.</returns>
    public CatalogAnswer<IReadOnlyList<JobRecord>> Newest(
        PolicyName policy, ClientName client, JobKind kind, int levelMax) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<JobRecord>>.Of(transaction.Query<JobRow>(
            $"{JobRow.Select} WHERE policy = @Policy AND client = @Client AND kind = @Kind AND level <= @LevelMax "
            + $"AND (outcome IS NULL OR outcome IN ({(int)JobOutcome.Complete}, "
            + $"{(int)JobOutcome.CompleteWithExceptions})) AND (file_set IS NULL OR file_set NOT LIKE '%:chosen') "
            + "ORDER BY id DESC LIMIT 1",
            new
            {
                Policy = Columns.Of(policy.Value),
                Client = Columns.Of(client.Value),
                Kind = (int)kind,
                LevelMax = levelMax,
            }).ConvertAll(row => row.ToRecord())));

    /// <summary>Jobs that have not ended, oldest first: all are what a starting node takes up.</summary>
    /// <param name="countMax">Most jobs in the answer.</param>
    public CatalogAnswer<IReadOnlyList<JobRecord>> Unfinished(int countMax = int.MaxValue) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<JobRecord>>.Of(transaction.Query<JobRow>(
            UnendedFirst, new { Max = countMax })
            .ConvertAll(row => row.ToRecord())));

    /// <summary>
    /// When jobs ended last, of the newest that have: two moments and no rows, since it is asked every few seconds.
    /// </summary>
    /// <param name="own">The policy whose backups are told apart; null: of none.</param>
    /// <param name="without">Kinds of others that do not count.</param>
    /// <param name="until">Others that ended later do not count.</param>
    /// <param name="countMax">How many of the newest are looked at.</param>
    /// <returns>Of the policy's own backups, and of the jobs of others; null: none has.</returns>
    public CatalogAnswer<(DateTimeOffset? Own, DateTimeOffset? Others)> Ends(
        PolicyName? own, IReadOnlyList<JobKind> without, DateTimeOffset until, int countMax) => _database.Read(
        transaction =>
        {
            var found = transaction.One<EndsRow>(
                "SELECT "
                + (own is null ? "NULL" : "MAX(CASE WHEN policy = @Own AND kind = @Backup THEN ended_at END)")
                + " AS Own, MAX(CASE WHEN "
                + (own is null ? "" : "(policy IS NULL OR policy <> @Own) AND ") + "ended_at <= @Until "
                + $"AND kind NOT IN ({string.Join(", ", without.Select(kind => (int)kind))}) THEN ended_at END) "
                + "AS Others FROM (SELECT policy, kind, ended_at FROM job WHERE phase = @Ended "
                + "ORDER BY id DESC LIMIT @Max) newest",
                new
                {
                    Own = Columns.OfOptional(own?.Value),
                    Backup = (int)JobKind.Backup,
                    Until = Columns.Of(until),
                    Ended = (int)JobPhase.Ended,
                    Max = countMax,
                });
            return CatalogAnswer<(DateTimeOffset? Own, DateTimeOffset? Others)>.Of(
                (Columns.OptionalTime(found?.Own), Columns.OptionalTime(found?.Others)));
        });

    private sealed class EndsRow
    {
        public long? Own { get; set; }

        public long? Others { get; set; }
    }

    /// <summary>How many jobs have not ended.</summary>
    public CatalogAnswer<int> UnfinishedCount() => _database.Read(transaction => CatalogAnswer<int>.Of(
        (int)transaction.Number($"SELECT count(*) FROM job WHERE {Unended}")!.Value));

    /// <summary>
    /// Adds lines to a job's log; those of a source's sequence that are there already are passed over.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="lines">In order.</param>
    /// <returns>Now when at least one line was new; or unknown.</returns>
    public CatalogAnswer<Recorded> AppendLog(JobId job, IReadOnlyList<JobLogLine> lines)
    {
        // Kept over the runs of the work: a commit whose answer was lost is found again, not repeated.
        var numbers = new long?[lines.Count];
        return _database.Write<Recorded>(transaction =>
        {
            if (CurrentEpoch(transaction, job) is null) return new CatalogFailure.Unknown($"job {job}");
            for (var i = 0; i < lines.Count; i++)
                numbers[i] = LogRow.Of(job, lines[i]).Add(transaction, numbers[i]);
            return numbers.Any(number => number is not null) ? Recorded.Now : Recorded.Before;
        });
    }

    /// <summary>A job's log.</summary>
    /// <param name="job">The job.</param>
    /// <param name="after">Only lines with a greater sequence; 0: from the beginning.</param>
    /// <param name="countMax">Most lines in the answer.</param>
    public CatalogAnswer<IReadOnlyList<JobLogEntry>> Log(
        JobId job, long after, int countMax) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<JobLogEntry>>.Of(transaction.Query<LogRow>(
            $"{LogRow.Select} WHERE job = @Job AND seq > @After ORDER BY seq LIMIT @Max",
            new { Job = job.Value, After = after, Max = countMax }).ConvertAll(row => row.ToEntry())));

    /// <summary>The last lines of a job's log, oldest first.</summary>
    /// <param name="job">The job.</param>
    /// <param name="countMax">Most lines in the answer.</param>
    public CatalogAnswer<IReadOnlyList<JobLogEntry>> LastOfLog(JobId job, int countMax) => _database.Read(
        transaction => CatalogAnswer<IReadOnlyList<JobLogEntry>>.Of(
        [
            .. transaction.Query<LogRow>(
                $"{LogRow.Select} WHERE job = @Job ORDER BY seq DESC LIMIT @Max",
                new { Job = job.Value, Max = countMax }).ConvertAll(row => row.ToEntry()).AsEnumerable().Reverse(),
        ]));

    /// <summary>
    /// Records exceptions that come with a job and not with a fragment (restore, verify). Repeats are passed over.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="first">The sequence of the first of them, 0 or more; gaps may be.</param>
    /// <param name="exceptions">In order.</param>
    /// <returns>Now when at least one was new; or unknown.</returns>
    public CatalogAnswer<Recorded> AddExceptions(JobId job, long first, IReadOnlyList<FileException> exceptions) =>
        _database.Write<Recorded>(transaction =>
        {
            if (CurrentEpoch(transaction, job) is null) return new CatalogFailure.Unknown($"job {job}");
            return ExceptionRow.Add(transaction, job, null, -1, first, exceptions) > 0 ? Recorded.Now : Recorded.Before;
        });

    /// <summary>
    /// Removes exceptions that came with a job and not with a fragment: a new attempt does all anew, and names its
    /// own.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="before">Only those with a smaller sequence.</param>
    /// <returns>Now when there were any.</returns>
    public CatalogAnswer<Recorded> ClearExceptions(JobId job, long before) => _database.Write<Recorded>(transaction =>
        transaction.Execute(
            "DELETE FROM item_exception WHERE job = @Job AND fragment = -1 AND seq < @Before",
            new { Job = job.Value, Before = before }) > 0
            ? Recorded.Now : Recorded.Before);

    /// <summary>How many exceptions of each kind there are; kinds without any are left out.</summary>
    /// <param name="job">The job.</param>
    /// <param name="image">Those that came with its fragments; null: those that came with the job.</param>
    public CatalogAnswer<IReadOnlyDictionary<FileExceptionKind, long>> ExceptionTally(JobId job, ImageId? image) =>
        _database.Read(transaction => CatalogAnswer<IReadOnlyDictionary<FileExceptionKind, long>>.Of(
            transaction.Query<KindRow>(
                "SELECT kind AS Kind, count(*) AS Count FROM item_exception WHERE job = @Job AND image = @Image "
                + "GROUP BY kind ORDER BY kind",
                new { Job = job.Value, Image = Columns.Of(image) ?? [] })
                .ToDictionary(row => (FileExceptionKind)row.Kind, row => row.Count)));

    /// <summary>A job's exceptions, those of its images too.</summary>
    /// <param name="job">The job.</param>
    /// <param name="after">The last one of the page before; null: from the beginning.</param>
    /// <param name="countMax">Most exceptions in the answer.</param>
    public CatalogAnswer<IReadOnlyList<RecordedException>> Exceptions(
        JobId job, RecordedException? after, int countMax) =>
        _database.Read(transaction => CatalogAnswer<IReadOnlyList<RecordedException>>.Of(
            transaction.Query<ExceptionRow>(ExceptionRow.Page, ExceptionRow.PageOf(job, after, countMax))
                .ConvertAll(row => row.ToRecord())));

    /// <summary>
    /// The refusal of an epoch that is older than the job's; a newer one is taken over, since the catalog may be an old
    /// copy.
    /// </summary>
    internal static CatalogFailure? Fence(CatalogTransaction transaction, JobId job, Epoch epoch)
    {
        if (CurrentEpoch(transaction, job) is not { } current) return new CatalogFailure.Unknown($"job {job}");
        if (epoch.Value < current.Value) return new CatalogFailure.OlderEpoch($"job {job}", epoch, current);
        if (epoch.Value > current.Value)
            transaction.Execute("UPDATE job SET epoch = @Epoch WHERE id = @Job",
                new { Job = job.Value, Epoch = epoch.Value });
        return null;
    }

    /// <summary>A job that only the media know of: its number is not given again.</summary>
    internal static void AddScanned(CatalogTransaction transaction, NewImage image)
    {
        if (CurrentEpoch(transaction, image.Job) is not null) return;
        transaction.Execute(
            "UPDATE counter SET value = @Job WHERE name = 'job' AND value < @Job", new { Job = image.Job.Value });
        transaction.Execute(JobRow.Insert, JobRow.Of(
            image.Job,
            new NewJob(
                new RequestId($"scanned-{image.Image}"), JobKind.Backup, image.Client, image.Since, image.Policy,
                image.FileSet,
                image.Level, image.Image)));
        transaction.Execute(
            "UPDATE job SET phase = @Ended, outcome = @Incomplete, started_at = created_at, attempts = 1 WHERE id = "
            + "@Job",
            new { Ended = (int)JobPhase.Ended, Incomplete = (int)JobOutcome.Incomplete, Job = image.Job.Value });
    }

    /// <summary>The seal of a scanned image tells how the job that only the media know of ended.</summary>
    internal static void EndScanned(
        CatalogTransaction transaction, NewImage image, ImageSeal seal) => transaction.Execute(
        "UPDATE job SET outcome = @Outcome, ended_at = @At, files = @Files, bytes_read = @BytesRead, "
        + "bytes_stored = @BytesStored, exceptions = @Exceptions WHERE id = @Job AND request = @Request",
        new
        {
            Outcome = (int)seal.Outcome,
            At = Columns.Of(seal.At),
            seal.Counts.Files,
            seal.Counts.BytesRead,
            seal.Counts.BytesStored,
            seal.Counts.Exceptions,
            Job = image.Job.Value,
            Request = $"scanned-{image.Image}",
        });

    internal static JobRecord? Find(CatalogTransaction transaction, JobId job) =>
        transaction.One<JobRow>(
            $"{JobRow.Select} WHERE id = @Job{transaction.Hold}", new { Job = job.Value })?.ToRecord();

    private static Epoch? CurrentEpoch(CatalogTransaction transaction, JobId job) =>
        transaction.Number(
            $"SELECT epoch FROM job WHERE id = @Job{transaction.Hold}", new { Job = job.Value }) is { } epoch
            ? new Epoch(epoch)
            : null;

    private static JobRecord? FindByRequest(CatalogTransaction transaction, RequestId request) =>
        transaction.One<JobRow>($"{JobRow.Select} WHERE request = @Request",
            new { Request = Columns.Of(request.Value) })?.ToRecord();

    private sealed class KindRow
    {
        public long Kind { get; set; }

        public long Count { get; set; }
    }
}
