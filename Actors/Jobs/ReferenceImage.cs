using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// The image of another policy on which a full builds (Bacula's base job): it holds only what is not alike there. It is
/// a base like that of an incremental, so restore, retention, merge and verification follow it as they follow a chain.
/// </summary>
internal static class ReferenceImage
{
    private const int ImagesMax = 10_000;

    /// <summary>The level with such a base, where there is an image that can be built on.</summary>
    /// <param name="full">The level, of a full.</param>
    /// <param name="spec">The backup.</param>
    /// <param name="policy">The policy whose images are meant.</param>
    /// <param name="catalog">The catalog.</param>
    public static CatalogAnswer<ChosenLevel> Of(
        ChosenLevel full, BackupSpec spec, PolicyName policy, CatalogStore catalog)
    {
        var made = new ImageFilter(Client: spec.Client, Policy: policy, State: ImageState.Sealed);
        if (!catalog.Images.List(made, ImagesMax).Is(out var images, out var failure)) return failure;
        var newest = images.Where(image => image.Opened.Recorded && image.Opened.FileSet != spec.FileSet.Name)
            .OrderByDescending(image => image.Opened.Since).ThenByDescending(image => image.Opened.Job.Value)
            .FirstOrDefault();
        if (newest is null) return Whole($"there is no image of client {spec.Client} by it.");
        var chain = new BaseChain(catalog);
        var why = !chain.IsIn(newest.Opened.Image, spec.Library)
            ? $"its newest image {newest.Opened.Image} lies in another library than {spec.Library}."
            : chain.WhyNot(newest, spec.Library);
        if (chain.Unread is { } unread) return unread;
        if (why is not null) return Whole(why);
        return full with
        {
            Reason = $"{full.Reason} It holds what is not alike in image {newest.Opened.Image} of policy {policy}.",
            Base = new JobBase(newest.Opened.Image, newest.Seal!.Root, newest.Opened.Since),
        };

        ChosenLevel Whole(string because) => full with
        {
            Reason = $"{full.Reason} It holds everything, and refers to no image of policy {policy}: {because}",
        };
    }
}
