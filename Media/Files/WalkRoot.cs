using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>A root to walk, with the operation that it belongs to and that operation's compiled rules.</summary>
internal sealed record WalkRoot(FilePath Path, WalkRules Rules)
{
    internal SaveOperation Operation => Rules.Operation;

    /// <summary>
    /// The roots of all operations in walk order; one within another of the same operation is absorbed.
    /// </summary>
    /// <exception cref="ArgumentException">Roots of two operations overlap, or one is not an absolute path.</exception>
    internal static List<WalkRoot> Merge(FileSet fileSet)
    {
        var roots = new List<WalkRoot>();
        foreach (var operation in fileSet.Operations)
        {
            var rules = new WalkRules(operation);
            roots.AddRange(operation.Roots.Select(root => new WalkRoot(Parse(root), rules)));
        }
        roots.Sort((left, right) => left.Path.CompareTo(right.Path));
        var merged = new List<WalkRoot>();
        foreach (var root in roots)
        {
            if (merged is not [.., var last] || !root.Path.IsWithin(last.Path)) merged.Add(root);
            else if (!ReferenceEquals(root.Operation, last.Operation))
                throw new ArgumentException(
                    $"The roots /{last.Path} and /{root.Path} of two save operations overlap.", nameof(fileSet));
        }
        return merged;
    }

    /// <summary>A root as it is configured.</summary>
    /// <exception cref="ArgumentException">It is not an absolute path.</exception>
    internal static FilePath Parse(string root)
    {
        if (!root.StartsWith('/'))
            throw new ArgumentException($"A root must be an absolute path, found \"{root}\".", nameof(root));
        var path = FilePath.Root;
        var bytes = PathText.Unescape(root).AsSpan();
        foreach (var range in bytes.Split((byte)'/'))
        {
            var name = bytes[range];
            if (name.IsEmpty || name.SequenceEqual("."u8)) continue;
            if (name.SequenceEqual(".."u8) || name.Contains((byte)0))
                throw new ArgumentException($"A root must not hold `..` or NUL, found \"{root}\".", nameof(root));
            path = path.Append(name);
        }
        return path;
    }
}

/// <summary>An operation's rules, compiled, and how many items each left out.</summary>
internal sealed class WalkRules(SaveOperation operation)
{
    internal SaveOperation Operation { get; } = operation;

    internal RuleMatcher Matcher { get; } = new(operation.Rules);

    internal byte[] Marker { get; } = operation.ExcludeMarker is { } marker ? PathText.Unescape(marker) : [];

    /// <summary>The chosen paths, in walk order; null: all is.</summary>
    internal ChosenPaths? Chosen { get; } = operation.Only is { } only ? new ChosenPaths(only) : null;
}

/// <summary>What one reason kept out of a backup.</summary>
/// <param name="Operation">The save operation.</param>
/// <param name="Reason">Which kind of reason.</param>
/// <param name="Rule">For <see cref="ExclusionReason.Rule"/> the rule's index in the operation, else -1.</param>
/// <param name="First">The first item, in walk order.</param>
/// <param name="Items">Items left out; a directory that is not descended into counts as one.</param>
public sealed record Exclusion(SaveOperation Operation, ExclusionReason Reason, int Rule, FilePath First, long Items)
{
    /// <summary>What left the items out, for the operator: `exclude *.tmp`.</summary>
    public string Cause => Reason switch
    {
        ExclusionReason.Rule => $"exclude {Operation.Rules[Rule].Pattern}",
        ExclusionReason.CacheDirectory => "exclude-caches",
        ExclusionReason.Marker => $"exclude-marker {Operation.ExcludeMarker}",
        ExclusionReason.OtherFileSystem => "one-file-system",
        ExclusionReason.FileSystemType => "file-system-types",
        ExclusionReason.NoRecursion => "recurse",
        _ => Reason.ToString(),
    };
}

/// <summary>Why something is left out though nothing is wrong with it.</summary>
public enum ExclusionReason
{
    /// <summary>An exclude rule.</summary>
    Rule,

    /// <summary>The content of a directory with a valid CACHEDIR.TAG.</summary>
    CacheDirectory,

    /// <summary>A directory that holds the marker file.</summary>
    Marker,

    /// <summary>
    /// The content of a directory on which another file system is mounted; the directory itself is saved.
    /// </summary>
    OtherFileSystem,

    /// <summary>
    /// The content of a directory on a file system of a type that is not wanted; the directory itself is saved.
    /// </summary>
    FileSystemType,

    /// <summary>The content of a directory below a root that is not descended; the directory itself is saved.</summary>
    NoRecursion,
}
