using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;
using Backup.Messages.Operations;

namespace Backup.Actors.Clients;

/// <summary>
/// Compares an image's manifest, read from the catalog page by page, with the disk: a merge of two sorted sequences in
/// constant memory.
/// </summary>
internal sealed class CompareWork(ClientProtocol.Compare orders, ClientOptions options, CatalogInquiry catalog)
    : ITreeWork
{
    private TreeComparer? _comparer;

    public string Phase => "verifying";

    public ClientName Client => orders.Spec.Client;

    public (long Items, long Bytes) Progress => (_comparer?.Compared ?? 0, 0);

    /// <summary>On a thread of its own: walking and reading block, and so does waiting for the next page.</summary>
    public Task<TreeResult> Run(
        Action<FileException> onException, Func<DateTimeOffset> clock, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () => Compare(onException, cancellation), cancellation, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private TreeResult Compare(Action<FileException> onException, CancellationToken cancellation)
    {
        var fileSet = orders.Spec.FileSet
            ?? throw new JobFailureException(new JobFailure.Internal("A comparison needs a file set."));
        using var walker = new TreeWalker(
            fileSet, new WalkOptions { TemporaryDirectory = options.WorkDirectory }, onException);
        var comparer = _comparer = new TreeComparer(
            new CompareOptions
            {
                Content = orders.Spec.Content,
                ArchivedDigestOf = (item, algorithm) => ArchivedDigest.Of(item, algorithm, cancellation),
                Cancellation = cancellation,
            },
            onException);
        comparer.CompareEntries(
            (orders.Spec.State == StateUse.Compare
                ? StateReading.Entries(catalog, orders.Spec.Image, cancellation)
                : ManifestPages.Read(catalog, orders.Spec.Image, [], cancellation))
                .ToBlockingEnumerable(cancellation).Select(FurtherName.Of), walker);
        return new TreeResult("Compared", comparer.Compared, 0);
    }
}
