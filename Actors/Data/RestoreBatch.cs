using Backup.Media.Files;
using Backup.Media.Fragments;

namespace Backup.Actors.Data;

/// <summary>
/// What a storage session sends to a restoring client: entries with pieces of their content, in one buffer of at most a
/// chunk.
/// </summary>
public sealed class RestoreBatch : IDisposable
{
    private byte[]? _buffer;

    /// <summary>A batch.</summary>
    /// <param name="pieces">In order; their content lies in the buffer.</param>
    /// <param name="buffer">Goes back to <see cref="ChunkBuffers"/>; null when no piece has content.</param>
    /// <param name="last">True on the last batch: without it the restore is not whole.</param>
    /// <param name="lane">Its sequence, from 0: content goes on from one batch of a lane to the next.</param>
    public RestoreBatch(IReadOnlyList<RestorePiece> pieces, byte[]? buffer, bool last, int lane = 0) =>
        (Pieces, _buffer, Last, Lane) = (pieces, buffer, last, lane);

    /// <summary>The pieces.</summary>
    public IReadOnlyList<RestorePiece> Pieces { get; }

    /// <summary>True on the last batch.</summary>
    public bool Last { get; }

    /// <summary>Its sequence: where several drives read, each has one of its own. What comes behind all of them, and
    /// the last batch, have lane 0.</summary>
    public int Lane { get; }

    /// <summary>The content of a piece.</summary>
    /// <param name="piece">A piece of this batch.</param>
    public ReadOnlySpan<byte> ContentOf(RestorePiece piece) => _buffer.AsSpan(piece.Offset, piece.Length);

    /// <summary>The content of all pieces, one behind the other.</summary>
    internal ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, Pieces.Sum(piece => piece.Length));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ChunkBuffers.Return(buffer);
    }
}

/// <summary>A piece of an entry's content, or an entry without content.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Offset">Where the piece begins in the batch's buffer.</param>
/// <param name="Length">Bytes of content in it.</param>
/// <param name="First">True on the entry's first piece.</param>
/// <param name="Final">True on the entry's last piece.</param>
/// <param name="Damage">Why the rest of the content cannot be had; the piece is then the entry's last.</param>
public readonly record struct RestorePiece(
    FileEntry Entry, int Offset, int Length, bool First, bool Final, string? Damage = null);
