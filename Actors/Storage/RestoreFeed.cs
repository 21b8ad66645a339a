using System.Runtime.CompilerServices;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Tape;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// Reads selected entries of an image from its volumes, in walk order, which is the order on the medium, and gives them
/// in batches. Only the blocks that hold selected content are read. Damage costs the entries in it and no other.
/// </summary>
/// <param name="volumes">The drive.</param>
/// <param name="places">Where the image lies.</param>
/// <param name="onDamage">Told of each item that is hit.</param>
/// <param name="lane">Of the batches.</param>
internal sealed class RestoreFeed(
    VolumeWait volumes, ImagePlaces places, Action<FileEntry, FragmentDefect> onDamage, int lane = 0)
{
    private const int RunsMax = 4096;
    private const int PiecesMax = 2048;
    private long _readBytes;
    private long _entries;

    /// <summary>Bytes read from media; from any thread.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>Entries given; from any thread.</summary>
    public long Entries => Interlocked.Read(ref _entries);

    /// <summary>The batches; the last one says so.</summary>
    public async IAsyncEnumerable<RestoreBatch> Batches(
        IAsyncEnumerable<FileEntry> entries, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // The next segment is fetched from the catalog while one is read from the medium.
        await using var segments = Segments(entries, cancellation).GetAsyncEnumerator(cancellation);
        var next = Fetch(segments);
        try
        {
            while (await next.ConfigureAwait(false) is { } runs)
            {
                next = Fetch(segments);
                await foreach (var batch in Segment(runs, cancellation).ConfigureAwait(false)) yield return batch;
            }
        }
        finally
        {
            // Nobody may dispose an enumerator that is being moved.
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        yield return new RestoreBatch([], null, last: true);
    }

    private static Task<List<ContentRun>?> Fetch(IAsyncEnumerator<List<ContentRun>> segments) =>
        Task.Run(async () => await segments.MoveNextAsync().ConfigureAwait(false) ? segments.Current : null);

    private async IAsyncEnumerable<List<ContentRun>> Segments(
        IAsyncEnumerable<FileEntry> entries, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var runs = new List<ContentRun>();
        await foreach (var entry in entries.WithCancellation(cancellation).ConfigureAwait(false))
            foreach (var run in ContentRun.Of(entry, places.Fragments))
            {
                if (runs.Count > 0 && (runs.Count >= RunsMax || EndsSegment(runs, run)))
                {
                    yield return runs;
                    runs = new List<ContentRun>(RunsMax);
                }
                runs.Add(run);
            }
        if (runs.Count > 0) yield return runs;
    }

    /// <summary>
    /// A segment lies in one fragment and goes forward; a hard link whose first name is not selected may lie further
    /// back.
    /// </summary>
    private static bool EndsSegment(List<ContentRun> runs, ContentRun next)
    {
        if (next.Length == 0) return false;
        var last = runs.FindLastIndex(run => run.Length > 0);
        return last >= 0 && (runs[last].Fragment != next.Fragment || runs[last].End > next.Offset);
    }

    private async IAsyncEnumerable<RestoreBatch> Segment(
        List<ContentRun> runs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var builder = new BatchBuilder(runs, onDamage, lane);
        var content = runs.FirstOrDefault(run => run.Length > 0);
        if (content.Entry is not null && content.Fragment < places.Fragments.Count)
        {
            var layout = places.Fragments[content.Fragment].Layout;
            var ranges = runs.Where(run => run.Length > 0).Select(run => new ArchiveRange(run.Offset, run.Length));
            using var reader = new FragmentReader(layout, FragmentReadPlan.For(layout, ranges));
            while (reader.Next is { } part)
            {
                var (pieces, loaded) = await Open(reader, part, cancellation).ConfigureAwait(false);
                using (pieces)
                    while (true)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        var more = loaded
                            ? await volumes.Drive.Run(_ => builder.Fill(pieces)).ConfigureAwait(false)
                            : builder.Fill(pieces);
                        if (!more) break;
                        yield return Give(builder);
                    }
                Interlocked.Add(ref _readBytes, reader.BytesRead);
            }
        }
        builder.Rest();
        if (!builder.IsEmpty) yield return Give(builder);
    }

    private RestoreBatch Give(BatchBuilder builder)
    {
        var batch = builder.Take();
        Interlocked.Add(ref _entries, batch.Pieces.Count(piece => piece.Final));
        return batch;
    }

    /// <summary>Mounts the part's volume. One that is lost costs what lies on it.</summary>
    private async Task<(IEnumerator<ArchivePiece> Pieces, bool Loaded)> Open(
        FragmentReader reader, PartRead part, CancellationToken cancellation)
    {
        try
        {
            await volumes.Mount(part.Location.Volume.Name, cancellation).ConfigureAwait(false);
            return (await volumes.Drive.Run(loaded => reader.Read(loaded).GetEnumerator()).ConfigureAwait(false), true);
        }
        catch (JobFailureException missing) when (missing.Failure is JobFailure.VolumeError)
        {
            return (reader.Skip(missing.Message).GetEnumerator(), false);
        }
    }

    /// <summary>Cuts archive pieces to runs, and puts these into batches.</summary>
    private sealed class BatchBuilder(
        List<ContentRun> runs, Action<FileEntry, FragmentDefect> onDamage, int lane)
    {
        private readonly HashSet<FileEntry> _damaged = [];
        private List<RestorePiece> _pieces = [];
        private byte[]? _buffer;
        private int _used;
        private int _run;
        private bool _held;

        public bool IsEmpty => _pieces.Count == 0;

        /// <summary>Takes pieces until a batch is full; one that finds no room begins the next.</summary>
        /// <returns>False when there are no more pieces; what was taken then stays for the next batch.</returns>
        public bool Fill(IEnumerator<ArchivePiece> pieces)
        {
            while (_held || pieces.MoveNext())
            {
                _held = _used > 0
                    && (_used + pieces.Current.Range.Length > ChunkBuffers.Length || _pieces.Count >= PiecesMax);
                if (_held) return true;
                Place(pieces.Current);
            }
            return false;
        }

        /// <summary>Entries without content behind the last piece.</summary>
        public void Rest()
        {
            PassEmpty();
            for (; _run < runs.Count; _run++)
                _pieces.Add(new RestorePiece(
                    runs[_run].Entry, 0, 0, runs[_run].First, true, "its content lies in no fragment of the image"));
        }

        public RestoreBatch Take()
        {
            var batch = new RestoreBatch(_pieces, _buffer, last: false, lane);
            (_pieces, _buffer, _used) = ([], null, 0);
            return batch;
        }

        private void PassEmpty()
        {
            for (; _run < runs.Count && runs[_run].Length == 0; _run++)
                _pieces.Add(new RestorePiece(runs[_run].Entry, 0, 0, First: true, Final: true));
        }

        private void Place(ArchivePiece piece)
        {
            var at = piece.Range.Offset;
            while (at < piece.Range.End)
            {
                PassEmpty();
                var run = runs[_run];
                var from = at - run.Offset;
                var count = Math.Min(run.End, piece.Range.End) - at;
                Put(run, run.First && from == 0, run.Final
                    && at + count == run.End, piece, (int)(at - piece.Range.Offset), (int)count);
                at += count;
                if (at == run.End) _run++;
            }
        }

        private void Put(ContentRun run, bool first, bool final, ArchivePiece piece, int from, int count)
        {
            if (_damaged.Contains(run.Entry)) return;
            if (piece.Defect is { } defect)
            {
                _damaged.Add(run.Entry);
                onDamage(run.Entry, defect);
                _pieces.Add(new RestorePiece(run.Entry, 0, 0, first, true, defect.ToString()));
                return;
            }
            _buffer ??= ChunkBuffers.Rent();
            piece.Bytes.Span.Slice(from, count).CopyTo(_buffer.AsSpan(_used));
            _pieces.Add(new RestorePiece(run.Entry, _used, count, first, final));
            _used += count;
        }
    }
}
