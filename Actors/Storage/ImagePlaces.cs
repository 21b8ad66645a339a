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
    /// <param name="catalog">The catalog.</param>
    /// <param name="image">The image.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <param name="near">The library in which it is to be read: copies there come first. Null: any.</param>
    /// <exception cref="JobFailureException">It does not answer, or the image is not sealed.</exception>
    public static async Task<ImagePlaces> Read(
        CatalogInquiry catalog, ImageId image, CancellationToken cancellation = default, LibraryName? near = null)
    {
        var fragments = new List<FragmentPlace>();
        for (int? next = 0; next is { } from;)
        {
            var page = await catalog.Ask<CatalogProtocol.FragmentPage>(
                new CatalogProtocol.ReadFragments(image, from, near), cancellation).ConfigureAwait(false);
            if (!page.Sealed)
                throw new JobFailureException(new JobFailure.ImageNotUsable(image, "It was never sealed."));
            fragments.AddRange(page.Fragments.Select(PlaceOf));
            next = page.Next;
        }
        return new ImagePlaces(fragments);
    }

    private static FragmentPlace PlaceOf(FragmentPlaces places)
    {
        var chunks = ChunkTable.FromBytes(places.ChunkTable) ?? throw new JobFailureException(
            new JobFailure.CatalogError(
                $"The chunk table of fragment {places.Fragment} cannot be read. "
                    + "Rebuild the catalog with `backup scan`."));
        return new FragmentPlace(
            places.Fragment,
            places.Root,
            LayoutOf(places.Parts, chunks),
            LocationOf(places.Index),
            places.Copy,
            [.. (places.Others ?? []).Select(copy => new CopyPlace(
                copy.Copy, LayoutOf(copy.Parts, chunks), LocationOf(copy.Index), copy.Library, copy.Damaged))]);
    }

    private static FragmentLayout LayoutOf(IReadOnlyList<PartPlace> parts, ChunkTable chunks) => new(
        [.. parts.Select(part => new FragmentPart(LocationOf(part.File), part.Offset, part.Bytes, default, []))],
        chunks);

    private static TapeLocation LocationOf(TapeFile file) => new(new VolumeIdentity(file.Volume, default), file.Number);
}

/// <summary>Where a fragment lies.</summary>
/// <param name="Fragment">Its number.</param>
/// <param name="Root">Its root.</param>
/// <param name="Layout">The copy that is read first.</param>
/// <param name="Index">Its index.</param>
/// <param name="Copy">Its number.</param>
/// <param name="Others">The other copies, in the order in which they are tried.</param>
internal sealed record FragmentPlace(
    int Fragment, Sha256Digest Root, FragmentLayout Layout, TapeLocation Index, int Copy,
    IReadOnlyList<CopyPlace> Others)
{
    /// <summary>As from an earlier version: one copy.</summary>
    public FragmentPlace(int fragment, Sha256Digest root, FragmentLayout layout, TapeLocation index)
        : this(fragment, root, layout, index, 1, [])
    {
    }

    /// <summary>All copies, in the order in which they are tried.</summary>
    public IReadOnlyList<CopyPlace> Copies => [new CopyPlace(Copy, Layout, Index, null, Damaged: false), .. Others];

    /// <summary>What is read in a library: the first copy, and what of the others is there too.</summary>
    /// <param name="library">The library.</param>
    public IReadOnlyList<FragmentLayout> LayoutsIn(LibraryName library) =>
        [Layout, .. Others.Where(copy => copy.Library == library).Select(copy => copy.Layout)];
}

/// <summary>Where a copy of a fragment lies.</summary>
/// <param name="Copy">Its number.</param>
/// <param name="Layout">What is needed to read it.</param>
/// <param name="Index">Its index.</param>
/// <param name="Library">The library of its volumes; null: not known.</param>
/// <param name="Damaged">Something of it is known to be damaged.</param>
internal sealed record CopyPlace(
    int Copy, FragmentLayout Layout, TapeLocation Index, LibraryName? Library, bool Damaged);
