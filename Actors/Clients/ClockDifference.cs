using Backup.Actors.Catalog;
using Backup.Media.Files;
using Backup.Messages;
using Backup.Messages.Catalog;
using Backup.Messages.Jobs;

namespace Backup.Actors.Clients;

/// <summary>How far the clock of this node is ahead of the director's.</summary>
internal static class ClockDifference
{
    private const int Rounds = 3;

    /// <summary>
    /// At least this far: what the clock said here before the question, less what it said there at the answer. However
    /// long the way was, the true difference is no smaller; of some rounds the shortest tells it best.
    /// </summary>
    /// <param name="catalog">How the director is asked.</param>
    /// <param name="image">An image that it knows; nothing of its manifest is read.</param>
    /// <param name="clock">The clock here.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <returns>The difference; null when the director is of a version that does not tell.</returns>
    public static async Task<TimeSpan?> Ask(
        CatalogInquiry catalog, ImageId image, Func<DateTimeOffset> clock, CancellationToken cancellation)
    {
        TimeSpan? ahead = null;
        for (var round = 0; round < Rounds; round++)
        {
            var before = clock();
            var page = await catalog.Ask<CatalogProtocol.ManifestPage>(
                new CatalogProtocol.ReadManifest(image, long.MaxValue, []), cancellation).ConfigureAwait(false);
            if (page.At is not { } there) return null;
            if (ahead is not { } known || before - there > known) ahead = before - there;
        }
        return ahead;
    }

    /// <summary>
    /// The base's moment by the clock of this node, a tick of its file systems before; null where the difference of the
    /// clocks is not known: then all that the base's manifest says is compared, which no clock can mislead.
    /// </summary>
    /// <param name="selectBy">How what changed is known; null, too, when not by time stamps.</param>
    /// <param name="since">The base's moment, by the director's clock.</param>
    /// <param name="ahead">How far the clock of this node is ahead; null: not known.</param>
    /// <returns>Seconds since 1970.</returns>
    public static long? TimeStampsFrom(SelectBy selectBy, DateTimeOffset since, TimeSpan? ahead) =>
        selectBy != SelectBy.Manifest && ahead is { } known
            ? (since + known - new WalkOptions().TickMax).ToUnixTimeSeconds() : null;
}
