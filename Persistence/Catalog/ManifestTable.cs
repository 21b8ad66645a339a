using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// The sorted lists of files of images, as lists of shared, immutable blocks. Paths are in the catalog's form (`/` is
/// 0x00, no leading one), so that the order of bytes is the order of the walk. The catalog does not look into a block.
/// </summary>
public sealed class ManifestTable
{
    /// <summary>Those of some pages of a listing.</summary>
    private const int CachedBytesMax = 16 << 20;

    private readonly CatalogDatabase _database;
    private readonly TimeProvider _clock;
    private readonly BlockCache _cache = new(CachedBytesMax);

    internal ManifestTable(CatalogDatabase database, TimeProvider clock) => (_database, _clock) = (database, clock);

    /// <summary>
    /// Takes blocks in that arrive before their fragment is closed. No query shows them until <see
    /// cref="ImageTable.CloseFragment"/>; they are gone with <see cref="Unstage"/> or the image's end.
    /// Repeats overwrite with the same.
    /// </summary>
    /// <param name="key">The writing of the fragment.</param>
    /// <param name="blocks">Blocks, in any order.</param>
    /// <param name="shared">Runs of blocks that a base has, in any order; null: none.</param>
    /// <returns>Now; Before when the fragment is closed already; or unknown image, or a contradiction when the image is
    /// not open or a base has no such blocks.</returns>
    public CatalogAnswer<Recorded> Stage(
        FragmentKey key, IReadOnlyList<StagedBlock> blocks, IReadOnlyList<StagedRun>? shared = null)
    {
        var rows = blocks.Select(block => BlockRow.Of(key, block, Columns.Of(_clock.GetUtcNow()))).ToList();
        // Sorted by digest: two transactions that add the same blocks take their locks in the same order (PostgreSQL).
        rows.Sort((left, right) => left.Digest.AsSpan().SequenceCompareTo(right.Digest));
        return _database.Write<Recorded>(transaction =>
        {
            if (ImageTable.Find(transaction, key.Image) is not { } image)
                return new CatalogFailure.Unknown($"image {key.Image}");
            if (key.Fragment < image.Fragments) return Recorded.Before;
            if (image.State != ImageState.Open)
                return new CatalogFailure.Contradiction($"image {key.Image}", $"that it is {image.State}",
                    "more files of it");
            foreach (var run in shared ?? [])
                if (Share(transaction, key, run) is { } missing) return missing;
            foreach (var row in rows)
            {
                transaction.Execute(BlockRow.InsertBlock, row);
                transaction.Execute(BlockRow.InsertStaged, row);
            }
            return Recorded.Now;
        });
    }

    /// <summary>Drops what is staged for a writing of a fragment that will not be sealed.</summary>
    /// <param name="key">The writing of the fragment.</param>
    /// <returns>Now when there was something.</returns>
    public CatalogAnswer<Recorded> Unstage(FragmentKey key) => _database.Write<Recorded>(transaction =>
    {
        // Holds the image: between the counting and the publishing of a fragment that is being closed nothing may go.
        _ = ImageTable.Find(transaction, key.Image);
        return ManifestRuns.Unstage(transaction, key.Image, key.Fragment, key.Epoch) > 0
            ? Recorded.Now
            : Recorded.Before;
    });

    /// <summary>A page of an image's manifest.</summary>
    /// <param name="image">The image.</param>
    /// <param name="afterOrdinal">Only blocks behind this one; -1: from the beginning.</param>
    /// <param name="countMax">Most blocks in the answer; a block has some 20 KiB.</param>
    /// <returns>The blocks, none at the end; or corrupt when a block is not what was written.</returns>
    public CatalogAnswer<IReadOnlyList<ManifestBlock>> Read(ImageId image, long afterOrdinal, int countMax) =>
        _database.Read(transaction => Page(transaction, image, afterOrdinal + 1, countMax));

    /// <summary>A page of an image's manifest, without the blocks' data.</summary>
    /// <param name="image">The image.</param>
    /// <param name="afterOrdinal">Only blocks behind this one; -1: from the beginning.</param>
    /// <param name="countMax">Most references in the answer; one has some 200 bytes.</param>
    public CatalogAnswer<IReadOnlyList<ManifestReference>> References(ImageId image, long afterOrdinal, int countMax) =>
        _database.Read(transaction =>
        {
            var rows = ManifestRuns.References(transaction, image, afterOrdinal + 1, countMax);
            return Gap(transaction, image, afterOrdinal + 1, countMax, rows) is { } gap
                ? gap
                : CatalogAnswer<IReadOnlyList<ManifestReference>>.Of(rows.ConvertAll(row => row.ToReference()));
        });

    /// <summary>Blocks by their references.</summary>
    /// <param name="image">The image of which they are.</param>
    /// <param name="references">Some dozens at most.</param>
    /// <returns>The blocks in the same order; or corrupt when one is not what was written.</returns>
    public CatalogAnswer<IReadOnlyList<ManifestBlock>> Load(
        ImageId image, IReadOnlyList<ManifestReference> references)
    {
        var kept = references.Select(reference => _cache.Find(reference.Digest)).ToList();
        var missing = references.Where((_, at) => kept[at] is null).ToList();
        if (missing.Count > 0)
        {
            if (!_database.Read(transaction => CatalogAnswer<Dictionary<string, byte[]>>.Of(
                ManifestRuns.Data(transaction, missing))).Is(out var data, out var failure)) return failure;
            for (var at = 0; at < kept.Count; at++)
            {
                if (kept[at] is not null) continue;
                var reference = references[at];
                if (!data.TryGetValue(Convert.ToHexString(reference.Digest.ToArray()), out var bytes)
                    || Sha256Digest.Of(bytes) != reference.Digest) return Damaged(image, reference.Ordinal);
                _cache.Add(reference.Digest, kept[at] = bytes);
            }
        }
        return CatalogAnswer<IReadOnlyList<ManifestBlock>>.Of(
        [
            .. references.Select((reference, at) => new ManifestBlock(
                reference.Ordinal, reference.FirstPath, reference.Digest, reference.Entries, kept[at]!)),
        ]);
    }

