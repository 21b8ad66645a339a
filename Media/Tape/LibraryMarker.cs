using System.Text;
using Backup.Media.Posix;

namespace Backup.Media.Tape;

/// <summary>
/// The file that makes a directory a library. Without it nothing is written: a mount point whose file system is not
/// mounted has none (reliability, V10). Two lines: `backup library 1` and `library-id: ` with 32 hexadecimal digits.
/// </summary>
internal static class LibraryMarker
{
    public const string FileName = "backup-library";
    private const string Title = "backup library 1";
    private const string IdKey = "library-id: ";
    private const int BytesMax = 256;

    public static string PathIn(string directory) => Path.Combine(directory, FileName);

    public static void Write(string directory, LibraryId id) =>
        Durable.WriteAtomically(PathIn(directory), Encoding.ASCII.GetBytes($"{Title}\n{IdKey}{id}\n"));

    /// <summary>Null when the content is no marker of ours.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    public static LibraryId? Read(Descriptor file)
    {
        var bytes = new byte[BytesMax];
        var text = Encoding.Latin1.GetString(bytes, 0, file.ReadFullyAt(bytes, 0));
        var lines = text.Split('\n');
        return lines is [Title, var line, ""] && line.StartsWith(IdKey, StringComparison.Ordinal)
            && LibraryId.TryParse(line[IdKey.Length..], out var id) && line[IdKey.Length..] == id.ToString()
            ? id : null;
    }
}
