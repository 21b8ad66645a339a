using Backup.Messages;
using Dapper;

namespace Backup.Persistence.Catalog;

/// <summary>
/// Manifests as they are stored: each image's is runs of references, its own and those of the images it shares with
/// (0004-runs.sql). A run is held by its row: references go only when no run has them, so whoever takes one over must
/// hold the image that it takes it from.
/// </summary>
internal static class ManifestRuns
{
    /// <summary>The end of a condition: the run in which an ordinal is, and those behind it.</summary>
    private const string From =
        "ordinal >= COALESCE((SELECT MAX(ordinal) FROM manifest WHERE image = @Image AND ordinal <= @First), 0)";

    private const string OfKey = "WHERE image = @Image AND fragment = @Fragment AND epoch = @Epoch";

    /// <summary>What of a run lies from an ordinal on and before another: so many rows at most are read.</summary>
    private static readonly string Between =
        $"FROM manifest run JOIN manifest_reference ref ON ref.list = run.list "
        + "AND ref.position >= run.position + CASE WHEN @First > run.ordinal THEN @First - run.ordinal ELSE 0 END "
        + "AND ref.position < run.position "
        + "+ CASE WHEN @End < run.ordinal + run.blocks THEN @End - run.ordinal ELSE run.blocks END ";

    private static readonly string Which = $"WHERE run.image = @Image AND run.{From} AND run.ordinal < @End ";

    internal static readonly string SelectReferences =
        "SELECT run.ordinal + ref.position - run.position AS Ordinal, ref.first_path AS FirstPath, "
        + $"ref.block AS Digest, ref.entries AS Entries, ref.bytes AS Bytes {Between}{Which}"
        + "ORDER BY run.ordinal, ref.position";

    internal static readonly string SelectBlocks =
        "SELECT run.ordinal + ref.position - run.position AS Ordinal, ref.first_path AS FirstPath, "
        + $"ref.block AS Digest, ref.entries AS Entries, kept.data AS Data {Between}"
        + $"LEFT JOIN manifest_block kept ON kept.digest = ref.block {Which}ORDER BY run.ordinal, ref.position";

    internal static readonly string SelectSums =
        "SELECT CAST(COALESCE(SUM(ref.entries), 0) AS BIGINT) AS Entries, CAST(SUM(ref.bytes) AS BIGINT) AS Bytes, "
        + $"COUNT(*) - COUNT(ref.bytes) AS Unknown {Between}{Which}";

    /// <summary>Halves the ordinals from 0 to @Blocks until one is left: one statement, some fifteen steps.</summary>
    internal const string SelectOrdinal =
        "WITH RECURSIVE search (low, high) AS (SELECT CAST(0 AS BIGINT), CAST(@Blocks AS BIGINT) UNION ALL SELECT "
        + "CASE WHEN ref.first_path <= @Path THEN (low + high) / 2 ELSE low END, "
        + "CASE WHEN ref.first_path <= @Path THEN high ELSE (low + high) / 2 END "
        + "FROM search JOIN manifest run ON run.image = @Image AND run.ordinal = "
        + "(SELECT MAX(ordinal) FROM manifest WHERE image = @Image AND ordinal <= (low + high) / 2) "
        + "JOIN manifest_reference ref ON ref.list = run.list "
        + "AND ref.position = run.position + (low + high) / 2 - run.ordinal WHERE high - low > 1) "
        + "SELECT low AS Low, high AS High FROM search ORDER BY high - low LIMIT 1";

    private static readonly string SelectStaged =
        "SELECT number AS Number, 1 AS Blocks, entries AS Entries, first_path AS FirstPath, first_path AS LastPath, "
        + $"NULL AS List, 0 AS Position FROM staged_block {OfKey} UNION ALL "
        + "SELECT number, blocks, (SELECT CAST(SUM(ref.entries) AS BIGINT) FROM manifest_reference ref "
        + "WHERE ref.list = run.list AND ref.position >= run.position AND ref.position < run.position + run.blocks), "
        + "head.first_path, tail.first_path, run.list, run.position FROM staged_run run "
        + "JOIN manifest_reference head ON head.list = run.list AND head.position = run.position "
        + "JOIN manifest_reference tail ON tail.list = run.list AND tail.position = run.position + run.blocks - 1 "
        + $"{OfKey} ORDER BY 1";

    /// <summary>References from an ordinal on, so many at most.</summary>
    public static List<BlockRow> References(
        CatalogTransaction transaction, ImageId image, long first, int countMax) =>
        transaction.Query<BlockRow>(SelectReferences, Range(image, first, countMax));

