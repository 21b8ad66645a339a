using Backup.Media.Files;
using Backup.Messages;

namespace Backup.Media.Fragments;

/// <summary>
/// A run of entries in walk order, encoded: the same bytes in an index on a medium and as a block of a manifest in the
/// catalog. Layout: docs/formats/entry-block.md.
/// </summary>
/// <param name="FirstPath">The path of the first entry.</param>
/// <param name="Count">Entries, 1 to <see cref="EntriesMax"/>.</param>
/// <param name="Bytes">The encoded block.</param>
/// <param name="Digest">SHA-256 of the bytes: the block's name.</param>
public sealed record EntryBlock(FilePath FirstPath, int Count, ReadOnlyMemory<byte> Bytes, Sha256Digest Digest)
{
    /// <summary>Most entries in a block.</summary>
    public const int EntriesMax = 1024;

    /// <summary>Fewest entries before a content-defined cut.</summary>
    public const int EntriesMin = 64;

    /// <summary>Most bytes of a block before compression.</summary>
    public const int DecodedBytesMax = 128 << 20;

    /// <summary>
    /// True for the paths after which a block ends, once it has <see cref="EntriesMin"/> entries: one path in 256. It
    /// depends on the path alone, so that two images with the same files cut at the same places. FNV-1a over 64 bit,
    /// folded to 32, lowest 8 bits zero.
    /// </summary>
    /// <param name="path">The entry's path.</param>
    public static bool CutsAfter(FilePath path)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in path.Bytes) hash = (hash ^ value) * 1099511628211UL;
        return ((hash ^ (hash >> 32)) & 0xff) == 0;
    }
}

/// <summary>What may be wrong with an encoded block.</summary>
public enum EntryBlockDefect : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It does not begin as an entry block does.</summary>
    NotABlock,

    /// <summary>A version that this program does not know.</summary>
    UnknownVersion,

    /// <summary>The compressed columns do not decompress to the announced length.</summary>
    NotDecompressed,

    /// <summary>A column is cut, too long or impossible.</summary>
    Malformed,

    /// <summary>The entries are not in walk order, or one path is there twice.</summary>
    OutOfOrder,
}
