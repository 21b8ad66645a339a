using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What the catalog knows of copies that were promised. A promise stands in the definition of the job that made the
/// image, and nowhere else; what is kept of it follows from the copies that there are.
/// </summary>
public sealed class PromiseTable
{
    /// <summary>How the JSON of a definition with a promise looks: within a text the quotes would be escaped.</summary>
    private const string Promise = "%\"CopyTo\":%";

    private readonly CatalogDatabase _database;

    internal PromiseTable(CatalogDatabase database) => _database = database;

    /// <summary>Whether a definition may hold a promise: it is read only then.</summary>
    /// <param name="parameters">The JSON of a job's definition.</param>
    public static bool MayBeIn(string parameters) => parameters.Contains(Promise.Trim('%'), StringComparison.Ordinal);

    /// <summary>
    /// The sealed images that stay and were made with a promise, oldest job first. Of a merged image the promise is
    /// that of the newest one that it was made of.
    /// </summary>
    /// <param name="image">Only this one; null: all.</param>
    public CatalogAnswer<IReadOnlyList<PromisedImage>> Images(ImageId? image = null) => _database.Read(transaction =>
    {
        var of = image is null ? "" : " AND i.id = @Image";
        var parameters = new
        {
            Image = Columns.Of(image),
            Promise,
            Disabled = (int)VolumeState.Disabled,
        };
        var rows = transaction.Query<Row>(
            "SELECT i.id AS Image, i.job AS Job, i.fragments AS Fragments, j.parameters AS Parameters "
            + "FROM image i LEFT JOIN image m ON m.id = i.merged_from JOIN job j ON j.id = COALESCE(m.job, i.job) "
            + $"WHERE i.state = 2 AND i.condemned_at IS NULL AND j.parameters LIKE @Promise{of} ORDER BY i.job",
            parameters);
        if (rows.Count == 0) return CatalogAnswer<IReadOnlyList<PromisedImage>>.Of([]);
        var there = transaction.Query<Row>(
            "SELECT u.image AS Image, v.pool AS Pool, COUNT(DISTINCT u.fragment) AS Fragments FROM fragment_copy u "
            + "JOIN volume v ON v.name = u.index_volume WHERE u.state = 1 AND v.state <> @Disabled"
            + $"{(image is null ? "" : " AND u.image = @Image")} GROUP BY u.image, v.pool",
            parameters).ToLookup(row => Columns.Image(row.Image));
        return CatalogAnswer<IReadOnlyList<PromisedImage>>.Of([.. rows.Select(row => new PromisedImage(
            Columns.Image(row.Image), new JobId(row.Job), row.Parameters, (int)row.Fragments,
            there[Columns.Image(row.Image)].Where(pool => pool.Pool is { Length: > 0 })
                .ToDictionary(pool => new PoolName(pool.Pool!), pool => (int)pool.Fragments)))]);
    });

    /// <summary>The definitions of all migrations that were done: what left a pool is promised there no more.</summary>
    public CatalogAnswer<IReadOnlyList<string>> Migrations() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<string>>.Of(transaction.Query<Row>(
            "SELECT parameters AS Parameters FROM job WHERE phase = @Ended AND kind = @Kind AND outcome = @Outcome "
            + "ORDER BY id",
            new { Ended = (int)JobPhase.Ended, Kind = (int)JobKind.Migrate, Outcome = (int)JobOutcome.Complete })
            .ConvertAll(row => row.Parameters)));

    /// <summary>
    /// Another value when there may be other images, copies or volumes than before. What is no work of a job is seen of
    /// volumes alone.
    /// </summary>
    public CatalogAnswer<CopyStamp> Stamp() => _database.Read(transaction =>
    {
        var hash = new HashCode();
        foreach (var volume in transaction.Query<Row>(
            "SELECT name AS Parameters, pool AS Pool, state AS Fragments FROM volume ORDER BY name"))
            hash.Add((volume.Parameters, volume.Pool, volume.Fragments));
        return CatalogAnswer<CopyStamp>.Of(new CopyStamp(
            transaction.Number("SELECT value FROM counter WHERE name = 'job'") ?? 0,
            transaction.Number($"SELECT COUNT(*) FROM job WHERE {JobTable.Unended}") ?? 0,
            transaction.Number("SELECT COUNT(*) FROM image WHERE state = 2") ?? 0,
            hash.ToHashCode()));
    });

    private sealed class Row
    {
        public byte[] Image { get; set; } = [];

        public long Job { get; set; }

        public long Fragments { get; set; }

        public string? Pool { get; set; }

        public string Parameters { get; set; } = "";
    }
}

/// <summary>A sealed image of which copies were promised.</summary>
/// <param name="Image">The image.</param>
/// <param name="Job">The job that made it.</param>
/// <param name="Parameters">The definition with the promise.</param>
/// <param name="Fragments">How many fragments it has.</param>
/// <param name="InPools">How many of them have a good copy in a pool, on a volume that is not disabled.</param>
public sealed record PromisedImage(
    ImageId Image, JobId Job, string Parameters, int Fragments, IReadOnlyDictionary<PoolName, int> InPools);

/// <summary>What tells two moments of the catalog apart, as far as copies are concerned.</summary>
/// <param name="Jobs">The newest job.</param>
/// <param name="Unended">How many jobs have not ended.</param>
/// <param name="Sealed">How many images are sealed.</param>
/// <param name="Volumes">A digest of the volumes and their states, good within one process.</param>
public readonly record struct CopyStamp(long Jobs, long Unended, long Sealed, int Volumes);
