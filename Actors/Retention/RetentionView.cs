using Backup.Actors.Jobs;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Retention;

/// <summary>The images of a catalog as retention sees them: the same for a simulation and for the real thing.</summary>
public sealed class RetentionView
{
    private const int RowsMax = 1_000_000;

    private RetentionView(IReadOnlyList<RetainedImage> images, Dictionary<ImageId, ImageRecord> records) =>
        (Images, Records) = (images, records);

    /// <summary>In no order.</summary>
    public IReadOnlyList<RetainedImage> Images { get; }

    /// <summary>What the catalog has of them.</summary>
    public IReadOnlyDictionary<ImageId, ImageRecord> Records { get; }

    /// <summary>Reads; blocks.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="until">Only what was there by this moment.</param>
    /// <param name="withCopies">Also what lies in which pool: where one has rules of its own.</param>
    public static CatalogAnswer<RetentionView> Read(CatalogStore store, DateTimeOffset until, bool withCopies)
    {
        if (!store.Images.List(new ImageFilter(State: ImageState.Sealed), RowsMax).Is(out var made, out var failure)
            || !store.Images.List(new ImageFilter(State: ImageState.Abandoned), RowsMax).Is(out var left, out failure)
            || !store.Jobs.List(new JobFilter(), RowsMax).Is(out var jobs, out failure)
            || !new ImagesInUse(store).Among([.. made, .. left]).Is(out var used, out failure)
            || !store.Retention.Marks().Is(out var marks, out failure)
            || !store.Retention.Doubtful().Is(out var doubtful, out failure)
            || !Copies(store, withCopies, made).Is(out var copies, out failure))
            return failure;
        var verified = Verified(jobs);
        var asked = jobs.ToDictionary(job => job.Job, job => job.CreatedAt);
        var markOf = marks.ToLookup(mark => mark.Image);
        var records = made.Where(image => image.Seal!.At <= until)
            .Concat(left.Where(image => image.Opened.Since <= until)).ToDictionary(image => image.Opened.Image);
        return new RetentionView([.. records.Values.Select(image => new RetainedImage(
            image.Opened.Image,
            new ImageSet(image.Opened.Client, image.Opened.FileSet),
            image.Opened.Policy,
            MomentOf(image, records, asked),
            image.Opened.Level,
            image.Opened.Base,
            verified.Contains(image.Opened.Image),
            used.TryGetValue(image.Opened.Image, out var job) ? $"job {job}" : null)
        {
            Hold = HoldOf(markOf[image.Opened.Image]),
            Tags = [.. markOf[image.Opened.Image].Where(mark => mark.Kind == ImageMarkKind.Tag)
                .Select(mark => mark.Name)],
            IsDoubtful = doubtful.Contains(image.Opened.Image),
            IsSealed = image.State == ImageState.Sealed,
            CondemnedAt = image.CondemnedAt,
            Bytes = image.Counts.BytesStored,
            Copies = [.. copies[image.Opened.Image]],
        })], records);
    }

    private static CatalogAnswer<ILookup<ImageId, RetainedCopy>> Copies(
        CatalogStore store, bool withCopies, IReadOnlyList<ImageRecord> made)
    {
        if (!withCopies)
            return CatalogAnswer<ILookup<ImageId, RetainedCopy>>.Of(
                Array.Empty<(ImageId Image, RetainedCopy Copy)>().ToLookup(each => each.Image, each => each.Copy));
        if (!store.Expiry.Pooled().Is(out var pooled, out var failure)
            || !store.Expiry.List().Is(out var expiries, out failure)) return failure;
        var fragments = made.ToDictionary(image => image.Opened.Image, image => image.Fragments);
        var condemned = expiries.Where(expiry => expiry.ExpiredAt is null)
            .ToDictionary(expiry => expiry.Copy, expiry => expiry.CondemnedAt);
        return CatalogAnswer<ILookup<ImageId, RetainedCopy>>.Of(pooled
            .GroupBy(each => new CopyInPool(each.Image, each.Pool))
            .ToLookup(copy => copy.Key.Image, copy => new RetainedCopy(
                copy.Key.Pool,
                [.. copy.Where(each => each.Well == fragments.GetValueOrDefault(each.Image, -1))
                    .Select(each => each.Library)],
                condemned.TryGetValue(copy.Key, out var since) ? since : null)));
    }

    /// <summary>
    /// The images that unfinished jobs read, or may build on though they are of another policy; what else backups build
    /// on is told by their images.
    /// </summary>
    /// <param name="jobs">The jobs.</param>
    public IReadOnlyDictionary<ImageId, JobId> UsedBy(IReadOnlyList<JobRecord> jobs)
    {
        var used = new Dictionary<ImageId, JobId>();
        foreach (var job in jobs)
        {
            var spec = JobSpecs.Read(job.Parameters);
            foreach (var image in ImagesInUse.Named(spec)) used.TryAdd(image, job.Job);
            if (spec is not BackupSpec backup) continue;
            if (backup.Base is { } chosen) used.TryAdd(chosen.Image, job.Job);
            if (backup.Reference is not { } reference) continue;
            foreach (var image in Records.Values.Select(image => image.Opened))
                if (image.Client == backup.Client && image.Policy == reference) used.TryAdd(image.Image, job.Job);
        }
        return used;
    }

    /// <summary>
    /// A merged image is as old as the newest that it was made of: its content is. The clock of a storage node, which
    /// writes the seal, may be behind: no image is older than the job that made it.
    /// </summary>
    private static DateTimeOffset MomentOf(
        ImageRecord image, Dictionary<ImageId, ImageRecord> records, Dictionary<JobId, DateTimeOffset> asked)
    {
        while (image.Opened.MergedFrom is { } newest)
        {
            if (!records.TryGetValue(newest, out var source)) return image.Opened.Since;
            image = source;
        }
        var at = image.Seal?.At ?? image.Opened.Since;
        return asked.TryGetValue(image.Opened.Job, out var made) && made > at ? made : at;
    }

    private static string? HoldOf(IEnumerable<ImageMark> marks) => marks
        .Where(mark => mark.Kind != ImageMarkKind.Tag).OrderByDescending(mark => mark.Kind)
        .Select(mark => (mark.Kind == ImageMarkKind.LegalHold ? "legal hold" : "held")
            + (mark.Note is { } note ? $": {note}" : ""))
        .FirstOrDefault();

    /// <summary>The images whose newest verification of the media found nothing wrong.</summary>
    private static HashSet<ImageId> Verified(IReadOnlyList<JobRecord> newestFirst)
    {
        var seen = new HashSet<ImageId>();
        var whole = new HashSet<ImageId>();
        foreach (var job in newestFirst)
        {
            if (job.Kind != JobKind.Verify) continue;
            // One that was cancelled, or could not be done, has found nothing
            if (job.Outcome is not (JobOutcome.Complete or JobOutcome.CompleteWithExceptions)
                || JobSpecs.Read(job.Parameters) is not VerifySpec { Against: not VerifyTarget.Disk } verify) continue;
            foreach (var image in verify.Chain ?? [verify.Image])
                if (seen.Add(image) && job.Outcome == JobOutcome.Complete) whole.Add(image);
        }
        return whole;
    }
}
