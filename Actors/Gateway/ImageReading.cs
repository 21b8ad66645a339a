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
    public Refused? ChainOf(ImageRecord image, out IReadOnlyList<ImageId> chain, out LibraryName library)
    {
        (chain, library) = ([], default);
        if (!new CatalogQueries(setup.Store, []).ChainOf(image).Is(out var images, out var failure))
            return CatalogQueries.Unavailable(failure);
        chain = images;
        var libraries = new List<LibraryName>();
        foreach (var part in images)
        {
            var (found, refused) = LibraryOf(part);
            if (refused is not null) return refused;
            if (!libraries.Contains(found)) libraries.Add(found);
        }
        library = libraries[^1];
        return libraries.Count == 1
            ? null
            : new Refused(
                RefusalCode.Conflict,
                $"Image {image.Opened.Image} and those it builds on lie in several libraries "
                    + $"({string.Join(", ", libraries.Select(known => known.Value).Order(StringComparer.Ordinal))}); "
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
        if (against == VerifyTarget.Data && ChainOf(image, out chain, out _) is { } broken) return (null, broken);
        var (library, refused) = LibraryOf(id);
        if (refused is not null) return (null, refused);
        var fileSet = against == VerifyTarget.Disk ? await FileSetOf(image).ConfigureAwait(false) : null;
        return (
            new VerifySpec(
                id, against, image.Opened.Client, library, fileSet, content, chain is { Count: > 1 } ? chain : null),
            null);
    }

    public static Refused NotSealed(ImageRecord image) => new(
        RefusalCode.Conflict,
        $"Image {image.Opened.Image} was never sealed (it is {image.State.ToString().ToLowerInvariant()}). What is "
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

    private (LibraryName Library, Refused? Refused) LibraryOf(ImageId image)
    {
        if (!setup.Store.Images.Fragments(image, -1, 1).Is(out var fragments, out var failure))
            return (default, CatalogQueries.Unavailable(failure));
        if (fragments.Count == 0)
            return (default, new Refused(RefusalCode.Conflict, $"Image {image} has no fragment."));
        var needed = fragments[0].Parts[0].Position.Volume;
        if (setup.Store.Volumes.Get(needed).Is(out var volume, out failure)) return (volume.Library, null);
        return failure is CatalogFailure.Unknown
            ? (default, new Refused(
                RefusalCode.Conflict,
                $"Image {image} needs volume {needed}, which the catalog does not know. `backup scan LIBRARY` reads "
                    + "what the media hold."))
            : (default, CatalogQueries.Unavailable(failure));
    }
}
