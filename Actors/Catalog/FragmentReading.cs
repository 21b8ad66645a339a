using Backup.Messages.Catalog;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Where an image's fragments lie, in pages, for storage nodes.</summary>
internal static class FragmentReading
{
    private const int FragmentsAtOnce = 8;

    public static CatalogAnswer<CatalogProtocol.FragmentPage> Page(
        CatalogStore store, CatalogProtocol.ReadFragments request)
    {
        if (!store.Images.Get(request.Image).Is(out var image, out var failure)) return failure;
        if (!store.Images.Fragments(request.Image, request.From - 1, FragmentsAtOnce)
            .Is(out var fragments, out failure)) return failure;
        var sent = new List<FragmentPlaces>();
        var bytes = 0;
        foreach (var fragment in fragments)
        {
            if (sent.Count > 0 && bytes + fragment.ChunkTable.Length > CatalogProtocol.PieceBytesMax) break;
            bytes += fragment.ChunkTable.Length;
            sent.Add(PlacesOf(fragment));
        }
        var next = request.From + sent.Count;
        return new CatalogProtocol.FragmentPage(
            request.Image, image.State == ImageState.Sealed, sent,
            sent.Count > 0 && next < image.Fragments ? next : null);
    }

    private static FragmentPlaces PlacesOf(FragmentRecord fragment) => new(
        fragment.Key.Fragment,
        fragment.Root,
        fragment.ArchiveBytes,
        fragment.ChunkTable,
        [.. fragment.Parts.Select(part =>
            new PartPlace(new TapeFile(part.Position.Volume, part.Position.TapeFile), part.Offset, part.Bytes))],
        new TapeFile(fragment.Index.Volume, fragment.Index.TapeFile));
}
