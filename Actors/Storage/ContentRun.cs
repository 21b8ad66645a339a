using Backup.Media.Files;

namespace Backup.Actors.Storage;

/// <summary>
/// A run of an entry's archived content within one fragment; of length 0 for an entry without content.
/// </summary>
/// <param name="Entry">The entry.</param>
/// <param name="Fragment">The fragment.</param>
/// <param name="Offset">First byte in the fragment's archive bytes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="First">True on the entry's first run.</param>
/// <param name="Final">True on its last.</param>
internal readonly record struct ContentRun(
    FileEntry Entry, int Fragment, long Offset, long Length, bool First, bool Final)
{
    /// <summary>The byte behind it.</summary>
    public long End => Offset + Length;

    /// <summary>The runs of an entry, over as many fragments as its content lies in.</summary>
    public static IEnumerable<ContentRun> Of(FileEntry entry, IReadOnlyList<FragmentPlace> fragments)
    {
        var at = entry.Position;
        if (entry.Kind != FileKind.Regular || at.Length == 0)
        {
            yield return new ContentRun(entry, at.Fragment, 0, 0, First: true, Final: true);
            yield break;
        }
        var (fragment, offset, left) = (at.Fragment, at.Offset, at.Length);
        for (var first = true; left > 0; first = false)
        {
            var here = fragment < fragments.Count
                ? Math.Min(left, fragments[fragment].Layout.Chunks.ArchiveBytes - offset) : left;
            yield return new ContentRun(entry, fragment, offset, here, first, here == left);
            (fragment, offset, left) = (fragment + 1, 0, left - here);
        }
    }
}
