using System.Buffers;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Media.Merge;

/// <summary>
/// One fragment of an archive that is made of others: what lies where in it, known before any of its content is read.
/// </summary>
/// <param name="Start">What it begins with.</param>
/// <param name="Pieces">Its members, or what of them lies in it, in order and without gaps.</param>
/// <param name="Bytes">Its archive bytes; behind the last piece of the image's last fragment they are the archive's
/// end.</param>
/// <param name="EndsImage">True of the last fragment.</param>
public sealed record MergedFragment(
    FragmentStart Start, IReadOnlyList<MergedPiece> Pieces, long Bytes, bool EndsImage)
{
    /// <summary>What lies in a range of its archive bytes, in order.</summary>
    /// <param name="from">First byte.</param>
    /// <param name="to">The byte behind the last, <see cref="Bytes"/> at most.</param>
    internal IEnumerable<MergedStretch> Stretches(long from, long to)
    {
        for (var next = FirstEndingBehind(from); next < Pieces.Count && Pieces[next].At < to; next++)
            foreach (var stretch in Pieces[next].Stretches(from, to)) yield return stretch;
        var end = Pieces.Count == 0 ? 0 : Pieces[^1].End;
        if (to > end)
            yield return new MergedStretch(null, StretchKind.Zeros, 0, Math.Max(from, end), to - Math.Max(from, end));
    }

    /// <summary>The members that begin or end in a range of its archive bytes.</summary>
    /// <param name="from">First byte.</param>
    /// <param name="to">The byte behind the last.</param>
    internal IReadOnlyList<MemberRecord> Members(long from, long to)
    {
        var members = new List<MemberRecord>();
        for (var next = FirstEndingBehind(from); next < Pieces.Count && Pieces[next].At < to; next++)
        {
            var piece = Pieces[next];
            var (begins, ends) = (piece.From == 0 && piece.At >= from, piece.EndsMember && piece.End <= to);
            if (begins && ends) members.Add(new MemberRecord(piece.Entry, MemberPhase.Whole));
            else if (ends) members.Add(new MemberRecord(piece.Entry, MemberPhase.Ends));
            else if (begins)
                members.Add(new MemberRecord(
                    ArchivedEntry.Of(piece.Entry, default, piece.Entry.Position, EntryFlags.None),
                    MemberPhase.Begins));
        }
        return members;
    }

    private int FirstEndingBehind(long offset)
    {
        var (low, high) = (0, Pieces.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Pieces[middle].End <= offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/// <summary>A member of an archive that is made of others, or what of it lies in one fragment.</summary>
/// <param name="Entry">As the merged image's index says it.</param>
/// <param name="Source">Where its content lies now.</param>
/// <param name="HeaderBytes">Bytes of its headers.</param>
/// <param name="Total">Bytes of headers, content and padding.</param>
/// <param name="From">Of these, how many lie in fragments before.</param>
/// <param name="At">Where it lies in the fragment's archive bytes.</param>
/// <param name="Length">How many lie in this fragment.</param>
public sealed record MergedPiece(
    FileEntry Entry, ContentPosition Source, int HeaderBytes, long Total, long From, long At, long Length)
{
    /// <summary>The byte behind it.</summary>
    public long End => At + Length;

    /// <summary>True when the member's last byte lies in this fragment.</summary>
    public bool EndsMember => From + Length == Total;

    /// <summary>What of it lies in a range of the fragment's archive bytes.</summary>
    internal IEnumerable<MergedStretch> Stretches(long from, long to)
    {
        var (first, last) = (Math.Max(from, At) - At + From, Math.Min(to, End) - At + From);
        long contentEnd = HeaderBytes + Source.Length;
        if (Of(StretchKind.Header, 0, HeaderBytes) is { } header) yield return header;
        if (Of(StretchKind.Content, HeaderBytes, contentEnd) is { } content) yield return content;
        if (Of(StretchKind.Zeros, contentEnd, Total) is { } padding) yield return padding;

        MergedStretch? Of(StretchKind kind, long begin, long end)
        {
            var (low, high) = (Math.Max(first, begin), Math.Min(last, end));
            return low < high ? new MergedStretch(this, kind, low - begin, low - From + At, high - low) : null;
        }
    }
}

/// <summary>Bytes of one kind.</summary>
/// <param name="Piece">Of which member; null: of the archive's end.</param>
/// <param name="Kind">Of which kind.</param>
/// <param name="Offset">Offset of the first in the member's headers or content.</param>
/// <param name="At">Offset of the first in the fragment's archive bytes.</param>
/// <param name="Length">How many.</param>
internal readonly record struct MergedStretch(
    MergedPiece? Piece, StretchKind Kind, long Offset, long At, long Length);

/// <summary>The kinds of archive bytes.</summary>
internal enum StretchKind
{
    /// <summary>A member's headers.</summary>
    Header,

    /// <summary>A member's content.</summary>
    Content,

    /// <summary>Padding, and the archive's end.</summary>
    Zeros,
}

/// <summary>The headers of members; that of the last one is kept. For one thread at a time.</summary>
internal sealed class MergedHeaders
{
    private readonly PaxHeader _writer = new();
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private MergedPiece? _last;

    public ReadOnlySpan<byte> Of(MergedStretch stretch)
    {
        if (!ReferenceEquals(_last, stretch.Piece))
        {
            _last = stretch.Piece!;
            _bytes.ResetWrittenCount();
            _writer.Write(_last.Entry, _last.Source.Length, _bytes);
        }
        return _bytes.WrittenSpan.Slice((int)stretch.Offset, (int)stretch.Length);
    }
}
