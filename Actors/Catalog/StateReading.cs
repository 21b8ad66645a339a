using Backup.Actors.Data;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;
using Backup.Persistence.Catalog;

namespace Backup.Actors.Catalog;

/// <summary>Recorded states of clients' disks, page by page.</summary>
internal static class StateReading
{
    /// <summary>The blocks from a number on that fit into a message.</summary>
    public static CatalogAnswer<CatalogProtocol.ManifestPage> Page(
        CatalogStore store, CatalogProtocol.ReadState request)
    {
        if (!store.States.Read(request.State, request.From, ManifestReading.BlocksAtOnce)
            .Is(out var blocks, out var failure)) return failure;
        var (fitting, bytes) = (new List<byte[]>(), 0);
        foreach (var block in blocks)
        {
            if (fitting.Count > 0 && bytes + block.Length > CatalogProtocol.PieceBytesMax) break;
            fitting.Add(block);
            bytes += block.Length;
        }
        var isEnd = fitting.Count == blocks.Count && blocks.Count < ManifestReading.BlocksAtOnce;
        return new CatalogProtocol.ManifestPage(
            request.State, fitting, isEnd ? null : request.From + fitting.Count);
    }

    /// <summary>All entries of a state, in walk order.</summary>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="state">The state.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog refuses, does not answer, or a block cannot be
    /// read.</exception>
    public static async IAsyncEnumerable<FileEntry> Entries(
        CatalogInquiry catalog, ImageId state,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        for (long? next = 0; next is { } from;)
        {
            var page = await catalog.Ask<CatalogProtocol.ManifestPage>(
                new CatalogProtocol.ReadState(state, from), cancellation).ConfigureAwait(false);
            foreach (var block in page.Blocks)
            {
                if (EntryBlockReader.Read(block, out var entries) is not EntryBlockDefect.None and var defect)
                    throw new JobFailureException(new JobFailure.CatalogError(
                        $"A block of the recorded state {state} cannot be read ({defect}). Record it anew."));
                foreach (var entry in entries) yield return entry;
            }
            next = page.Next;
        }
    }
}
