using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Host.Extract;

/// <summary>
/// What of each image of a chain is still there in its last one, from the indexes alone. Memory grows with what the
/// incrementals hold, and not with the full.
/// </summary>
internal sealed class ChainView
{
    private readonly Dictionary<FilePath, int> _replaced = [];
    private readonly Dictionary<FilePath, int> _deleted = [];

    /// <param name="chain">The indexes of each image, oldest first.</param>
    public ChainView(IEnumerable<IReadOnlyList<FragmentIndex>> chain)
    {
        foreach (var (image, fragments) in chain.Index())
        {
            if (image == 0) continue;
            foreach (var fragment in fragments)
            {
                foreach (var path in fragment.Deletions) _deleted[path] = image;
                foreach (var block in fragment.EntryBlocks)
                {
                    if (EntryBlockReader.Read(block.Bytes.Span, out var entries) is not EntryBlockDefect.None)
                        throw new InvalidDataException("A block of an index whose root is right was written wrong.");
                    foreach (var entry in entries) _replaced[entry.Path] = image;
                }
            }
        }
    }

    /// <summary>True when no later image replaces or deletes what an image has of a path.</summary>
    /// <param name="image">Its place in the chain, from 0.</param>
    /// <param name="path">The path.</param>
    public bool IsLive(int image, FilePath path)
    {
        if (_replaced.TryGetValue(path, out var by) && by > image) return false;
        for (; ; path = path.Parent)
        {
            if (_deleted.TryGetValue(path, out var gone) && gone > image) return false;
            if (path.IsRoot) return true;
        }
    }
}
