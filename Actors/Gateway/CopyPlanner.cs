using Backup.Actors.Copies;
using Backup.Messages;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// Says how an image is copied; or why it cannot be. All calls block. Serves one request: what it has read of an image
/// it reads no more, since each of a chain asks for all others.
/// </summary>
/// <param name="setup">What the gateway has.</param>
internal sealed class CopyPlanner(GatewaySetup setup)
{
    private static readonly RetryRule Usual = new(5, TimeSpan.FromSeconds(10));

    private readonly Dictionary<ImageId, IReadOnlyList<ReadableLibrary>> _readable = [];

    /// <summary>The copy of an image to a pool.</summary>
    /// <param name="image">A sealed image.</param>
    /// <param name="known">What there is of it.</param>
    /// <param name="toPool">A configured pool.</param>
    /// <param name="pending">The copies that jobs are making.</param>
    /// <param name="retires">A migration: the pool that is freed. Null: a copy.</param>
    /// <param name="isAlone">Nothing else goes with it: what would tear its chain is refused. Several that go are
    /// copied first, and it is seen then.</param>
    public (CopySpec? Spec, Refused? Refused) Plan(
        ImageRecord image, CopiedImage known, PoolName toPool, IReadOnlyList<CopySpec> pending, PoolName? retires,
        bool isAlone)
    {
        var id = image.Opened.Image;
        if (!setup.Pools().TryGetValue(toPool, out var libraries)) return (null, NoSuchPool(toPool));
        if (retires == toPool)
            return Conflict($"Image {id} cannot be migrated from pool {toPool} to the same pool.");
        var there = known.Copies.FirstOrDefault(copy => copy.Pool == toPool);
        if (there is not null && retires is null)
            return Conflict($"Copy {there.Copy} of image {id} lies in pool {toPool} already.");
        var (from, refused) = WhereToRead(image, libraries);
        if (refused is not null) return (null, refused);
        var library = libraries.Contains(from) ? from : libraries[0];
        if ((isAlone || there is not null) && retires is { } freed
            && setup.Pools().GetValueOrDefault(freed)?.Contains(library) != true
            && Torn(image, library) is { } torn) return (null, torn);
        var spec = SpecOf(image, known, toPool, library, from, pending) with { Retires = retires };
        // A copy that is there needs not be made again: only the second step is left
        return (there is null ? spec : spec with { Copy = there.Copy, From = library, Fragments = [] }, null);
    }

    /// <summary>Some fragments of an image once more, in the pool of the copy that is damaged.</summary>
    /// <param name="image">A sealed image.</param>
    /// <param name="known">What there is of it.</param>
    /// <param name="pool">The pool.</param>
    /// <param name="library">The library of the damaged copy.</param>
    /// <param name="fragments">Which, in order.</param>
    /// <param name="pending">The copies that jobs are making.</param>
    public (CopySpec? Spec, Refused? Refused) Heal(
        ImageRecord image, CopiedImage known, PoolName pool, LibraryName library, IReadOnlyList<int> fragments,
        IReadOnlyList<CopySpec> pending)
    {
        var (from, refused) = WhereToRead(image, [library]);
        return refused is not null ? (null, refused)
            : (SpecOf(image, known, pool, library, from, pending) with { Fragments = fragments }, null);
    }

    public static Refused NoSuchPool(PoolName pool, IEnumerable<PoolName> configured) => new(
        RefusalCode.BadRequest,
        $"There is no pool \"{pool}\". Configured are: {GatewayDesk.Words(configured.Select(known => known.Value))}.");

    private Refused NoSuchPool(PoolName pool) => NoSuchPool(pool, setup.Pools().Keys);

    /// <summary>
    /// Where it is whole; of such libraries best in the one to which it goes: then one node reads and writes.
    /// </summary>
    private (LibraryName From, Refused? Refused) WhereToRead(ImageRecord image, IReadOnlyList<LibraryName> libraries)
    {
        var id = image.Opened.Image;
        if (!Readable(id).Is(out var readable, out var failure))
            return (default, CatalogQueries.Unavailable(failure));
        if (readable.Count == 0)
            return (default, new Refused(
                RefusalCode.Conflict,
                $"Image {id} lies whole in no library that the catalog knows. `backup scan LIBRARY` reads what the "
                    + "media hold."));
        var best = readable.TakeWhile(each => each.Worst == readable[0].Worst).Select(each => each.Library).ToList();
        return (best.FirstOrDefault(libraries.Contains, best[0]), null);
    }

    private CatalogAnswer<IReadOnlyList<ReadableLibrary>> Readable(ImageId image)
    {
        if (_readable.TryGetValue(image, out var known))
            return CatalogAnswer<IReadOnlyList<ReadableLibrary>>.Of(known);
        var read = new ImageLibraries(setup.Store).Of(image, out _);
        if (read.Is(out var found, out _)) _readable[image] = found;
        return read;
    }

    /// <summary>
    /// One restore reads one library: an image that goes to another one must not leave behind what it builds on, nor
    /// what builds on it.
    /// </summary>
    private Refused? Torn(ImageRecord image, LibraryName library)
    {
        if (!setup.Store.Copies.Kin(image.Opened.Image).Is(out var kin, out var failure))
            return CatalogQueries.Unavailable(failure);
        foreach (var other in kin)
        {
            if (!Readable(other).Is(out var readable, out failure))
                return CatalogQueries.Unavailable(failure);
            if (readable.All(each => each.Library != library))
                return new Refused(
                    RefusalCode.Conflict,
                    $"Image {image.Opened.Image} cannot leave its library alone: it builds on image {other}, or that "
                        + $"one on it, which is not in {library}, and one restore reads one library. Copy that one "
                        + "there first, or migrate all of them by `--pool`.");
        }
        return null;
    }

    private CopySpec SpecOf(
        ImageRecord image, CopiedImage known, PoolName pool, LibraryName library, LibraryName from,
        IReadOnlyList<CopySpec> pending)
    {
        var opened = image.Opened;
        var numbers = pending.Where(copy => copy.Image == opened.Image).Select(copy => copy.Copy)
            .Concat(known.Numbers).Append(1);
        return new CopySpec(
            opened.Image, image.Seal!.Root, numbers.Max() + 1, opened.Policy, opened.Client, opened.FileSet, pool,
            library, from, Usual);
    }

    private static (CopySpec? Spec, Refused? Refused) Conflict(string sentence) =>
        (null, new Refused(RefusalCode.Conflict, sentence));
}
