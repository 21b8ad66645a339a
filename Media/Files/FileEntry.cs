using System.Runtime.CompilerServices;
using Backup.Messages;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>
/// One item of a tree, as it is in an archive, an index on the medium and a manifest in the catalog: its metadata, the
/// digest of its content and where the content lies. Not changed once it is filled; a copy that differs is made by
/// `with`. Two entries are equal when they are one object: whether two items are alike depends on what is asked, and is
/// answered elsewhere.
/// </summary>
public sealed record FileEntry
{
    /// <summary>The item's path.</summary>
    public required FilePath Path { get; init; }

    /// <summary>The type of item.</summary>
    public required FileKind Kind { get; init; }

    /// <summary>Permission, set-id and sticky bits: 0 to 07777 (octal).</summary>
    public uint Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint UserId { get; init; }

    /// <summary>Numeric group.</summary>
    public uint GroupId { get; init; }

    /// <summary>
    /// Bytes of content of a regular file (apparent size, holes included); 0 for every other kind and for a hard link.
    /// </summary>
    public long Size { get; init; }

    /// <summary>Time of last modification (mtime).</summary>
    public UnixTime Modified { get; init; }

    /// <summary>Time of last status change (ctime); not restorable, used to compare.</summary>
    public UnixTime Changed { get; init; }

    /// <summary>
    /// Device number of the file system that held it, as the client's kernel gave it; a hint for hard links only.
    /// </summary>
    public ulong Device { get; init; }

    /// <summary>Inode number; a hint.</summary>
    public ulong Inode { get; init; }

    /// <summary>Number of hard links when it was read.</summary>
    public uint LinkCount { get; init; } = 1;

    /// <summary>
    /// Target of a symbolic link, verbatim; path (as <see cref="FilePath"/>) of the first name for a hard link. Of a
    /// regular file: the first name of the same file, which was not archived with it because an earlier image holds it;
    /// this name then has the content once more. Else null.
    /// </summary>
    public byte[]? LinkTarget { get; init; }

    /// <summary>Major number of a device node.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device node.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>
    /// Extended attributes in byte order of their names, POSIX ACLs among them in the kernel's binary form
    /// (`system.posix_acl_*`), and the flags of the inode as `linux.flags` (docs/formats/archive.md).
    /// </summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>True when the content is archived as GNU.sparse 1.0: a map, then the data extents.</summary>
    public bool Sparse { get; init; }

    /// <summary>What is known to be wrong with the stored content.</summary>
    public EntryFlags Flags { get; init; }

    /// <summary>
    /// Digest of the content as archived (of a sparse file: its map and data extents); of a hard link: that of the
    /// first name. Empty where there is no content.
    /// </summary>
    public ContentDigest Digest { get; init; }

    /// <summary>Where the content lies; of a hard link, where the first name's content lies.</summary>
    public ContentPosition Position { get; init; }

    /// <summary>True for the same object.</summary>
    /// <param name="other">Any entry.</param>
    public bool Equals(FileEntry? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
}

/// <summary>The types of item that an archive holds.</summary>
public enum FileKind : byte
{
    /// <summary>Regular file.</summary>
    Regular = 0,

    /// <summary>
    /// A further name of a regular file (or other non-directory) whose first name, in walk order, is in the same image.
    /// </summary>
    HardLink = 1,

    /// <summary>Symbolic link.</summary>
    Symlink = 2,

    /// <summary>Character device.</summary>
    CharacterDevice = 3,

    /// <summary>Block device.</summary>
    BlockDevice = 4,

    /// <summary>Directory.</summary>
    Directory = 5,

    /// <summary>FIFO.</summary>
    Fifo = 6,
}

/// <summary>Marks of an entry.</summary>
[Flags]
public enum EntryFlags : byte
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>The file changed while it was read.</summary>
    ChangedWhileRead = 1,

    /// <summary>The file became shorter; zeros fill it to its announced size.</summary>
    Truncated = 2,

    /// <summary>The file changed between two attempts; zeros fill it from there.</summary>
    DamagedByChange = 4,
}

/// <summary>A moment as the kernel gives it (struct timespec).</summary>
/// <param name="Seconds">Since 1970-01-01 UTC; may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999, added to the seconds.</param>
public readonly record struct UnixTime(long Seconds, int Nanoseconds) : IComparable<UnixTime>
{
    /// <inheritdoc/>
    public int CompareTo(UnixTime other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);
}

/// <summary>One extended attribute.</summary>
/// <param name="Name">Full name, as `user.comment`; bytes without NUL.</param>
/// <param name="Value">The value, may be empty.</param>
public sealed record ExtendedAttribute(byte[] Name, byte[] Value);

/// <summary>The digest of a content.</summary>
/// <param name="Algorithm">Which.</param>
/// <param name="Bytes">32 bytes of SHA-256, 64 of SHA-512, none of None.</param>
public readonly record struct ContentDigest(DigestAlgorithm Algorithm, byte[]? Bytes)
{
    /// <summary>Equality of algorithm and bytes.</summary>
    public bool Equals(ContentDigest other) =>
        Algorithm == other.Algorithm && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => Bytes is { Length: >= 4 } ? BitConverter.ToInt32(Bytes) : 0;
}

/// <summary>Where the archived content of a member lies.</summary>
/// <param name="Image">The image.</param>
/// <param name="Fragment">The fragment in which it begins, from 0.</param>
/// <param name="Offset">Offset of its first byte in the archive bytes (uncompressed) of that fragment; it goes on at
/// offset 0 of the next.</param>
/// <param name="Length">Bytes as archived, without padding to 512; of a sparse file, map and extents.</param>
public readonly record struct ContentPosition(ImageId Image, int Fragment, long Offset, long Length);
