using Backup.Messages;

namespace Backup.Persistence.Catalog;

/// <summary>
/// The blocks that were read last, as far as they fit: whoever browses comes back to them. A block never changes, and
/// was checked when it came in. For any thread.
/// </summary>
/// <param name="bytesMax">Bytes of all blocks that are kept.</param>
internal sealed class BlockCache(int bytesMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Sha256Digest, LinkedListNode<(Sha256Digest Digest, byte[] Data)>> _known = [];
    private readonly LinkedList<(Sha256Digest Digest, byte[] Data)> _newestFirst = [];
    private long _bytes;

    /// <summary>The data of a block; null: it is not kept.</summary>
    public byte[]? Find(Sha256Digest digest)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(digest, out var node)) return null;
            _newestFirst.Remove(node);
            _newestFirst.AddFirst(node);
            return node.Value.Data;
        }
    }

    /// <summary>Keeps a block, and lets those go that were not asked for the longest.</summary>
    public void Add(Sha256Digest digest, byte[] data)
    {
        lock (_lock)
        {
            if (data.Length > bytesMax || _known.ContainsKey(digest)) return;
            _known[digest] = _newestFirst.AddFirst((digest, data));
            for (_bytes += data.Length; _bytes > bytesMax; _newestFirst.RemoveLast())
            {
                var oldest = _newestFirst.Last!.Value;
                _known.Remove(oldest.Digest);
                _bytes -= oldest.Data.Length;
            }
        }
    }
}
