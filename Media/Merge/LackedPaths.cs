using Backup.Media.Files;
using Backup.Media.Posix;
using Backup.Messages.Files;

namespace Backup.Media.Merge;

/// <summary>
/// Which exceptions of a merge's newest source the merged image has too: those of items that it still lacks. A file
/// that could not be read is no exception where an older image has it; a directory that could not be opened is none
/// where something below it is known. One that was read in part is one: what is known of it may be that part. A merge
/// of two sequences in walk order.
/// </summary>
public sealed class LackedPaths
{
    private readonly IReadOnlyList<(FilePath Path, FileException Exception)> _sorted;
    private readonly List<FileException> _lacked = [];
    private readonly List<(FilePath Path, FileException Exception)> _unlisted = []; // nested, the outermost first
    private int _next;

    /// <summary>Begins.</summary>
    /// <param name="exceptions">Of the newest source, in any order.</param>
    public LackedPaths(IEnumerable<FileException> exceptions) => _sorted =
        [.. exceptions.Select(each => (Path: new FilePath(each.Path), each)).OrderBy(each => each.Path)];

    /// <summary>The merged image has an item.</summary>
    /// <param name="path">Its path; all are told in walk order.</param>
    public void Has(FilePath path)
    {
        // Something below: then an older image knew what the directory holds
        while (_unlisted is [.., var unlisted])
        {
            if (!path.IsWithin(unlisted.Path)) _lacked.Add(unlisted.Exception);
            _unlisted.RemoveAt(_unlisted.Count - 1);
        }
        for (; _next < _sorted.Count && _sorted[_next].Path.CompareTo(path) <= 0; _next++)
        {
            var known = _sorted[_next];
            if (known.Path != path) _lacked.Add(known.Exception);
            else if (known.Exception.Kind != FileExceptionKind.DirectoryUnreadable) continue;
            else if (WasNeverRead(known.Exception)) _unlisted.Add(known);
            else _lacked.Add(known.Exception);
        }
    }

    /// <summary>Names are read behind the opening; one that was lost on the way back had been open before.</summary>
    private static bool WasNeverRead(FileException exception) =>
        exception is { Operation: "openat", Errno: not Errno.Stale };

    /// <summary>The exceptions, when all items have been told.</summary>
    public IReadOnlyList<FileException> Finish()
    {
        _lacked.AddRange(_unlisted.Select(each => each.Exception));
        _unlisted.Clear();
        for (; _next < _sorted.Count; _next++) _lacked.Add(_sorted[_next].Exception);
        return [.. _lacked.OrderBy(each => new FilePath(each.Path))];
    }
}
