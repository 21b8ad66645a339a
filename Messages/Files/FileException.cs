namespace Backup.Messages.Files;

/// <summary>
/// Something that kept one item from being saved or restored as it is. The job goes on; the item is named.
/// </summary>
/// <param name="Path">The item's path, relative to the file system's root; bytes with `/` between components, no
/// leading one.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Operation">The system call or step that failed, as `openat`; empty when none did.</param>
/// <param name="Errno">The system's error number; 0 when there was none.</param>
/// <param name="Detail">One sentence for the operator.</param>
public sealed record FileException(byte[] Path, FileExceptionKind Kind, string Operation, int Errno, string Detail);

/// <summary>What may happen to one item.</summary>
public enum FileExceptionKind
{
    /// <summary>It could not be opened or read: permission, input/output error.</summary>
    Unreadable = 1,

    /// <summary>It was in its directory's list and gone when opened.</summary>
    Vanished = 2,

    /// <summary>It changed while it was read, also at each re-read; what was read last is stored.</summary>
    ChangedWhileRead = 3,

    /// <summary>It became shorter while it was read; the rest of its announced size is zeros.</summary>
    Truncated = 4,

    /// <summary>A directory could not be listed, or not to its end.</summary>
    DirectoryUnreadable = 5,

    /// <summary>A socket: sockets have no content that could be restored.</summary>
    SocketSkipped = 6,

    /// <summary>An attribute (extended attribute, ACL) could not be read.</summary>
    AttributesUnreadable = 7,

    /// <summary>A root of the file set does not exist.</summary>
    RootMissing = 8,

    /// <summary>The item was replaced by one of another type between listing and opening.</summary>
    Replaced = 9,

    /// <summary>
    /// A file changed between two attempts of a job; its first part is from before, the rest is zeros.
    /// </summary>
    DamagedByChange = 10,

    /// <summary>Its content on the medium is damaged; it was not put in place.</summary>
    ContentDamaged = 11,

    /// <summary>It could not be written at the target.</summary>
    NotWritten = 12,

    /// <summary>An attribute could not be set at the target.</summary>
    AttributesNotSet = 13,

    /// <summary>Left out at restore because its name is not safe (`..`, empty component, NUL).</summary>
    UnsafeName = 14,

    /// <summary>It exists at the target, and the replace rule keeps it.</summary>
    Kept = 15,

    /// <summary>Verify: it differs from the catalog.</summary>
    Differs = 16,

    /// <summary>Verify: it is in the catalog and not on the disk.</summary>
    Missing = 17,

    /// <summary>Verify: it is on the disk and not in the catalog.</summary>
    Added = 18,
}
