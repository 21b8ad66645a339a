using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Compression;
using Backup.Media.Fragments;
using Backup.Media.Merge;
using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Storage;

namespace Backup.Actors.Storage;

/// <summary>
/// Makes a merged image, fragment by fragment: gathers in a temporary file what a fragment holds of each image, oldest
/// first, each volume in its order; then writes it. So one drive is enough, and never more than one fragment lies
/// beside the media. Goes on behind the last sealed fragment: the same manifest is always cut at the same places.
/// </summary>
internal sealed class MergeWork(
    StorageProtocol.Merge orders, MakeContext context, string directory, VolumeWait volumes) : IMakeWork
{
    private const string FilePrefix = "merge-";

    private readonly MergeSpec _spec = orders.Spec;
    private readonly CatalogInquiry _catalog = context.Catalog;
    private readonly SessionStore _store = context.Store;
    private FragmentLane? _lane;
    private long _readBytes;
    private long _copiedBytes;
    private long _archiveBytes;
    private long _sealedBytes;
    private volatile string _phase = "reading";

    public string Phase => _phase;

    public VolumeName? Volume => volumes.Volume;

    public JobFailure.VolumeInUse? InUse => volumes.InUse;

    public long ReadBytes => Interlocked.Read(ref _readBytes);

    public long StoredBytes => Volatile.Read(ref _lane)?.StoredBytes ?? Interlocked.Read(ref _sealedBytes);

    /// <summary>What headers and indexes say of the image.</summary>
    internal static ImageHeader HeaderOf(StorageProtocol.Merge orders) => new(
        orders.Spec.Image, orders.Job, orders.Spec.Policy, orders.Spec.FileSet, orders.Spec.Client, 0,
        orders.Spec.Newest().Since, null, orders.Spec.Recorded, orders.Spec.Rules,
        new BaseImage(orders.Spec.Newest().Image, orders.Spec.Newest().Root));

    public DataAddress Open() => new("", "");

    public void Fail(JobFailure failure)
    {
    }

    public Task<int> Close(CancellationToken cancellation) => Task.FromResult(0);

    public async Task<string> Run(CancellationToken cancellation)
    {
        if (SealedBefore() is { } command) return command;
        // Those of a process that was killed; nobody goes on with them.
        foreach (var left in Directory.EnumerateFiles(directory, FilePrefix + "*")) File.Delete(left);
        _sealedBytes = _store.Fragments.Sum(fragment => fragment.Summary.Counts.StoredBytes);
        var chain = await MergeChain.Open(_spec, _catalog, volumes, cancellation).ConfigureAwait(false);
        context.Say(LogSeverity.Info, "volumes-needed", $"The images lie on: {string.Join(", ", chain.Volumes)}.");
        var lacked = new LackedPaths(await chain.ExceptionsOfNewest(cancellation).ConfigureAwait(false));
        var layout = new MergeLayout(_spec.Image, _spec.FragmentBytes, _spec.FragmentMembersMax);
        try
        {
            await foreach (var entry in ManifestPages.Read(_catalog, _spec.Newest().Image, [], cancellation)
                .ConfigureAwait(false))
            {
                lacked.Has(entry.Path);
                foreach (var fragment in layout.Add(entry))
                    await Take(chain, fragment, [], cancellation).ConfigureAwait(false);
            }
            var last = await Take(chain, layout.Finish(), lacked.Finish(), cancellation).ConfigureAwait(false);
            context.Say(LogSeverity.Info, "merged",
                $"{_copiedBytes} of {_archiveBytes} archive bytes were taken as they are, in whole chunks.");
            return last!.Index.Seal!.Command;
        }
        catch (InvalidDataException contradiction)
        {
            throw new JobFailureException(new JobFailure.ImageNotUsable(_spec.Newest().Image, contradiction.Message));
        }
        catch (IOException full) when (full is not PosixException)
        {
            throw new JobFailureException(new JobFailure.StorageLost(
                _spec.Library, $"A temporary file of the merge in {directory} cannot be used: {full.Message}"));
        }
    }

    /// <summary>An attempt before may have sealed the image and died before it could say so.</summary>
    private string? SealedBefore() => _store.Last is { } last ? _store.Undelivered(last)?.Index.Seal?.Command : null;

    private async Task<SealedFragment?> Take(
        MergeChain chain, MergedFragment fragment, IReadOnlyList<FileException> exceptions,
        CancellationToken cancellation)
    {
        if (fragment.Start.Fragment < _store.NextFragment)
        {
            CheckSame(fragment);
            return null;
        }
        using var spool = new MergeSpool(
            Path.Combine(directory, $"{FilePrefix}{orders.Epoch}"), fragment, new ChunkChoice(fragment, chain.Sources));
        _phase = "reading";
        await Gather(chain, fragment, spool, cancellation).ConfigureAwait(false);
        _phase = "writing";
        var done = await Write(spool, exceptions, cancellation).ConfigureAwait(false);
        _copiedBytes += spool.CopiedBytes;
        _archiveBytes += fragment.Bytes;
        context.Sealed(done.Fragment);
        return done;
    }

    /// <summary>What is sealed must be what would be made now, lest one image have two cuts.</summary>
    private void CheckSame(MergedFragment fragment)
    {
        var counts = _store.Fragments[fragment.Start.Fragment].Summary.Counts;
        var members = fragment.Pieces.Count(piece => piece.EndsMember);
        if (counts.ArchiveBytes == fragment.Bytes && counts.Members == members) return;
        throw new JobFailureException(new JobFailure.ImageNotUsable(
            _spec.Image,
            $"An earlier attempt sealed fragment {fragment.Start.Fragment} of it with {counts.ArchiveBytes} archive "
                + $"bytes and {counts.Members} members, and this program would make it of {fragment.Bytes} and "
                + $"{members}. Start the merge anew."));
    }

    private async Task Gather(
        MergeChain chain, MergedFragment fragment, MergeSpool spool, CancellationToken cancellation)
    {
        var bySource = chain.Sources.Runs(fragment).GroupBy(run => (run.Image, run.Fragment))
            .OrderBy(group => group.Key).ToList();
        foreach (var source in bySource)
        {
            var runs = source.OrderBy(run => run.Offset).ToList();
            var layout = await chain.LayoutOf(source.Key.Image, source.Key.Fragment, cancellation)
                .ConfigureAwait(false);
            var chunks = new WantedChunks(layout, runs);
            using var reader = new CopyReader(
                volumes, chain.CopiesOf(source.Key.Image, source.Key.Fragment), chunks.Ranges,
                defect => context.Say(
                    LogSeverity.Warning, "copy-switched",
                    $"{defect} It is read again, from another copy where there is one."));
            await reader.Read(
                (piece, frame) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (piece.Defect is { } defect)
                        throw chain.Damaged(
                            source.Key.Image, source.Key.Fragment, defect.Location.Volume.Name, $"{defect}");
                    var (chunk, wanted) = chunks.Of(piece.Range);
                    spool.Take(chunk, wanted, piece.Bytes.Span, frame.Span);
                    Interlocked.Add(ref _readBytes, chunk.FrameLength);
                    return true;
                }, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<SealedFragment> Write(
        MergeSpool spool, IReadOnlyList<FileException> exceptions, CancellationToken cancellation)
    {
        var mounted = await volumes.Drive.MountForWriting(_spec.Pool).ConfigureAwait(false);
        using var lane = new FragmentLane(
            volumes.Drive, mounted.Volume, _store, HeaderOf(orders), orders.Epoch, _spec.Pool);
        Volatile.Write(ref _lane, lane);
        var ahead = new Queue<Task<ArchiveChunk>>();
        SealedFragment? done = null;
        try
        {
            foreach (var (each, isFrame) in spool.Chunks(_spec.CompressionLevel))
            {
                var chunk = each.Start is not null && exceptions.Count > 0 ? each.WithExceptions(exceptions) : each;
                ahead.Enqueue(isFrame
                    ? Task.FromResult(chunk) : Task.Run(() => ChunkCompression.Compress(chunk)));
                cancellation.ThrowIfCancellationRequested(); // behind it, so that its buffer is given back below
                if (ahead.Count > Environment.ProcessorCount)
                    done = await lane.Take(await ahead.Dequeue().ConfigureAwait(false)).ConfigureAwait(false);
            }
            while (ahead.Count > 0)
                done = await lane.Take(await ahead.Dequeue().ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            foreach (var left in ahead)
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (left.IsCompletedSuccessfully) (await left.ConfigureAwait(false)).Dispose();
            }
            Interlocked.Exchange(ref _sealedBytes, lane.StoredBytes);
            Volatile.Write(ref _lane, null);
        }
        return done ?? throw new JobFailureException(
            new JobFailure.Internal("The last chunk of a merged fragment did not seal it."));
    }

    /// <summary>The chunks of one fragment that hold something of the merged one.</summary>
    private sealed class WantedChunks
    {
        private readonly FragmentLayout _layout;
        private readonly List<SourceRun> _runs;
        private int _first;

        public WantedChunks(FragmentLayout layout, List<SourceRun> runs)
        {
            (_layout, _runs) = (layout, runs);
            Ranges = [.. ChunksOf(layout, runs).Distinct().Select(chunk => layout.Chunks[chunk])
                .Select(chunk => new ArchiveRange(chunk.ArchiveOffset, chunk.ArchiveLength))];
        }

        /// <summary>Whole chunks.</summary>
        public IReadOnlyList<ArchiveRange> Ranges { get; }

        /// <summary>A chunk, and what of it is wanted; chunks are asked for in order.</summary>
        public (ChunkExtent Chunk, IReadOnlyList<SourceRun> Runs) Of(ArchiveRange whole)
        {
            while (_runs[_first].End <= whole.Offset) _first++;
            var wanted = _runs.Skip(_first).TakeWhile(run => run.Offset < whole.End).ToList();
            return (_layout.Chunks[_layout.Chunks.Find(whole.Offset)], wanted);
        }

        private static IEnumerable<int> ChunksOf(FragmentLayout layout, List<SourceRun> runs)
        {
            foreach (var run in runs)
                for (var chunk = layout.Chunks.Find(run.Offset);
                    chunk < layout.Chunks.Count && layout.Chunks[chunk].ArchiveOffset < run.End; chunk++)
                    yield return chunk;
        }
    }
}
