using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Media.Posix;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Clients;
using Backup.Messages.Files;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// Records the state of a client's disk in the catalog: attributes of every item, and digests of contents where they
/// are wanted. Data and storage take no part; a block of entries is in memory at a time.
/// </summary>
internal sealed class RecordWork(ClientProtocol.Compare orders, ClientOptions options, CatalogInquiry catalog)
    : ITreeWork
{
    /// <summary>Bytes of names after which a block ends whatever its entries: a block travels in one message.</summary>
    private const int NamesMax = 64 * 1024;

    private readonly EntryBlockBuilder _builder = new();
    private readonly VerifySpec _spec = orders.Spec;
    private long _items;
    private long _bytes;
    private long _names;
    private int _pieces;

    public string Phase => "recording";

    public ClientName Client => _spec.Client;

    public (long Items, long Bytes) Progress => (Volatile.Read(ref _items), Volatile.Read(ref _bytes));

    /// <summary>On a thread of its own: walking and reading block, and so does waiting for the catalog.</summary>
    public Task<TreeResult> Run(
        Action<FileException> onException, Func<DateTimeOffset> clock, CancellationToken cancellation) =>
        Task.Factory.StartNew(
            () => Record(onException, cancellation), cancellation, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private TreeResult Record(Action<FileException> onException, CancellationToken cancellation)
    {
        var fileSet = _spec.FileSet
            ?? throw new JobFailureException(new JobFailure.Internal("A recording needs a file set."));
        using var walker = new TreeWalker(
            fileSet, new WalkOptions { TemporaryDirectory = options.WorkDirectory }, onException);
        while (walker.Next() is { } item)
        {
            using (item)
            {
                var entry = Describe(item, onException, cancellation);
                _names += entry.Path.Bytes.Length + (entry.LinkTarget?.Length ?? 0)
                    + entry.Attributes.Sum(attribute => (long)attribute.Name.Length + attribute.Value.Length);
                var block = _builder.Add(entry) ?? (_names > NamesMax ? _builder.Flush() : null);
                if (block is not null) Send(block, isLast: false, cancellation);
                Volatile.Write(ref _items, _items + 1);
                Volatile.Write(ref _bytes, _bytes + entry.Size);
            }
            cancellation.ThrowIfCancellationRequested();
        }
        Send(_builder.Flush(), isLast: true, cancellation);
        return new TreeResult("Recorded", _items, _bytes);
    }

    /// <summary>As an image would have it, so that the same comparison does for both.</summary>
    private FileEntry Describe(WalkedItem item, Action<FileException> onException, CancellationToken cancellation)
    {
        if (item.Entry.Kind != FileKind.Regular) return item.Entry;
        var entry = item.Entry with { Sparse = item.Extents is not null };
        if (!_spec.Content) return entry;
        try
        {
            return entry with { Digest = ArchivedDigest.Of(item, item.Operation.Digest, cancellation) };
        }
        catch (PosixException failed)
        {
            onException(new FileException(
                item.Entry.Path.ToArray(), FileExceptionKind.Unreadable, failed.Operation, failed.Errno,
                failed.Message));
            return entry;
        }
    }

    private void Send(EntryBlock? block, bool isLast, CancellationToken cancellation)
    {
        var piece = new CatalogProtocol.RecordState(
            orders.Job, orders.Epoch, _spec.Image, _pieces++, block?.Count ?? 0, block?.Bytes.ToArray() ?? [], isLast);
        // On the walk's own thread: it waits for the catalog
        foreach (var recorded in Recorded(piece, cancellation).ToBlockingEnumerable(cancellation))
            if (recorded != piece.Number)
                throw new JobFailureException(new JobFailure.Internal(
                    $"Piece {piece.Number} was recorded as {recorded}."));
        _names = 0;
    }

    private async IAsyncEnumerable<int> Recorded(
        CatalogProtocol.RecordState piece,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var answer = await catalog.Ask<CatalogProtocol.StateRecorded>(piece, cancellation).ConfigureAwait(false);
        yield return answer.Number;
    }
}
