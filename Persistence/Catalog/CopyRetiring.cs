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
        var shelf = Shelf(transaction);
        var fragments = FragmentRow.Page(transaction, image, -1, FragmentsMax);
        var kept = fragments.SelectMany(fragment => fragment.Copies).FirstOrDefault(copy => copy.Copy == keep);
        var stays = kept is null ? null : PoolOf(kept);
        if (fragments.FirstOrDefault(fragment => !fragment.Copies.Any(Stays)) is { } lacking)
            return new CatalogFailure.Contradiction(
                ImageTable.Name(lacking.Key),
                $"no good copy of it on volumes that are well in the pool of copy {keep}", "that the others may go");
        var goes = fragments.SelectMany(
            fragment => fragment.Copies, (fragment, copy) => (fragment.Key.Fragment, Copy: copy))
            .Where(each => PoolOf(each.Copy) == pool.Value).ToList();
        var to = kept is null ? null : LibraryOf(kept);
        if (goes.Any(each => LibraryOf(each.Copy) != to) && Torn() is { } torn)
            return new CopyRetirement(0, Torn: torn);
        foreach (var (fragment, copy) in goes) CopyRow.Remove(transaction, image, fragment, copy.Copy);
        return new CopyRetirement(goes.Count);

        bool Stays(CopyRecord copy) => stays is not null && stays != pool.Value && IsWell(copy)
            && PoolOf(copy) == stays;

        bool IsWell(CopyRecord copy) => copy.State == CopyState.Good && copy.Volumes.All(volume =>
            shelf.TryGetValue(volume, out var known)
            && (VolumeState)known.State is not (VolumeState.Error or VolumeState.Disabled));

        string? PoolOf(CopyRecord copy) => shelf.GetValueOrDefault(copy.Index.Volume)?.Pool;

        string? LibraryOf(CopyRecord copy) => shelf.GetValueOrDefault(copy.Index.Volume)?.Library;

        ImageId? Torn() => Kin(transaction, image).Select(kin => (ImageId?)kin).FirstOrDefault(
            kin => !FragmentRow.Page(transaction, kin!.Value, -1, FragmentsMax).All(
                fragment => fragment.Copies.Any(copy => IsWell(copy) && LibraryOf(copy) == to)));
    }

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

    private static Dictionary<VolumeName, ShelfRow> Shelf(CatalogTransaction transaction) =>
        transaction.Query<ShelfRow>("SELECT name AS Name, pool AS Pool, library AS Library, state AS State FROM volume")
            .ToDictionary(row => new VolumeName(row.Name));

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
