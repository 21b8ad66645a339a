using Akka.Actor;
using Backup.Actors.Catalog;
using Backup.Actors.Data;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Media.Fragments;
using Backup.Messages.Clients;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>
/// Gathers what a resumed attempt needs: the image's own partial manifest, for its last member and its hard links.
/// </summary>
internal static class ResumeReader
{
    /// <summary>Reads the manifest in pages.</summary>
    /// <param name="orders">The orders, which say where to begin.</param>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="JobFailureException">The catalog does not answer, or its manifest cannot be read.</exception>
    public static async Task<Found> Read(
        ClientProtocol.Save orders, CatalogInquiry catalog, CancellationToken cancellation)
    {
        if (orders.Resume.NextFragment == 0) return new Found(null);
        FilePath? last = null;
        var (links, others) = (new List<FileEntry>(), new List<FileEntry>());
        await foreach (var entry in ManifestPages.Read(catalog, orders.Spec.Image, [], cancellation)
            .ConfigureAwait(false))
        {
            last = entry.Path;
            if (entry.LinkCount < 2 || entry.Kind == FileKind.Directory) continue;
            if (entry.Position.Image == orders.Spec.Image) links.Add(entry);
            else others.Add(entry);
        }
        var resume = new ArchiveResume(orders.Resume.NextFragment, last, CutOf(orders.Resume.Cut), links);
        return new Found(resume) { LinksOfBase = others };
    }

    private static MemberCut? CutOf(CutMember? cut)
    {
        if (cut is null) return null;
        var defect = EntryBlockReader.Read(cut.Entry, out var entries);
        return defect == EntryBlockDefect.None && entries.Count == 1
            ? new MemberCut(entries[0], cut.MemberBytes, cut.HashState)
            : throw new JobFailureException(
                new JobFailure.Internal($"The entry of the member that was cut cannot be read: {defect}."));
    }

    /// <summary>Where to begin.</summary>
    /// <param name="Resume">Null: at the beginning.</param>
    public sealed record Found(ArchiveResume? Resume) : INoSerializationVerificationNeeded
    {
        /// <summary>Names of files with several that the walk has passed and the base holds, in walk order.</summary>
        public IReadOnlyList<FileEntry> LinksOfBase { get; init; } = [];

        /// <summary>
        /// How far the client's clock is ahead of the director's, at least; null: it is not known, or not needed.
        /// </summary>
        public TimeSpan? ClockAhead { get; init; }

        /// <summary>The file with the manifest of the base; null for a full.</summary>
        public string? Base { get; init; }
    }
}
