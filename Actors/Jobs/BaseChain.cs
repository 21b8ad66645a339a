using Backup.Actors.Gateway;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Jobs;

/// <summary>
/// Whether an image can be built on: what a restore of the new image would read must all be there, down to the full at
/// the beginning of the chain. By the catalog; nothing is mounted. The first trouble with the catalog itself ends it.
/// </summary>
/// <param name="catalog">The catalog.</param>
internal sealed class BaseChain(CatalogStore catalog)
{
    /// <summary>Volumes of an image that are looked at.</summary>
    private const int VolumesMax = 10_000;

    /// <summary>Why the catalog could not tell; null: it could.</summary>
    public CatalogFailure? Unread { get; private set; }

    /// <summary>False for an image in another library; one of which no volume is known may lie here.</summary>
    /// <param name="image">The image.</param>
    /// <param name="library">The library.</param>
    public bool IsIn(ImageId image, LibraryName library)
    {
        if (Unread is not null || VolumesOf(image) is not { } names) return false;
        foreach (var name in names)
            if (VolumeOf(name) is { } volume) return volume.Library == library;
        return Unread is null;
    }

    /// <summary>What is wrong with an image or one that it builds on, as a sentence; null: nothing.</summary>
    /// <param name="image">A sealed image.</param>
    /// <param name="library">Where all must lie.</param>
    public string? WhyNot(ImageRecord image, LibraryName library)
    {
        if (!new CatalogQueries(catalog, []).ChainOf(image).Is(out var chain, out var failure))
        {
            if (failure.MayPass) Unread = failure;
            return CatalogFailureText.Sentence(failure);
        }
        foreach (var part in chain.Reverse())
            if (Defect(part, library) is { } defect)
                return part == image.Opened.Image
                    ? $"image {part} {defect}"
                    : $"image {part}, on which image {image.Opened.Image} builds, {defect}";
        return null;
    }

    /// <summary>The same of a base that was chosen, which may be another or gone by now.</summary>
    /// <param name="known">The base.</param>
    /// <param name="library">Where all must lie.</param>
    public string? WhyNot(JobBase known, LibraryName library)
    {
        if (!catalog.Images.Get(known.Image).Is(out var image, out var failure))
        {
            if (failure is not CatalogFailure.Unknown) Unread = failure;
            return $"image {known.Image} is not in the catalog any more.";
        }
        if (image.Seal?.Root == known.Root) return WhyNot(image, library);
        return $"image {known.Image} is another now: expected the root {known.Root}, found "
            + $"{image.Seal?.Root.ToString() ?? "none"}.";
    }

    /// <summary>Why an image itself cannot be read, a clause; null: it can, as far as the catalog knows.</summary>
    /// <param name="image">A sealed image.</param>
    public string? WhyUnreadable(ImageId image) => Defect(image, library: null)?.TrimEnd('.');

    /// <summary>One whole copy whose volumes are well is enough; else what is wrong with the first.</summary>
    private string? Defect(ImageId image, LibraryName? library)
    {
        if (VolumesOf(image) is not { } names || CopiesOf(image) is not var (fragments, copies))
            return "cannot be looked up.";
        if (names.Count == 0) return "is on no volume.";
        string? first = null;
        foreach (var copy in copies)
        {
            var defect = Defect(copy.Volumes, library);
            if (defect is null && copy.Fragments == fragments) return null;
            first ??= defect;
        }
        return first;
    }

    private string? Defect(IReadOnlyList<VolumeName> names, LibraryName? library)
    {
        foreach (var name in names)
        {
            var volume = VolumeOf(name);
            if (Unread is not null) return "cannot be looked up.";
            if (volume is null) return $"needs volume {name}, which the catalog does not know.";
            if (library is not null && volume.Library != library)
                return $"needs volume {name}, which is in library {volume.Library}.";
            if (volume.State == VolumeState.Error)
                return $"needs volume {name}, where reading or writing failed ({volume.Error}).";
            if (volume.State == VolumeState.Disabled) return $"needs volume {name}, which is disabled.";
            if (volume.State == VolumeState.Vaulted) return $"needs volume {name}, which was taken to {volume.Error}.";
        }
        return null;
    }

    private (int Fragments, IReadOnlyList<ImageCopy> Copies)? CopiesOf(ImageId image)
    {
        if (catalog.Images.Get(image).Is(out var record, out var failure)
            && catalog.Copies.OfImages(image).Is(out var copies, out failure)) return (record.Fragments, copies);
        Unread = failure;
        return null;
    }

    private IReadOnlyList<VolumeName>? VolumesOf(ImageId image)
    {
        if (catalog.Images.Volumes(image, VolumesMax).Is(out var names, out var failure)) return names;
        Unread = failure;
        return null;
    }

    private VolumeRecord? VolumeOf(VolumeName name)
    {
        if (catalog.Volumes.Get(name).Is(out var volume, out var failure)) return volume;
        if (failure is not CatalogFailure.Unknown) Unread = failure;
        return null;
    }
}
