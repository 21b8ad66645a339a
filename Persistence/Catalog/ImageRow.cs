using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table image. Also the parameters of its statements.</summary>
internal sealed class ImageRow
{
    public const string Select =
        "SELECT id AS Id, job AS Job, client AS Client, policy AS Policy, file_set AS FileSet, level AS Level, since "
        + "AS Since, "
        + "base AS Base, base_root AS BaseRoot, state AS State, origin AS Origin, outcome AS Outcome, fragments AS "
        + "Fragments, "
        + "blocks AS Blocks, entries AS Entries, files AS Files, bytes_read AS BytesRead, bytes_stored AS BytesStored, "
        + "exceptions AS Exceptions, root AS Root, sealed_at AS SealedAt, recorded AS Recorded, "
        + "rules AS Rules, merged_from AS MergedFrom, "
        + "condemned_at AS CondemnedAt, purged_at AS PurgedAt, lacks AS Lacks FROM image";

    public const string Insert =
        "INSERT INTO image (id, job, client, policy, file_set, level, since, base, base_root, state, origin, "
        + "fragments, blocks, "
        + "entries, files, bytes_read, bytes_stored, exceptions, recorded, rules, merged_from) "
        + "VALUES (@Id, @Job, @Client, @Policy, "
        + "@FileSet, "
        + "@Level, @Since, "
        + "@Base, @BaseRoot, @State, @Origin, 0, 0, 0, 0, 0, 0, 0, @Recorded, @Rules, @MergedFrom)";

    public const string Grow =
        "UPDATE image SET fragments = fragments + 1, blocks = blocks + @Blocks, files = files + @Files, "
        + "bytes_read = bytes_read + @BytesRead, bytes_stored = bytes_stored + @BytesStored, exceptions = exceptions + "
        + "@Exceptions, "
        + "entries = entries + @Entries WHERE id = @Id";

    public const string SealIt =
        "UPDATE image SET state = @State, outcome = @Outcome, root = @Root, sealed_at = @SealedAt, lacks = NULL, "
        + "purged_at = NULL, files = @Files, "
        + "bytes_read = @BytesRead, bytes_stored = @BytesStored, exceptions = @Exceptions WHERE id = @Id";

    public byte[] Id { get; set; } = [];

    public long Job { get; set; }

    public string Client { get; set; } = "";

    public string Policy { get; set; } = "";

    public string FileSet { get; set; } = "";

    public long Level { get; set; }

    public long Since { get; set; }

    public byte[]? Base { get; set; }

    public byte[]? BaseRoot { get; set; }

    public long State { get; set; }

    public long Origin { get; set; }

    public long? Outcome { get; set; }

    public long Fragments { get; set; }

    public long Blocks { get; set; }

    public long Entries { get; set; }

    public long Files { get; set; }

    public long BytesRead { get; set; }

    public long BytesStored { get; set; }

    public long Exceptions { get; set; }

    public byte[]? Root { get; set; }

    public long? SealedAt { get; set; }

    public long Recorded { get; set; }

    public byte[]? Rules { get; set; }

    public byte[]? MergedFrom { get; set; }

    public long? CondemnedAt { get; set; }

    public long? PurgedAt { get; set; }

    public string? Lacks { get; set; }

    public static ImageRow Of(NewImage image, ImageOrigin origin) => new()
    {
        Id = Columns.Of(image.Image),
        Job = image.Job.Value,
        Client = Columns.Of(image.Client.Value),
        Policy = Columns.Of(image.Policy.Value),
        FileSet = Columns.Of(image.FileSet.Value),
        Level = image.Level,
        Since = Columns.Of(image.Since),
        Base = Columns.Of(image.Base),
        BaseRoot = image.BaseRoot?.ToArray(),
        State = (long)ImageState.Open,
        Origin = (long)origin,
        Recorded = image.Recorded ? 1 : 0,
        Rules = image.Rules?.ToArray(),
        MergedFrom = Columns.Of(image.MergedFrom),
    };

    public static object GrowBy(FragmentClosing closing, long entries) => new
    {
        Id = Columns.Of(closing.Fragment.Key.Image),
        closing.Blocks,
        Entries = entries,
        closing.Fragment.Files,
        BytesRead = closing.Fragment.ArchiveBytes,
        BytesStored = closing.Fragment.StoredBytes,
        Exceptions = closing.Exceptions.Count,
    };

    public static object SealOf(ImageId image, ImageSeal seal) => new
    {
        Id = Columns.Of(image),
        State = (int)ImageState.Sealed,
        Outcome = (int)seal.Outcome,
        Root = seal.Root.ToArray(),
        SealedAt = Columns.Of(seal.At),
        seal.Counts.Files,
        seal.Counts.BytesRead,
        seal.Counts.BytesStored,
        seal.Counts.Exceptions,
    };

    public ImageRecord ToRecord()
    {
        var opened = new NewImage(
            Columns.Image(Id), new JobId(Job), new ClientName(Client), new PolicyName(Policy), new FileSetName(FileSet),
            (int)Level,
            Columns.Time(Since), Columns.OptionalImage(Base), Columns.OptionalDigest(BaseRoot),
            Recorded != 0, Columns.OptionalDigest(Rules),
            Columns.OptionalImage(MergedFrom));
        var counts = new JobCounts(Files, BytesRead, BytesStored, Exceptions);
        var seal = (ImageState)State == ImageState.Sealed
            ? new ImageSeal(
                (JobOutcome)(Outcome ?? 0), (int)Fragments, Columns.Digest(Root ?? []), counts,
                Columns.Time(SealedAt ?? 0))
            : null;
        return new ImageRecord(
            opened, (ImageState)State, (ImageOrigin)Origin, (int)Fragments, Blocks, Entries, counts, seal,
            (ImageState)State == ImageState.Lacking ? Lacks ?? "" : null)
        {
            CondemnedAt = Columns.OptionalTime(CondemnedAt),
            PurgedAt = Columns.OptionalTime(PurgedAt),
        };
    }
}
