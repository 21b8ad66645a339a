namespace Backup.Media.Files;

/// <summary>
/// A name of a file whose first name an earlier image holds: it has the content once more, and is a further name of
/// that file all the same.
/// </summary>
public static class FurtherName
{
    /// <summary>The entry as a hard link, where it is such a name; else itself.</summary>
    /// <param name="entry">An entry of a complete manifest.</param>
    public static FileEntry Of(FileEntry entry) => entry is { Kind: FileKind.Regular, LinkTarget: not null }
        ? entry with { Kind = FileKind.HardLink, Size = 0, Sparse = false } : entry;
}
