using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// A fragment whose data and index are durable on the medium: what goes to the outbox, the catalog and the saga. Its
/// bytes are the index's own, so nothing of it can differ from what the medium says.
/// </summary>
/// <param name="Index">What the index says.</param>
/// <param name="Root">SHA-256 over the index: the fragment's identity in the chain.</param>
/// <param name="IndexBytes">The index as it stands on the medium behind its header block; of a copy with its record in
/// front.</param>
/// <param name="IndexLocation">Volume and tape file of the index.</param>
/// <param name="Copy">1 as its job wrote it. 2 and more: a copy, and parts and commands of <paramref name="Index"/> are
/// the copy's; the root stays that of the fragment.</param>
/// <param name="CopiedAt">Of a copy: when it was made, by the writer's clock; else null.</param>
public sealed record SealedFragment(
    FragmentIndex Index, Sha256Digest Root, ReadOnlyMemory<byte> IndexBytes, TapeLocation IndexLocation, int Copy = 1,
    DateTimeOffset? CopiedAt = null)
{
    /// <summary>The image.</summary>
    public ImageId Image => Index.Image.Image;

    /// <summary>The fragment's number, from 0.</summary>
    public int Fragment => Index.Start.Fragment;

    /// <summary>True on the image's last fragment.</summary>
    public bool SealsImage => Index.Seal is not null;

    /// <summary>What the image's seal will say about it.</summary>
    public FragmentSummary Summary => new(Root, [.. Index.Parts.Select(part => part.Location)], Index.Counts);

    /// <summary>Reads an index, as the outbox, the catalog or a medium kept it.</summary>
    /// <param name="index">The index without its header block; held, not copied.</param>
    /// <param name="location">Where it lies.</param>
    /// <param name="fragment">The fragment when there is no defect.</param>
    public static IndexDefect FromIndex(ReadOnlyMemory<byte> index, TapeLocation location, out SealedFragment? fragment)
    {
        fragment = null;
        if (CopyRecord.Read(index.Span, out var copy, out var length) is { } wrong) return wrong;
        var defect = IndexReader.Read(index[length..], out var read, out var root);
        if (read is null) return defect;
        var placed = copy is null ? read : copy.Place(read, root);
        if (placed is null) return IndexDefect.Malformed;
        fragment = new SealedFragment(placed, root, index, location, copy?.Number ?? 1, copy?.Written);
        return IndexDefect.None;
    }

    /// <summary>The index as the fragment's job wrote it, without what a copy has in front of it.</summary>
    public ReadOnlyMemory<byte> OriginalIndex =>
        CopyRecord.Read(IndexBytes.Span, out _, out var length) is null ? IndexBytes[length..] : IndexBytes;
}
