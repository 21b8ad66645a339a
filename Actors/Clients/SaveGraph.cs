using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Backup.Actors.Data;
using Backup.Media.Compression;
using Backup.Media.Fragments;

namespace Backup.Actors.Clients;

/// <summary>
/// The client's half of a backup's data flow. Demand starts at the connection: no file is read that it cannot take.
/// </summary>
internal static class SaveGraph
{
    /// <summary>Chunks of the archive, compressed, in order.</summary>
    /// <param name="archive">Opened by the stream, closed with it.</param>
    /// <param name="compressors">Chunks under compression at the same time.</param>
    public static Source<ArchiveChunk, NotUsed> Create(ArchiveSource archive, int compressors) =>
        Source.UnfoldResourceAsync(
                () => Task.Run(archive.Open),
                opened => Task.Run(() => Next(opened)),
                opened => Task.Run(() => Close(opened)))
            // The next chunks are read and hashed while others are compressed
            .Buffer(compressors, OverflowStrategy.Backpressure)
            .SelectAsync(compressors, chunk => Task.Run(() => ChunkCompression.Compress(chunk)));

    /// <summary>
    /// The connection. Completes when the last chunk of the image was given; an earlier end is a failure.
    /// </summary>
    /// <param name="link">The connection.</param>
    public static Sink<ArchiveChunk, Task> Into(DataLink<ArchiveChunk> link) =>
        Flow.Create<ArchiveChunk>()
            .SelectAsync(1, async chunk =>
            {
                var ends = chunk.EndsImage;
                await link.Write(chunk).ConfigureAwait(false);
                return ends;
            })
            .ToMaterialized(Sink.Aggregate<bool, bool>(false, (ended, ends) => ended || ends), Keep.Right)
            .MapMaterializedValue(ended => WholeOrFailed(ended, link));

    /// <summary>
    /// A cancelled task completes a stream as if all were well (docs/streams.md), so only the last chunk says that it
    /// is whole.
    /// </summary>
    private static async Task WholeOrFailed(Task<bool> ended, DataLink<ArchiveChunk> link)
    {
        if (!await ended.ConfigureAwait(false))
            throw new DataLinkException("The archive ended before its last chunk.", null);
        link.Complete();
    }

    private static Option<ArchiveChunk> Next(ArchiveSource archive) =>
        archive.Next() is { } chunk ? Option<ArchiveChunk>.Create(chunk) : Option<ArchiveChunk>.None;

    private static Done Close(ArchiveSource archive)
    {
        archive.Dispose();
        return Done.Instance;
    }
}
