using System.Buffers;
using Backup.Media.Files;
using Backup.Messages.Files;

namespace Backup.Media.Archive;

/// <summary>The digest that an entry of a file has: that of its content as it is archived.</summary>
public static class ArchivedDigest
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Reads a file as a backup does: of a sparse one the map of its holes and its data.</summary>
    /// <param name="item">A regular file, as the walk gave it.</param>
    /// <param name="algorithm">Which digest.</param>
    /// <param name="cancellation">Ends the reading with OperationCanceledException.</param>
    /// <exception cref="Posix.PosixException">It cannot be read.</exception>
    public static ContentDigest Of(WalkedItem item, DigestAlgorithm algorithm, CancellationToken cancellation)
    {
        var content = new MemberContent();
        content.Begin(item, item.Entry, item.Extents);
        var hash = new ContentHash();
        hash.Begin(algorithm);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; at < content.Length;)
            {
                cancellation.ThrowIfCancellationRequested();
                var part = buffer.AsSpan(0, (int)Math.Min(BufferBytes, content.Length - at));
                content.Fill(part, at);
                if (content.Failure is { } failure) throw failure;
                hash.Append(part);
                at += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return hash.End();
    }
}
