namespace Backup.Media.Files;

/// <summary>
/// Where the items of an image are put below a target: first the path is renamed, then it loses components, then it
/// gets a prefix and, of all but a directory, its name a suffix.
/// </summary>
/// <param name="renames">In order, each seeing what the one before made.</param>
/// <param name="strip">Components that each path loses at its beginning.</param>
/// <param name="prefix">Put before each path; null: nothing.</param>
/// <param name="suffix">Put behind each name; null: nothing.</param>
public sealed class PathChange(IReadOnlyList<PathRename> renames, int strip, byte[]? prefix, byte[]? suffix)
{
    /// <summary>A path at the target; null when nothing of it is left, and the item is left out.</summary>
    /// <param name="path">In the image.</param>
    /// <param name="isDirectory">Of what kind the item is.</param>
    public FilePath? Of(FilePath path, bool isDirectory)
    {
        var renamed = path;
        foreach (var rename in renames) renamed = rename.Of(renamed);
        if (renames.Count > 0 && renamed.IsRoot && !path.IsRoot) return null;
        if (strip == 0 && prefix is null && suffix is null) return renamed;
        var rest = renamed.Bytes;
        for (var stripped = 0; stripped < strip; stripped++)
        {
            var cut = rest.IndexOf((byte)'/');
            if (cut < 0) return null;
            rest = rest[(cut + 1)..];
        }
        var end = isDirectory || rest.IsEmpty ? [] : suffix ?? [];
        if (prefix is not { Length: > 0 }) return new FilePath([.. rest, .. end]);
        return rest.IsEmpty ? new FilePath(prefix) : new FilePath([.. prefix, (byte)'/', .. rest, .. end]);
    }
}
