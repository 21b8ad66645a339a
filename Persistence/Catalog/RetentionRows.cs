using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table image_mark. Also the parameters of its statement.</summary>
internal sealed class ImageMarkRow
{
    public const string Select =
        "SELECT image AS Image, kind AS Kind, name AS Name, note AS Note, marked_at AS MarkedAt FROM image_mark";

    public const string Upsert =
        "INSERT INTO image_mark (image, kind, name, note, marked_at) VALUES (@Image, @Kind, @Name, @Note, @MarkedAt) "
        + "ON CONFLICT (image, kind, name) DO UPDATE SET note = excluded.note";

    public byte[] Image { get; set; } = [];

    public long Kind { get; set; }

    public string Name { get; set; } = "";

    public string? Note { get; set; }

    public long MarkedAt { get; set; }

    public static ImageMarkRow Of(ImageMark mark) => new()
    {
        Image = Columns.Of(mark.Image),
        Kind = (long)mark.Kind,
        Name = Columns.Of(mark.Name),
        Note = Columns.OfOptional(mark.Note),
        MarkedAt = Columns.Of(mark.At),
    };

    public ImageMark ToRecord() =>
        new(Columns.Image(Image), (ImageMarkKind)Kind, Name, Note, Columns.Time(MarkedAt));
}

/// <summary>A row of the table released_file.</summary>
internal sealed class ReleasedRow
{
    public const string Select =
        "SELECT volume AS Volume, tape_file AS TapeFile, uuid AS Uuid, image AS Image, fragment AS Fragment, "
        + "epoch AS Epoch, is_gone AS IsGone FROM released_file";

    public string Volume { get; set; } = "";

    public long TapeFile { get; set; }

    public byte[] Uuid { get; set; } = [];

    public byte[] Image { get; set; } = [];

    public long Fragment { get; set; }

    public long Epoch { get; set; }

    public long IsGone { get; set; }

    /// <summary>What a tape file holds is needed, or another labelling has it: it is no released one.</summary>
    public static void Forget(CatalogTransaction transaction, VolumeName volume, int? tapeFile = null) =>
        transaction.Execute(
            "DELETE FROM released_file WHERE volume = @Volume" + (tapeFile is null ? "" : " AND tape_file = @File"),
            new { Volume = Columns.Of(volume.Value), File = tapeFile });

    /// <summary>
    /// What lies on volumes of an image, or of one copy of a fragment of it, is nobody's from now on. Before its rows
    /// go.
    /// </summary>
    /// <returns>The number of tape files.</returns>
    public static int Add(CatalogTransaction transaction, ImageId image, int? fragment = null, int? copy = null) =>
        transaction.Execute(
            "INSERT INTO released_file (volume, tape_file, uuid, image, fragment, epoch, is_gone) "
            + "SELECT held.volume, held.tape_file, volume.uuid, held.image, held.fragment, fragment.epoch, 0 "
            + $"FROM {HeldParts.All} held JOIN volume ON volume.name = held.volume "
            + "JOIN fragment ON fragment.image = held.image AND fragment.fragment = held.fragment "
            + "WHERE held.image = @Image"
            + (copy is null ? "" : " AND held.fragment = @Fragment AND held.copy = @Copy")
            + " ON CONFLICT (volume, tape_file) DO UPDATE SET uuid = excluded.uuid, "
            + "image = excluded.image, fragment = excluded.fragment, epoch = excluded.epoch, is_gone = 0",
            new { Image = Columns.Of(image), Fragment = fragment, Copy = copy });

    public ReleasedFile ToRecord() => new(
        new TapePosition(new VolumeName(Volume), (int)TapeFile), Columns.Uuid(Uuid),
        new FragmentKey(Columns.Image(Image), (int)Fragment, new Epoch(Epoch)), IsGone != 0);
}

/// <summary>What a volume holds of an image, as a statement counts it.</summary>
internal sealed class HoldingRow
{
    public string Volume { get; set; } = "";

    public byte[] Image { get; set; } = [];

    public long TapeFiles { get; set; }

    public long Bytes { get; set; }

    public VolumeHolding ToRecord() => new(new VolumeName(Volume), Columns.Image(Image), (int)TapeFiles, Bytes);
}
