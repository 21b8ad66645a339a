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
        + "archive_bytes AS ArchiveBytes, stored_bytes AS StoredBytes, chunk_table AS ChunkTable, index_volume AS "
        + "IndexVolume, "
        + "index_tape_file AS IndexTapeFile, sealed_at AS SealedAt FROM fragment";

    private const string Insert =
        "INSERT INTO fragment (image, fragment, epoch, root, previous_root, start_kind, start_member, "
        + "bytes_to_first_member, files, "
        + "archive_bytes, stored_bytes, chunk_table, index_volume, index_tape_file, sealed_at) VALUES (@Image, "
        + "@Fragment, @Epoch, "
        + "@RootBytes, @PreviousRoot, @StartKind, @StartMember, @BytesToFirstMember, @Files, @ArchiveBytes, "
        + "@StoredBytes, "
        + "@ChunkTable, @IndexVolume, @IndexTapeFile, @SealedAt)";

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

    public string IndexVolume { get; set; } = "";

    public long IndexTapeFile { get; set; }

    public long SealedAt { get; set; }

    public Sha256Digest Root => Columns.Digest(RootBytes);

    public static FragmentRow? Find(CatalogTransaction transaction, ImageId image, int fragment) => transaction.One<FragmentRow>(
        $"{Select} WHERE image = @Image AND fragment = @Fragment", new { Image = Columns.Of(image), Fragment = fragment });

    public static IReadOnlyList<FragmentRecord> Page(CatalogTransaction transaction, ImageId image, int after, int countMax)
    {
        var rows = transaction.Query<FragmentRow>(
            $"{Select} WHERE image = @Image AND fragment > @After ORDER BY fragment LIMIT @Max",
            new { Image = Columns.Of(image), After = after, Max = countMax });
        if (rows.Count == 0) return [];
        var parts = transaction.Query<PartRow>(
            "SELECT fragment AS Fragment, part AS Part, volume AS Volume, tape_file AS TapeFile, byte_offset AS "
            + "ByteOffset, "
            + "bytes AS Bytes FROM part WHERE image = @Image AND fragment BETWEEN @First AND @Last ORDER BY fragment, "
            + "part",
            new { Image = Columns.Of(image), First = rows[0].Fragment, Last = rows[^1].Fragment })
            .ToLookup(part => part.Fragment, part => part.ToRecord());
        return rows.ConvertAll(row => row.ToRecord([.. parts[row.Fragment]]));
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
            IndexVolume = Columns.Of(fragment.Index.Volume.Value),
            IndexTapeFile = fragment.Index.TapeFile,
            SealedAt = Columns.Of(fragment.SealedAt),
        });
        foreach (var part in fragment.Parts) PartRow.Add(transaction, image, fragment.Key.Fragment, part);
    }

    private FragmentRecord ToRecord(IReadOnlyList<PartRecord> parts) => new()
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
        Index = new TapePosition(new VolumeName(IndexVolume), (int)IndexTapeFile),
        SealedAt = Columns.Time(SealedAt),
        Parts = parts,
    };
}
