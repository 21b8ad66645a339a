using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Retention;

/// <summary>
/// Which images unfinished jobs read or build on. All calls block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
internal sealed class ImagesInUse(CatalogStore store)
{
    /// <summary>The images, each with one of the jobs.</summary>
    /// <param name="images">All sealed images.</param>
    public CatalogAnswer<Dictionary<ImageId, JobId>> Among(IReadOnlyList<ImageRecord> images)
    {
        if (!store.Jobs.Unfinished().Is(out var jobs, out var failure)) return failure;
        var used = new Dictionary<ImageId, JobId>();
        foreach (var job in jobs)
        {
            if (!UsedBy(job, images).Is(out var of, out failure)) return failure;
            foreach (var image in of) used.TryAdd(image, job.Job);
        }
        return used;
    }

    private CatalogAnswer<IReadOnlyList<ImageId>> UsedBy(JobRecord job, IReadOnlyList<ImageRecord> images) =>
        job.Kind == JobKind.Backup
            ? BasesOf(job, images)
            : CatalogAnswer<IReadOnlyList<ImageId>>.Of([.. Named(JobSpecs.Read(job.Parameters))]);

    /// <summary>
    /// The level of a backup is chosen with its epoch, and its base stands in the catalog with the first fragment: in
    /// between it may build on any image of its client and file set; and from when it is recorded on any of the policy
    /// that its fulls refer to. The base of a clone is chosen before it begins.
    /// </summary>
    private CatalogAnswer<IReadOnlyList<ImageId>> BasesOf(JobRecord job, IReadOnlyList<ImageRecord> images)
    {
        var spec = job.Parameters.Contains("\"$type\"", StringComparison.Ordinal)
            ? JobSpecs.Read(job.Parameters) as BackupSpec : null;
        IReadOnlyList<ImageId> chosen =
        [
            .. spec?.Base is { } known ? [known.Image] : (ImageId[])[],
            .. images.Where(image => image.Opened.Client == job.Client && image.Opened.Policy == spec?.Reference)
                .Select(image => image.Opened.Image),
        ];
        if (job.Epoch == default) return CatalogAnswer<IReadOnlyList<ImageId>>.Of(chosen);
        if (job is { Phase: JobPhase.Transferring, Image: { } made })
        {
            if (store.Images.Get(made).Is(out var open, out var failure))
                return CatalogAnswer<IReadOnlyList<ImageId>>.Of(open.Opened.Base is { } below ? [below] : []);
            if (failure is not CatalogFailure.Unknown) return failure;
        }
        return CatalogAnswer<IReadOnlyList<ImageId>>.Of(
        [
            .. chosen,
            .. images.Where(image => (image.Opened.Client, image.Opened.FileSet) == (job.Client, job.FileSet))
                .Select(image => image.Opened.Image),
        ]);
    }

    /// <summary>The images that a job names, other than a backup its base.</summary>
    public static IEnumerable<ImageId> Named(JobSpec spec) => spec switch
    {
        RestoreSpec restore => restore.Chain ?? [restore.Image],
        CopySpec copy => [copy.Image],
        VerifySpec verify => verify.Chain ?? [verify.Image],
        MergeSpec merge => merge.Chain.Select(image => image.Image),
        EstimateSpec estimate => estimate.Levels.Select(level => level.Base).OfType<ImageId>(),
        _ => [],
    };
}