    /// <summary>What a run of an image's blocks holds.</summary>
    /// <param name="image">The image.</param>
    /// <param name="first">The ordinal of the first of them.</param>
    /// <param name="end">The ordinal behind the last.</param>
    public CatalogAnswer<ManifestSums> Sums(ImageId image, long first, long end) =>
        _database.Read<ManifestSums>(transaction => ManifestRuns.Sums(transaction, image, first, end));

    /// <summary>The ordinal of the block in which a path is, if the image has it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="path">The path, in the catalog's form.</param>
    public CatalogAnswer<long> Find(ImageId image, byte[] path) =>
        _database.Read<long>(transaction => ManifestRuns.OrdinalOf(transaction, image, path));

    /// <summary>
    /// A page of an image's manifest that begins with the block in which a path is, if the image has it.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="path">The path, in the catalog's form; empty: the first block.</param>
    /// <param name="countMax">Most blocks in the answer.</param>
    /// <returns>The blocks; or corrupt when a block is not what was written.</returns>
    public CatalogAnswer<IReadOnlyList<ManifestBlock>> ReadFrom(ImageId image, byte[] path, int countMax)
    {
        if (path.AsSpan().Contains((byte)'/'))
            throw new ArgumentException("A path in the catalog's form has 0x00 between its components.", nameof(path));
        return _database.Read(transaction =>
            Page(transaction, image, ManifestRuns.OrdinalOf(transaction, image, path), countMax));
    }

    /// <summary>
    /// Removes references that no manifest has any more, and blocks that nothing refers to and that nobody brought
    /// since a moment.
    /// </summary>
    /// <param name="untouchedSince">At least a day ago: a block that was just staged may be wanted again.</param>
    /// <returns>How many blocks went.</returns>
    public CatalogAnswer<long> Sweep(DateTimeOffset untouchedSince) => _database.WriteLong<long>(transaction =>
    {
        ManifestRuns.Sweep(transaction);
        // Excludes who would add a reference: whoever brings a block writes its last_seen first, waits for this
        // transaction or is seen by it, and brings the block anew when it is gone. EXCEPT, since both databases do it
        // in one pass, and NOT IN only while the list of references fits into memory.
        return transaction.Execute(
            "DELETE FROM manifest_block WHERE last_seen < @Since AND digest IN "
            + "(SELECT digest FROM manifest_block WHERE last_seen < @Since "
            + "EXCEPT SELECT block FROM manifest_reference EXCEPT SELECT block FROM staged_block)",
            new { Since = Columns.Of(untouchedSince) });
    });

    private static CatalogFailure.Contradiction? Share(CatalogTransaction transaction, FragmentKey key, StagedRun run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(run.Number);
        ArgumentOutOfRangeException.ThrowIfNegative(run.Ordinal);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(run.Blocks);
        // Holds the base: who would remove it waits, and then its references have another run.
        return ImageTable.Find(transaction, run.Base) is { State: ImageState.Sealed }
            && ManifestRuns.Share(transaction, key, run)
            ? null
            : new CatalogFailure.Contradiction(
                $"the manifest of image {run.Base}", "fewer",
                $"{run.Blocks} blocks from {run.Ordinal} on for {ImageTable.Name(key)}");
    }

    private CatalogAnswer<IReadOnlyList<ManifestBlock>> Page(CatalogTransaction transaction, ImageId image, long first,
        int countMax)
    {
        var rows = ManifestRuns.Blocks(transaction, image, first, countMax);
        if (Gap(transaction, image, first, countMax, rows) is { } gap) return gap;
        if (rows.Find(row => !row.IsWhole) is { } damaged)
            return Damaged(image, damaged.Ordinal);
        return CatalogAnswer<IReadOnlyList<ManifestBlock>>.Of(rows.ConvertAll(row => row.ToBlock()));
    }

    private CatalogFailure.Corrupt Damaged(ImageId image, long ordinal) => new(
        _database.Place, $"block {ordinal} of the manifest of image {image} is not what was written");

    /// <summary>A page that ends early would look like the end of the manifest: files would be forgotten.</summary>
    private CatalogFailure.Corrupt? Gap(
        CatalogTransaction transaction, ImageId image, long first, int countMax, List<BlockRow> rows)
    {
        var at = 0;
        while (at < rows.Count && rows[at].Ordinal == first + at) at++;
        if (at == rows.Count && (at == countMax || first + at >= Blocks())) return null;
        return new CatalogFailure.Corrupt(
            _database.Place, $"block {first + at} of the manifest of image {image} is missing");

        long Blocks() => transaction.Number(
            "SELECT blocks FROM image WHERE id = @Image", new { Image = Columns.Of(image) }) ?? 0;
    }
}
