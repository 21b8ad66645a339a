using Backup.Messages;
using Backup.Messages.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>
/// Puts the pieces of indexes together as they arrive. One sender sends one index at a time, in order; a repeat begins
/// anew. What a sender that died has begun is forgotten after a while.
/// </summary>
internal sealed class IndexIntake
{
    /// <summary>A sender that lives asks again far sooner, and begins anew when its pieces are gone.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly Dictionary<(ImageId, int, TapeFile), Partial> _partial = [];

    /// <summary>Indexes that are begun and not whole.</summary>
    public int Count => _partial.Count;

    /// <summary>Takes a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="now">The moment.</param>
    /// <returns>The whole index behind its last piece; null before.</returns>
    public byte[]? Take(CatalogProtocol.IndexPiece piece, DateTimeOffset now)
    {
        foreach (var (left, _) in _partial.Where(pair => now - pair.Value.Touched > KeptFor)
            .ToList()) _partial.Remove(left);
        var key = KeyOf(piece);
        if (piece.Offset == 0) _partial[key] = new Partial(piece.Root, piece.Total) { Touched = now };
        if (!_partial.TryGetValue(key, out var known) || known.Root != piece.Root || known.Bytes.Length != piece.Offset)
            return null;
        known.Touched = now;
        known.Bytes.Write(piece.Bytes);
        if (known.Bytes.Length < known.Total) return null;
        _partial.Remove(key);
        return known.Bytes.ToArray();
    }

    /// <summary>The offset of the piece that is wanted next.</summary>
    public long Next(CatalogProtocol.IndexPiece piece) =>
        _partial.TryGetValue(KeyOf(piece), out var known) && known.Root == piece.Root
            ? known.Bytes.Length : 0;

    /// <summary>Copies of a fragment may come at the same time.</summary>
    private static (ImageId, int, TapeFile) KeyOf(CatalogProtocol.IndexPiece piece) =>
        (piece.Image, piece.Fragment, piece.Index);

    private sealed record Partial(Sha256Digest Root, long Total)
    {
        public MemoryStream Bytes { get; } = new();

        public required DateTimeOffset Touched { get; set; }
    }
}
