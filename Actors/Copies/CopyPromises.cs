using Backup.Actors.Gateway;
using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Copies;

/// <summary>
/// The copies that were promised with backups (<see cref="BackupSpec.CopyTo"/>): which of them are not there, and which
/// are to be made now. All calls block.
/// </summary>
/// <param name="store">The catalog.</param>
internal sealed class CopyPromises(CatalogStore store)
{
    /// <summary>Copies of one pool that jobs make at a time.</summary>
    public const int JobsMax = 50;

    private const int JobsLooked = 500;

    /// <summary>What is promised and not there, of each image of which something is.</summary>
    /// <param name="image">Only of this one; null: of all.</param>
    public CatalogAnswer<IReadOnlyDictionary<ImageId, IReadOnlyList<PendingCopy>>> Pending(ImageId? image = null)
    {
        var pending = new Dictionary<ImageId, IReadOnlyList<PendingCopy>>();
        if (!store.Promises.Images(image).Is(out var promised, out var failure)
            || !store.Expiry.List(image).Is(out var expired, out failure)) return failure;
        // A promise ends where the pool's own retention lets go what it was kept with
        var ended = expired.Select(each => each.Copy).ToHashSet();
        ILookup<ImageId, CopySpec>? moves = null;
        foreach (var each in promised)
        {
            if (JobSpecs.Read(each.Parameters) is not BackupSpec { CopyTo: { } all }) continue;
            var pools = all.Where(pool => !ended.Contains(new CopyInPool(each.Image, pool))).ToList();
            var lacking = Lacking(each, pools, []);
            if (lacking.Count > 0 && moves is null)
            {
                if (!store.Promises.Migrations().Is(out var rows, out failure)) return failure;
                moves = rows.Select(JobSpecs.Read).OfType<CopySpec>().ToLookup(move => move.Image);
            }
            if (lacking.Count > 0) lacking = Lacking(each, pools, [.. moves![each.Image]]);
            if (lacking.Count > 0) pending.Add(each.Image, lacking);
        }
        return pending;
    }

    /// <summary>What of a promise is not kept.</summary>
    /// <param name="image">The image, with what there is of it.</param>
    /// <param name="pools">Where copies are promised.</param>
    /// <param name="moves">The migrations of the image, oldest first: the promise goes with what they moved.</param>
    public static IReadOnlyList<PendingCopy> Lacking(
        PromisedImage image, IReadOnlyList<PoolName> pools, IReadOnlyList<CopySpec> moves)
    {
        var lacking = pools.Where(pool => !IsIn(pool)
            && !IsIn(moves.Aggregate(pool, (at, move) => move.Retires == at ? move.Pool : at))).ToList();
        var there = 1 + pools.Count - lacking.Count;
        return [.. lacking.Select((pool, at) => new PendingCopy(there + at + 1, pool))];

        bool IsIn(PoolName pool) => image.InPools.GetValueOrDefault(pool) >= image.Fragments;
    }

    /// <summary>
    /// The copies that are to be begun now, oldest image first: those that no job makes, whose last try did not fail
    /// just now, and for which their pool has room. A copy without a medium would hold a drive that backups need.
    /// </summary>
    /// <param name="care">What is configured.</param>
    /// <param name="now">The moment.</param>
    public CatalogAnswer<IReadOnlyList<PromisedCopy>> Due(CopyCare care, DateTimeOffset now)
    {
        if (!Pending().Is(out var pending, out var failure)) return failure;
        if (pending.Count == 0) return CatalogAnswer<IReadOnlyList<PromisedCopy>>.Of([]);
        if (!new CopyShelf(store).Pending().Is(out var underway, out failure)
            || !store.Jobs.List(new JobFilter(JobKind.Copy, Ended: true), JobsLooked).Is(out var ended, out failure))
            return failure;
        var failed = ended.Where(job => job is
        {
            Outcome: JobOutcome.Failed or JobOutcome.Incomplete or JobOutcome.Cancelled, EndedAt: { } at,
        } && now - at < care.RetryAfter)
            .Select(job => JobSpecs.Read(job.Parameters)).OfType<CopySpec>().ToList();
        var full = new HashSet<PoolName>();
        foreach (var shelf in care.Shelves)
        {
            if (!PoolRoom.Of(store, [shelf]).Is(out var room, out failure)) return failure;
            if (room <= 0) full.Add(shelf.Pool);
        }
        return CatalogAnswer<IReadOnlyList<PromisedCopy>>.Of(
            Chosen(pending, underway, failed, full.Contains));
    }

    /// <summary>The same of what is known. Where a try failed just now, the pool's others come one at a time.</summary>
    internal static IReadOnlyList<PromisedCopy> Chosen(
        IReadOnlyDictionary<ImageId, IReadOnlyList<PendingCopy>> pending, IReadOnlyList<CopySpec> underway,
        IReadOnlyList<CopySpec> failed, Func<PoolName, bool> isFull) =>
    [
        .. pending.SelectMany(image => image.Value.Select(copy => new PromisedCopy(image.Key, copy.Pool)))
            .Where(copy => !isFull(copy.Pool)
                && !underway.Concat(failed).Any(job => job.Image == copy.Image && job.Pool == copy.Pool))
            .GroupBy(copy => copy.Pool)
            .SelectMany(pool => pool.Take(Math.Max(
                0, (failed.Any(job => job.Pool == pool.Key) ? 1 : JobsMax)
                    - underway.Count(job => job.Pool == pool.Key)))),
    ];

    /// <summary>What waits for its copy, a sentence for each pool.</summary>
    public CatalogAnswer<IReadOnlyList<string>> Sentences() => !Pending().Is(out var pending, out var failure)
        ? failure
        : CatalogAnswer<IReadOnlyList<string>>.Of([.. pending.SelectMany(image => image.Value)
            .GroupBy(copy => copy.Pool).OrderBy(pool => pool.Key.Value, StringComparer.Ordinal)
            .Select(pool => $"{pool.Count()} {(pool.Count() == 1 ? "image has" : "images have")} no copy in pool "
                + $"{pool.Key} yet, where one is promised.")]);
}

/// <summary>A copy that is to be made.</summary>
/// <param name="Image">Of this image.</param>
/// <param name="Pool">In this pool.</param>
internal sealed record PromisedCopy(ImageId Image, PoolName Pool);
