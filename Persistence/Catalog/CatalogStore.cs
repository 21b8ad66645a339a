namespace Backup.Persistence.Catalog;

/// <summary>
/// Where jobs, images, fragments, volumes and file indexes are found again. All calls block, may come from any thread,
/// and are idempotent: what was lost on the way is called again. Not for an actor's own thread: run them on one that
/// may wait.
/// </summary>
public sealed class CatalogStore : IDisposable
{
    private readonly CatalogDatabase _database;

    internal CatalogStore(CatalogDatabase database, TimeProvider clock)
    {
        _database = database;
        Jobs = new JobTable(database);
        Images = new ImageTable(database);
        Manifests = new ManifestTable(database, clock);
        Volumes = new VolumeTable(database);
        Retention = new RetentionTable(database);
        Schedules = new ScheduleTable(database);
        PlanOrders = new PlanOrderTable(database);
        Copies = new CopyTable(database);
        Expiry = new CopyExpiryTable(database);
        Promises = new PromiseTable(database);
        Vault = new VaultTable(database);
        States = new StateTable(database, clock);
        Dump = new CatalogDump(database);
    }

    /// <summary>Jobs, their epochs, logs and exceptions.</summary>
    public JobTable Jobs { get; }

    /// <summary>Images, fragments and parts.</summary>
    public ImageTable Images { get; }

    /// <summary>The lists of files of images.</summary>
    public ManifestTable Manifests { get; }

    /// <summary>Volumes and pools.</summary>
    public VolumeTable Volumes { get; }

    /// <summary>Which images are to go, and what keeps them.</summary>
    public RetentionTable Retention { get; }

    /// <summary>What schedules have started.</summary>
    public ScheduleTable Schedules { get; }

    /// <summary>What an operator ordered of the planner.</summary>
    public PlanOrderTable PlanOrders { get; }

    /// <summary>The copies of fragments.</summary>
    public CopyTable Copies { get; }

    /// <summary>Copies that go by the retention of their pools.</summary>
    public CopyExpiryTable Expiry { get; }

    /// <summary>Copies that were promised.</summary>
    public PromiseTable Promises { get; }

    /// <summary>Where volumes were taken to.</summary>
    public VaultTable Vault { get; }

    /// <summary>Recorded states of clients' disks.</summary>
    public StateTable States { get; }

    /// <summary>The content in a canonical text.</summary>
    public CatalogDump Dump { get; }

    /// <summary>Where the database is.</summary>
    public string Place => _database.Place;

    /// <summary>Bytes that it takes on disk.</summary>
    public CatalogAnswer<long> SizeBytes() => _database.SizeBytes();

    /// <summary>
    /// Commits a small write of no meaning: what is wrong with the disk, the server or the rights to it shows here as
    /// in any other write.
    /// </summary>
    /// <returns><see cref="Recorded.Now"/>, or why nothing can be written.</returns>
    public CatalogAnswer<Recorded> TryWrite() => _database.Write<Recorded>(transaction =>
    {
        // Another value each time: a database need not write the same one again.
        transaction.Execute("INSERT INTO counter (name, value) VALUES ('probe', 1) "
            + "ON CONFLICT (name) DO UPDATE SET value = counter.value + 1");
        return Recorded.Now;
    });

    /// <summary>Reads all of the database and compares its structures; takes as long as reading the file.</summary>
    /// <returns><see cref="Recorded.Before"/>, or the failure <see cref="CatalogFailure.Corrupt"/>.</returns>
    public CatalogAnswer<Recorded> Check() => _database.Check();

    /// <summary>
    /// Writes all of the catalog, as it is at one moment, to a new file: a SQLite catalog of its own, whatever keeps
    /// this one. Others read and write meanwhile.
    /// </summary>
    /// <param name="file">A file that does not exist; durable when this returns, its directory's entry not.</param>
    /// <returns><see cref="Recorded.Now"/>, or why it cannot be read or written.</returns>
    public CatalogAnswer<Recorded> CopyTo(string file) => _database.CopyTo(file);

    /// <summary>Takes over all of a copy, in one transaction.</summary>
    /// <param name="file">What <see cref="CopyTo"/> wrote, opened since by this version or a newer one.</param>
    /// <returns><see cref="Recorded.Now"/>; or a contradiction when this catalog has jobs or images.</returns>
    public CatalogAnswer<Recorded> TakeOver(string file) => CatalogTransfer.Take(file, _database);

    /// <summary>
    /// Ends what was at work when a copy was made, so that nobody goes on with it: jobs are cancelled, images lack what
    /// was written since, and the numbers of jobs begin where none was given since.
    /// </summary>
    /// <param name="now">The moment.</param>
    /// <returns>How many jobs were ended.</returns>
    public CatalogAnswer<int> Settle(DateTimeOffset now) => CatalogTransfer.Settle(_database, now);

    /// <summary>Compares the catalog's rows with each other; takes as long as reading most of it.</summary>
    /// <param name="repair">Mend what loses nothing.</param>
    public CatalogAnswer<IReadOnlyList<ExaminationFinding>> Examine(bool repair) =>
        CatalogExamination.Run(_database, repair);

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
