namespace Backup.Persistence.Catalog;

/// <summary>What must hold before a fragment is closed.</summary>
internal static class FragmentChecks
{
    /// <summary>The first thing that keeps a fragment from being closed; null when nothing does.</summary>
    public static CatalogFailure? Refuse(
        CatalogTransaction transaction, ImageRecord image, FragmentClosing closing, Authority authority) =>
        ImageTable.Refuse(transaction, image, authority)
        ?? Chain(transaction, image, closing.Fragment)
        ?? Staged(transaction, image, closing);

    private static CatalogFailure? Chain(CatalogTransaction transaction, ImageRecord image, FragmentRecord fragment)
    {
        var name = ImageTable.Name(fragment.Key);
        if (fragment.Key.Fragment != image.Fragments)
            return new CatalogFailure.Contradiction(name, $"{image.Fragments} fragments of this image", "a later one");
        var before = fragment.Key.Fragment == 0 ? null : FragmentRow.Find(transaction, fragment.Key.Image, fragment.Key.Fragment - 1);
        var root = before?.Root ?? default;
        if (fragment.PreviousRoot != root)
            return new CatalogFailure.Contradiction(name, $"previous root {root}", $"previous root {fragment.PreviousRoot}");
        return before is not null && fragment.Key.Epoch.Value < before.Epoch
            ? new CatalogFailure.OlderEpoch(name, fragment.Key.Epoch, new Messages.Epoch(before.Epoch))
            : null;
    }

    private static CatalogFailure? Staged(CatalogTransaction transaction, ImageRecord image, FragmentClosing closing)
    {
        var key = closing.Fragment.Key;
        const string Where = " FROM staged_block WHERE image = @Image AND fragment = @Fragment AND epoch = @Epoch";
        var staged = transaction.Number("SELECT COUNT(*)" + Where, Parameters(key));
        var last = transaction.Number("SELECT MAX(number)" + Where, Parameters(key)) ?? -1;
        if (staged != closing.Blocks || last != closing.Blocks - 1) // numbers are unique and not negative: so none is missing
            return new CatalogFailure.Contradiction(ImageTable.Name(key), $"{staged} blocks of its files", $"{closing.Blocks} blocks");
        var misplaced = transaction.Number(
            "SELECT COUNT(*) FROM staged_block later LEFT JOIN staged_block earlier ON earlier.image = later.image "
            + "AND earlier.fragment = later.fragment AND earlier.epoch = later.epoch AND earlier.number = later.number "
            + "- 1 "
            + "WHERE later.image = @Image AND later.fragment = @Fragment AND later.epoch = @Epoch "
            + "AND later.first_path <= COALESCE(earlier.first_path, "
            + "(SELECT first_path FROM manifest WHERE image = @Image AND ordinal = @Last))",
            new { Image = Columns.Of(key.Image), key.Fragment, Epoch = key.Epoch.Value, Last = image.Blocks - 1 });
        return misplaced == 0
            ? null
            : new CatalogFailure.Contradiction(ImageTable.Name(key), "paths that ascend", $"{misplaced} blocks out of order");
    }

    private static object Parameters(FragmentKey key) =>
        new { Image = Columns.Of(key.Image), key.Fragment, Epoch = key.Epoch.Value };
}
