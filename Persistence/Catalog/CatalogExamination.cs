using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>Something in the catalog that should not be.</summary>
/// <param name="Kind">A word for it, as `volume-unknown`.</param>
/// <param name="Detail">What is wrong, and what to do.</param>
/// <param name="MayRepair">True where it can be mended without losing anything.</param>
/// <param name="Repaired">True when it was.</param>
public sealed record ExaminationFinding(string Kind, string Detail, bool MayRepair = false, bool Repaired = false);

/// <summary>
/// Compares the catalog's rows with each other. Mends what loses nothing: leftovers that no image has, and a counter
/// that is behind. All else is named: the media decide, and a scan reads them.
/// </summary>
internal static class CatalogExamination
{
    /// <summary>Most findings of one kind.</summary>
    private const int FindingsMax = 100;

    private const string Scan = "`backup scan LIBRARY` reads what the media hold.";

    private static readonly IReadOnlyList<(string Kind, string Sql, Func<Row, string> Detail)> Questions =
    [
        ("image-incomplete",
            "SELECT id AS Id, fragments AS First, (SELECT COUNT(*) FROM fragment WHERE image = image.id) AS Second "
            + "FROM image WHERE fragments <> (SELECT COUNT(*) FROM fragment WHERE image = image.id) ORDER BY id",
            row => $"Image {row.Image}: expected {row.First} fragments, found {row.Second}. {Scan}"),
        ("image-without-media",
            "SELECT id AS Id FROM image WHERE state = 2 AND NOT EXISTS (SELECT 1 FROM part WHERE image = image.id) "
            + "ORDER BY id",
            row => $"Image {row.Image} is sealed, and nothing says on which volume it lies. {Scan}"),
        ("image-without-job",
            "SELECT id AS Id, job AS First FROM image WHERE job NOT IN (SELECT id FROM job) ORDER BY id",
            row => $"Image {row.Image}: its job {row.First} is not there."),
        ("image-twice",
            "SELECT root AS Id, COUNT(*) AS First FROM image WHERE state = 2 GROUP BY root HAVING COUNT(*) > 1 "
            + "ORDER BY root",
            row => $"{row.First} images have the root {row.Image}; one can only be of one image."),
        ("base-unknown",
            "SELECT id AS Id FROM image WHERE state = 2 AND base IS NOT NULL AND NOT EXISTS "
            + "(SELECT 1 FROM image below WHERE below.id = image.base AND below.root = image.base_root) ORDER BY id",
            row => $"Image {row.Image} builds on an image that is not there, or is another. Its own list of files is "
                + $"whole; content that lies in its base cannot be restored. {Scan}"),
        ("fragment-without-part",
            "SELECT image AS Id, fragment AS First FROM fragment WHERE NOT EXISTS (SELECT 1 FROM part "
            + "WHERE part.image = fragment.image AND part.fragment = fragment.fragment) ORDER BY image, fragment",
            row => $"Image {row.Image}: nothing says where fragment {row.First} lies. {Scan}"),
        ("copy-without-part",
            "SELECT image AS Id, fragment AS First, copy AS Second FROM fragment_copy WHERE NOT EXISTS (SELECT 1 "
            + "FROM part WHERE part.image = fragment_copy.image AND part.fragment = fragment_copy.fragment "
            + "AND part.copy = fragment_copy.copy) AND EXISTS (SELECT 1 FROM part WHERE "
            + "part.image = fragment_copy.image AND part.fragment = fragment_copy.fragment) "
            + "ORDER BY image, fragment, copy",
            row => $"Image {row.Image}: nothing says where copy {row.Second} of fragment {row.First} lies. {Scan}"),
        ("volume-unknown",
            "SELECT volume AS Name, COUNT(*) AS First FROM part WHERE volume NOT IN (SELECT name FROM volume) "
            + "GROUP BY volume ORDER BY volume",
            row => $"Volume {row.Name} holds {row.First} parts of images, and is not known. {Scan}"),
        ("volume-twice",
            "SELECT uuid AS Id, MIN(name) AS Name, COUNT(*) AS First FROM volume GROUP BY uuid HAVING COUNT(*) > 1 "
            + "ORDER BY uuid",
            row => $"{row.First} volumes, {row.Name} among them, have the identity {row.Image}: one is a copy. Take it "
                + "out."),
        ("volume-behind",
            "SELECT volume.name AS Name, volume.tape_files AS First, MAX(part.tape_file) AS Second FROM volume "
            + "JOIN part ON part.volume = volume.name GROUP BY volume.name, volume.tape_files "
            + "HAVING MAX(part.tape_file) >= volume.tape_files ORDER BY volume.name",
            row => $"Volume {row.Name} is said to have {row.First} tape files, and tape file {row.Second} of it holds "
                + $"a part of an image. {Scan}"),
        ("manifest-short",
            "SELECT id AS Id, blocks AS First, (SELECT CAST(COALESCE(SUM(blocks), 0) AS BIGINT) FROM manifest "
            + "WHERE image = image.id) AS Second FROM image WHERE blocks <> (SELECT COALESCE(SUM(blocks), 0) "
            + "FROM manifest WHERE image = image.id) ORDER BY id",
            row => $"Image {row.Image}: expected {row.First} blocks of its list of files, found {row.Second}. What it "
                + "holds can be had with `backup extract`."),
        ("manifest-gap",
            "SELECT run.image AS Id, run.ordinal AS First FROM manifest run WHERE run.blocks <> (SELECT COUNT(*) "
            + "FROM manifest_reference ref JOIN manifest_block block ON block.digest = ref.block "
            + "WHERE ref.list = run.list AND ref.position >= run.position "
            + "AND ref.position < run.position + run.blocks) ORDER BY run.image, run.ordinal",
            row => $"Image {row.Image}: blocks of its list of files behind block {row.First} are missing. What it "
                + "holds can be had with `backup extract`."),
    ];

