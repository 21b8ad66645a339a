using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What images have in pools that keep what lies in them by rules of their own. It goes in two steps, as images do: it
/// is condemned, which is taken back at any time; later it is taken out of use, by one transaction that asks everything
/// anew. What went is remembered as long as the image is there: nobody writes it there again by itself.
/// </summary>
public sealed class CopyExpiryTable
{
    private readonly CatalogDatabase _database;

    internal CopyExpiryTable(CatalogDatabase database) => _database = database;

    /// <summary>
    /// What sealed images have in pools, by library: how many fragments have a good copy there, on volumes that are
    /// neither in error nor disabled.
    /// </summary>
    /// <returns>By image, pool and library; also what has none that is well.</returns>
    public CatalogAnswer<IReadOnlyList<PooledFragments>> Pooled() => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<PooledFragments>>.Of(transaction.Query<Row>(
            "SELECT c.image AS Image, v.pool AS Pool, v.library AS Library, "
            + "COUNT(DISTINCT CASE WHEN hurt.image IS NULL THEN c.fragment END) AS Number FROM fragment_copy c "
            + "JOIN image i ON i.id = c.image JOIN volume v ON v.name = c.index_volume "
            + "LEFT JOIN (SELECT u.image, u.fragment, u.copy FROM volume_use u JOIN volume w ON w.name = u.volume "
            + "WHERE w.state IN (@Error, @Disabled) "
            + "UNION SELECT d.image, d.fragment, d.copy FROM fragment_copy d WHERE d.state = 2) hurt "
            + "ON hurt.image = c.image AND hurt.fragment = c.fragment AND hurt.copy = c.copy "
            + "WHERE i.state = 2 GROUP BY c.image, v.pool, v.library ORDER BY c.image, v.pool, v.library",
            new { Error = (int)VolumeState.Error, Disabled = (int)VolumeState.Disabled })
            .ConvertAll(row => new PooledFragments(
                Columns.Image(row.Image), new PoolName(row.Pool), new LibraryName(row.Library), (int)row.Number))));

    /// <summary>What is condemned, and what went, by image and pool.</summary>
    /// <param name="image">Of this image; null: of all.</param>
    public CatalogAnswer<IReadOnlyList<CopyExpiry>> List(ImageId? image = null) => _database.Read(transaction =>
        CatalogAnswer<IReadOnlyList<CopyExpiry>>.Of(transaction.Query<Row>(
            "SELECT image AS Image, pool AS Pool, condemned_at AS Number, expired_at AS ExpiredAt FROM copy_expiry"
            + $"{new Conditions().And("image = @Image", image is not null)} ORDER BY image, pool",
            new { Image = Columns.Of(image) })
            .ConvertAll(row => new CopyExpiry(
                new CopyInPool(Columns.Image(row.Image), new PoolName(row.Pool)), Columns.Time(row.Number),
                row.ExpiredAt is { } at ? Columns.Time(at) : null))));

    /// <summary>Condemns what is not: what is, keeps its moment; what went, and is there again, begins anew.</summary>
    /// <param name="copies">Of sealed images; others are passed over.</param>
    /// <param name="at">Now.</param>
    /// <returns>How many are condemned now that were not before.</returns>
    public CatalogAnswer<int> Condemn(IReadOnlyList<CopyInPool> copies, DateTimeOffset at) => _database.Write<int>(
        transaction => copies.Sum(copy => transaction.Execute(
            "INSERT INTO copy_expiry (image, pool, condemned_at) "
            + "SELECT id, @Pool, @At FROM image WHERE id = @Image AND state = 2 "
            + "ON CONFLICT (image, pool) DO UPDATE SET condemned_at = excluded.condemned_at, expired_at = NULL "
            + "WHERE copy_expiry.expired_at IS NOT NULL",
            new { Image = Columns.Of(copy.Image), Pool = Columns.Of(copy.Pool.Value), At = Columns.Of(at) })));

    /// <summary>Takes condemnations back.</summary>
    /// <param name="copies">Which.</param>
    /// <returns>How many were condemned.</returns>
    public CatalogAnswer<int> Reprieve(IReadOnlyList<CopyInPool> copies) => _database.Write<int>(
        transaction => copies.Sum(copy => transaction.Execute(
            "DELETE FROM copy_expiry WHERE image = @Image AND pool = @Pool AND expired_at IS NULL",
            new { Image = Columns.Of(copy.Image), Pool = Columns.Of(copy.Pool.Value) })));

    /// <summary>
    /// Takes what an image has in a pool out of use, in one transaction, in which everything that speaks against it is
    /// asked anew: all of it, or nothing is changed. What stays can be restored, by itself and with its chain.
    /// </summary>
    /// <param name="copy">What.</param>
    /// <param name="condemnedBefore">Only when it was condemned before this moment.</param>
    /// <param name="now">Now.</param>
    /// <param name="usedBy">The images that unfinished jobs read or build on. May be asked again.</param>
    /// <returns>What came of it; or unknown image.</returns>
    public CatalogAnswer<PurgeOutcome> Expire(
        CopyInPool copy, DateTimeOffset condemnedBefore, DateTimeOffset now,
        Func<IReadOnlyList<JobRecord>, IReadOnlyDictionary<ImageId, JobId>> usedBy) =>
        _database.WriteLong<PurgeOutcome>(transaction =>
        {
            // Whoever records a job waits here for this one's end, or is seen below.
            transaction.Execute("UPDATE counter SET value = value WHERE name = 'job'");
            if (ImageTable.Find(transaction, copy.Image) is not { } image)
                return new CatalogFailure.Unknown($"image {copy.Image}");
            if (WhyNot(transaction, image, copy.Pool, condemnedBefore, usedBy) is { } why)
                return new PurgeOutcome(why, 0);
            var left = CopyRetiring.Leave(transaction, copy.Image, copy.Pool);
            if (left.Why is null)
                transaction.Execute(
                    "UPDATE copy_expiry SET expired_at = @Now WHERE image = @Image AND pool = @Pool",
                    new
                    {
                        Image = Columns.Of(copy.Image),
                        Pool = Columns.Of(copy.Pool.Value),
                        Now = Columns.Of(now),
                    });
            return left;
        });

    /// <summary>What is said of an image holds for all that there is of it: nothing of it is condemned.</summary>
    internal static void ReprieveAll(CatalogTransaction transaction, ImageId image) => transaction.Execute(
        "DELETE FROM copy_expiry WHERE image = @Image AND expired_at IS NULL", new { Image = Columns.Of(image) });

    /// <summary>The image is gone.</summary>
    internal static void Forget(CatalogTransaction transaction, ImageId image) => transaction.Execute(
        "DELETE FROM copy_expiry WHERE image = @Image", new { Image = Columns.Of(image) });

    private static string? WhyNot(
        CatalogTransaction transaction, ImageRecord image, PoolName pool, DateTimeOffset condemnedBefore,
        Func<IReadOnlyList<JobRecord>, IReadOnlyDictionary<ImageId, JobId>> usedBy)
    {
        var key = new { Image = Columns.Of(image.Opened.Image), Pool = Columns.Of(pool.Value) };
        if (image.State != ImageState.Sealed) return "its image is not sealed";
        var since = transaction.Number(
            "SELECT condemned_at FROM copy_expiry WHERE image = @Image AND pool = @Pool AND expired_at IS NULL", key);
        if (since is not { } at) return "it is not condemned any more";
        if (Columns.Time(at) > condemnedBefore) return "its time has not come";
        if (transaction.Number("SELECT COUNT(*) FROM image_mark WHERE image = @Image AND kind < 3", key) > 0)
            return "somebody holds it";
        var jobs = transaction.Query<JobRow>($"{JobRow.Select} WHERE {JobTable.Unended}")
            .ConvertAll(row => row.ToRecord());
        if (usedBy(jobs).TryGetValue(image.Opened.Image, out var job)) return $"job {job} uses it";
        // What is made on it now needs it where it is
        if (jobs.Find(other => other.Kind == JobKind.Backup
            && (other.Client, other.FileSet) == (image.Opened.Client, image.Opened.FileSet)) is { } begun)
            return $"job {begun.Job} may build on it";
        return jobs.Exists(other => other.Kind == JobKind.Scan) ? "a scan is at work" : null;
    }

    private sealed class Row
    {
        public byte[] Image { get; set; } = [];

        public string Pool { get; set; } = "";

        public string Library { get; set; } = "";

        public long Number { get; set; }

        public long? ExpiredAt { get; set; }
    }
}

/// <summary>All that an image has in a pool, under whichever numbers.</summary>
/// <param name="Image">The image.</param>
/// <param name="Pool">The pool.</param>
public readonly record struct CopyInPool(ImageId Image, PoolName Pool);

/// <summary>What an image has in one library of a pool.</summary>
/// <param name="Image">The image.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Library">The library.</param>
/// <param name="Well">How many of its fragments have a good copy there, on volumes that are well; 0 or more.</param>
public readonly record struct PooledFragments(ImageId Image, PoolName Pool, LibraryName Library, int Well);

/// <summary>What became of what an image has in a pool.</summary>
/// <param name="Copy">Which.</param>
/// <param name="CondemnedAt">Since when nothing keeps it.</param>
/// <param name="ExpiredAt">When it was taken out of use; null: it is still there.</param>
public readonly record struct CopyExpiry(CopyInPool Copy, DateTimeOffset CondemnedAt, DateTimeOffset? ExpiredAt);
