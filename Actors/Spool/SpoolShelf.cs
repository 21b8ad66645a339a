using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Spool;

/// <summary>What waits on spools, as the catalog knows it. All calls block.</summary>
/// <param name="store">The catalog.</param>
internal sealed class SpoolShelf(CatalogStore store)
{
    private const int FragmentsAtOnce = 100;

    /// <summary>
    /// Sealed images of which something lies on a library's spool and that nobody takes from there now, by their pool,
    /// oldest first.
    /// </summary>
    /// <param name="library">The library.</param>
    /// <param name="pending">What jobs copy now.</param>
    public CatalogAnswer<IReadOnlyList<SpooledImage>> Waiting(LibraryName library, IReadOnlyList<CopySpec> pending)
    {
        if (!store.Volumes.List(new VolumeFilter()).Is(out var volumes, out var failure)) return failure;
        var pools = volumes.ToDictionary(volume => volume.Name, volume => volume.Pool);
        var found = new Dictionary<(ImageId Image, PoolName Pool), SpooledImage?>();
        foreach (var volume in volumes.Where(volume => volume.Library == library && SpoolPools.Is(volume.Pool)))
        {
            if (!store.Copies.OnVolume(volume.Name).Is(out var copies, out failure)) return failure;
            foreach (var image in copies.Select(copy => copy.Image).Distinct())
            {
                if (found.ContainsKey((image, volume.Pool))
                    || pending.Any(copy => copy.Image == image && copy.Retires == volume.Pool)) continue;
                if (!Spooled(image, volume.Pool, pools).Is(out var spooled, out failure)) return failure;
                found[(image, volume.Pool)] = spooled;
            }
        }
        return CatalogAnswer<IReadOnlyList<SpooledImage>>.Of(
            [.. found.Values.OfType<SpooledImage>().OrderBy(image => image.SealedAt)]);
    }

    /// <summary>What of an image lies on a spool, sealed or not; null: nothing.</summary>
    /// <param name="image">The image, which the catalog need not have.</param>
    public CatalogAnswer<SpooledFragments?> Of(ImageId image)
    {
        var nothing = CatalogAnswer<SpooledFragments?>.Of(null);
        if (!store.Copies.OfImages(image).Is(out var copies, out var failure)) return failure;
        var spooled = new Dictionary<VolumeName, PoolName>();
        foreach (var name in copies.SelectMany(copy => copy.Volumes).Where(MayBeSpooled).Distinct())
        {
            if (!store.Volumes.Get(name).Is(out var volume, out failure)) return failure;
            if (SpoolPools.Is(volume.Pool)) spooled[name] = volume.Pool;
        }
        if (spooled.Count == 0) return nothing;
        var count = 0;
        for (var after = -1; ;)
        {
            if (!store.Images.Fragments(image, after, FragmentsAtOnce).Is(out var fragments, out failure))
                return failure;
            count += fragments.Count(
                fragment => fragment.Copies.Any(copy => spooled.ContainsKey(copy.Index.Volume)));
            if (fragments.Count < FragmentsAtOnce) break;
            after = fragments[^1].Key.Fragment;
        }
        return count == 0 ? nothing : CatalogAnswer<SpooledFragments?>.Of(new SpooledFragments(
            count, SpoolPools.TargetOf(spooled.Values.First()),
            [.. spooled.Keys.OrderBy(name => name.Value, StringComparer.Ordinal)]));
    }

    /// <summary>By its name, so that those of an image need not all be looked up: its pool decides.</summary>
    private static bool MayBeSpooled(VolumeName volume) =>
        volume.Value.Contains(SpoolPools.Suffix + "-", StringComparison.Ordinal);

    /// <summary>What is left of the volume of a pool that takes data now; 0: the next one is empty.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="library">Where.</param>
    public CatalogAnswer<long> Left(PoolName pool, LibraryName library)
    {
        if (!store.Volumes.List(new VolumeFilter(Pool: pool)).Is(out var volumes, out var failure)) return failure;
        var open = volumes.Where(volume => volume.Library == library && volume.State == VolumeState.Append)
            .MaxBy(volume => volume.LastWrittenAt ?? volume.LabelledAt);
        return CatalogAnswer<long>.Of(open is { CapacityBytes: { } capacity }
            ? Math.Max(0, capacity - open.BytesWritten) : 0);
    }

    /// <summary>Null: it is not sealed, and goes when it is.</summary>
    private CatalogAnswer<SpooledImage?> Spooled(
        ImageId image, PoolName spool, Dictionary<VolumeName, PoolName> pools)
    {
        if (!store.Images.Get(image).Is(out var record, out var failure)) return failure;
        if (record.State != ImageState.Sealed) return CatalogAnswer<SpooledImage?>.Of(null);
        var (target, bytes, count, there) = (SpoolPools.TargetOf(spool), 0L, 0, 0);
        var lacking = new List<int>();
        for (var after = -1; ;)
        {
            if (!store.Images.Fragments(image, after, FragmentsAtOnce).Is(out var fragments, out failure))
                return failure;
            foreach (var fragment in fragments)
            {
                count++;
                if (fragment.Copies.FirstOrDefault(copy => PoolOf(copy) == spool) is not { } here) continue;
                bytes += here.Parts.Sum(part => part.Bytes);
                there++;
                if (!fragment.Copies.Any(copy => PoolOf(copy) == target && copy.State == CopyState.Good))
                    lacking.Add(fragment.Key.Fragment);
            }
            if (fragments.Count < FragmentsAtOnce) break;
            after = fragments[^1].Key.Fragment;
        }
        return CatalogAnswer<SpooledImage?>.Of(bytes == 0 ? null : new SpooledImage(
            image, target, record.Seal!.At, bytes, lacking.Count == count ? null : lacking)
        {
            Count = there,
        });

        PoolName? PoolOf(CopyRecord copy) => pools.TryGetValue(copy.Index.Volume, out var pool) ? pool : null;
    }
}
