using System.Collections.Concurrent;
using Backup.Actors.Catalog;
using Backup.Actors.Jobs;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// The walk of a backup that is not made: says what it would save, and why. It goes only as far ahead of who reads it
/// as fits into its buffer, so that memory does not grow with the tree.
/// </summary>
/// <param name="spec">The backup, with its level.</param>
/// <param name="lists">False: items are counted, and not named.</param>
/// <param name="options">Limits.</param>
/// <param name="catalog">How the catalog is asked.</param>
internal sealed class PreviewWork(BackupSpec spec, bool lists, ClientOptions options, CatalogInquiry catalog)
{
    private const int ItemsAhead = 2000;

    private readonly BlockingCollection<PreviewedItem> _items = new(ItemsAhead);

    private readonly ArchiveMeter _meter = new();
    private long _bytes;
    private long _deleted;
    private long _exceptions;
    private int _rootsMissing;

    /// <summary>What was found and is not taken yet.</summary>
    public bool TryTake(out PreviewedItem? item) => _items.TryTake(out item);

    /// <summary>How far it is, without items; from any thread.</summary>
    public PreviewPage Counts(int number) => new(
        number, [], _meter.Items, Volatile.Read(ref _bytes), _meter.Bytes, Volatile.Read(ref _deleted),
        Volatile.Read(ref _exceptions), Done: false, null);

    /// <summary>Walks.</summary>
    /// <param name="clock">The clock of this node.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Why a backup would make no image; null: it would.</returns>
    public async Task<JobFailure?> Run(Func<DateTimeOffset> clock, CancellationToken cancellation)
    {
        var ahead = ArchiveSource.SelectionOf(spec) != SelectBy.Manifest && spec.Base is { } known
            ? await ClockDifference.Ask(catalog, known.Image, clock, cancellation).ConfigureAwait(false) : null;
        // A thread of its own: walking blocks, and so does waiting for a reader
        return await Task.Factory.StartNew(
            () => Walk(ahead, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .ConfigureAwait(false);
    }

    private JobFailure? Walk(TimeSpan? clockAhead, CancellationToken cancellation)
    {
        var known = spec.Base is { } from
            ? WalkBase.Of(
                catalog, from.Image,
                ClockDifference.TimeStampsFrom(ArchiveSource.SelectionOf(spec), from.Since, clockAhead),
                ArchiveSource.SelectionOf(spec), (spec.Uncompared, spec.Also), cancellation)
            : null;
        using var walker = new TreeWalker(
            spec.FileSet,
            new WalkOptions
            {
                TemporaryDirectory = options.WorkDirectory,
                Base = known,
                KeepsAccessTimes = spec.Also.HasFlag(ExtraComparison.AccessTime),
                HadItems = spec.HadItems is { } had
                    ? [.. had.Select(root => new FilePath(PathText.Unescape(root.Trim('/'))))] : [],
            },
            exception => Except(exception, cancellation));
        while (walker.Next() is { } item)
        {
            using (item)
            {
                if (Unmounted(walker) is { } unmounted) return unmounted;
                Lose(walker.TakeDeletions(item.Entry.Path), cancellation);
                Save(item, known?.Had(item.Entry.Path) == true, cancellation);
            }
            cancellation.ThrowIfCancellationRequested();
        }
        if (Unmounted(walker) is { } gone) return gone;
        Lose(walker.TakeDeletions(null), cancellation);
        return Failure(walker.EmptyRoots);
    }

    /// <summary>A backup ends there too, before anything of it is saved or recorded as deleted.</summary>
    private JobFailure.SourceUnmounted? Unmounted(TreeWalker walker) =>
        spec.AllowEmpty || walker.UnmountedRoots.Count == 0 ? null
            : new JobFailure.SourceUnmounted(spec.Client, [.. walker.UnmountedRoots.Select(root => "/" + root)]);

    private JobFailure? Failure(IReadOnlyList<FilePath> emptyRoots)
    {
        if (!spec.AllowEmpty && emptyRoots.Count > 0)
            return new JobFailure.SourceEmpty(spec.Client, [.. emptyRoots.Select(root => "/" + root)]);
        if (_rootsMissing > 0 && _meter.Items == 0 && spec.Base is null)
            return new JobFailure.SourceMissing(
                spec.Client,
                [.. spec.FileSet.Operations.SelectMany(operation => operation.Only ?? operation.Roots)]);
        return _meter.Items + _deleted + _exceptions == 0
            && spec is { SkipUnchanged: true, Level: > 0, Base: { } known }
            ? new JobFailure.NothingChanged(spec.Client, known.Image) : null;
    }

    private void Save(WalkedItem item, bool isKnown, CancellationToken cancellation)
    {
        _meter.Add(item);
        Volatile.Write(ref _bytes, _bytes + item.Entry.Size);
        Tell(
            item.Entry.Path.ToArray(), item.Entry.Kind.ToString().ToLowerInvariant(), item.Entry.Size,
            isKnown ? PreviewReason.Changed : PreviewReason.New, null, cancellation);
    }

    private void Lose(IReadOnlyList<FilePath> gone, CancellationToken cancellation)
    {
        foreach (var path in gone)
        {
            Volatile.Write(ref _deleted, _deleted + 1);
            Tell(path.ToArray(), "", 0, PreviewReason.Deleted, null, cancellation);
        }
    }

    private void Except(FileException exception, CancellationToken cancellation)
    {
        Volatile.Write(ref _exceptions, _exceptions + 1);
        if (exception.Kind == FileExceptionKind.RootMissing) _rootsMissing++;
        Tell(exception.Path, "", 0, PreviewReason.Exception, ExceptionText.Sentence(exception), cancellation);
    }

    private void Tell(
        byte[] path, string kind, long bytes, PreviewReason why, string? detail, CancellationToken cancellation)
    {
        if (!lists) return;
        // On the walk's own thread: it waits for who reads
        _items.Add(new PreviewedItem($"/{PathText.Escape(path)}", kind, bytes, why, detail), cancellation);
    }
}
