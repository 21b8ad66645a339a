using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>Says of what an image can be merged, and how; or why it cannot.</summary>
internal sealed class MergePlanner(GatewaySetup setup)
{
    /// <summary>The merge of an image with all that it builds on.</summary>
    public (MergeSpec? Spec, Refused? Refused) Plan(ImageRecord newest)
    {
        if (newest.State != ImageState.Sealed) return (null, ImageReading.NotSealed(newest));
        if (newest.Opened.Base is null)
            return Conflict(
                $"Image {newest.Opened.Image} builds on no other: it is a full one, and there is nothing to merge.");
        if (new ImageReading(setup).ChainOf(newest, out _, out var libraries) is { } broken) return (null, broken);
        if (!ChainOf(setup.Store, newest).Is(out var chain, out var failure))
            return (null, CatalogQueries.Unavailable(failure));
        var policy = setup.Policies().FirstOrDefault(known => known.Name == newest.Opened.Policy);
        if (policy is null)
            return Conflict(
                $"Image {newest.Opened.Image} was made by policy {newest.Opened.Policy}, which is not configured any "
                    + "more: it would say to which pool the merged image goes. Configure it again.");
        var spec = policy.SpecFor(newest.Opened.Client);
        IReadOnlyList<LibraryName> written = [spec.Library, .. spec.OtherLibraries ?? []];
        var library = libraries.FirstOrDefault(written.Contains, libraries[0]);
        if (!written.Contains(library))
            return Conflict(
                $"The images lie in library {library}, and pool {spec.Pool} of policy {policy.Name} is not in it: a "
                    + "merge reads and writes in one library.");
        return (
            new MergeSpec(
                spec.Image, chain, newest.Opened.Policy, newest.Opened.Client, newest.Opened.FileSet,
                newest.Opened.Recorded, spec.Pool, library, spec.FileSet.Operations[0].CompressionLevel,
                spec.FragmentBytes, spec.FragmentMembersMax, spec.Retry, newest.Opened.Rules),
            null);
    }

    /// <summary>
    /// An image and those on which it builds, oldest first. Each is checked to be the one on which the next was made,
    /// and to be of the same client and file set; below a full, of the same client.
    /// </summary>
    /// <param name="store">The catalog.</param>
    /// <param name="newest">The image.</param>
    public static CatalogAnswer<IReadOnlyList<JobBase>> ChainOf(CatalogStore store, ImageRecord newest)
    {
        if (!new CatalogQueries(store, []).ChainOf(newest).Is(out var images, out var failure)) return failure;
        var records = new List<ImageRecord>();
        foreach (var image in images)
        {
            if (!store.Images.Get(image).Is(out var found, out failure)) return failure;
            records.Add(found);
        }
        var chain = new List<JobBase>();
        // Below a full is the image of another policy that it refers to
        var firstOfSet = records.FindLastIndex(image => image.Opened.Level == 0);
        foreach (var (found, at) in records.Select((found, at) => (found, at)))
        {
            if (found.Seal is not { } seal)
                return new CatalogFailure.BaseNotUsable(
                    newest.Opened.Image, images[at], CompleteManifest.WhyUnsealed(found));
            if (found.Opened.Client != newest.Opened.Client
                || (at >= firstOfSet && found.Opened.FileSet != newest.Opened.FileSet))
                return new CatalogFailure.BaseNotUsable(
                    newest.Opened.Image, images[at],
                    $"it is of client {found.Opened.Client} and file set {found.Opened.FileSet}, expected "
                        + $"{newest.Opened.Client} and {newest.Opened.FileSet}.");
            chain.Add(new JobBase(images[at], seal.Root, found.Opened.Since));
        }
        return CatalogAnswer<IReadOnlyList<JobBase>>.Of(chain);
    }

    private static (MergeSpec? Spec, Refused? Refused) Conflict(string sentence) =>
        (null, new Refused(RefusalCode.Conflict, sentence));
}
