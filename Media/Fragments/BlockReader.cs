using Backup.Media.Tape;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// Reads a fragment's data block by block, as it lies there, and compares each with its digest: all that a copy or a
/// scrub needs, without keys and without unpacking. Calls block.
/// </summary>
/// <param name="index">The fragment, as the index of this copy says: with digests of blocks.</param>
public sealed class BlockReader(FragmentIndex index)
{
    private readonly FragmentIndex _index = index;

    /// <summary>Blocks of its data, over all parts.</summary>
    public int Count { get; } = index.Parts.Sum(part => part.BlockDigests.Count);

    /// <summary>Where a block lies: the part, and its number there.</summary>
    /// <param name="block">From 0, over all parts.</param>
    public (int Part, int Block) PlaceOf(int block)
    {
        var part = 0;
        for (; block >= _index.Parts[part].BlockDigests.Count; part++) block -= _index.Parts[part].BlockDigests.Count;
        return (part, block);
    }

    /// <summary>The volume that a block lies on.</summary>
    /// <param name="block">From 0, over all parts.</param>
    public VolumeName VolumeOf(int block) => IdentityOf(block).Name;

    /// <summary>The same, with its identity.</summary>
    /// <param name="block">From 0, over all parts.</param>
    public VolumeIdentity IdentityOf(int block) => _index.Parts[PlaceOf(block).Part].Location.Volume;

    /// <summary>The digest of a block.</summary>
    /// <param name="block">From 0, over all parts.</param>
    public Sha256Digest DigestOf(int block)
    {
        var (part, at) = PlaceOf(block);
        return _index.Parts[part].BlockDigests[at];
    }

    /// <summary>Reads a block, and does not compare it: <see cref="Check"/> may be another thread's.</summary>
    /// <param name="drive">Loaded with the part's volume.</param>
    /// <param name="block">From 0, over all parts.</param>
    /// <param name="buffer">At least 1 MiB.</param>
    /// <param name="length">Bytes read.</param>
    /// <returns>Why it cannot be read; null: it was.</returns>
    public FragmentDefect? Read(ITapeDrive drive, int block, Span<byte> buffer, out int length)
    {
        var (part, at) = PlaceOf(block);
        var place = new TapePosition(_index.Parts[part].Location.File, at + 1L);
        var located = drive.Locate(place);
        var result = located.IsGood ? drive.Read(buffer[..TapeFormat.BlockBytesMax]) : located;
        length = result.Status == TapeStatus.Block ? result.Length : 0;
        if (result.Status is TapeStatus.Block or TapeStatus.FileMark) return null;
        return result.Status is TapeStatus.EndOfData or TapeStatus.NotLoaded
            ? Defect(block, DefectKind.Missing, "the volume has no such tape file, or it ends before")
            : Defect(
                block, DefectKind.Unreadable, $"{result.Operation} failed: "
                    + $"{(result.Errno > 0 ? Posix.Errno.Describe(result.Errno) : result.Status.ToString())}");
    }

    /// <summary>Compares what was read with its digest.</summary>
    /// <param name="block">From 0, over all parts.</param>
    /// <param name="bytes">What was read.</param>
    /// <returns>What is wrong; null: it is what was written.</returns>
    public FragmentDefect? Check(int block, ReadOnlySpan<byte> bytes)
    {
        var (part, at) = PlaceOf(block);
        var from = _index.Parts[part];
        var expected = (int)Math.Min(
            TapeFormat.BlockBytesMax, from.Length - ((long)at * TapeFormat.BlockBytesMax));
        return bytes.Length == expected && Sha256Digest.Of(bytes) == from.BlockDigests[at]
            ? null
            : Defect(
                block, DefectKind.BlockDamaged,
                $"expected {expected} bytes with digest {from.BlockDigests[at]}, found {bytes.Length} other bytes");
    }

    /// <summary>Compares the header block of a part with its digest.</summary>
    /// <param name="drive">Loaded with the part's volume.</param>
    /// <param name="part">From 0.</param>
    /// <param name="buffer">At least 32 KiB.</param>
    /// <returns>What is wrong; null: it is what was written.</returns>
    public FragmentDefect? CheckHeader(ITapeDrive drive, int part, Span<byte> buffer)
    {
        var from = _index.Parts[part];
        var located = drive.Locate(new TapePosition(from.Location.File, 0));
        var result = located.IsGood ? drive.Read(buffer[..TapeFormat.HeaderBytes]) : located;
        return result.Status == TapeStatus.Block && Sha256Digest.Of(buffer[..result.Length]) == from.HeaderDigest
            ? null
            : new FragmentDefect(
                from.Location, DefectKind.HeaderDamaged, 0, default,
                "the header block is not the one that was written");
    }

    /// <summary>The items whose content a block holds, as far as this fragment's index says.</summary>
    /// <param name="block">From 0, over all parts.</param>
    public IReadOnlyList<Files.FilePath> FilesIn(int block)
    {
        var (part, at) = PlaceOf(block);
        var from = _index.Parts[part].Offset + ((long)at * TapeFormat.BlockBytesMax);
        var to = Math.Min(from + TapeFormat.BlockBytesMax, _index.Parts[part].Offset + _index.Parts[part].Length) - 1;
        var chunks = _index.Chunks;
        var (first, last) = (chunks[chunks.FindStored(from)], chunks[chunks.FindStored(to)]);
        return TouchedFiles.In(
            _index,
            new ArchiveRange(first.ArchiveOffset, last.ArchiveOffset + last.ArchiveLength - first.ArchiveOffset));
    }

    /// <summary>What is wrong with a block.</summary>
    private FragmentDefect Defect(int block, DefectKind kind, string detail)
    {
        var (part, at) = PlaceOf(block);
        return new FragmentDefect(_index.Parts[part].Location, kind, at + 1L, default, detail);
    }
}
