using Backup.Messages;
using Backup.Messages.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Puts the pieces of indexes together as they arrive. One sender sends one index at a time, in order; a repeat begins anew.</summary>
internal sealed class IndexIntake
{
    private readonly Dictionary<(ImageId, int), Partial> _partial = [];

    /// <summary>Takes a piece.</summary>
    /// <returns>The whole index behind its last piece; null before.</returns>
    public byte[]? Take(CatalogProtocol.IndexPiece piece)
    {
        var key = (piece.Image, piece.Fragment);
        if (piece.Offset == 0) _partial[key] = new Partial(piece.Root, piece.Total);
        if (!_partial.TryGetValue(key, out var known) || known.Root != piece.Root || known.Bytes.Length != piece.Offset) return null;
        known.Bytes.Write(piece.Bytes);
        if (known.Bytes.Length < known.Total) return null;
        _partial.Remove(key);
        return known.Bytes.ToArray();
    }

    /// <summary>The offset of the piece that is wanted next.</summary>
    public long Next(CatalogProtocol.IndexPiece piece) =>
        _partial.TryGetValue((piece.Image, piece.Fragment), out var known) && known.Root == piece.Root ? known.Bytes.Length : 0;

    private sealed record Partial(Sha256Digest Root, long Total)
    {
        public MemoryStream Bytes { get; } = new();
    }
}
