using Backup.Media.Files;

namespace Backup.Media.Fragments;

/// <summary>Names the members of a fragment that some damaged archive bytes belong to.</summary>
public static class TouchedFiles
{
    private const long Padding = 511;

    /// <summary>
    /// The members whose header or content lies in the range, and the hard links to them. A member that ends in a later
    /// fragment is named as well. Where a block of entries cannot be read, its members are not named.
    /// </summary>
    /// <param name="index">The fragment.</param>
    /// <param name="damage">A range of its archive bytes.</param>
    public static IReadOnlyList<FilePath> In(FragmentIndex index, ArchiveRange damage)
    {
        var touched = new List<FilePath>();
        if (damage.Length == 0) return touched;
        var waiting = new List<FilePath>(); // members without content: they lie before the next that has some
        long from = 0;
        foreach (var entry in Entries(index))
        {
            var content = Content(index, entry);
            if (entry.Kind == FileKind.HardLink && content is { } target && Overlap(target, damage))
                touched.Add(entry.Path);
            else if (entry.Kind == FileKind.HardLink || content is null) waiting.Add(entry.Path);
            if (entry.Kind == FileKind.HardLink || content is not { } own) continue;
            var end = (own.End + Padding) & ~Padding;
            var touchesGap = Overlap(new ArchiveRange(from, own.Offset - from), damage);
            if (touchesGap) touched.AddRange(waiting);
            if (touchesGap || Overlap(new ArchiveRange(own.Offset, end - own.Offset), damage)) touched.Add(entry.Path);
            waiting.Clear();
            from = end;
        }
        if (damage.End > from)
        {
            touched.AddRange(waiting);
            if (index.Open is { } open) touched.Add(open.Entry.Path);
        }
        return touched;
    }

    /// <summary>The entries of a fragment, in walk order; blocks that cannot be read are passed over.</summary>
    internal static IEnumerable<FileEntry> Entries(FragmentIndex index)
    {
        foreach (var block in index.EntryBlocks)
        {
            EntryBlockReader.Read(block.Bytes.Span, out var entries);
            foreach (var entry in entries) yield return entry;
        }
    }

    /// <summary>Where a member's content lies in this fragment; null when it has none or it lies elsewhere.</summary>
    private static ArchiveRange? Content(FragmentIndex index, FileEntry entry)
    {
        var position = entry.Position;
        if (position.Image != index.Image.Image || position.Length <= 0) return null;
        if (position.Fragment == index.Start.Fragment) return new ArchiveRange(position.Offset, position.Length);
        // The end of a member that was begun before: all up to the first boundary is its.
        return position.Fragment < index.Start.Fragment && entry.Path == index.Start.Member
            ? new ArchiveRange(0, index.Start.BytesToFirstMember)
            : null;
    }

    private static bool Overlap(ArchiveRange left, ArchiveRange right) =>
        left.Length > 0 && right.Length > 0 && left.Offset < right.End && right.Offset < left.End;
}
