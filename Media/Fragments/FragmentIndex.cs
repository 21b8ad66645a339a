using Backup.Media.Files;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Fragments;

/// <summary>
/// Everything about a fragment but its data: what the index file on the medium, the outbox and the catalog hold.
/// Layout: docs/formats/index.md.
/// </summary>
/// <param name="Image">The image.</param>
/// <param name="Epoch">The attempt that wrote it.</param>
/// <param name="Start">The fragment's number and what its data begins with.</param>
/// <param name="PreviousRoot">The root of the fragment before; none (all zero) for fragment 0.</param>
/// <param name="Written">When it was sealed, by the writer's clock.</param>
/// <param name="Parts">Where its data lies, in order; at least one.</param>
/// <param name="Chunks">Where each chunk lies in the data.</param>
/// <param name="EntryBlocks">The members that end in this fragment, in walk order.</param>
/// <param name="Open">The member that begins here or before and ends in a later fragment; null when there is
/// none.</param>
/// <param name="Deletions">Paths in this fragment's range that the base has and that are gone; in walk order.</param>
/// <param name="Exceptions">What could not be saved as it is, in this fragment's range.</param>
/// <param name="Counts">Sums over this fragment.</param>
/// <param name="Command">The shell command that restores this fragment's own members; empty where nothing can be
/// restored from it alone.</param>
/// <param name="Seal">Set on the image's last fragment.</param>
public sealed record FragmentIndex(
    ImageHeader Image,
    Epoch Epoch,
    FragmentStart Start,
    Sha256Digest PreviousRoot,
    DateTimeOffset Written,
    IReadOnlyList<FragmentPart> Parts,
    ChunkTable Chunks,
    IReadOnlyList<EntryBlock> EntryBlocks,
    OpenMember? Open,
    IReadOnlyList<FilePath> Deletions,
    IReadOnlyList<FileException> Exceptions,
    FragmentCounts Counts,
    string Command,
    ImageSeal? Seal)
{
    /// <summary>What is needed to read it.</summary>
    public FragmentLayout Layout => new(Parts, Chunks);
}

/// <summary>
/// What is needed to read a fragment's data: from its index, or from the catalog, which keeps no digests of blocks.
/// </summary>
/// <param name="Parts">Where its data lies, in order.</param>
/// <param name="Chunks">Where each chunk lies in the data.</param>
public sealed record FragmentLayout(IReadOnlyList<FragmentPart> Parts, ChunkTable Chunks);

/// <summary>What of a fragment lies on one volume.</summary>
/// <param name="Location">Volume and tape file.</param>
/// <param name="Offset">Offset of its first byte in the fragment's data.</param>
/// <param name="Length">Bytes of data, without the header block; 1 or more, a multiple of 1 MiB but for the last
/// part.</param>
/// <param name="HeaderDigest">SHA-256 of its header block.</param>
/// <param name="BlockDigests">SHA-256 of each block of data, in order.</param>
public sealed record FragmentPart(
    TapeLocation Location, long Offset, long Length, Sha256Digest HeaderDigest,
    IReadOnlyList<Sha256Digest> BlockDigests)
{
    /// <summary>True when a block is the one that was written, or nothing is known of it.</summary>
    internal bool Holds(int block, ReadOnlySpan<byte> bytes) =>
        BlockDigests.Count == 0 || Sha256Digest.Of(bytes) == BlockDigests[block];

    internal string DigestText(int block) => BlockDigests.Count == 0 ? "" : $" with digest {BlockDigests[block]}";

    /// <summary>The block of its tape file in which a chunk that ends in this part begins (0 is the header).</summary>
    internal long BlockOf(ChunkExtent chunk) =>
        1 + (Math.Max(0, chunk.FrameOffset - Offset) / Tape.TapeFormat.BlockBytesMax);
}

/// <summary>A member that goes on in the next fragment.</summary>
/// <param name="Entry">As far as it is known: without digest.</param>
/// <param name="ArchivedBytes">Bytes of its content up to the end of this fragment, over all fragments.</param>
/// <param name="PrefixDigest">Digest of those bytes; empty when the archiver gave none.</param>
public sealed record OpenMember(FileEntry Entry, long ArchivedBytes, ContentDigest PrefixDigest);

/// <summary>The end of an image: its last fragment's index carries it, and makes the image whole.</summary>
/// <param name="Outcome">How the job ended.</param>
/// <param name="Finished">When, by the writer's clock.</param>
/// <param name="Total">Sums over all fragments; each exception is named in its fragment's index.</param>
/// <param name="EarlierRoots">The roots of all fragments before this one, in order: as many as there are.</param>
/// <param name="Command">The shell command that restores the whole image.</param>
public sealed record ImageSeal(
    SealOutcome Outcome, DateTimeOffset Finished, FragmentCounts Total, IReadOnlyList<Sha256Digest> EarlierRoots,
    string Command);

/// <summary>The outcomes with which an image can be sealed; any other leaves it unsealed.</summary>
public enum SealOutcome : byte
{
    /// <summary>All that was selected is stored.</summary>
    Complete = 1,

    /// <summary>All but what the exceptions name.</summary>
    CompleteWithExceptions = 2,
}

/// <summary>What the caller knows when the last chunk was the image's last.</summary>
/// <param name="Outcome">How the job ended.</param>
/// <param name="Finished">When.</param>
/// <param name="Earlier">All fragments before the one that is sealed, in order.</param>
public sealed record SealInfo(SealOutcome Outcome, DateTimeOffset Finished, IReadOnlyList<FragmentSummary> Earlier);

/// <summary>What a seal says about an earlier fragment.</summary>
/// <param name="Root">Its root.</param>
/// <param name="Parts">Where its parts lie, in order.</param>
/// <param name="Counts">Its sums.</param>
public sealed record FragmentSummary(Sha256Digest Root, IReadOnlyList<TapeLocation> Parts, FragmentCounts Counts);

/// <summary>What may be wrong with an index.</summary>
public enum IndexDefect : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It does not begin as an index does, or is cut.</summary>
    NotAnIndex,

    /// <summary>A version that this program does not know.</summary>
    UnknownVersion,

    /// <summary>The root is not the digest of the bytes before it.</summary>
    RootMismatch,

    /// <summary>The root holds and a field is missing or impossible.</summary>
    Malformed,

    /// <summary>The header block before it belongs to something else.</summary>
    HeaderMismatch,
}
