using System.Text.Json;
using Backup.Messages;
using Backup.Messages.Nodes;
using Backup.Messages.Operations;
using Backup.Messages.Volumes;

namespace Backup.Actors.Storage;

/// <summary>
/// What a storage node keeps of all its drives: read where the node announces itself, where it grants its drives to
/// sessions, and where somebody asks how a drive is. From any thread.
/// </summary>
/// <param name="directory">Where storage keeps what must outlive the process.</param>
public sealed class DriveBooks(string directory)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<LibraryName, DriveBook> _books = [];

    /// <summary>The file of what a library's volumes are.</summary>
    /// <param name="library">The library.</param>
    internal string VolumesOf(LibraryName library) => Path.Combine(directory, $"{library}.volumes");

    /// <summary>The book of a library.</summary>
    /// <param name="library">The library.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="JsonException">It is damaged.</exception>
    internal DriveBook Of(LibraryName library)
    {
        lock (_turn)
        {
            if (!_books.TryGetValue(library, out var book))
                _books[library] = book = DriveBook.Open(library, DriveBook.FileOf(VolumesOf(library)));
            return book;
        }
    }

    /// <summary>Which of some drives are disabled.</summary>
    /// <param name="drives">The drives.</param>
    public IReadOnlyList<DisabledDrive> Disabled(IEnumerable<DriveId> drives) =>
        [.. drives.Where(drive => !drive.IsOfSpool).Select(DisabledOf).OfType<DisabledDrive>()];

    /// <summary>What the node says of its libraries to the directors.</summary>
    /// <param name="libraries">Its libraries.</param>
    public IReadOnlyList<LibraryClaim> Claims(IEnumerable<LibraryOptions> libraries) =>
        [.. libraries.Select(library =>
        {
            var held = HeldOf(library.Library);
            return new LibraryClaim(
                library.Library, held?.Since ?? DateTimeOffset.MaxValue, held?.Identity,
                DevicesOf(library) is { Count: > 0 } devices ? devices : null);
        })];

    /// <summary>Only what udev names by the device's own identity is the same on every machine.</summary>
    private static IReadOnlyList<string> DevicesOf(LibraryOptions library) => library.Tapes is not { } tapes ? []
        : [.. tapes.Drives.Select(drive => drive.Device).Append(tapes.Changer)
            .Where(device => device.Contains("/by-id/", StringComparison.Ordinal)).Select(Path.GetFileName)
            .OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>What drives reported in the last day, and no cleaning has mended.</summary>
    /// <param name="libraries">Their libraries.</param>
    /// <param name="now">The moment.</param>
    public IReadOnlyList<string> Notices(IEnumerable<LibraryOptions> libraries, DateTimeOffset now) =>
        [.. libraries.SelectMany(library => Look(library.Library, book => book.Recent(now)) ?? [])
            .Select(alert => char.ToUpperInvariant(alert.Sentence()[0]) + alert.Sentence()[1..] + ".")];

    /// <summary>What was counted of a drive; null: nothing yet, or its book cannot be read.</summary>
    /// <param name="drive">The drive.</param>
    internal DeviceHistory? HistoryOf(DriveId drive) =>
        drive.IsOfSpool ? null : Look(drive.Library, book => book.HistoryOf(drive.Number));

    /// <summary>What was counted of a library; null: nothing yet, or its book cannot be read.</summary>
    /// <param name="library">The library.</param>
    internal DeviceHistory? HistoryOf(LibraryName library) => Look(library, book => book.History());

    private T? Look<T>(LibraryName library, Func<DriveBook, T?> look) where T : class
    {
        try
        {
            return look(Of(library));
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // its library is closed, with this reason
        }
    }

    private (DateTimeOffset Since, string Identity)? HeldOf(LibraryName library)
    {
        try
        {
            return Of(library).Held;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // it is closed, with this reason
        }
    }

    /// <summary>Since when, by whom and why a drive is disabled; null: it is not.</summary>
    /// <param name="drive">The drive.</param>
    internal DisabledDrive? DisabledOf(DriveId drive)
    {
        try
        {
            return drive.IsOfSpool ? null : Of(drive.Library).DisabledOf(drive.Number);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // its library is closed, with this reason
        }
    }
}
