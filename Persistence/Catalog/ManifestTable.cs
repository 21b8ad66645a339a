using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// The sorted lists of files of images, as lists of shared, immutable blocks. Paths are in the catalog's form (`/` is
/// 0x00, no leading one), so that the order of bytes is the order of the walk. The catalog does not look into a block.
/// </summary>
public sealed class ManifestTable
{
    private const string SelectBlocks =
        "SELECT ordinal AS Ordinal, first_path AS FirstPath, block AS Digest, entries AS Entries, data AS Data "
        + "FROM manifest LEFT JOIN manifest_block ON digest = block WHERE image = @Image";

    private readonly CatalogDatabase _database;
    private readonly TimeProvider _clock;

    internal ManifestTable(CatalogDatabase database, TimeProvider clock) => (_database, _clock) = (database, clock);

    /// <summary>
    /// Takes blocks in that arrive before their fragment is closed. No query shows them until <see
    /// cref="ImageTable.CloseFragment"/>; they are gone with <see cref="Unstage(FragmentKey)"/> or the image's end.
    /// Repeats overwrite with the same.
    /// </summary>
    /// <param name="key">The writing of the fragment.</param>
    /// <param name="blocks">Blocks, in any order.</param>
    /// <returns>Now; Before when the fragment is closed already; or unknown image, or a contradiction when the image is
    /// not open; or corrupt when a shared block is not there.</returns>
    public CatalogAnswer<Recorded> Stage(FragmentKey key, IReadOnlyList<StagedBlock> blocks)
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
            foreach (var row in rows)
            {
                if (!row.IsShared) transaction.Execute(BlockRow.InsertBlock, row);
                else if (transaction.Execute(BlockRow.TouchBlock, row) != 1)
                    return new CatalogFailure.Corrupt(
                        _database.Place, $"block {Columns.Digest(row.Digest)} of a base's manifest is missing");
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
        return transaction.Execute(
            "DELETE FROM staged_block WHERE image = @Image AND fragment = @Fragment AND epoch = @Epoch",
            Parameters(key)) > 0
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
        _database.Read(transaction => CatalogAnswer<IReadOnlyList<ManifestReference>>.Of(transaction.Query<BlockRow>(
            "SELECT ordinal AS Ordinal, first_path AS FirstPath, block AS Digest, entries AS Entries "
            + "FROM manifest LEFT JOIN manifest_block ON digest = block "
            + "WHERE image = @Image AND ordinal > @After ORDER BY ordinal LIMIT @Max",
            new { Image = Columns.Of(image), After = afterOrdinal, Max = countMax })
            .ConvertAll(row => row.ToReference())));

    /// <summary>The ordinal of the block in which a path is, if the image has it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="path">The path, in the catalog's form.</param>
    public CatalogAnswer<long> Find(ImageId image, byte[] path) =>
        _database.Read<long>(transaction => OrdinalOf(transaction, image, path));

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
        return _database.Read(transaction => Page(transaction, image, OrdinalOf(transaction, image, path), countMax));
    }

    /// <summary>
    /// A page of an image's manifest that begins with the block in which the first path behind a whole tree is: the
    /// step of a listing that skips what lies below a directory.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="directory">The directory, in the catalog's form; not empty.</param>
    /// <param name="countMax">Most blocks in the answer.</param>
    /// <returns>The blocks; or corrupt when a block is not what was written.</returns>
    public CatalogAnswer<IReadOnlyList<ManifestBlock>> ReadPastTree(ImageId image, byte[] directory, int countMax) =>
        // All below begins with the directory and 0x00; what follows has at least 0x01 there.
        ReadFrom(image, [.. directory, 1], countMax);

    /// <summary>Removes blocks that no manifest holds any more and that nobody brought since a moment.</summary>
    /// <param name="untouchedSince">At least a day ago: a block that was just staged may be wanted again.</param>
    /// <returns>How many blocks went.</returns>
    public CatalogAnswer<long> Sweep(DateTimeOffset untouchedSince) => _database.WriteLong<long>(transaction =>
        // Excludes who would add a reference: whoever brings a block writes its last_seen first, waits for this
        // transaction or is seen by it, and brings the block anew when it is gone. EXCEPT, since both databases do it
        // in one pass, and NOT IN only while the list of references fits into memory.
        transaction.Execute(
            "DELETE FROM manifest_block WHERE last_seen < @Since AND digest IN "
            + "(SELECT digest FROM manifest_block WHERE last_seen < @Since "
            + "EXCEPT SELECT block FROM manifest EXCEPT SELECT block FROM staged_block)",
            new { Since = Columns.Of(untouchedSince) }));

    /// <summary>Makes the staged blocks of a fragment part of the image's manifest.</summary>
    internal static void Publish(
        CatalogTransaction transaction, ImageRecord image, FragmentKey key) => transaction.Execute(
        "INSERT INTO manifest (image, ordinal, first_path, block) SELECT image, @Next + number, first_path, block FROM "
        + "staged_block "
        + "WHERE image = @Image AND fragment = @Fragment AND epoch = @Epoch ORDER BY number",
        new { Next = image.Blocks, Image = Columns.Of(key.Image), key.Fragment, Epoch = key.Epoch.Value });

    /// <summary>Drops what is staged for an image, or for one fragment of it, by whatever attempt.</summary>
    internal static void Unstage(CatalogTransaction transaction, ImageId image, int? fragment) => transaction.Execute(
        "DELETE FROM staged_block WHERE image = @Image" + (fragment is null ? "" : " AND fragment = @Fragment"),
        new { Image = Columns.Of(image), Fragment = fragment });

    private static long OrdinalOf(CatalogTransaction transaction, ImageId image, byte[] path) => transaction.Number(
        $"SELECT ordinal FROM manifest WHERE image = @Image "
        + $"AND {transaction.PathKey("first_path")} <= {transaction.PathKey("@Path")} AND first_path <= @Path "
        + $"ORDER BY {transaction.PathKey("first_path")} DESC, ordinal DESC LIMIT 1",
        new { Image = Columns.Of(image), Path = path }) ?? 0;

    private static object Parameters(FragmentKey key) =>
        new { Image = Columns.Of(key.Image), key.Fragment, Epoch = key.Epoch.Value };

    private CatalogAnswer<IReadOnlyList<ManifestBlock>> Page(CatalogTransaction transaction, ImageId image, long first,
        int countMax)
    {
        var rows = transaction.Query<BlockRow>(
            $"{SelectBlocks} AND ordinal >= @First ORDER BY ordinal LIMIT @Max",
            new { Image = Columns.Of(image), First = first, Max = countMax });
        if (rows.Find(row => !row.IsWhole) is { } damaged)
        {
            return new CatalogFailure.Corrupt(
                _database.Place, $"block {damaged.Ordinal} of the manifest of image {image} is not what was written");
        }
        return CatalogAnswer<IReadOnlyList<ManifestBlock>>.Of(rows.ConvertAll(row => row.ToBlock()));
    }
}
