using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>Where an image's fragments lie, as the catalog knows.</summary>
internal sealed class ImagePlaces
{
    internal ImagePlaces(IReadOnlyList<FragmentPlace> fragments) => Fragments = fragments;

    /// <summary>The fragments, by number.</summary>
    public IReadOnlyList<FragmentPlace> Fragments { get; }

    /// <summary>The volumes that hold it, in the order of its data.</summary>
    public IReadOnlyList<VolumeName> Volumes =>
        [.. Fragments.SelectMany(fragment => fragment.Layout.Parts).Select(part => part.Location.Volume.Name)
            .Distinct()];

    /// <summary>The volume on which reading an item's content begins; null: it lies nowhere.</summary>
    /// <param name="at">Where its content is.</param>
    public VolumeName? VolumeOf(in ContentPosition at)
    {
        if (at.Fragment >= Fragments.Count) return null;
        var layout = Fragments[at.Fragment].Layout;
        if (layout.Chunks.Count == 0) return null;
        var chunk = layout.Chunks[layout.Chunks.Find(Math.Clamp(at.Offset, 0, layout.Chunks.ArchiveBytes - 1))];
        return VolumeOf(layout, chunk);
    }

    /// <summary>The volume on which a chunk begins; null: it lies nowhere.</summary>
    /// <param name="layout">The fragment.</param>
    /// <param name="chunk">One of its chunks.</param>
    public static VolumeName? VolumeOf(FragmentLayout layout, in ChunkExtent chunk)
    {
        foreach (var part in layout.Parts)
            if (chunk.FrameOffset < part.Offset + part.Length) return part.Location.Volume.Name;
        return null;
    }

    /// <summary>Asks the catalog, page by page.</summary>
    /// <exception cref="JobFailureException">It does not answer, or the image is not sealed.</exception>
    public static async Task<ImagePlaces> Read(
        CatalogInquiry catalog, ImageId image, CancellationToken cancellation = default)
    {
        var fragments = new List<FragmentPlace>();
        for (int? next = 0; next is { } from;)
        {
            var page = await catalog.Ask<CatalogProtocol.FragmentPage>(
                new CatalogProtocol.ReadFragments(image, from), cancellation).ConfigureAwait(false);
            if (!page.Sealed)
                throw new JobFailureException(new JobFailure.ImageNotUsable(image, "It was never sealed."));
            fragments.AddRange(page.Fragments.Select(PlaceOf));
            next = page.Next;
        }
        return new ImagePlaces(fragments);
    }

    private static FragmentPlace PlaceOf(FragmentPlaces places) => new(
        places.Fragment,
        places.Root,
        new FragmentLayout(
            [.. places.Parts.Select(part =>
                new FragmentPart(LocationOf(part.File), part.Offset, part.Bytes, default, []))],
            ChunkTable.FromBytes(places.ChunkTable) ?? throw new JobFailureException(new JobFailure.CatalogError(
                $"The chunk table of fragment {places.Fragment} cannot be read. "
                    + "Rebuild the catalog with `backup scan`."))),
        LocationOf(places.Index));

    private static TapeLocation LocationOf(TapeFile file) => new(new VolumeIdentity(file.Volume, default), file.Number);
}

/// <summary>Where a fragment lies.</summary>
internal sealed record FragmentPlace(int Fragment, Sha256Digest Root, FragmentLayout Layout, TapeLocation Index);
