using Backup.Actors.Jobs;
using Backup.Actors.Storage;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Copies;

/// <summary>What the catalog knows of copies, as choices and plans need it. All calls block.</summary>
/// <param name="store">The catalog.</param>
internal sealed class CopyShelf(CatalogStore store)
{
    private const int ImagesMax = 1_000_000;

    /// <summary>All sealed images with their whole copies.</summary>
    public CatalogAnswer<IReadOnlyList<CopiedImage>> Images()
    {
        if (!store.Images.List(new ImageFilter(State: ImageState.Sealed), ImagesMax).Is(out var images, out var failure)
            || !store.Copies.OfImages().Is(out var copies, out failure)) return failure;
        var known = copies.ToLookup(copy => copy.Image);
        return CatalogAnswer<IReadOnlyList<CopiedImage>>.Of(
            [.. images.Select(image => Of(image, [.. known[image.Opened.Image]]))]);
    }

    /// <summary>One image with its whole copies.</summary>
    public CatalogAnswer<CopiedImage> Image(ImageRecord image) =>
        store.Copies.OfImages(image.Opened.Image).Is(out var copies, out var failure) ? Of(image, copies) : failure;

    /// <summary>
    /// The copies that jobs are making; those too that a backup may be writing with its image, which is known when it
    /// has ended.
    /// </summary>
    public CatalogAnswer<IReadOnlyList<CopySpec>> Pending()
    {
        if (!store.Jobs.Unfinished().Is(out var jobs, out var failure)) return failure;
        return CatalogAnswer<IReadOnlyList<CopySpec>>.Of([.. jobs
            .Where(job => job.Kind is JobKind.Copy or JobKind.Migrate
                || (job.Kind == JobKind.Backup && PromiseTable.MayBeIn(job.Parameters)))
            .Select(job => JobSpecs.Read(job.Parameters)).SelectMany(CopiesOf)]);
    }

    private static IEnumerable<CopySpec> CopiesOf(JobSpec spec) => spec switch
    {
        CopySpec copy => [copy],
        BackupSpec { CopiesDuring: true, CopyTo: { } pools } backup => pools.Select(pool => new CopySpec(
            backup.Image, default, CopyDuring.Number, backup.Policy, backup.Client, backup.FileSet.Name, pool,
            backup.Library, backup.Library, backup.Retry)),
        _ => [],
    };

    private static CopiedImage Of(ImageRecord image, IReadOnlyCollection<ImageCopy> copies) => new(
        image.Opened.Image, image.Opened.Policy, image.Opened.Client, image.Opened.FileSet, image.Seal!.At,
        image.Counts.BytesStored,
        [.. copies.Where(copy => copy.InPool == image.Fragments).GroupBy(copy => copy.Pool).SelectMany(
            pool => Whole(image, [.. pool])).OrderBy(copy => copy.Copy)],
        [.. copies.Select(copy => copy.Copy)]);

    /// <summary>The copies that are whole in a pool; what was healed there is whole under several numbers.</summary>
    private static IEnumerable<PooledCopy> Whole(ImageRecord image, IReadOnlyList<ImageCopy> inPool)
    {
        var whole = inPool.Where(copy => copy.Fragments == image.Fragments).ToList();
        return whole.Count > 0
            ? whole.Select(copy => new PooledCopy(copy.Copy, copy.Pool, copy.Volumes))
            : [new PooledCopy(
                inPool[0].Copy, inPool[0].Pool, [.. inPool.SelectMany(copy => copy.Volumes).Distinct()])];
    }
}
