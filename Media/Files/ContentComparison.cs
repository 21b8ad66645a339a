using System.Buffers;
using System.Security.Cryptography;
using Backup.Messages.Files;

namespace Backup.Media.Files;

/// <summary>Compares and digests the content of files; where both have a hole nothing is read.</summary>
internal static class ContentComparison
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>The first byte that differs, -1 when none does. Both have the same size.</summary>
    internal static long FirstDifference(WalkedItem left, WalkedItem right, CancellationToken cancellation)
    {
        var one = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var other = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            foreach (var (offset, length) in Union(Extents(left), Extents(right)))
            {
                for (long done = 0; done < length;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var count = (int)Math.Min(BufferBytes, length - done);
                    Fill(left, one.AsSpan(0, count), offset + done);
                    Fill(right, other.AsSpan(0, count), offset + done);
                    var same = one.AsSpan(0, count).CommonPrefixLength(other.AsSpan(0, count));
                    if (same < count) return offset + done + same;
                    done += count;
                }
            }
            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(one);
            ArrayPool<byte>.Shared.Return(other);
        }
    }

    /// <summary>The digest of the plain content, holes as zeros.</summary>
    internal static ContentDigest Digest(WalkedItem item, DigestAlgorithm algorithm, CancellationToken cancellation)
    {
        var name = algorithm == DigestAlgorithm.Sha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        using var hash = IncrementalHash.CreateHash(name);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; item.Read(buffer, at) is > 0 and var count; at += count)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return new ContentDigest(algorithm, hash.GetHashAndReset());
    }

    private static IReadOnlyList<DataExtent> Extents(WalkedItem item) =>
        item.Extents ?? (item.Entry.Size == 0 ? [] : [new DataExtent(0, item.Entry.Size)]);

    private static IEnumerable<DataExtent> Union(IReadOnlyList<DataExtent> left, IReadOnlyList<DataExtent> right)
    {
        long covered = 0;
        for (int one = 0, other = 0; one < left.Count || other < right.Count;)
        {
            var takesLeft = other == right.Count || (one < left.Count && left[one].Offset <= right[other].Offset);
            var extent = takesLeft ? left[one++] : right[other++];
            var start = Math.Max(covered, extent.Offset);
            covered = Math.Max(covered, extent.Offset + extent.Length);
            if (covered > start) yield return new DataExtent(start, covered - start);
        }
    }

    // What a file lost meanwhile compares as zeros.
    private static void Fill(WalkedItem item, Span<byte> buffer, long offset)
    {
        var done = 0;
        while (done < buffer.Length && item.Read(buffer[done..], offset + done) is > 0 and var count) done += count;
        buffer[done..].Clear();
    }
}
