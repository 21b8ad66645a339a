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

    /// <summary>The content in a canonical text.</summary>
    public CatalogDump Dump { get; }

    /// <summary>Where the database is.</summary>
    public string Place => _database.Place;

    /// <summary>Bytes that it takes on disk.</summary>
    public CatalogAnswer<long> SizeBytes() => _database.SizeBytes();

    /// <summary>Reads all of the database and compares its structures; takes as long as reading the file.</summary>
    /// <returns><see cref="Recorded.Before"/>, or the failure <see cref="CatalogFailure.Corrupt"/>.</returns>
    public CatalogAnswer<Recorded> Check() => _database.Check();

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();
}
