using System.Text.Json.Serialization;

namespace Backup.Messages.Files;

/// <summary>
/// What of a client a backup protects: one or more save operations, each with its own roots and options.
/// </summary>
/// <param name="Name">The file set's name.</param>
/// <param name="Operations">At least one; their roots do not overlap.</param>
public sealed record FileSet(FileSetName Name, IReadOnlyList<SaveOperation> Operations);

/// <summary>Roots that are saved with the same options.</summary>
/// <param name="Roots">Absolute paths, at least one. UTF-8; `\xNN` stands for a byte that is not UTF-8, `\\` for a
/// backslash.</param>
/// <param name="Rules">Ordered; the first that matches an item decides; an item that none matches is included.</param>
/// <param name="CompressionLevel">Level of Zstandard, 1 to 19; 0 stores.</param>
/// <param name="Digest">The digest of each file's content.</param>
/// <param name="OneFileSystem">Do not descend into other file systems than the root's.</param>
/// <param name="ExcludeCaches">Leave out the content of directories that hold a valid CACHEDIR.TAG
/// (bford.info/cachedir).</param>
/// <param name="ExcludeMarker">Leave out directories that hold a file of this name; null: none.</param>
/// <param name="FileSystemTypes">
/// Types of file system, as mountinfo (proc_pid_mountinfo(5)) names them (`ext4`), whose directories are entered; the
/// directory on which another is mounted is saved without content. Null or empty: any.
/// </param>
/// <param name="Recurse">False: what lies directly in a root is saved, and directories among that without content.
/// Null, as from a node that does not know it: true.</param>
/// <param name="ReadFifos">Read what is written into FIFOs until their writers close them, and save it as regular
/// files; else FIFOs are saved as FIFOs.</param>
/// <param name="Only">Of what the roots hold only these paths, each with all below, written like roots: what somebody
/// chose. All else counts as before: what the rules leave out, or what lies on another file system, is not saved.
/// Null: everything.</param>
public sealed record SaveOperation(
    IReadOnlyList<string> Roots,
    IReadOnlyList<FileRule> Rules,
    int CompressionLevel = 1,
    DigestAlgorithm Digest = DigestAlgorithm.Sha256,
    bool OneFileSystem = true,
    bool ExcludeCaches = true,
    string? ExcludeMarker = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<string>? FileSystemTypes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Recurse = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ReadFifos = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Only = null);

/// <summary>One include or exclude rule.</summary>
/// <param name="Include">True includes what matches, false excludes it.</param>
/// <param name="Pattern">
/// Wild: `*`, `?`, `[a-z]` within a component, `**` over any number of components. A pattern that starts with `/` is
/// matched against the absolute path from its beginning; another against the last components of the path. A trailing
/// `/` is as type directory.
/// Regex: .NET syntax, non-backtracking, searched in the absolute path (Latin-1 view of the bytes).
/// </param>
/// <param name="Kind">How the pattern is written.</param>
/// <param name="Type">The type of item that it is for.</param>
public sealed record FileRule(
    bool Include, string Pattern, PatternKind Kind = PatternKind.Wild, RuleTarget Type = RuleTarget.Any);

/// <summary>How a pattern is written.</summary>
public enum PatternKind
{
    /// <summary>Wildcards with `**`.</summary>
    Wild,

    /// <summary>A regular expression.</summary>
    Regex,
}

/// <summary>The types of item that a rule is for.</summary>
public enum RuleTarget
{
    /// <summary>Any item.</summary>
    Any,

    /// <summary>Regular files.</summary>
    File,

    /// <summary>Directories; one that is excluded is not descended into.</summary>
    Directory,

    /// <summary>Symbolic links.</summary>
    Symlink,

    /// <summary>Devices, FIFOs and sockets.</summary>
    Special,
}

/// <summary>The digest of a file's content.</summary>
public enum DigestAlgorithm
{
    /// <summary>No digest: the item has no content.</summary>
    None = 0,

    /// <summary>SHA-256.</summary>
    Sha256 = 1,

    /// <summary>SHA-512.</summary>
    Sha512 = 2,
}
