namespace Backup.Persistence.Catalog;

/// <summary>What must hold before a fragment is closed.</summary>
internal static class FragmentChecks
{
    /// <summary>The first thing that keeps a fragment from being closed; null when nothing does.</summary>
    public static CatalogFailure? Refuse(
        CatalogTransaction transaction, ImageRecord image, FragmentClosing closing, IReadOnlyList<StagedPiece> staged,
        Authority authority) =>
        ImageTable.Refuse(transaction, image, authority)
        ?? Chain(transaction, image, closing.Fragment)
        ?? Staged(transaction, image, closing, staged);

    private static CatalogFailure? Chain(CatalogTransaction transaction, ImageRecord image, FragmentRecord fragment)
    {
        var name = ImageTable.Name(fragment.Key);
        if (fragment.Key.Fragment != image.Fragments)
            return new CatalogFailure.Contradiction(name, $"{image.Fragments} fragments of this image", "a later one");
        var before = fragment.Key.Fragment == 0
            ? null
            : FragmentRow.Find(transaction, fragment.Key.Image, fragment.Key.Fragment - 1);
        var root = before?.Root ?? default;
        if (fragment.PreviousRoot != root)
            return new CatalogFailure.Contradiction(name, $"previous root {root}",
                $"previous root {fragment.PreviousRoot}");
        return before is not null && fragment.Key.Epoch.Value < before.Epoch
            ? new CatalogFailure.OlderEpoch(name, fragment.Key.Epoch, new Messages.Epoch(before.Epoch))
            : null;
    }

    private static CatalogFailure.Contradiction? Staged(
        CatalogTransaction transaction, ImageRecord image, FragmentClosing closing, IReadOnlyList<StagedPiece> staged)
    {
        var name = ImageTable.Name(closing.Fragment.Key);
        var (blocks, misplaced) = (0L, 0);
        var before = ManifestRuns.Reference(transaction, image.Opened.Image, image.Blocks - 1)?.FirstPath;
        foreach (var piece in staged)
        {
            if (piece.Number != blocks) break;
            blocks += piece.Blocks;
            if (before is not null && piece.FirstPath.AsSpan().SequenceCompareTo(before) <= 0) misplaced++;
            before = piece.LastPath;
        }
        var all = staged.Sum(piece => piece.Blocks);
        if (all != closing.Blocks || blocks != all)
            return new CatalogFailure.Contradiction(name, $"{all} blocks of its files", $"{closing.Blocks} blocks");
        return misplaced == 0
            ? null
            : new CatalogFailure.Contradiction(name, "paths that ascend", $"{misplaced} blocks out of order");
    }
}
