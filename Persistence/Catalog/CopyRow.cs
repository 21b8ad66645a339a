using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>A row of the table fragment_copy with its rows of the table part.</summary>
internal sealed class CopyRow
{
    private const string Select =
        "SELECT fragment AS Fragment, copy AS Copy, index_volume AS IndexVolume, index_tape_file AS IndexTapeFile, "
        + "state AS State, written_at AS WrittenAt, note AS Note FROM fragment_copy";

    public long Fragment { get; set; }

    public long Copy { get; set; }

    public string IndexVolume { get; set; } = "";

    public long IndexTapeFile { get; set; }

    public long State { get; set; }

    public long WrittenAt { get; set; }

    public string? Note { get; set; }

    /// <summary>The copies of neighbouring fragments, by fragment, each fragment's by number.</summary>
    public static ILookup<long, CopyRecord> Between(
        CatalogTransaction transaction, byte[] image, long first, long last)
    {
        var range = new { Image = image, First = first, Last = last };
        var parts = transaction.Query<PartRow>(
            "SELECT fragment AS Fragment, copy AS Copy, part AS Part, volume AS Volume, tape_file AS TapeFile, "
            + "byte_offset AS ByteOffset, bytes AS Bytes FROM part "
            + "WHERE image = @Image AND fragment BETWEEN @First AND @Last ORDER BY fragment, copy, part", range)
            .ToLookup(part => (part.Fragment, part.Copy), part => part.ToRecord());
        return transaction.Query<CopyRow>(
            $"{Select} WHERE image = @Image AND fragment BETWEEN @First AND @Last ORDER BY fragment, copy", range)
            .ToLookup(row => row.Fragment, row => row.ToRecord([.. parts[(row.Fragment, row.Copy)]]));
    }

    /// <summary>Adds a copy under a number that is free.</summary>
    public static void Add(CatalogTransaction transaction, FragmentRecord fragment, int number)
    {
        var image = Columns.Of(fragment.Key.Image);
        transaction.Execute(
            "INSERT INTO fragment_copy (image, fragment, copy, index_volume, index_tape_file, state, written_at) "
            + "VALUES (@Image, @Fragment, @Copy, @Volume, @TapeFile, @State, @WrittenAt)",
            new
            {
                Image = image,
                fragment.Key.Fragment,
                Copy = number,
                Volume = Columns.Of(fragment.Index.Volume.Value),
                fragment.Index.TapeFile,
                State = (int)CopyState.Good,
                WrittenAt = Columns.Of(fragment.CopiedAt ?? fragment.SealedAt),
            });
        foreach (var part in fragment.Parts) PartRow.Add(transaction, image, fragment.Key.Fragment, number, part);
        foreach (var at in fragment.Parts.Select(part => part.Position).Append(fragment.Index))
            ReleasedRow.Forget(transaction, at.Volume, at.TapeFile);
    }

    /// <summary>
    /// Adds the copy of a fragment that is recorded, unless this place is known. Where another copy has its number
    /// already (of a catalog that was lost), it gets the next one that is free.
    /// </summary>
    public static Recorded Know(CatalogTransaction transaction, FragmentRecord fragment)
    {
        var known = Between(
            transaction, Columns.Of(fragment.Key.Image), fragment.Key.Fragment, fragment.Key.Fragment)
            [fragment.Key.Fragment].ToList();
        if (known.Any(copy => copy.Index == fragment.Index)) return Recorded.Before;
        var isFree = known.TrueForAll(copy => copy.Copy != fragment.Copy);
        Add(transaction, fragment, isFree ? fragment.Copy : known.Max(copy => copy.Copy) + 1);
        return Recorded.Now;
    }

    /// <summary>Takes a copy out of use: what it had on volumes is nobody's from then on.</summary>
    public static void Remove(CatalogTransaction transaction, ImageId image, int fragment, int copy)
    {
        var key = new { Image = Columns.Of(image), Fragment = fragment, Copy = copy };
        ReleasedRow.Add(transaction, image, fragment, copy);
        transaction.Execute(
            "DELETE FROM part WHERE image = @Image AND fragment = @Fragment AND copy = @Copy", key);
        transaction.Execute(
            "DELETE FROM fragment_copy WHERE image = @Image AND fragment = @Fragment AND copy = @Copy", key);
    }

    /// <summary>Says what is known of a copy.</summary>
    /// <returns>True when that was new.</returns>
    public static bool Mark(CatalogTransaction transaction, TapePosition index, CopyState state, string? note) =>
        transaction.Execute(
            "UPDATE fragment_copy SET state = @State, note = @Note WHERE index_volume = @Volume "
            + "AND index_tape_file = @TapeFile AND state <> @State",
            new
            {
                Volume = Columns.Of(index.Volume.Value),
                index.TapeFile,
                State = (int)state,
                Note = Columns.OfOptional(note),
            }) > 0;

    private CopyRecord ToRecord(IReadOnlyList<PartRecord> parts) => new(
        (int)Copy, new TapePosition(new VolumeName(IndexVolume), (int)IndexTapeFile), parts, (CopyState)State,
        Columns.Time(WrittenAt), Note);
}
