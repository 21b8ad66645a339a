namespace Backup.Media.Files;

/// <summary>The paths to which a walk is restricted, and which of them it has met. For one thread.</summary>
internal sealed class ChosenPaths
{
    private readonly FilePath[] _paths;
    private readonly HashSet<FilePath> _unmet;

    /// <param name="only">As roots are written.</param>
    /// <exception cref="ArgumentException">One is not an absolute path.</exception>
    internal ChosenPaths(IReadOnlyList<string> only)
    {
        var kept = new List<FilePath>();
        foreach (var path in only.Select(WalkRoot.Parse).Order())
            if (kept.Count == 0 || !path.IsWithin(kept[^1])) kept.Add(path);
        _paths = [.. kept];
        _unmet = [.. kept];
    }

    /// <summary>True when a path is chosen, or lies below one that is.</summary>
    internal bool Holds(FilePath path)
    {
        var found = Array.BinarySearch(_paths, path);
        // None lies within another, so only the nearest before can hold it
        return found >= 0 || (~found > 0 && path.IsWithin(_paths[~found - 1]));
    }

    /// <summary>True when something chosen lies below a path.</summary>
    internal bool IsAbove(FilePath path)
    {
        var found = Array.BinarySearch(_paths, path);
        return found < 0 && ~found < _paths.Length && _paths[~found].IsWithin(path);
    }

    /// <summary>The walk has met an item.</summary>
    internal void Meet(FilePath path) => _unmet.Remove(path);

    /// <summary>Chosen paths below a root that the walk has not met, in walk order; each is told once.</summary>
    internal IReadOnlyList<FilePath> TakeUnmet(FilePath root)
    {
        FilePath[] unmet = [.. _unmet.Where(path => path.IsWithin(root)).Order()];
        _unmet.ExceptWith(unmet);
        return unmet;
    }
}
