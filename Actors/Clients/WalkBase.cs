using Backup.Actors.Catalog;
using Backup.Media.Archive;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>What a walk that saves nothing compares with: the base's manifest, page by page from the catalog.</summary>
internal static class WalkBase
{
    /// <summary>The comparison.</summary>
    /// <param name="catalog">How the catalog is asked.</param>
    /// <param name="image">The base.</param>
    /// <param name="changedFrom">As <see cref="ClockDifference.TimeStampsFrom"/> says.</param>
    /// <param name="selectBy">How what changed is known.</param>
    /// <param name="compared">What counts, and what does not.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static BaseComparison Of(
        CatalogInquiry catalog, ImageId image, long? changedFrom, SelectBy selectBy,
        (ComparedAttributes Not, ExtraComparison Also) compared, CancellationToken cancellation)
    {
        var entries = ManifestPages.Read(catalog, image, [], cancellation).ToBlockingEnumerable(cancellation);
        return Of(entries, null, changedFrom, selectBy, compared, cancellation);
    }

    /// <summary>The comparison with entries that are at hand.</summary>
    /// <param name="entries">In walk order.</param>
    /// <param name="behind">Nothing up to this path is compared; null: all is.</param>
    /// <param name="changedFrom">As <see cref="ClockDifference.TimeStampsFrom"/> says.</param>
    /// <param name="selectBy">How what changed is known.</param>
    /// <param name="compared">What counts, and what does not.</param>
    /// <param name="cancellation">Ends the reading of contents.</param>
    public static BaseComparison Of(
        IEnumerable<FileEntry> entries, FilePath? behind, long? changedFrom, SelectBy selectBy,
        (ComparedAttributes Not, ExtraComparison Also) compared, CancellationToken cancellation) =>
        new(entries, behind, changedFrom)
        {
            ByModifiedTime = selectBy == SelectBy.ModificationTimes,
            Uncompared = compared.Not,
            Also = compared.Also,
            ArchivedDigestOf = (item, algorithm) => ArchivedDigest.Of(item, algorithm, cancellation),
        };
}
