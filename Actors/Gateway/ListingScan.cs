using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Gateway;

/// <summary>
/// The blocks of a manifest in which items of one directory may be, in order. The references tell: a block that begins
/// below an item, and before whose end no other begins, holds nothing of the directory itself, and is passed over with
/// its sums. So is a tree of many blocks, by its end.
/// </summary>
internal sealed class ListingScan(
    ManifestTable manifests, ImageId image, FilePath directory, bool skips, bool sizes)
{
    private const int ReferencesAtOnce = 128;
    private const int BlocksFirst = 4;
    private const int BlocksAtOnce = 16;

    /// <summary>What went wrong; the steps end with it.</summary>
    public CatalogFailure? Failure { get; private set; }

    /// <summary>The steps from a path on, in the catalog's form.</summary>
    public IEnumerable<ListingStep> From(byte[] path)
    {
        if (!manifests.Find(image, path).Is(out var first, out var failure))
        {
            Failure = failure;
            yield break;
        }
        using var pieces = Pieces(first).GetEnumerator();
        for (var most = BlocksFirst; Batch(pieces, most) is { Count: > 0 } batch; most = BlocksAtOnce)
        {
            if (!Load(batch).Is(out var steps, out failure))
            {
                Failure = failure;
                yield break;
            }
            foreach (var step in steps) yield return step;
        }
    }

    private static List<Piece> Batch(IEnumerator<Piece> pieces, int blocksMax)
    {
        var batch = new List<Piece>();
        for (var blocks = 0; blocks < blocksMax && pieces.MoveNext();)
        {
            batch.Add(pieces.Current);
            if (pieces.Current.Block is not null) blocks++;
        }
        return batch;
    }

    private CatalogAnswer<IReadOnlyList<ListingStep>> Load(IReadOnlyList<Piece> batch)
    {
        var wanted = batch.Where(piece => piece.Block is not null).Select(piece => piece.Block!).ToList();
        if (!manifests.Load(image, wanted).Is(out var blocks, out var failure)) return failure;
        var decoded = new ListedBlock[blocks.Count];
        // This thread takes part: where no other is free it does not wait for one
        Parallel.For(0, decoded.Length, block => decoded[block] = new ListedBlock(blocks[block].Data, IsWanted));
        var at = 0;
        return CatalogAnswer<IReadOnlyList<ListingStep>>.Of([.. batch.Select(piece => new ListingStep(
            piece.Items, piece.Bytes, piece.Block is null ? null : decoded[at++]))]);
    }

    /// <summary>Of a directory's own items all is shown, and what lies below them is only counted.</summary>
    private bool IsWanted(ReadOnlySpan<byte> path) => !skips
        || (directory.Holds(path) && (path.Length == directory.Bytes.Length
            || !path[(directory.IsRoot ? 0 : directory.Bytes.Length + 1)..].Contains((byte)'/')));

    private IEnumerable<Piece> Pieces(long from)
    {
        while (true)
        {
            if (!manifests.References(image, from - 1, ReferencesAtOnce).Is(out var page, out var failure))
            {
                Failure = failure;
                yield break;
            }
            var isLast = page.Count < ReferencesAtOnce;
            FilePath? passed = null;
            // The last of a page is the first of the next: what follows it is not known here.
            for (var i = 0; i < page.Count - (isLast ? 0 : 1); i++)
            {
                var begin = FilePath.FromCatalog(page[i].FirstPath);
                if (begin.CompareTo(directory) > 0 && !begin.IsWithin(directory)) yield break;
                passed = i + 1 < page.Count ? Passed(page[i], begin, page[i + 1].FirstPath) : null;
                yield return passed is null
                    ? new Piece(page[i], 0, 0) : new Piece(null, page[i].Entries, page[i].Bytes ?? 0);
            }
            if (isLast) yield break;
            from = page[^1].Ordinal;
            if (passed is not { } item) continue;
            if (!Jump(item, from).Is(out var jump, out failure))
            {
                Failure = failure;
                yield break;
            }
            from = jump.To;
            if (jump.Items > 0) yield return new Piece(null, jump.Items, jump.Bytes);
        }
    }

    /// <summary>The item of the directory below which all of a block is; null when the block must be read.</summary>
    private FilePath? Passed(ManifestReference block, FilePath begin, byte[] next)
    {
        if (!skips || (sizes && block.Bytes is null) || begin == directory || !begin.IsWithin(directory)) return null;
        var slash = begin.Bytes[(directory.IsRoot ? 0 : directory.Bytes.Length + 1)..].IndexOf((byte)'/');
        if (slash < 0) return null; // it begins with an item of the directory
        var item = new FilePath(begin.Bytes[..(slash + (directory.IsRoot ? 0 : directory.Bytes.Length + 1))].ToArray());
        return FilePath.FromCatalog(next).IsWithin(item) ? item : null;
    }

    /// <summary>To the block in which the first item behind another is.</summary>
    private CatalogAnswer<(long To, long Items, long Bytes)> Jump(FilePath item, long from)
    {
        if (!manifests.Find(image, [.. item.ToCatalog(), 1]).Is(out var to, out var failure)) return failure;
        if (to <= from) return (from, 0, 0);
        if (!sizes) return (to, 0, 0);
        if (!manifests.Sums(image, from, to).Is(out var sums, out failure)) return failure;
        return sums.Bytes is { } bytes ? (to, sums.Entries, bytes) : (from, 0, 0);
    }

    private sealed record Piece(ManifestReference? Block, long Items, long Bytes);
}

/// <summary>Sums of what was passed over, or a block.</summary>
internal sealed record ListingStep(long Items, long Bytes, ListedBlock? Block);

/// <summary>A block of which few entries are made: those that are shown.</summary>
internal sealed class ListedBlock(byte[] data, EntryChoice choice)
{
    private IReadOnlyList<FileEntry>? _all;

    public EntryLines Lines { get; } = ManifestEntries.Of(data, choice);

    /// <summary>One that was not chosen is made all the same: an item whose own directory is in no manifest.</summary>
    public FileEntry EntryAt(int at) => Lines[at].Entry ?? (_all ??= ManifestEntries.Of(data))[at];
}
