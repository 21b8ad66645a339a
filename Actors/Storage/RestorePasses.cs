using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Storage;

/// <summary>
/// What a restore reads, in an order that passes each volume once. Of one image by one drive that is walk order. Else
/// the content comes first, each item in the step of its lane (<see cref="RestoreLanes"/>), the lanes side by side;
/// then further names, when all first names are there; then the directories, which get their times when nothing is made
/// in them any more. Each step reads the image's complete manifest and takes its share of it: memory does not grow with
/// the chain.
/// </summary>
/// <param name="spec">What is restored.</param>
/// <param name="catalog">How the catalog is asked.</param>
/// <param name="lanes">Which drive reads what.</param>
/// <param name="spared">What is not read, since the client has it; null: nothing.</param>
internal sealed class RestorePasses(
    RestoreSpec spec, CatalogInquiry catalog, RestoreLanes lanes, SparedItems? spared = null)
{
    private readonly IReadOnlyList<ImageId> _chain = spec.Chain ?? [spec.Image];

    /// <summary>The batches; the last one says so.</summary>
    /// <param name="feeds">For each lane, one for each image of the chain.</param>
    /// <param name="laneOver">A lane has read all that is its own.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async IAsyncEnumerable<RestoreBatch> Batches(
        IReadOnlyList<IReadOnlyList<RestoreFeed>> feeds, Func<int, Task> laneOver,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var whole = feeds[0][^1];
        if (RestoreOrder.IsOneWalk(spec, lanes.Lanes.Count))
            await foreach (var batch in Read(whole, _ => true, cancellation).ConfigureAwait(false)) yield return batch;
        else
        {
            await foreach (var batch in SideBySide(feeds, laneOver, cancellation).ConfigureAwait(false))
                yield return batch;
            foreach (var kind in (FileKind[])[FileKind.HardLink, FileKind.Directory])
                await foreach (var batch in Read(whole, entry => entry.Kind == kind, cancellation)
                    .ConfigureAwait(false)) yield return batch;
        }
        yield return new RestoreBatch([], null, last: true);
    }

    private async IAsyncEnumerable<RestoreBatch> SideBySide(
        IReadOnlyList<IReadOnlyList<RestoreFeed>> feeds, Func<int, Task> laneOver,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var batches = Channel.CreateBounded<RestoreBatch>(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = Task.WhenAll(feeds.Select((lane, number) => Task.Run(
            () => Lane(lane, number, laneOver, batches.Writer, stop), CancellationToken.None)));
        var ended = running.ContinueWith(
            done => batches.Writer.TryComplete(done.Exception), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
                yield return batch;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false); // the lanes have ended, whatever became of them
            while (batches.Reader.TryRead(out var left)) left.Dispose();
        }
    }

    /// <summary>The first one that fails says why, and ends the others.</summary>
    private async Task Lane(
        IReadOnlyList<RestoreFeed> feeds, int lane, Func<int, Task> laneOver, ChannelWriter<RestoreBatch> batches,
        CancellationTokenSource stop)
    {
        try
        {
            foreach (var step in lanes.Lanes[lane])
                await foreach (var batch in Read(feeds[step.Image], entry => Belongs(entry, step), stop.Token)
                    .ConfigureAwait(false)) await Give(batch, batches, stop.Token).ConfigureAwait(false);
            await laneOver(lane).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            batches.TryComplete(cause);
            throw;
        }
    }

    private static async Task Give(
        RestoreBatch batch, ChannelWriter<RestoreBatch> batches, CancellationToken cancellation)
    {
        try
        {
            await batches.WriteAsync(batch, cancellation).ConfigureAwait(false);
        }
        catch (Exception)
        {
            batch.Dispose();
            throw;
        }
    }

    private async IAsyncEnumerable<RestoreBatch> Read(
        RestoreFeed feed, Func<FileEntry, bool> takes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var batch in feed.Batches(Entries(takes, cancellation), cancellation).ConfigureAwait(false))
        {
            if (batch.Last) batch.Dispose();
            else yield return batch;
        }
    }

    private bool Belongs(FileEntry entry, RestoreStep step) =>
        entry.Kind is not (FileKind.Directory or FileKind.HardLink)
        && ImageOf(entry) == step.Image && lanes.StepOf(step.Image, entry) == step;

    private int ImageOf(FileEntry entry)
    {
        for (var at = 0; at < _chain.Count; at++)
            if (_chain[at] == entry.Position.Image) return at;
        throw new JobFailureException(new JobFailure.ImageNotUsable(
            spec.Image,
            $"its manifest says that /{entry.Path} lies in image {entry.Position.Image}, which is none that it builds "
                + "on."));
    }

    private async IAsyncEnumerable<FileEntry> Entries(
        Func<FileEntry, bool> takes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var entry in new LinkPromotion(catalog, spec) { Spared = spared }
            .Read(cancellation).ConfigureAwait(false))
            if (takes(entry)) yield return entry;
    }
}
