using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table part.</summary>
internal sealed class PartRow
{
    public long Fragment { get; set; }

    public long Copy { get; set; }

    public long Part { get; set; }

    public string Volume { get; set; } = "";

    public long TapeFile { get; set; }

    public long ByteOffset { get; set; }

    public long Bytes { get; set; }

    public static void Add(
        CatalogTransaction transaction, byte[] image, int fragment, int copy, PartRecord part) => transaction.Execute(
        "INSERT INTO part (image, fragment, copy, part, volume, tape_file, byte_offset, bytes) "
        + "VALUES (@Image, @Fragment, @Copy, @Part, @Volume, @TapeFile, @Offset, @Bytes)",
        new
        {
            Image = image,
            Fragment = fragment,
            Copy = copy,
            part.Part,
            Volume = Columns.Of(part.Position.Volume.Value),
            part.Position.TapeFile,
            part.Offset,
            part.Bytes,
        });

    public PartRecord ToRecord() =>
        new((int)Part, new TapePosition(new VolumeName(Volume), (int)TapeFile), ByteOffset, Bytes);
}
