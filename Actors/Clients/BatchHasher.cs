using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;

namespace Backup.Actors.Clients;

/// <summary>
/// Hashes what a restore brings, a stage before it is written, so that two processors share the work. Used by one
/// stream; batches come in order, and content goes on from one to the next of the same lane.
/// </summary>
internal sealed class BatchHasher
{
    private readonly Dictionary<int, ContentHash> _hashes = [];

    public HashedBatch Hash(RestoreBatch batch)
    {
        if (!_hashes.TryGetValue(batch.Lane, out var hash)) hash = _hashes[batch.Lane] = new ContentHash();
        var digests = new ContentDigest[batch.Pieces.Count];
        for (var at = 0; at < digests.Length; at++)
        {
            var piece = batch.Pieces[at];
            if (piece.First) hash.Begin(piece.Entry.Digest.Algorithm);
            hash.Append(batch.ContentOf(piece));
            if (piece.Final) digests[at] = hash.End();
        }
        return new HashedBatch(batch, digests);
    }
}

/// <summary>A batch that was hashed.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Digests">For each of its pieces; of the entry's archived content where the piece is its last, else
/// none.</param>
internal sealed record HashedBatch(RestoreBatch Batch, IReadOnlyList<ContentDigest> Digests);
