using Backup.Media.Fragments;
using Backup.Media.Packets;

namespace Backup.Actors.Data;

/// <summary>How elements of one kind become packets.</summary>
internal abstract class ElementCodec<T>
    where T : class, IDisposable
{
    /// <summary>What a connection with such elements is for.</summary>
    public abstract ConnectionPurpose Purpose { get; }

    /// <summary>The packet that holds an element's bytes.</summary>
    public abstract PacketKind Kind { get; }

    /// <summary>All of an element that is not its bytes.</summary>
    public abstract byte[] Information(T element);

    /// <summary>Its bytes; valid until it is disposed.</summary>
    public abstract ReadOnlyMemory<byte> Bytes(T element);

    /// <summary>A buffer for so many bytes; given back by the element, or by <see cref="Return"/>.</summary>
    public abstract byte[] Rent(int length);

    public abstract void Return(byte[] buffer);

    /// <summary>Makes an element; null where information and bytes cannot be one.</summary>
    public abstract T? Make(ReadOnlySpan<byte> information, byte[] buffer, int length);
}

/// <summary>The codecs of what flows.</summary>
internal static class ElementCodecs
{
    /// <summary>The codec of a type; null: it flows within a process only.</summary>
    public static ElementCodec<T>? Of<T>()
        where T : class, IDisposable =>
        (object)typeof(T) switch
        {
            _ when typeof(T) == typeof(ArchiveChunk) => (ElementCodec<T>)(object)Chunks.Instance,
            _ when typeof(T) == typeof(RestoreBatch) => (ElementCodec<T>)(object)Batches.Instance,
            _ => null,
        };

    private sealed class Chunks : ElementCodec<ArchiveChunk>
    {
        public static readonly Chunks Instance = new();

        public override ConnectionPurpose Purpose => ConnectionPurpose.Save;

        public override PacketKind Kind => PacketKind.Chunk;

        public override byte[] Information(ArchiveChunk element) => ChunkInformation.Write(element);

        public override ReadOnlyMemory<byte> Bytes(ArchiveChunk element) => element.Payload;

        public override byte[] Rent(int length) => ChunkBuffers.Rent();

        public override void Return(byte[] buffer) => ChunkBuffers.Return(buffer);

        public override ArchiveChunk? Make(ReadOnlySpan<byte> information, byte[] buffer, int length) =>
            ChunkInformation.Read(information, buffer, length);
    }

    private sealed class Batches : ElementCodec<RestoreBatch>
    {
        public static readonly Batches Instance = new();

        public override ConnectionPurpose Purpose => ConnectionPurpose.Restore;

        public override PacketKind Kind => PacketKind.Batch;

        public override byte[] Information(RestoreBatch element) => BatchInformation.Write(
            [.. element.Pieces.Select(piece =>
                new BatchPiece(piece.Entry, piece.Length, piece.First, piece.Final, piece.Damage))],
            element.Last, element.Lane);

        public override ReadOnlyMemory<byte> Bytes(RestoreBatch element) => element.Content;

        public override byte[] Rent(int length) =>
            length <= ChunkBuffers.Length ? ChunkBuffers.Rent() : GC.AllocateUninitializedArray<byte>(length);

        public override void Return(byte[] buffer) => ChunkBuffers.Return(buffer);

        public override RestoreBatch? Make(ReadOnlySpan<byte> information, byte[] buffer, int length)
        {
            if (BatchInformation.Read(information, length) is not var (pieces, last, lane)) return null;
            var made = new RestorePiece[pieces.Count];
            var offset = 0;
            for (var at = 0; at < made.Length; at++)
            {
                var piece = pieces[at];
                made[at] = new RestorePiece(piece.Entry, offset, piece.Length, piece.First, piece.Final, piece.Damage);
                offset += piece.Length;
            }
            return new RestoreBatch(made, buffer, last, lane);
        }
    }
}
