namespace Backup.Media.Archive;

/// <summary>Why the archived content of a member is not what its entry announces.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Detail">What was expected and what was found, in one sentence.</param>
public sealed record ContentDefect(ContentDefectKind Kind, string Detail);

/// <summary>What may be wrong with a member's content.</summary>
public enum ContentDefectKind
{
    /// <summary>Fewer or more bytes than announced.</summary>
    WrongLength = 1,

    /// <summary>The digest is another.</summary>
    WrongDigest = 2,

    /// <summary>The map of a sparse file cannot be read, or does not fit the file.</summary>
    BadMap = 3,
}
