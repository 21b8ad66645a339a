using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// The end of a restore that also deletes: reads the image's manifest from the catalog page by page and removes what is
/// below its directories and not in it. All is counted first, so that a wrong target is noticed before anything goes.
/// Done again, as after a kill, it removes what is left.
/// </summary>
internal sealed class ExtraRemoval(RestoreSpec spec, CatalogInquiry catalog, string temporaryDirectory)
{
    /// <summary>Counts, and removes nothing.</summary>
    /// <param name="cancellation">Ends it.</param>
    public Task<ExtraCount> Count(CancellationToken cancellation) =>
        OnThread(() => Go(removes: false, _ => { }, cancellation), cancellation);

    /// <summary>Removes what may go, behind a restore.</summary>
    /// <param name="isWhole">Everything else was restored without an exception.</param>
    /// <param name="onException">Takes what was not removed, and why.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>How many items were removed.</returns>
    public Task<long> Remove(bool isWhole, Action<FileException> onException, CancellationToken cancellation) =>
        OnThread(
            () =>
            {
                if (WhyNot(isWhole, cancellation) is not { } reason)
                    return Go(removes: true, onException, cancellation).Removed;
                onException(new FileException(
                    spec.Paths is [var only] ? only : [], FileExceptionKind.NotWritten, "", 0,
                    $"Nothing below it was deleted. {reason}"));
                return 0;
            },
            cancellation);

    /// <summary>Where an item is below the target.</summary>
    /// <param name="path">Its path in the image; of a selected directory, or below it.</param>
    internal FilePath PlaceOf(FilePath path)
    {
        var rest = path.Bytes;
        for (var stripped = 0; stripped < spec.Strip && !rest.IsEmpty; stripped++)
        {
            var cut = rest.IndexOf((byte)'/');
            rest = cut < 0 ? [] : rest[(cut + 1)..];
        }
        return spec.Prefix is not { Length: > 0 } prefix ? new FilePath(rest.ToArray())
            : rest.IsEmpty ? new FilePath(prefix) : new FilePath([.. prefix, (byte)'/', .. rest]);
    }

    private string? WhyNot(bool isWhole, CancellationToken cancellation)
    {
        if (!isWhole) return "Some items were not restored; when all are, repeat the restore.";
        if (spec.Delete!.All) return null;
        var count = Go(removes: false, _ => { }, cancellation);
        return count.IsMost
            ? $"{count.Going:N0} of {count.Expected + count.Kept + count.Going:N0} items would go, which is more than "
                + "half of what is there. If that is meant, repeat the restore with --delete=all."
            : null;
    }

    private ExtraCount Go(bool removes, Action<FileException> onException, CancellationToken cancellation)
    {
        using var remover = new ExtraRemover(
            spec.Target,
            new ExtraOptions
            {
                FileSet = spec.Delete!.FileSet,
                Keep = spec.Delete.Keep,
                PlaceOf = PlaceOf,
                Removes = removes,
                TemporaryDirectory = temporaryDirectory,
            },
            onException);
        return remover.Run(
            ManifestPages.Read(catalog, spec.Image, spec.Paths, cancellation).ToBlockingEnumerable(cancellation),
            cancellation);
    }

    // A thread of its own: walking blocks, and so does waiting for the next page of a manifest
    private static Task<T> OnThread<T>(Func<T> work, CancellationToken cancellation) => Task.Factory.StartNew(
        work, cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
