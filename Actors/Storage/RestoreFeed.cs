using System.Runtime.CompilerServices;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;

namespace Backup.Actors.Storage;

/// <summary>
/// Reads selected entries of an image from its volumes, in walk order, which is the order on the medium, and gives them
/// in batches. Only the blocks that hold selected content are read. Damage costs the entries in it and no other.
/// </summary>
/// <param name="volumes">The drive.</param>
/// <param name="places">Where the image lies.</param>
/// <param name="library">In which it is read: other copies there take over where one is damaged.</param>
/// <param name="onDamage">Told of each item that is hit.</param>
/// <param name="lane">Of the batches.</param>
/// <param name="onSwitch">Told when another copy takes over; null: nobody is.</param>
/// <param name="endures">A volume that is missing costs what lies on it; false: the reading fails then.</param>
internal sealed class RestoreFeed(
    VolumeWait volumes, ImagePlaces places, LibraryName library, Action<FileEntry, FragmentDefect> onDamage,
    int lane = 0, Action<FragmentDefect>? onSwitch = null, bool endures = true)
{
    private const int RunsMax = 4096;
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
        using var builder = new BatchBuilder(runs, onDamage, lane);
        var content = runs.FirstOrDefault(run => run.Length > 0);
        if (content.Entry is not null && content.Fragment < places.Fragments.Count)
        {
            var ranges = runs.Where(run => run.Length > 0).Select(run => new ArchiveRange(run.Offset, run.Length));
            using var reader = new CopyReader(
                volumes, places.Fragments[content.Fragment].LayoutsIn(library), ranges, onSwitch ?? (_ => { }),
                endures);
            var before = 0L;
            for (var more = true; more;)
            {
                more = await reader.Read((piece, _) => builder.Take(piece), cancellation).ConfigureAwait(false);
                Interlocked.Add(ref _readBytes, reader.BytesRead - before);
                before = reader.BytesRead;
                if (more) yield return Give(builder);
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
}
