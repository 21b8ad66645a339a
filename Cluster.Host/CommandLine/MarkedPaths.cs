namespace Backup.Host.CommandLine;

/// <summary>
/// What is marked in an image: items, directories with all below them. Paths are as lists show them, from the root with
/// a leading `/`; the image's root is `/`.
/// </summary>
internal sealed class MarkedPaths
{
    private readonly SortedSet<string> _marked = new(StringComparer.Ordinal);

    /// <summary>The paths to be restored, none below another.</summary>
    public IReadOnlyCollection<string> All => _marked;

    /// <summary>The directory above; `/` of itself.</summary>
    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var at ? path[..at] : "/";

    /// <summary>What a word means in a directory: absolute, or from there; `.` and `..` are followed.</summary>
    public static string Resolve(string directory, string word)
    {
        var parts = new List<string>();
        foreach (var part in (word.StartsWith('/') ? word : $"{directory}/{word}").Split('/'))
            if (part == "..")
            {
                if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        return "/" + string.Join('/', parts);
    }

    /// <summary>Whether a path is marked, by itself or with a directory above it.</summary>
    public bool Holds(string path) => _marked.Contains(path) || Above(path) is not null;

    /// <summary>Marks a path with all below it.</summary>
    public void Mark(string path)
    {
        if (Holds(path)) return;
        RemoveBelow(path);
        _marked.Add(path);
    }

    /// <summary>
    /// Takes a path out, with all below it. Where a directory above is marked, what else is in it stays marked.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="list">The paths of what a directory holds.</param>
    /// <returns>False when nothing of it was marked.</returns>
    public async Task<bool> Unmark(string path, Func<string, Task<IReadOnlyList<string>>> list)
    {
        if (_marked.Remove(path) || RemoveBelow(path)) return true;
        if (Above(path) is not { } above) return false;
        _marked.Remove(above);
        while (above != path)
        {
            var towards = path; // where nothing lies in between, it is in no list
            foreach (var child in await list(above))
                if (IsBelow(path, child)) towards = child;
                else if (child != path) _marked.Add(child);
            above = towards;
        }
        return true;
    }

    private bool RemoveBelow(string path) => _marked.RemoveWhere(other => IsBelow(other, path)) > 0;

    private string? Above(string path)
    {
        while (path != "/")
        {
            path = ParentOf(path);
            if (_marked.Contains(path)) return path;
        }
        return null;
    }

    private static bool IsBelow(string path, string directory) =>
        path != directory && path.StartsWith(directory == "/" ? "/" : directory + "/", StringComparison.Ordinal);
}