    /// <summary>The same, with the blocks' data.</summary>
    public static List<BlockRow> Blocks(CatalogTransaction transaction, ImageId image, long first, int countMax) =>
        transaction.Query<BlockRow>(SelectBlocks, Range(image, first, countMax));

    /// <summary>What the blocks from an ordinal on and before another hold.</summary>
    public static ManifestSums Sums(CatalogTransaction transaction, ImageId image, long first, long end)
    {
        var sums = transaction.One<SumsRow>(SelectSums, new { Image = Columns.Of(image), First = first, End = end })!;
        return new ManifestSums(sums.Entries, sums.Unknown == 0 ? sums.Bytes ?? 0 : null);
    }

    /// <summary>The data of blocks, by their digests.</summary>
    public static Dictionary<string, byte[]> Data(
        CatalogTransaction transaction, IReadOnlyList<ManifestReference> references)
    {
        var parameters = new DynamicParameters();
        for (var i = 0; i < references.Count; i++) parameters.Add($"D{i}", references[i].Digest.ToArray());
        var names = string.Join(", ", Enumerable.Range(0, references.Count).Select(i => $"@D{i}"));
        return transaction.Query<BlockRow>(
            $"SELECT digest AS Digest, data AS Data FROM manifest_block WHERE digest IN ({names})", parameters)
            .ToDictionary(row => Convert.ToHexString(row.Digest), row => row.Data!);
    }

    /// <summary>One reference; null when the image has none of this ordinal.</summary>
    public static BlockRow? Reference(CatalogTransaction transaction, ImageId image, long ordinal) =>
        ordinal < 0 ? null : References(transaction, image, ordinal, 1) is [var row] ? row : null;

    /// <summary>The ordinal of the last block that begins with a path or before it; 0 when there is none.</summary>
    /// <exception cref="DamagedRowException">References are missing.</exception>
    public static long OrdinalOf(CatalogTransaction transaction, ImageId image, byte[] path)
    {
        var blocks = transaction.Number(
            "SELECT blocks FROM image WHERE id = @Image", new { Image = Columns.Of(image) }) ?? 0;
        if (blocks <= 1) return 0;
        var found = transaction.One<SearchRow>(
            SelectOrdinal, new { Image = Columns.Of(image), Path = path, Blocks = blocks })!;
        return found.High - found.Low == 1
            ? found.Low
            : throw new DamagedRowException(
                $"references of blocks {found.Low} to {found.High} of the manifest of image {image} are missing");
    }

    /// <summary>What is staged for a fragment, in order.</summary>
    public static List<StagedPiece> Staged(CatalogTransaction transaction, FragmentKey key) =>
        transaction.Query<StagedPiece>(SelectStaged, Of(key));

    /// <summary>Stages what a base's manifest has from an ordinal on, as the runs that the base has it in.</summary>
    /// <returns>Whether the base has all of it.</returns>
    public static bool Share(CatalogTransaction transaction, FragmentKey key, StagedRun run)
    {
        var end = run.Ordinal + run.Blocks;
        var next = run.Ordinal;
        foreach (var held in transaction.Query<RunRow>(
            $"SELECT ordinal AS Ordinal, blocks AS Blocks, list AS List, position AS Position FROM manifest "
            + $"WHERE image = @Image AND {From} AND ordinal < @End ORDER BY ordinal",
            Range(run.Base, run.Ordinal, run.Blocks)))
        {
            if (held.Ordinal > next) break;
            var skipped = next - held.Ordinal;
            var blocks = Math.Min(held.Blocks - skipped, end - next);
            if (blocks <= 0) break;
            transaction.Execute(
                "INSERT INTO staged_run (image, fragment, epoch, number, blocks, list, position) "
                + "VALUES (@Image, @Fragment, @Epoch, @Number, @Blocks, @List, @Position) "
                + "ON CONFLICT (image, fragment, epoch, number) DO UPDATE SET blocks = excluded.blocks, "
                + "list = excluded.list, position = excluded.position",
                new
                {
                    Image = Columns.Of(key.Image),
                    key.Fragment,
                    Epoch = key.Epoch.Value,
                    Number = run.Number + next - run.Ordinal,
                    Blocks = blocks,
                    held.List,
                    Position = held.Position + skipped,
                });
            next += blocks;
        }
        return next == end;
    }

