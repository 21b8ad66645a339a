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
        var shelf = CopyOrder.None;
        if (fragments.Any(fragment => fragment.Copies.Count > 1)
            && !CopyOrder.Read(store, request.Near).Is(out shelf!, out failure)) return failure;
        var sent = new List<FragmentPlaces>();
        var bytes = 0;
        foreach (var fragment in fragments)
        {
            if (sent.Count > 0 && bytes + fragment.ChunkTable.Length > CatalogProtocol.PieceBytesMax) break;
            bytes += fragment.ChunkTable.Length;
            sent.Add(PlacesOf(fragment, shelf));
        }
        var next = request.From + sent.Count;
        return new CatalogProtocol.FragmentPage(
            request.Image, image.State == ImageState.Sealed, sent,
            sent.Count > 0 && next < image.Fragments ? next : null);
    }

    private static FragmentPlaces PlacesOf(FragmentRecord fragment, CopyOrder shelf)
    {
        var copies = shelf.Of(fragment.Copies);
        return new FragmentPlaces(
            fragment.Key.Fragment,
            fragment.Root,
            fragment.ArchiveBytes,
            fragment.ChunkTable,
            copies is [var best, ..] ? PartsOf(best) : [],
            copies is [var first, ..] ? FileOf(first.Index) : default,
            copies is [var one, ..] ? one.Copy : 1,
            copies.Count < 2 ? null : [.. copies.Skip(1).Select(copy => new CopyPlaces(
                copy.Copy, PartsOf(copy), FileOf(copy.Index), shelf.LibraryOf(copy),
                copy.State == CopyState.Damaged))]);
    }

    private static IReadOnlyList<PartPlace> PartsOf(CopyRecord copy) =>
        [.. copy.Parts.Select(part => new PartPlace(FileOf(part.Position), part.Offset, part.Bytes))];

    private static TapeFile FileOf(TapePosition at) => new(at.Volume, at.TapeFile);
}
