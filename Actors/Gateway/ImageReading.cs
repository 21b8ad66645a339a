using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>What a job that reads an image has to know of it.</summary>
internal sealed class ImageReading(GatewaySetup setup)
{
    /// <summary>
    /// The images whose content an image's manifest names, oldest first: each is checked to be the one on which the
    /// next was made.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="chain">The images.</param>
    /// <param name="libraries">Where all of them can be read, the best first: what is there before what is not, then
    /// the nearest. Of a chain without a refusal at least one.</param>
    /// <param name="distance">How far a library is from where it is read; null: all are alike.</param>
    public Refused? ChainOf(
        ImageRecord image, out IReadOnlyList<ImageId> chain, out IReadOnlyList<LibraryName> libraries,
        Func<LibraryName, int>? distance = null)
    {
        (chain, libraries) = ([], []);
        if (!new CatalogQueries(setup.Store, []).ChainOf(image).Is(out var images, out var failure))
            return CatalogQueries.Unavailable(failure);
        chain = images;
        var (all, ofEach) = ((IReadOnlyList<ReadableLibrary>?)null, new List<LibraryName>());
        foreach (var part in images)
        {
            var (found, refused) = LibrariesOf(part);
            if (refused is not null) return refused;
            ofEach.Add(found[0].Library);
            all = all is null ? found : ImageLibraries.Both(found, all); // the order is the newest image's
        }
        if (all is { Count: > 0 })
        {
            libraries = [.. all.OrderByDescending(each => each.IsThere)
                .ThenBy(each => distance?.Invoke(each.Library) ?? 0).ThenBy(each => each.Worst)
                .Select(each => each.Library)];
            return null;
        }
        return new Refused(
            RefusalCode.Conflict,
            $"Image {image.Opened.Image} and those it builds on lie in several libraries "
                + $"({GatewayDesk.Words(ofEach.Distinct().Select(known => known.Value))}); "
                + "one restore reads one library.");
    }

    /// <summary>Drives with which a restore can work at once: a volume each, and at most those allowed.</summary>
    public int DrivesFor(IReadOnlyList<ImageId> chain)
    {
        var volumes = new HashSet<VolumeName>();
        foreach (var image in chain)
            // What cannot be read is no reason to refuse: one drive does as well
            if (volumes.Count < setup.RestoreDrives()
                && setup.Store.Images.Volumes(image, setup.RestoreDrives()).Is(out var names, out _))
                volumes.UnionWith(names);
        return volumes.Count > 1 ? Math.Min(volumes.Count, setup.RestoreDrives()) : 0;
    }

    /// <summary>What a verification of an image does; or why there can be none.</summary>
    /// <param name="image">The image.</param>
    /// <param name="against">What it is compared with.</param>
    /// <param name="content">Disk: also read the files.</param>
    public async Task<(VerifySpec? Spec, Refused? Refused)> Verify(
        ImageRecord image, VerifyTarget against, bool content)
    {
        if (image.State != ImageState.Sealed) return (null, NotSealed(image));
        var id = image.Opened.Image;
        IReadOnlyList<ImageId>? chain = null;
        IReadOnlyList<LibraryName> readable = [];
        if (against == VerifyTarget.Data && ChainOf(image, out chain, out readable) is { } broken)
            return (null, broken);
        var (libraries, refused) = LibrariesOf(id);
        if (refused is not null) return (null, refused);
        var library = chain is null ? libraries[0].Library : readable[0];
        var fileSet = against == VerifyTarget.Disk ? await FileSetOf(image).ConfigureAwait(false) : null;
        return (
            new VerifySpec(
                id, against, image.Opened.Client, library, fileSet, content, chain is { Count: > 1 } ? chain : null),
            null);
    }

    public static Refused NotSealed(ImageRecord image) => new(
        RefusalCode.Conflict,
        image.State == ImageState.Purged
        ? $"Image {image.Opened.Image} was removed at {image.PurgedAt:u}, as no rule kept it (docs/retention.md)."
        : $"Image {image.Opened.Image} was never sealed (it is {image.State.ToString().ToLowerInvariant()}). What is "
            + "on its media can be had with `backup extract`.");

    /// <summary>
    /// The backup that looked at the client's files for an image; null where the catalog does not know, as for an image
    /// that a scan found.
    /// </summary>
    public (JobId Job, BackupSpec Spec)? MadeBy(ImageRecord image)
    {
        for (var of = image.Opened.Job; setup.Store.Jobs.Get(of).Is(out var row, out _) && row.Parameters.Length > 2;)
        {
            var made = JobSpecs.Read(row.Parameters);
            if (made is BackupSpec spec) return (of, spec);
            if (made is not MergeSpec merged
                || !setup.Store.Images.Get(merged.Newest().Image).Is(out var newest, out _)) break;
            of = newest.Opened.Job;
        }
        return null;
    }

    /// <summary>
    /// The file set that the image was made with; of an image that a scan found, its outermost items.
    /// </summary>
    private async Task<FileSet> FileSetOf(ImageRecord image)
    {
        if (MadeBy(image) is var (_, known)) return known.FileSet;
        var roots = new List<FilePath>();
        await foreach (var entry in ManifestPages.Read(setup.Catalog, image.Opened.Image, [], setup.AnswerWithin)
            .ConfigureAwait(false))
            if (roots.Count == 0 || !entry.Path.IsWithin(roots[^1])) roots.Add(entry.Path);
        return new FileSet(image.Opened.FileSet,
            [new SaveOperation([.. roots.Select(root => "/" + root)], [], OneFileSystem: false, ExcludeCaches: false)]);
    }

    /// <summary>The libraries in which an image can be read, the best first; at least one.</summary>
    private (IReadOnlyList<ReadableLibrary> Libraries, Refused? Refused) LibrariesOf(ImageId image)
    {
        if (!new ImageLibraries(setup.Store).Of(image, out var unknown).Is(out var libraries, out var failure))
            return ([], CatalogQueries.Unavailable(failure));
        if (libraries.Count > 0) return (libraries, null);
        return ([], new Refused(RefusalCode.Conflict, unknown is { } needed
            ? $"Image {image} needs volume {needed}, which the catalog does not know. `backup scan LIBRARY` reads what "
                + "the media hold."
            : $"Image {image} has no copy that lies in one library."));
    }
}