    /// <summary>Makes what is staged for a fragment part of the image's manifest.</summary>
    public static void Publish(
        CatalogTransaction transaction, ImageRecord image, FragmentKey key, IReadOnlyList<StagedPiece> staged)
    {
        // Its own references have the place in their list that they have in the manifest: nothing has to be counted.
        var own = ListFor(transaction, image);
        transaction.Execute(
            "INSERT INTO manifest_reference (list, position, first_path, block, entries, bytes) "
            + "SELECT @Own, @Next + number, first_path, block, entries, bytes FROM staged_block "
            + $"{OfKey} ORDER BY number",
            new
            {
                Own = own,
                Next = image.Blocks,
                Image = Columns.Of(key.Image),
                key.Fragment,
                Epoch = key.Epoch.Value,
            });
        RunRow? run = null;
        foreach (var piece in staged)
        {
            var ordinal = image.Blocks + piece.Number;
            var (list, position) = piece.List is { } shared
                ? (shared, piece.Position) : (own, ordinal);
            if (run is not null && run.List.AsSpan().SequenceEqual(list) && run.Position + run.Blocks == position)
            {
                run.Blocks += piece.Blocks;
                continue;
            }
            Add(transaction, key.Image, run);
            run = new RunRow { Ordinal = ordinal, Blocks = piece.Blocks, List = list, Position = position };
        }
        Add(transaction, key.Image, run);
    }

    /// <summary>
    /// The list that is the image's own: of its id, or of another where references of this id are there already. Those
    /// are of the image as it was before it was purged, other images still have them, and a scan may cut it otherwise.
    /// </summary>
    private static byte[] ListFor(CatalogTransaction transaction, ImageRecord image)
    {
        var own = Columns.Of(image.Opened.Image);
        return transaction.Number(
            "SELECT COUNT(*) FROM manifest_reference WHERE list = @Own AND position >= @Next",
            new { Own = own, Next = image.Blocks }) is 0
            ? own : Columns.Of(ImageId.New());
    }

    /// <summary>Drops what is staged for an image, for one fragment of it, or for one writing of that.</summary>
    /// <returns>How many rows went.</returns>
    public static int Unstage(CatalogTransaction transaction, ImageId image, int? fragment = null, Epoch? epoch = null)
    {
        var which = "WHERE image = @Image" + (fragment is null ? "" : " AND fragment = @Fragment")
            + (epoch is null ? "" : " AND epoch = @Epoch");
        var parameters = new { Image = Columns.Of(image), Fragment = fragment, Epoch = epoch?.Value };
        return transaction.Execute($"DELETE FROM staged_block {which}", parameters)
            + transaction.Execute($"DELETE FROM staged_run {which}", parameters);
    }

    /// <summary>Removes references that no run has any more.</summary>
    public static void Sweep(CatalogTransaction transaction) => transaction.Execute(
        "DELETE FROM manifest_reference WHERE (list, position) IN (SELECT list, position FROM manifest_reference "
        + "EXCEPT SELECT ref.list, ref.position FROM (SELECT list, position, blocks FROM manifest "
        + "UNION SELECT list, position, blocks FROM staged_run) run JOIN manifest_reference ref "
        + "ON ref.list = run.list AND ref.position >= run.position AND ref.position < run.position + run.blocks)");

    private static void Add(CatalogTransaction transaction, ImageId image, RunRow? run)
    {
        if (run is null) return;
        transaction.Execute(
            "INSERT INTO manifest (image, ordinal, blocks, list, position) "
            + "VALUES (@Image, @Ordinal, @Blocks, @List, @Position)",
            new { Image = Columns.Of(image), run.Ordinal, run.Blocks, run.List, run.Position });
    }

    private static object Of(FragmentKey key) =>
        new { Image = Columns.Of(key.Image), key.Fragment, Epoch = key.Epoch.Value };

    private static object Range(ImageId image, long first, int countMax) =>
        new { Image = Columns.Of(image), First = first, End = first + countMax };

    private sealed class RunRow
    {
        public long Ordinal { get; set; }

        public long Blocks { get; set; }

        public byte[] List { get; set; } = [];

        public long Position { get; set; }
    }

    private sealed class SumsRow
    {
        public long Entries { get; set; }

        public long? Bytes { get; set; }

        public long Unknown { get; set; }
    }

    private sealed class SearchRow
    {
        public long Low { get; set; }

        public long High { get; set; }
    }
}

/// <summary>A block, or a run of shared ones, that is staged for a fragment.</summary>
internal sealed class StagedPiece
{
    /// <summary>The number of the first block in the fragment.</summary>
    public long Number { get; set; }

    public long Blocks { get; set; }

    public long Entries { get; set; }

    /// <summary>Where the first block begins.</summary>
    public byte[] FirstPath { get; set; } = [];

    /// <summary>Where the last block begins.</summary>
    public byte[] LastPath { get; set; } = [];

    /// <summary>The list that the run is of; null for a block of its own.</summary>
    public byte[]? List { get; set; }

    public long Position { get; set; }
}
