using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Media.Packets;

/// <summary>A piece of an entry's content in a batch, or an entry without content.</summary>
/// <param name="Entry">The entry; the same object for pieces of one entry in a row.</param>
/// <param name="Length">Bytes of content in it; they lie behind those of the piece before.</param>
/// <param name="First">True on the entry's first piece.</param>
/// <param name="Final">True on the entry's last piece.</param>
/// <param name="Damage">Why the rest of the content cannot be had.</param>
public readonly record struct BatchPiece(FileEntry Entry, int Length, bool First, bool Final, string? Damage);

/// <summary>All of a restore batch that is not content, as it travels ahead of it. Layout:
/// docs/formats/data-plane.md.</summary>
public static class BatchInformation
{
    private const byte First = 1;
    private const byte Final = 2;
    private const byte Damaged = 4;
    private const byte SameEntry = 8;
    private const byte Last = 1;
    private const int LaneShift = 1;

    /// <summary>Most lanes of a restore.</summary>
    public const int LanesMax = 64;

    /// <summary>Writes a batch's information.</summary>
    /// <param name="pieces">In order.</param>
    /// <param name="last">True on the last batch.</param>
    /// <param name="lane">Its sequence, 0 to <see cref="LanesMax"/> - 1.</param>
    public static byte[] Write(IReadOnlyList<BatchPiece> pieces, bool last, int lane = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lane);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lane, LanesMax);
        var row = new FieldWriter(16 + (pieces.Count * 128));
        row.Byte((byte)((last ? Last : 0) | (lane << LaneShift)));
        row.Unsigned((ulong)pieces.Count);
        var path = FilePath.Root;
        FileEntry? entry = null;
        foreach (var piece in pieces)
        {
            var same = ReferenceEquals(piece.Entry, entry);
            row.Byte((byte)((piece.First ? First : 0) | (piece.Final ? Final : 0) | (piece.Damage is null ? 0
                : Damaged) | (same ? SameEntry : 0)));
            if (!same) EntryRow.Write(row, piece.Entry, ref path);
            entry = piece.Entry;
            row.Unsigned((ulong)piece.Length);
            if (piece.Damage is { } damage) row.Text(damage);
        }
        return row.ToArray();
    }

    /// <summary>Reads it.</summary>
    /// <param name="information">Not trusted.</param>
    /// <param name="contentLength">Bytes of content: the pieces fill it exactly.</param>
    /// <returns>The pieces, or null where they cannot be.</returns>
    public static (IReadOnlyList<BatchPiece> Pieces, bool Last, int Lane)? Read(
        ReadOnlySpan<byte> information, int contentLength)
    {
        var row = new FieldReader(information);
        var head = row.Byte();
        var lane = head >> LaneShift;
        var pieces = new BatchPiece[row.Count(2)];
        if (row.Failed || lane >= LanesMax) return null;
        var path = FilePath.Root;
        FileEntry? entry = null;
        long content = 0;
        for (var at = 0; at < pieces.Length; at++)
        {
            var marks = row.Byte();
            if ((marks & SameEntry) == 0) entry = EntryRow.Read(ref row, ref path);
            var length = (int)row.Within(contentLength);
            var damage = (marks & Damaged) == 0 ? null : row.Text();
            if (entry is null || row.Failed || marks > 0xf) return null;
            pieces[at] = new BatchPiece(entry, length, (marks & First) != 0, (marks & Final) != 0, damage);
            content += length;
        }
        return row.AtEnd && content == contentLength ? (pieces, (head & Last) != 0, lane) : null;
    }
}
