using Backup.Messages;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>A pool with the libraries that take its volumes.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Libraries">All that hold it.</param>
public sealed record PoolShelf(PoolName Pool, IReadOnlyList<LibraryShelf> Libraries);

/// <summary>A library as far as it has room for new volumes.</summary>
/// <param name="Name">The library.</param>
/// <param name="Slots">How many volumes it takes.</param>
/// <param name="VolumeBytes">What a new volume takes.</param>
/// <param name="Labels">False: it gets new volumes from a person alone.</param>
public sealed record LibraryShelf(LibraryName Name, int Slots, long VolumeBytes, bool Labels);

/// <summary>What pools still take, as the catalog knows their volumes.</summary>
internal static class PoolRoom
{
    /// <summary>Bytes in what may be appended to and in free slots.</summary>
    /// <param name="store">The catalog.</param>
    /// <param name="shelves">The pools; one that is named twice counts once.</param>
    /// <returns>Null: nobody knows how much a volume takes.</returns>
    public static CatalogAnswer<long?> Of(CatalogStore store, IEnumerable<PoolShelf> shelves)
    {
        if (!store.Volumes.List(new VolumeFilter()).Is(out var volumes, out var failure)) return failure;
        var (pools, room) = (shelves.DistinctBy(shelf => shelf.Pool).ToList(), 0L);
        foreach (var volume in volumes.Where(volume => volume.State
            is VolumeState.Blank or VolumeState.Append or VolumeState.Recycle
            && pools.Exists(shelf => shelf.Pool == volume.Pool && Holds(shelf, volume.Library))))
        {
            if (volume.CapacityBytes is not { } capacity) return CatalogAnswer<long?>.Of(null);
            room += volume.State == VolumeState.Recycle ? capacity : Math.Max(0, capacity - volume.BytesWritten);
        }
        foreach (var library in pools.SelectMany(shelf => shelf.Libraries).DistinctBy(library => library.Name)
            .Where(library => library.Labels))
            room += library.VolumeBytes
                * Math.Max(0, library.Slots - volumes.Count(
                    volume => volume.Library == library.Name && !SpoolPools.Is(volume.Pool)));
        return CatalogAnswer<long?>.Of(room);
    }

    private static bool Holds(PoolShelf shelf, LibraryName library) =>
        shelf.Libraries.Any(each => each.Name == library);
}
