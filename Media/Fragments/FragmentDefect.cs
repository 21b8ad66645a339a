using System.Globalization;
using Backup.Media.Tape;

namespace Backup.Media.Fragments;

/// <summary>Something on a medium that is not as it was written.</summary>
/// <param name="Location">Volume and tape file.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Block">The block of the tape file, 0 being the header; -1 where it is not about one.</param>
/// <param name="Lost">The archive bytes of the fragment that cannot be had because of it; of length 0 when all
/// can.</param>
/// <param name="Detail">One sentence for the operator.</param>
public sealed record FragmentDefect(
    TapeLocation Location, DefectKind Kind, long Block, ArchiveRange Lost, string Detail)
{
    /// <inheritdoc/>
    public override string ToString() => Block < 0
        ? $"{Location}: {Detail}"
        : string.Create(CultureInfo.InvariantCulture, $"{Location}, block {Block}: {Detail}");
}

/// <summary>What may be wrong on a medium.</summary>
public enum DefectKind : byte
{
    /// <summary>The volume or tape file cannot be had.</summary>
    Missing = 1,

    /// <summary>The drive failed to read.</summary>
    Unreadable,

    /// <summary>The header block is not the one that was written.</summary>
    HeaderDamaged,

    /// <summary>A block of data is not the one that was written, or is short.</summary>
    BlockDamaged,

    /// <summary>There is more behind the last block than was written.</summary>
    TrailingData,

    /// <summary>
    /// The blocks are right and a chunk in them does not decompress: it was damaged before it was written.
    /// </summary>
    ChunkDamaged,

    /// <summary>
    /// The chunks are right and a member's content has not its digest: it was damaged before it was stored.
    /// </summary>
    MemberDamaged,

    /// <summary>The index is not the one that was written.</summary>
    IndexDamaged,

    /// <summary>A list of entries in the index cannot be read.</summary>
    EntriesDamaged,
}
