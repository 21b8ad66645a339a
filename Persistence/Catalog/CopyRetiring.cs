using Backup.Messages;
using Backup.Messages.Volumes;

namespace Backup.Persistence.Catalog;

/// <summary>
/// Takes what a pool has of an image out of use, when each of its fragments has a good copy in the pool of the one that
/// stays, and one library is left in which a restore can read it with all that it builds on and that builds on it.
/// </summary>
internal static class CopyRetiring
{
    private const int FragmentsMax = int.MaxValue;

    public static CatalogAnswer<CopyRetirement> Do(
        CatalogTransaction transaction, ImageId image, int keep, PoolName pool)
    {
        var shelf = Shelf.Read(transaction);
        var fragments = FragmentRow.Page(transaction, image, -1, FragmentsMax);
        var kept = fragments.SelectMany(fragment => fragment.Copies).FirstOrDefault(copy => copy.Copy == keep);
        var stays = kept is null ? null : shelf.PoolOf(kept);
        if (fragments.FirstOrDefault(fragment => !fragment.Copies.Any(Stays)) is { } lacking)
            return new CatalogFailure.Contradiction(
                ImageTable.Name(lacking.Key),
                $"no good copy of it on volumes that are well in the pool of copy {keep}", "that the others may go");
        var goes = Going(fragments, shelf, pool);
        var to = kept is null ? null : shelf.LibraryOf(kept);
        if (goes.Any(each => shelf.LibraryOf(each.Copy) != to)
            && Torn(transaction, shelf, image, to) is { } torn) return new CopyRetirement(0, Torn: torn);
        foreach (var (fragment, copy) in goes) CopyRow.Remove(transaction, image, fragment, copy.Copy);
        return new CopyRetirement(goes.Count);

        bool Stays(CopyRecord copy) => stays is not null && stays != pool.Value && shelf.IsWell(copy)
            && shelf.PoolOf(copy) == stays;
    }

    /// <summary>
    /// The same where nobody says what takes its place: a library in which each fragment has a good copy outside the
    /// pool, on volumes that are well, and in which is all that one restore reads together with the image.
    /// </summary>
    public static PurgeOutcome Leave(CatalogTransaction transaction, ImageId image, PoolName pool)
    {
        var shelf = Shelf.Read(transaction);
        var fragments = FragmentRow.Page(transaction, image, -1, FragmentsMax);
        var goes = Going(fragments, shelf, pool);
        var homes = fragments.Count == 0 ? [] : fragments[0].Copies.Where(Stays).Select(shelf.LibraryOf).Distinct()
            .Where(library => fragments.All(fragment => fragment.Copies.Any(
                copy => Stays(copy) && shelf.LibraryOf(copy) == library))).ToList();
        if (homes.Count == 0) return new PurgeOutcome("no other copy of it is whole in one library", 0);
        ImageId? torn = null;
        foreach (var home in homes)
        {
            torn = goes.All(each => shelf.LibraryOf(each.Copy) == home)
                ? null : Torn(transaction, shelf, image, home);
            if (torn is null) break;
        }
        if (torn is { } other)
            return new PurgeOutcome(
                $"image {other}, which one restore reads with it, is not where it would be left", 0);
        foreach (var (fragment, copy) in goes) CopyRow.Remove(transaction, image, fragment, copy.Copy);
        return new PurgeOutcome(null, goes.Count);

        bool Stays(CopyRecord copy) => shelf.PoolOf(copy) is { } other && other != pool.Value && shelf.IsWell(copy);
    }

    private static List<(int Fragment, CopyRecord Copy)> Going(
        IReadOnlyList<FragmentRecord> fragments, Shelf shelf, PoolName pool) =>
    [
        .. fragments.SelectMany(fragment => fragment.Copies, (fragment, copy) => (fragment.Key.Fragment, Copy: copy))
            .Where(each => shelf.PoolOf(each.Copy) == pool.Value),
    ];

    private static ImageId? Torn(CatalogTransaction transaction, Shelf shelf, ImageId image, string? to) =>
        Kin(transaction, image).Select(kin => (ImageId?)kin).FirstOrDefault(
            kin => !FragmentRow.Page(transaction, kin!.Value, -1, FragmentsMax).All(
                fragment => fragment.Copies.Any(copy => shelf.IsWell(copy) && shelf.LibraryOf(copy) == to)));

    /// <summary>The sealed images on which an image builds, and those that build on it, however far away.</summary>
    public static IReadOnlyList<ImageId> Kin(CatalogTransaction transaction, ImageId image)
    {
        var bases = transaction.Query<BaseRow>(
            "SELECT id AS Id, base AS Base FROM image WHERE state = 2 "
            + "AND client = (SELECT client FROM image WHERE id = @Image)", new { Image = Columns.Of(image) })
            .ToDictionary(row => Columns.Image(row.Id), row => row.Below);
        var kin = new List<ImageId>();
        for (var below = bases.GetValueOrDefault(image); below is { } at && !kin.Contains(at);
            below = bases.GetValueOrDefault(at)) kin.Add(at);
        var above = bases.ToLookup(pair => pair.Value, pair => pair.Key);
        var left = new Queue<ImageId>([image]);
        while (left.TryDequeue(out var at))
            foreach (var each in above[at].Where(each => each != image && !kin.Contains(each)))
            {
                kin.Add(each);
                left.Enqueue(each);
            }
        return kin;
    }

    /// <summary>What the catalog knows of volumes.</summary>
    private sealed class Shelf(IReadOnlyDictionary<VolumeName, ShelfRow> volumes)
    {
        public static Shelf Read(CatalogTransaction transaction) => new(transaction.Query<ShelfRow>(
            "SELECT name AS Name, pool AS Pool, library AS Library, state AS State FROM volume")
            .ToDictionary(row => new VolumeName(row.Name)));

        public bool IsWell(CopyRecord copy) => copy.State == CopyState.Good && copy.Volumes.All(volume =>
            volumes.TryGetValue(volume, out var known)
            && (VolumeState)known.State is not (VolumeState.Error or VolumeState.Disabled));

        public string? PoolOf(CopyRecord copy) => volumes.GetValueOrDefault(copy.Index.Volume)?.Pool;

        public string? LibraryOf(CopyRecord copy) => volumes.GetValueOrDefault(copy.Index.Volume)?.Library;
    }

    private sealed class ShelfRow
    {
        public string Name { get; set; } = "";

        public string Pool { get; set; } = "";

        public string Library { get; set; } = "";

        public long State { get; set; }
    }

    private sealed class BaseRow
    {
        public byte[] Id { get; set; } = [];

        public byte[]? Base { get; set; }

        public ImageId? Below => Base is { } below ? Columns.Image(below) : null;
    }
}