    private static readonly IReadOnlyList<(string Kind, string Count, string Repair, string Detail)> Leftovers =
    [
        ("staged-left",
            "SELECT (SELECT COUNT(*) FROM staged_block WHERE image IN (SELECT id FROM image WHERE state <> 1)) "
            + "+ (SELECT COUNT(*) FROM staged_run WHERE image IN (SELECT id FROM image WHERE state <> 1))",
            "DELETE FROM staged_block WHERE image IN (SELECT id FROM image WHERE state <> 1); "
            + "DELETE FROM staged_run WHERE image IN (SELECT id FROM image WHERE state <> 1)",
            "rows wait for the end of fragments of images that take no more."),
        ("counter-behind",
            "SELECT COUNT(*) FROM counter WHERE name = 'job' AND value < (SELECT COALESCE(MAX(id), 0) FROM job)",
            "UPDATE counter SET value = (SELECT COALESCE(MAX(id), 0) FROM job) WHERE name = 'job' "
            + "AND value < (SELECT COALESCE(MAX(id), 0) FROM job)",
            "counter of jobs would give a number that is taken."),
    ];

    /// <summary>Examines all rows.</summary>
    /// <param name="database">The catalog.</param>
    /// <param name="repair">Mend what loses nothing.</param>
    public static CatalogAnswer<IReadOnlyList<ExaminationFinding>> Run(CatalogDatabase database, bool repair)
    {
        var findings = new List<ExaminationFinding>();
        if (database.Check().Failure is { } damaged)
            findings.Add(new ExaminationFinding("damaged", CatalogFailureText.Sentence(damaged)));
        var read = database.ReadLong<Recorded>(transaction =>
        {
            foreach (var (kind, sql, detail) in Questions)
                findings.AddRange(transaction.Query<Row>($"{sql} LIMIT {FindingsMax}")
                    .Select(row => new ExaminationFinding(kind, detail(row))));
            foreach (var (kind, count, _, detail) in Leftovers)
                if (transaction.Number(count) is > 0 and var left)
                    findings.Add(new ExaminationFinding(kind, $"{left} {detail}", MayRepair: true));
            return Recorded.Before;
        });
        if (read.Failure is { } unread) return unread;
        if (!repair || !findings.Exists(finding => finding.MayRepair)) return findings;
        var mended = database.WriteLong<Recorded>(transaction =>
        {
            foreach (var (_, _, statement, _) in Leftovers) transaction.Execute(statement);
            return Recorded.Now;
        });
        return mended.Failure is { } unmended ? unmended
            : findings.ConvertAll(finding => finding with { Repaired = finding.MayRepair });
    }

    private sealed class Row
    {
        public byte[]? Id { get; set; }

        public string? Name { get; set; }

        public long First { get; set; }

        public long Second { get; set; }

        public string Image => Convert.ToHexStringLower(Id ?? []);
    }
}
