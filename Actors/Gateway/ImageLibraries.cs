using Backup.Actors.Catalog;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>A library in which images can be read whole.</summary>
/// <param name="Library">The library.</param>
/// <param name="Worst">The state of the worst of the copies that are read there, as <see cref="CopyState"/>; behind
/// these, that volumes of it are not there.</param>
/// <param name="Copy">The highest of their numbers.</param>
internal readonly record struct ReadableLibrary(LibraryName Library, int Worst, int Copy)
{
    /// <summary>Behind all states of copies.</summary>
    public const int Away = 3;

    /// <summary>Whether all volumes can be loaded now, as far as the catalog knows.</summary>
    public bool IsThere => Worst < Away;

    /// <summary>Where two images can be read.</summary>
    public ReadableLibrary With(ReadableLibrary other) =>
        new(Library, Math.Max(Worst, other.Worst), Math.Max(Copy, other.Copy));
}

/// <summary>In which libraries an image can be read whole, from whichever copies. All calls block.</summary>
/// <param name="store">The catalog.</param>
internal sealed class ImageLibraries(CatalogStore store)
{
    private const int FragmentsAtOnce = 100;

    /// <summary>
    /// The libraries, the best first: where all volumes are there and well, then by the number of the copy.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="lacking">A volume that the catalog does not know, where that is why there is none.</param>
    public CatalogAnswer<IReadOnlyList<ReadableLibrary>> Of(ImageId image, out VolumeName? lacking)
    {
        lacking = null;
        if (!CopyOrder.Read(store, null).Is(out var order, out var failure)) return failure;
        IReadOnlyList<ReadableLibrary>? all = null;
        for (var after = -1; ;)
        {
            if (!store.Images.Fragments(image, after, FragmentsAtOnce).Is(out var fragments, out failure))
                return failure;
            foreach (var fragment in fragments)
            {
                var here = new Dictionary<LibraryName, ReadableLibrary>();
                foreach (var copy in order.Of(fragment.Copies))
                    if (order.LibraryOf(copy) is { } library)
                        here.TryAdd(library, new ReadableLibrary(
                            library, order.IsThere(copy) ? (int)copy.State : ReadableLibrary.Away, copy.Copy));
                    else lacking ??= order.UnknownOf(copy);
                all = all is null ? [.. here.Values] : Both(all, here.Values);
            }
            if (fragments.Count < FragmentsAtOnce) break;
            after = fragments[^1].Key.Fragment;
        }
        if (all is { Count: > 0 }) lacking = null;
        return CatalogAnswer<IReadOnlyList<ReadableLibrary>>.Of([.. (all ?? [])
            .OrderBy(each => each.Worst).ThenBy(each => each.Copy)
            .ThenBy(each => each.Library.Value, StringComparer.Ordinal)]);
    }

    /// <summary>The libraries that are in both, in the order of the first.</summary>
    public static IReadOnlyList<ReadableLibrary> Both(
        IEnumerable<ReadableLibrary> left, IEnumerable<ReadableLibrary> right) =>
        [.. left.Join(right, each => each.Library, each => each.Library, (one, other) => one.With(other))];
}
