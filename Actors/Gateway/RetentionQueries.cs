using Backup.Actors.Jobs;
using Backup.Actors.Retention;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// What retention would do: the same for a running node and for a command that opens the catalog without one. All calls
/// block.
/// </summary>
/// <param name="store">The catalog, open at least for reading.</param>
/// <param name="policies">What is configured.</param>
/// <param name="now">The moment of the question.</param>
/// <param name="zone">Whose hours, days and weeks are meant.</param>
public sealed class RetentionQueries(
    CatalogStore store, IReadOnlyList<PolicyDefinition> policies, DateTimeOffset now, TimeZoneInfo zone)
{
    private const int RowsMax = 100_000;

    /// <summary>Answers.</summary>
    /// <param name="show">The question.</param>
    public IReply Show(ShowRetention show)
    {
        if (show.Policy is { } asked && policies.All(policy => policy.Name != asked))
            return new Refused(
                RefusalCode.BadRequest, $"There is no policy \"{asked}\". Configured are: "
                    + $"{string.Join(", ", policies.Select(policy => policy.Name.Value).Order())}.");
        if (!store.Images.List(new ImageFilter(State: ImageState.Sealed), RowsMax).Is(out var images, out var failure)
            || !Verified().Is(out var verified, out failure)
            || !Used().Is(out var used, out failure))
            return CatalogQueries.Unavailable(failure);
        var moment = show.AsOf ?? now;
        var records = images.Where(image => image.Seal!.At <= moment)
            .ToDictionary(image => image.Opened.Image);
        var verdicts = new RetentionPlan(policies.ToDictionary(policy => policy.Name, policy => policy.Retention), zone)
            .Of([.. records.Values.Select(image => SeenAs(image, records, verified, used))], moment)
            .Where(verdict => show.Policy is null || verdict.Image.Policy == show.Policy).ToList();
        var from = show.After is { } after ? verdicts.FindIndex(verdict => verdict.Image.Image == after) + 1 : 0;
        var page = verdicts.Skip(from).Take(Math.Clamp(show.Limit, 1, 10_000)).ToList();
        return new RetentionShown(
            moment, [.. page.Select(verdict => LineOf(verdict, records[verdict.Image.Image]))],
            from + page.Count < verdicts.Count ? page[^1].Image.Image : null);
    }

    private static RetainedImage SeenAs(
        ImageRecord image, Dictionary<ImageId, ImageRecord> records, HashSet<ImageId> verified,
        Dictionary<ImageId, JobId> used) => new(
        image.Opened.Image,
        new ImageSet(image.Opened.Client, image.Opened.FileSet),
        image.Opened.Policy,
        MomentOf(image, records),
        image.Opened.Level,
        image.Opened.Base,
        verified.Contains(image.Opened.Image),
        used.TryGetValue(image.Opened.Image, out var job) ? $"job {job}" : null);

    /// <summary>A merged image is as old as the newest that it was made of: its content is.</summary>
    private static DateTimeOffset MomentOf(ImageRecord image, Dictionary<ImageId, ImageRecord> records)
    {
        while (image.Opened.MergedFrom is { } newest && records.TryGetValue(newest, out var source)) image = source;
        return image.Seal!.At;
    }

    private static RetentionLine LineOf(RetentionVerdict verdict, ImageRecord image) => new(
        image.Opened.Image,
        image.Opened.Job,
        image.Opened.Client,
        image.Opened.FileSet,
        image.Opened.Policy,
        image.Opened.Level,
        verdict.Image.SealedAt,
        image.Counts.BytesStored,
        verdict.IsKept,
        verdict.Reasons);

    /// <summary>The images whose newest verification of the media found nothing wrong.</summary>
    private CatalogAnswer<HashSet<ImageId>> Verified()
    {
        if (!store.Jobs.List(new JobFilter(JobKind.Verify, Ended: true), RowsMax).Is(out var jobs, out var failure))
            return failure;
        var seen = new HashSet<ImageId>();
        var whole = new HashSet<ImageId>();
        foreach (var job in jobs) // newest first
        {
            // One that was cancelled, or could not be done, has found nothing
            if (job.Outcome is not (JobOutcome.Complete or JobOutcome.CompleteWithExceptions)
                || JobSpecs.Read(job.Parameters) is not VerifySpec { Against: not VerifyTarget.Disk } verify) continue;
            foreach (var image in verify.Chain ?? [verify.Image])
                if (seen.Add(image) && job.Outcome == JobOutcome.Complete) whole.Add(image);
        }
        return whole;
    }

    /// <summary>The images that unfinished jobs read or build on.</summary>
    private CatalogAnswer<Dictionary<ImageId, JobId>> Used()
    {
        if (!store.Jobs.Unfinished().Is(out var jobs, out var failure)) return failure;
        var used = new Dictionary<ImageId, JobId>();
        foreach (var job in jobs)
            foreach (var image in ImagesOf(JobSpecs.Read(job.Parameters))) used.TryAdd(image, job.Job);
        return used;
    }

    private static IEnumerable<ImageId> ImagesOf(JobSpec spec) => spec switch
    {
        RestoreSpec restore => restore.Chain ?? [restore.Image],
        VerifySpec verify => verify.Chain ?? [verify.Image],
        MergeSpec merge => merge.Chain.Select(image => image.Image),
        BackupSpec { Base: { } below } => [below.Image],
        _ => [],
    };
}
