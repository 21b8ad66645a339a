using Backup.Media.Files;

namespace Backup.Media.Archive;

/// <summary>What an <see cref="ArchiveReader"/> finds next.</summary>
public abstract record ArchiveStep
{
    private ArchiveStep() { }

    /// <summary>
    /// A member. <see cref="FileEntry.Position"/> holds offset and length of its content in this archive (image and
    /// fragment are unset), <see cref="FileEntry.Digest"/> is unset: an archive holds none.
    /// </summary>
    /// <param name="Entry">As the headers tell.</param>
    /// <param name="Warnings">One sentence for each thing in the headers that is not in the entry, as an ACL of named
    /// users.</param>
    public sealed record Member(FileEntry Entry, IReadOnlyList<string> Warnings) : ArchiveStep;

    /// <summary>The archive's own end: two blocks of zeros.</summary>
    public sealed record End : ArchiveStep;

    /// <summary>
    /// The bytes end between two members, without the archive's own end: so does every fragment but an image's last.
    /// </summary>
    /// <param name="Offset">Where they end, from the archive's beginning.</param>
    public sealed record Boundary(long Offset) : ArchiveStep;

    /// <summary>
    /// The archive cannot be read from here on. Nothing behind is looked for: it could be the content of a file.
    /// </summary>
    /// <param name="Offset">Of the block that is wrong, from the archive's beginning.</param>
    /// <param name="Detail">What was expected and what was found, in one sentence.</param>
    public sealed record Defect(long Offset, string Detail) : ArchiveStep;
}
