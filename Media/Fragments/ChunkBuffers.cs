namespace Backup.Media.Fragments;

/// <summary>
/// Buffers that hold a chunk, plain or as a frame, or a block. The shared array pool would round a frame's room up to
/// twice a chunk, and keep one more for each thread; these are as long as they must be, and of those that lie idle a
/// bounded number is kept. Safe from any thread.
/// </summary>
public static class ChunkBuffers
{
    /// <summary>Bytes of every buffer: the largest frame.</summary>
    public const int Length = ChunkTable.FrameBytesMax;

    // More than a backup has under way; what a second one needed beside it is given back to the collector.
    private const int IdleMax = 32;

    private static readonly Stack<byte[]> Idle = new(IdleMax);

    /// <summary>A buffer; what it holds means nothing.</summary>
    public static byte[] Rent()
    {
        lock (Idle)
            if (Idle.TryPop(out var buffer))
                return buffer;
        return GC.AllocateUninitializedArray<byte>(Length, pinned: true);
    }

    /// <summary>Takes a buffer back. One of another length is not of this pool and is left to the collector.</summary>
    /// <param name="buffer">Nobody uses it any more.</param>
    public static void Return(byte[] buffer)
    {
        if (buffer.Length != Length) return;
        lock (Idle)
            if (Idle.Count < IdleMax)
                Idle.Push(buffer);
    }
}
