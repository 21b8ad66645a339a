using Backup.Messages;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// In which order the copies of a fragment are read: those in the library where it is read first, then those whose
/// volumes are there and well, then those of which no damage is known, then by number. So a copy takes the place of an
/// original that is lost, vaulted or damaged by itself.
/// </summary>
internal sealed class CopyOrder
{
    /// <summary>Nothing is known of volumes: by damage and number.</summary>
    public static readonly CopyOrder None = new(new Dictionary<VolumeName, VolumeRecord>(), null);

    private readonly IReadOnlyDictionary<VolumeName, VolumeRecord> _volumes;
    private readonly LibraryName? _near;

    /// <summary>An order.</summary>
    /// <param name="volumes">What is known of volumes, by name.</param>
    /// <param name="near">Where it is read; null: anywhere.</param>
    public CopyOrder(IReadOnlyDictionary<VolumeName, VolumeRecord> volumes, LibraryName? near) =>
        (_volumes, _near) = (volumes, near);

    /// <summary>By what the catalog knows.</summary>
    public static CatalogAnswer<CopyOrder> Read(CatalogStore store, LibraryName? near) =>
        store.Volumes.List(new VolumeFilter()).Is(out var volumes, out var failure)
            ? new CopyOrder(volumes.ToDictionary(volume => volume.Name), near) : failure;

    /// <summary>The copies, the first one to be read first.</summary>
    public IReadOnlyList<CopyRecord> Of(IReadOnlyList<CopyRecord> copies) => copies.Count < 2 ? copies :
    [
        .. copies.OrderBy(copy => _near is { } near && LibraryOf(copy) != near)
            .ThenBy(WorstOf).ThenBy(copy => copy.State).ThenBy(copy => copy.Copy),
    ];

    /// <summary>The library of all volumes of a copy; null: they are in several, or not known.</summary>
    public LibraryName? LibraryOf(CopyRecord copy)
    {
        LibraryName? library = null;
        foreach (var name in copy.Volumes)
        {
            if (!_volumes.TryGetValue(name, out var volume) || (library is { } other && other != volume.Library))
                return null;
            library = volume.Library;
        }
        return library;
    }

    /// <summary>Whether all volumes of a copy can be loaded now, as far as the catalog knows.</summary>
    public bool IsThere(CopyRecord copy) => WorstOf(copy) < Lacking;

    /// <summary>A volume of a copy that the catalog does not know; null: it knows all.</summary>
    public VolumeName? UnknownOf(CopyRecord copy) => copy.Volumes.Where(name => !_volumes.ContainsKey(name))
        .Select(name => (VolumeName?)name).FirstOrDefault();

    private const int Lacking = 2;

    private int WorstOf(CopyRecord copy) => copy.Volumes.Max(name => !_volumes.TryGetValue(name, out var volume)
        ? Lacking
        : volume.State switch
        {
            VolumeState.Disabled or VolumeState.Vaulted => Lacking,
            VolumeState.Error => 1, // what it holds is tried when needed
            _ => 0,
        });
}
