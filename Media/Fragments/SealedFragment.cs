using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// A fragment whose data and index are durable on the medium: what goes to the outbox, the catalog and the saga. Its
/// bytes are the index's own, so nothing of it can differ from what the medium says.
/// </summary>
/// <param name="Index">What the index says.</param>
/// <param name="Root">SHA-256 over the index: the fragment's identity in the chain.</param>
/// <param name="IndexBytes">The index as it stands on the medium behind its header block.</param>
/// <param name="IndexLocation">Volume and tape file of the index.</param>
public sealed record SealedFragment(
    FragmentIndex Index, Sha256Digest Root, ReadOnlyMemory<byte> IndexBytes, TapeLocation IndexLocation)
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
        var defect = IndexReader.Read(index, out var read, out var root);
        fragment = read is null ? null : new SealedFragment(read, root, index, location);
        return defect;
    }
}
