using System.Runtime.CompilerServices;
using Backup.Actors.Data;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// How fragments that are copied travel between nodes: as the chunks of a backup do, but each is a piece of the
/// fragment's own index (marked by a start) or, behind all of these, a block of its data. What arrives is compared with
/// the digests of the index, and that with the root.
/// </summary>
internal static class CopyLink
{
    /// <summary>Any storage node of the cluster that has the token may give.</summary>
    public static DataPassport PassportOf(JobId job, Epoch epoch, CopySpec spec) =>
        new(job, epoch, spec.Client, spec.Library, AnyNode: true);

    /// <summary>Gives a fragment.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="number">Its number in the job.</param>
    /// <param name="source">The fragment.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">It cannot be read.</exception>
    /// <exception cref="DataLinkException">The other side has ended.</exception>
    public static async Task Give(
        DataLink<ArchiveChunk> link, int number, CopySource source, CancellationToken cancellation)
    {
        var fragment = await source.Open(cancellation).ConfigureAwait(false);
        var (index, sequence) = (fragment.OriginalIndex, 0);
        for (var at = 0; at < index.Length; at += TapeFormat.BlockBytesMax)
        {
            var piece = index.Slice(at, Math.Min(TapeFormat.BlockBytesMax, index.Length - at));
            var buffer = ChunkBuffers.Rent();
            piece.Span.CopyTo(buffer);
            await link.Write(Piece(number, sequence++, at, buffer, piece.Length, isIndex: true)).ConfigureAwait(false);
        }
        await foreach (var block in source.Blocks(cancellation).ConfigureAwait(false))
            await link.Write(Piece(
                number, sequence++, (long)block.Number * TapeFormat.BlockBytesMax, block.Buffer, block.Length,
                isIndex: false)).ConfigureAwait(false);
    }

    /// <summary>Takes the index of a fragment; its blocks follow.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="place">The fragment, as the catalog knows it.</param>
    /// <param name="number">Its number in the job.</param>
    /// <returns>The fragment, and its first block.</returns>
    /// <exception cref="JobFailureException">Something else came.</exception>
    public static async Task<(SealedFragment Fragment, ArchiveChunk First)> TakeIndex(
        DataLink<ArchiveChunk> link, FragmentPlace place, int number)
    {
        using var index = new MemoryStream();
        while (true)
        {
            var chunk = await Next(link, number).ConfigureAwait(false);
            if (chunk.Start is not null && index.Length + chunk.Length <= VolumeScanner.IndexBytesMax)
            {
                index.Write(chunk.Payload.Span);
                chunk.Dispose();
                continue;
            }
            var defect = SealedFragment.FromIndex(index.ToArray(), place.Index, out var fragment);
            if (fragment is not null && fragment.Root == place.Root) return (fragment, chunk);
            chunk.Dispose();
            throw Wrong($"the index of fragment {place.Fragment} ({defect}), expected one with root {place.Root}");
        }
    }

    /// <summary>The blocks of a fragment, each compared with its digest.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="fragment">As its index says.</param>
    /// <param name="first">Its first block.</param>
    /// <param name="number">Its number in the job.</param>
    /// <param name="cancellation">Ends the taking.</param>
    public static async IAsyncEnumerable<CopyBlock> TakeBlocks(
        DataLink<ArchiveChunk> link, SealedFragment fragment, ArchiveChunk first, int number,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var blocks = new BlockReader(fragment.Index);
        for (var block = 0; block < blocks.Count; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var chunk = block == 0 ? first : await Next(link, number).ConfigureAwait(false);
            if (blocks.Check(block, chunk.Payload.Span) is { } defect) throw Wrong(defect.ToString());
            var buffer = ChunkBuffers.Rent();
            chunk.Payload.Span.CopyTo(buffer);
            yield return new CopyBlock(block, buffer, chunk.Length, blocks.DigestOf(block));
        }
    }

    private static async Task<ArchiveChunk> Next(DataLink<ArchiveChunk> link, int number)
    {
        if (await link.Read().ConfigureAwait(false) is not { } chunk)
            throw new DataLinkException("The other node gave less than the image has.", null);
        if (chunk.Fragment == number) return chunk;
        var found = chunk.Fragment;
        chunk.Dispose();
        throw Wrong($"a piece of fragment {found} where one of fragment {number} was expected");
    }

    private static JobFailureException Wrong(string what) =>
        new(new JobFailure.Internal($"The node that gives sent {what}."));

    private static ArchiveChunk Piece(
        int number, int sequence, long offset, byte[] buffer, int length, bool isIndex) => new(buffer, length)
        {
            Fragment = number,
            Sequence = sequence,
            ArchiveOffset = offset,
            ArchiveLength = length,
            CompressionLevel = 0,
            Members = [],
            Start = isIndex ? new FragmentStart(number, FragmentKind.Members, null, 0) : null,
        };
}
