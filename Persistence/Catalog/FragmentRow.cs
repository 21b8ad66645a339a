using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table fragment with its rows of the table part.</summary>
internal sealed class FragmentRow
{
    private const string Select =
        "SELECT image AS Image, fragment AS Fragment, epoch AS Epoch, root AS RootBytes, previous_root AS "
        + "PreviousRoot, "
        + "start_kind AS StartKind, start_member AS StartMember, bytes_to_first_member AS BytesToFirstMember, files AS "
        + "Files, "
        + "archive_bytes AS ArchiveBytes, stored_bytes AS StoredBytes, chunk_table AS ChunkTable, "
        + "sealed_at AS SealedAt, origin AS Origin FROM fragment";

    private const string Insert =
        "INSERT INTO fragment (image, fragment, epoch, root, previous_root, start_kind, start_member, "
        + "bytes_to_first_member, files, "
        + "archive_bytes, stored_bytes, chunk_table, sealed_at, origin) VALUES (@Image, "
        + "@Fragment, @Epoch, "
        + "@RootBytes, @PreviousRoot, @StartKind, @StartMember, @BytesToFirstMember, @Files, @ArchiveBytes, "
        + "@StoredBytes, "
        + "@ChunkTable, @SealedAt, @Origin)";

    public byte[] Image { get; set; } = [];

    public long Fragment { get; set; }

    public long Epoch { get; set; }

    public byte[] RootBytes { get; set; } = [];

    public byte[] PreviousRoot { get; set; } = [];

    public long StartKind { get; set; }

    public byte[]? StartMember { get; set; }

    public long BytesToFirstMember { get; set; }

    public long Files { get; set; }

    public long ArchiveBytes { get; set; }

    public long StoredBytes { get; set; }

    public byte[] ChunkTable { get; set; } = [];

    public long SealedAt { get; set; }

    public string? Origin { get; set; }

    public Sha256Digest Root => Columns.Digest(RootBytes);

    public static FragmentRow? Find(CatalogTransaction transaction, ImageId image, int fragment) =>
        transaction.One<FragmentRow>(
            $"{Select} WHERE image = @Image AND fragment = @Fragment",
            new { Image = Columns.Of(image), Fragment = fragment });

    public static IReadOnlyList<FragmentRecord> Page(CatalogTransaction transaction, ImageId image, int after,
        int countMax)
    {
        var rows = transaction.Query<FragmentRow>(
            $"{Select} WHERE image = @Image AND fragment > @After ORDER BY fragment LIMIT @Max",
            new { Image = Columns.Of(image), After = after, Max = countMax });
        if (rows.Count == 0) return [];
        var copies = CopyRow.Between(transaction, Columns.Of(image), rows[0].Fragment, rows[^1].Fragment);
        return rows.ConvertAll(row => row.ToRecord([.. copies[row.Fragment]]));
    }

    public static void Add(CatalogTransaction transaction, FragmentRecord fragment)
    {
        var image = Columns.Of(fragment.Key.Image);
        transaction.Execute(Insert, new FragmentRow
        {
            Image = image,
            Fragment = fragment.Key.Fragment,
            Epoch = fragment.Key.Epoch.Value,
            RootBytes = fragment.Root.ToArray(),
            PreviousRoot = fragment.PreviousRoot.ToArray(),
            StartKind = fragment.StartKind,
            StartMember = fragment.StartMember,
            BytesToFirstMember = fragment.BytesToFirstMember,
            Files = fragment.Files,
            ArchiveBytes = fragment.ArchiveBytes,
            StoredBytes = fragment.StoredBytes,
            ChunkTable = fragment.ChunkTable,
            SealedAt = Columns.Of(fragment.SealedAt),
            Origin = Columns.OfOptional(fragment.Origin),
        });
        CopyRow.Add(transaction, fragment, fragment.Copy);
    }

    private FragmentRecord ToRecord(IReadOnlyList<CopyRecord> copies)
    {
        var best = copies.OrderBy(copy => copy.State).ThenBy(copy => copy.Copy).FirstOrDefault();
        return ToRecord() with
        {
            Copy = best?.Copy ?? 1,
            Index = best?.Index ?? default,
            Parts = best?.Parts ?? [],
            Copies = copies,
        };
    }

    private FragmentRecord ToRecord() => new()
    {
        Key = new FragmentKey(Columns.Image(Image), (int)Fragment, new Epoch(Epoch)),
        Root = Root,
        PreviousRoot = Columns.Digest(PreviousRoot),
        StartKind = (int)StartKind,
        StartMember = StartMember,
        BytesToFirstMember = BytesToFirstMember,
        Files = Files,
        ArchiveBytes = ArchiveBytes,
        StoredBytes = StoredBytes,
        ChunkTable = ChunkTable,
        Index = default,
        SealedAt = Columns.Time(SealedAt),
        Parts = [],
        Origin = Origin,
    };
}
