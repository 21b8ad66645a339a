using System.Text.Json;
using Backup.Messages;
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
